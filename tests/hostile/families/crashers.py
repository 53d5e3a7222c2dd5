"""Small valid-looking models that ONNX Runtime 1.31.1 dies of, or of which older ones died.

The rest is for the next version: operators that index memory by numbers from the model.
"""

import numpy as np

from parts import ANSWERS, CRASH, TIME, Case, add, classifier, graph, late

# Wrong values are no harm; but no answer is right either.
WHATEVER = [*CRASH, *TIME, "MemoryLimit", "OutputInvalid", "NonFinite", ANSWERS]


def omitted(operator: str):
    """A variadic operator one of whose inputs is left out."""
    return classifier(f'harm = {operator}(logits, "")\nworst = ReduceMax<keepdims=0>(harm)\nscores = Add(logits, worst)')


def attention():
    """An integer division by the number of heads."""
    body = """
        s = Constant<value_ints = [1, -1, 3]>()
        q = Reshape(logits, s)
        harm = Attention<q_num_heads=1, kv_num_heads=0>(q, q, q)
        worst = ReduceMax<keepdims=0>(harm)
        scores = Add(logits, worst)
    """
    return classifier(body, opset=23, ir=11)


def at(body: str, **constants):
    """Numbers of the model as indices, known in a run alone."""
    arrays = {name: np.array(value, np.int64) for name, value in constants.items()}
    return late(body, constants=arrays)


def roi_align():
    """Regions of a picture that there is not."""
    return at("""
        b = Add(batch, turn)
        harm = RoiAlign<output_height=2, output_width=2>(input, regions, b)
    """, batch=[1 << 40]), {"regions": np.array([[-1e9, -1e9, 1e9, 1e9]], np.float32)}


def with_arrays(pair):
    """A model and arrays of other types that belong to it."""


    model, arrays = pair
    add(model.graph, arrays)
    return model


def tree(feature: int, node: int):
    """A decision tree with a feature and a child that it does not have."""
    return graph(f"""(float[n,1,4,4] input) => (float[n,3] scores) {{
        flat = Flatten<axis=1>(input)
        scores = ai.onnx.ml.TreeEnsembleRegressor<n_targets=3, nodes_treeids=[0,0,0], nodes_nodeids=[0,1,2],
            nodes_featureids=[{feature},0,0], nodes_values=[0.5, 0.0, 0.0], nodes_modes=["BRANCH_LT","LEAF","LEAF"],
            nodes_truenodeids=[{node},0,0], nodes_falsenodeids=[2,0,0], target_treeids=[0,0], target_nodeids=[1,2],
            target_ids=[0,2000000000], target_weights=[1.0, 1.0]>(flat)
    }}""", imports={"ai.onnx.ml": 3})


def machine():
    """A support vector machine with fewer coefficients than it says."""
    return graph("""(float[n,1,4,4] input) => (int64[n] label, float[n,3] scores) {
        flat = Flatten<axis=1>(input)
        label, scores = ai.onnx.ml.SVMClassifier<classlabels_ints=[0,1,2], kernel_type="LINEAR", kernel_params=[0.0,0.0,3.0],
            vectors_per_class=[1000000,1,1], support_vectors=[1.0], coefficients=[1.0], rho=[0.0]>(flat)
    }""", imports={"ai.onnx.ml": 1})


def vectorizer():
    """Word counts with indices far outside of the vector."""
    return late("""
        words = Cast<to=7>(flat)
        harm = TfIdfVectorizer<mode="TF", min_gram_length=1, max_gram_length=1, max_skip_count=0, ngram_counts=[0],
            ngram_indexes=[2000000000], pool_int64s=[0]>(words)
    """)


def cases():
    """Refused, failed or dead: the process is the boundary."""

    def crasher(name, model, attempts, allowed=CRASH):
        return Case(f"crash_{name}", model, allowed, attempts)

    for operator in ["Max", "Min", "Sum", "Mean"]:
        yield crasher(f"{operator.lower()}_of_omitted", omitted(operator), f"{operator} of an input left out")
    yield crasher("attention_without_heads", attention(), "a division by no heads, when loaded")
    dims = f"i = Add(where, turn)\nharm = GatherND<batch_dims={-1 << 31}>(flat, i)"
    yield crasher("gather_nd_batch_dims", at(dims, where=[[0, 0]]), "a read at an offset that the model chooses, when loaded")
    norm = 'harm = LayerNormalization(flat, weights_of_one, "")'
    model = late(norm, constants={"weights_of_one": np.ones(16, np.float32)})
    yield crasher("layer_normalization_bias", model, "a bias that is there and is not", [*CRASH, ANSWERS])
    dft = "s = Constant<value_ints = [-1, 16, 1]>()\nr = Reshape(flat, s)\nl = Add(length, turn)\nharm = DFT<axis=1>(r, l)"
    for name, length in [("zero", 0), ("negative", -5), ("huge", 1 << 40)]:
        yield crasher(f"dft_of_{name}_length", at(dft, length=length), f"a transform of {name} length", [*WHATEVER])
    split = "s = Add(sizes, turn)\nharm, b, c = Split<axis=1>(flat, s)"
    yield crasher("split_outputs", at(split, sizes=[16]), "more outputs than parts", [*CRASH, ANSWERS])
    split = "s = Add(sizes, turn)\nharm, b = Split<axis=1>(flat, s)"
    yield crasher("split_negative", at(split, sizes=[-16, 32]), "a part of negative size")
    yield crasher("pool_kernel", late("harm = MaxPool<kernel_shape=[0,0]>(input)"), "a window of nothing", [*CRASH, *TIME])
    strides = late("harm = AveragePool<kernel_shape=[1,1], strides=[0,0]>(input)")
    yield crasher("pool_strides", strides, "steps of nothing", [*CRASH, *TIME])
    yield crasher("division_by_zero", at("i = Cast<to=7>(flat)\nd = Div(i, turn)\nharm = Cast<to=1>(d)"), "an integer over zero", WHATEVER)
    overflow = "d = Add(low, turn)\nm = Constant<value_int=-1>()\nq = Div(d, m)\nharm = Cast<to=1>(q)"
    yield crasher("division_overflow", at(overflow, low=[-1 << 63]), "the lowest integer over minus one", WHATEVER)
    modulo = "i = Cast<to=7>(flat)\nd = Mod(i, turn)\nharm = Cast<to=1>(d)"
    yield crasher("modulo_zero", at(modulo), "an integer modulo zero", WHATEVER)
    gather = "i = Add(where, turn)\nharm = Gather(flat, i)"
    yield crasher("gather_beyond", at(gather, where=[1 << 40]), "a read far beyond a tensor", [*CRASH])
    gather = "i = Add(where, turn)\nharm = GatherElements(flat, i)"
    yield crasher("gather_elements_beyond", at(gather, where=[[-1 << 40]]), "a read far before a tensor")
    scatter = "i = Add(where, turn)\none = Constant<value_floats=[1.0]>()\nharm = ScatterND(flat, i, one)"
    yield crasher("scatter_beyond", at(scatter, where=[[1 << 40, 0]]), "a write far beyond a tensor")
    scatter = "i = Add(where, turn)\none = Constant<value = float[1,1] {1.0}>()\nharm = ScatterElements(flat, i, one)"
    yield crasher("scatter_elements_beyond", at(scatter, where=[[-1 << 40]]), "a write far before a tensor")
    columns = "a = Add(picture, turn)\nb = Add(block, turn)\nc = Unsqueeze(flat, zeroth)\nharm = Col2Im(c, a, b)"
    model = late(columns, opset=18, constants={
        "picture": np.array([1 << 31, 1 << 31], np.int64), "block": np.array([4, 4], np.int64), "zeroth": np.array([0], np.int64),
    })
    yield crasher("columns_to_image", model, "an image larger than its columns", [*CRASH, "MemoryLimit"])
    yield crasher("regions", with_arrays(roi_align()), "a region of a picture that there is not", [*CRASH, ANSWERS])
    unpool = "i = Add(where, turn)\nharm = MaxUnpool<kernel_shape=[2,2]>(input, i)"
    yield crasher("unpool_beyond", late(unpool, constants={"where": np.full((1, 1, 4, 4), 1 << 40, np.int64)}), "a write beyond a tensor")
    yield crasher("tree_feature", tree(2_000_000_000, 1), "a feature far beyond an item", WHATEVER)
    yield crasher("tree_child", tree(0, 2_000_000_000), "a branch to nowhere")
    yield crasher("support_vectors", machine(), "a million vectors, of which one is there")
    yield crasher("word_counts", vectorizer(), "a write beyond a vector", [*CRASH, "MemoryLimit", ANSWERS])
    lengths = "l = Cast<to=6>(turn)\nbig = Constant<value = int32[1] {2000000000}>()\nn = Add(big, l)\ns = Constant<value_ints = [4, 1, -1]>()\nx = Reshape(input, s)\nall, harm = LSTM<hidden_size=1>(x, w, r, \"\", n)"
    yield crasher("sequence_lengths", late(lengths, constants={
        "w": np.ones((1, 4, 12), np.float32), "r": np.ones((1, 4, 1), np.float32),
    }), "sequences longer than they are", [*CRASH, ANSWERS])
    sequence = "q = SequenceConstruct(flat)\np = Add(place, turn)\nharm = SequenceAt(q, p)"
    yield crasher("sequence_beyond", at(sequence, place=1 << 40), "a place that a sequence does not have")
