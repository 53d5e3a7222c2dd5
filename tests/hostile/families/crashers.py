"""Small valid-looking models that ONNX Runtime 1.31.1 dies of, or of which older ones died.

The rest is for the next version: operators that index memory by numbers from the model.
"""

import re

import numpy as np
from onnx import helper

from parts import ANSWERS, CRASH, TIME, Case, add, classifier, graph, late

# Wrong values are no harm; but no answer is right either.
WHATEVER = [*CRASH, *TIME, "MemoryLimit", "OutputInvalid", "NonFinite", ANSWERS]


def omitted(operator: str):
    """A variadic operator one of whose inputs is left out."""
    return classifier(f'harm = {operator}(logits, "")\nworst = ReduceMax<keepdims=0>(harm)\nscores = Add(logits, worst)')


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


# Operators that compute with numbers of the model: zero, negative, huge or too few of them. Each makes `harm`.
PLACES = {
    "conv_of_no_groups": ("a division by no groups", "harm = Conv<group=0>(input, input)"),
    "conv_of_negative_groups": ("minus one groups", "harm = Conv<group=-1>(input, input)"),
    "conv_of_huge_dilation": ("a kernel stretched over 2^40", "harm = Conv<dilations=[1099511627776,1]>(input, input)"),
    "conv_transpose_of_negative_size": (
        "an output of negative size", "harm = ConvTranspose<output_shape=[-5,-5]>(input, input)"),
    "depth_to_space_of_nothing": ("blocks of nothing", "harm = DepthToSpace<blocksize=0>(input)"),
    "space_to_depth_of_nothing": ("blocks of nothing", "harm = SpaceToDepth<blocksize=0>(input)"),
    "norm_of_huge_window": ("a window of 2^60", "harm = LRN<size=1152921504606846977>(input)"),
    "norm_of_no_window": ("a window of nothing", "harm = LRN<size=0>(input)"),
    "power_pool_of_zero": ("a root of degree zero", "harm = LpPool<kernel_shape=[2,2], p=0>(input)"),
    "top_of_all": ("the best 2^40 of sixteen", "k = Add(many, turn)\nharm, i = TopK(flat, k)"),
    "top_of_negative": ("the best minus one", "k = Sub(turn, single)\nharm, i = TopK(flat, k)"),
    "slice_of_no_steps": ("steps of nothing", "t = Add(nought, turn)\nharm = Slice(flat, nought, many, single, t)"),
    "slice_of_lowest": ("the lowest integer as start and step",
                        "t = Add(lowest, turn)\nharm = Slice(flat, t, many, single, t)"),
    "pad_of_lowest": ("a pad of the lowest integer", "p = Concat<axis=0>(lowest, lowest, lowest, lowest)\n"
                      "q = Add(p, turn)\nharm = Pad(flat, q)"),
    "pad_reflecting_too_far": ("a reflection beyond what there is", "p = Concat<axis=0>(nought, thousand, nought, thousand)\n"
                               'q = Add(p, turn)\nharm = Pad<mode="reflect">(flat, q)'),
    "reverse_beyond": ("sequences longer than they are", "n = Expand(many, sixteen)\nm = Add(n, turn)\n"
                       "harm = ReverseSequence<batch_axis=1, time_axis=0>(flat, m)"),
    "triangle_of_huge_offset": ("a diagonal at 2^40", "k = Add(far, turn)\nharm = Trilu(flat, k)"),
    "eye_of_huge_offset": ("a diagonal at the lowest integer", "harm = EyeLike<k=-9223372036854775808>(flat)"),
    "range_of_no_step": ("steps of nothing", "end = Constant<value_float=1.0>()\nharm = Range(zero, end, zero)"),
    "window_of_negative_size": ("a window of negative size", "n = Sub(turn, one)\nharm = HannWindow(n)"),
    "frames_of_no_step": ("frames that do not move on", "s = Constant<value_ints=[-1,16,1]>()\nx = Reshape(flat, s)\n"
                          "l = Add(four, turn)\nharm = STFT(x, turn, \"\", l)"),
    "frames_of_negative_size": ("frames of negative size", "s = Constant<value_ints=[-1,16,1]>()\nx = Reshape(flat, s)\n"
                                "l = Sub(turn, four)\nharm = STFT(x, one, \"\", l)"),
    "mel_of_nothing": ("no bins at all", "r = Add(four, turn)\nharm = MelWeightMatrix(turn, turn, r, zero, zero)"),
    "shift_beyond": ("a shift by more bits than there are", "u = Cast<to=13>(flat)\nv = Cast<to=13>(thousand)\n"
                     'w = BitShift<direction="LEFT">(u, v)\nharm = Cast<to=1>(w)'),
    "scale_of_far_axis": ("a scale along an axis that there is not", "q = Cast<to=2>(flat)\n"
                          "harm = DequantizeLinear<axis=1000>(q, scales)"),
    "scale_of_too_few": ("a scale for the first of sixteen", "q = Cast<to=2>(flat)\nharm = DequantizeLinear<axis=1>(q, scales)"),
    "resize_to_negative": ("a picture of negative size", 's = Concat<axis=0>(single, single, lowest, lowest)\n'
                           't = Add(s, turn)\nharm = Resize(input, "", "", t)'),
    "grid_of_nothing": ("samples at no number", "n = Log(far_below)\ng = Expand(n, grid)\nharm = GridSample(input, g)"),
    "squares_of_bad_letters": ("an equation of odd letters", 'harm = Einsum<equation="...a,a...->...{}">(flat, flat)'),
    "scan_of_far_axis": ("a Scan along an axis that there is not",
                         "end, all = Scan<num_scan_inputs=1, scan_input_axes=[100], body = stepping (float v, float x) "
                         "=> (float w, float y) { w = Add(v, x) y = Identity(w) }>(zero, flat)\nharm = Identity(end)"),
    "linear_of_few_weights": ("a million classes with one weight",
                              "harm = ai.onnx.ml.LinearRegressor<targets=1000000, coefficients=[1.0]>(flat)"),
    "scaler_of_few": ("offsets for the first of sixteen",
                      "harm = ai.onnx.ml.Scaler<offset=[1.0,2.0], scale=[1.0,2.0]>(flat)"),
    "extract_beyond": ("a feature that there is not",
                       "i = Add(many, turn)\nharm = ai.onnx.ml.ArrayFeatureExtractor(flat, i)"),
    "encode_to_missing": ("labels of which half are missing",
                          "i = Cast<to=7>(flat)\nj = ai.onnx.ml.LabelEncoder<keys_int64s=[0,1,2], values_int64s=[5]>(i)\n"
                          "harm = Cast<to=1>(j)"),
}
NUMBERS = {
    "many": [1 << 40], "single": [1], "nought": [0], "lowest": [-1 << 63], "thousand": [1000], "sixteen": [16],
    "far": 1 << 40, "one": 1, "four": 4, "grid": [1, 2, 2, 2],
}


def place(body: str):
    """One of them, with the numbers that it names."""
    words = set(re.findall(r"\w+", body))
    constants = {name: np.array(value, np.int64) for name, value in NUMBERS.items() if name in words}
    constants |= {"scales": np.array([0.5], np.float32)} if "scales" in words else {}
    constants |= {"far_below": np.array([[[[-1]]]], np.float32)} if "far_below" in words else {}
    return late(body, constants=constants, imports={"ai.onnx.ml": 3})


def attention_of(**attributes: int):
    """One head or none, of numbers that do not fit."""
    listed = ", ".join(f"{name}={value}" for name, value in attributes.items())
    return classifier(f"""
        s = Constant<value_ints = [1, -1, 3]>()
        q = Reshape(logits, s)
        harm = Attention<{listed}>(q, q, q)
        worst = ReduceMax<keepdims=0>(harm)
        scores = Add(logits, worst)
    """, opset=23, ir=11)


def lying_shape():
    """A result that is declared larger than it is: what is planned by the declaration must not be believed."""
    model = classifier("large = Neg(logits)\nscores = Neg(large)")
    model.graph.value_info.append(helper.make_tensor_value_info("large", 1, [100_000, 3]))
    return model


def cases():
    """Refused, failed or dead: the process is the boundary."""
    for name, (attempts, body) in PLACES.items():
        yield Case(f"crash_{name}", place(body), WHATEVER, attempts)
    yield Case("crash_attention_negative_heads", attention_of(q_num_heads=-1, kv_num_heads=-1), CRASH, "minus one heads")
    yield Case("crash_attention_many_heads", attention_of(q_num_heads=1 << 40, kv_num_heads=1), CRASH, "2^40 heads")
    yield Case("crash_lying_shape", lying_shape(), WHATEVER, "a result declared larger than it is")

    def crasher(name, model, attempts, allowed=CRASH):
        return Case(f"crash_{name}", model, allowed, attempts)

    for operator in ["Max", "Min", "Sum", "Mean"]:
        yield crasher(f"{operator.lower()}_of_omitted", omitted(operator), f"{operator} of an input left out")
    yield crasher("attention_without_heads", attention_of(q_num_heads=1, kv_num_heads=0), "a division by no heads, when loaded")
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
    division = "i = Cast<to=7>(flat)\nd = Div(i, turn)\nharm = Cast<to=1>(d)"
    yield crasher("division_by_zero", at(division), "an integer over zero", WHATEVER)
    overflow = "d = Add(lowest, turn)\nm = Constant<value_int=-1>()\nq = Div(d, m)\nharm = Cast<to=1>(q)"
    yield crasher("division_overflow", at(overflow, lowest=[-1 << 63]), "the lowest integer over minus one", WHATEVER)
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
    where = {"where": np.full((1, 1, 4, 4), 1 << 40, np.int64)}
    yield crasher("unpool_beyond", late(unpool, constants=where), "a write beyond a tensor")
    yield crasher("tree_feature", tree(2_000_000_000, 1), "a feature far beyond an item", WHATEVER)
    yield crasher("tree_child", tree(0, 2_000_000_000), "a branch to nowhere")
    yield crasher("support_vectors", machine(), "a million vectors, of which one is there")
    yield crasher("word_counts", vectorizer(), "a write beyond a vector", [*CRASH, "MemoryLimit", ANSWERS])
    lengths = """
        l = Cast<to=6>(turn)
        big = Constant<value = int32[1] {2000000000}>()
        n = Add(big, l)
        s = Constant<value_ints = [4, 1, -1]>()
        x = Reshape(input, s)
        all, harm = LSTM<hidden_size=1>(x, w, r, "", n)
    """
    yield crasher("sequence_lengths", late(lengths, constants={
        "w": np.ones((1, 4, 12), np.float32), "r": np.ones((1, 4, 1), np.float32),
    }), "sequences longer than they are", [*CRASH, ANSWERS])
    sequence = "q = SequenceConstruct(flat)\np = Add(place, turn)\nharm = SequenceAt(q, p)"
    yield crasher("sequence_beyond", at(sequence, place=1 << 40), "a place that a sequence does not have")
