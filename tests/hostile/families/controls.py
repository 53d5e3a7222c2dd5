"""Honest models between the hostile ones: what ordinary tools export. Their answers stay the same to the last bit."""

import numpy as np
from onnx import TensorProto, helper

from parts import ANSWERS, BIAS, WEIGHTS, Case, add, classifier, graph

RANDOM = np.random.default_rng(2019)
GRAY = "(float[n,1,4,4] input) => (float[n,3] scores)"


def weights(*dims: int):
    """Small numbers, the same ones every time."""
    return (RANDOM.integers(-8, 9, dims) / 16).astype(np.float32)


def network(body: str, constants: dict, signature: str = GRAY, **how):
    """A graph with these weights."""
    model = graph(f"{signature} {{\n{body}\n}}", **how)
    add(model.graph, constants)
    return model


def convolutional(opset: int, ir: int):
    """As PyTorch exports a small network."""
    body = """
        a = Conv<kernel_shape=[3,3], pads=[1,1,1,1]>(input, k1, c1)
        b = BatchNormalization(a, s, o, m, v)
        c = Relu(b)
        d = MaxPool<kernel_shape=[2,2], strides=[2,2]>(c)
        e = Conv<kernel_shape=[1,1]>(d, k2, c2)
        f = Relu(e)
        g = GlobalAveragePool(f)
        h = Flatten<axis=1>(g)
        i = Gemm<transB=1>(h, w, z)
        scores = Softmax<axis=1>(i)
    """
    constants = {
        "k1": weights(4, 1, 3, 3), "c1": weights(4), "s": np.ones(4, np.float32), "o": weights(4), "m": weights(4),
        "v": np.full(4, 0.5, np.float32), "k2": weights(8, 4, 1, 1), "c2": weights(8), "w": weights(3, 8), "z": weights(3),
    }
    return network(body, constants, opset=opset, ir=ir)


def quantised():
    """Weights and activations of eight bits, between QuantizeLinear and DequantizeLinear."""
    body = """
        q = QuantizeLinear(input, scale, middle)
        x = DequantizeLinear(q, scale, middle)
        k = DequantizeLinear(kernel, kernel_scale, kernel_middle)
        a = Conv<kernel_shape=[3,3]>(x, k)
        b = Relu(a)
        r = QuantizeLinear(b, scale, middle)
        y = DequantizeLinear(r, scale, middle)
        f = Flatten<axis=1>(y)
        w = DequantizeLinear(weights8, kernel_scale, kernel_middle)
        scores = MatMul(f, w)
    """
    eight = RANDOM.integers(-100, 100, (2, 1, 3, 3)).astype(np.int8)
    return network(body, {
        "scale": np.float32(1 / 128), "middle": np.uint8(0), "kernel": eight, "kernel_scale": np.float32(1 / 64),
        "kernel_middle": np.int8(0), "weights8": RANDOM.integers(-100, 100, (8, 3)).astype(np.int8),
    })


def dynamically_quantised():
    """Activations measured in the run."""
    body = """
        f = Flatten<axis=1>(input)
        q, s, z = DynamicQuantizeLinear(f)
        p = MatMulInteger(q, w, z)
        c = Cast<to=1>(p)
        scores = Mul(c, s)
    """
    return network(body, {"w": RANDOM.integers(-100, 100, (16, 3)).astype(np.int8)})


def half():
    """float16 throughout."""
    body = "f = Flatten<axis=1>(input)\nscores = Gemm(f, w, b)"
    constants = {"w": WEIGHTS.astype(np.float16), "b": BIAS.astype(np.float16)}
    return network(body, constants, "(float16[n,1,4,4] input) => (float16[n,3] scores)")


def recurrent():
    """A sound, read sample by sample."""
    body = """
        s = Constant<value_ints=[-1, 32, 1]>()
        a = Reshape(input, s)
        b = Transpose<perm=[1,0,2]>(a)
        all, last, cell = LSTM<hidden_size=4>(b, w, r)
        c = Squeeze(last, zeroth)
        scores = MatMul(c, o)
    """
    constants = {"w": weights(1, 16, 1), "r": weights(1, 16, 4), "o": weights(4, 3), "zeroth": np.array([0], np.int64)}
    return network(body, constants, "(float[n,32] input) => (float[n,3] scores)")


def scikit_linear(zip_map: bool):
    """A logistic regression as skl2onnx writes it, with a list of maps or without."""
    list_of = ", ".join
    last = "ai.onnx.ml.ZipMap<classlabels_int64s=[0,1,2]>" if zip_map else "Identity"
    kind = "seq(map(int64, float)) probabilities" if zip_map else "float[n,3] probabilities"
    body = f"""
        label, raw = ai.onnx.ml.LinearClassifier<classlabels_ints=[0,1,2], multi_class=1, post_transform="SOFTMAX",
            coefficients=[{list_of(str(float(w)) for w in WEIGHTS.T.flatten())}],
            intercepts=[0.0, -1.0, -2.0]>(input)
        normal = ai.onnx.ml.Normalizer<norm="L1">(raw)
        probabilities = {last}(normal)
    """
    return network(body, {}, f"(float[n,16] input) => (int64[n] label, {kind})", imports={"ai.onnx.ml": 1})


def forest():
    """Three decision trees of three leaves."""
    model = graph("(float[n,16] input) => (int64[n] label, float[n,3] probabilities) { a = Identity(input) }",
                  imports={"ai.onnx.ml": 3})
    model.graph.ClearField("node")
    trees, nodes = 3, 5
    at = [(tree, node) for tree in range(trees) for node in range(nodes)]
    leaves = [(tree, node, kind) for tree in range(trees) for kind, node in enumerate([2, 3, 4])]
    model.graph.node.append(helper.make_node(
        "TreeEnsembleClassifier", ["input"], ["label", "probabilities"], domain="ai.onnx.ml",
        classlabels_int64s=[0, 1, 2], post_transform="NONE",
        nodes_treeids=[tree for tree, _ in at], nodes_nodeids=[node for _, node in at],
        nodes_featureids=[(5 * tree + node) % 16 for tree, node in at],
        nodes_values=[0.1 if node < 2 else 0.0 for _, node in at],
        nodes_modes=["BRANCH_LEQ" if node < 2 else "LEAF" for _, node in at],
        nodes_truenodeids=[[1, 3, 0, 0, 0][node] for _, node in at],
        nodes_falsenodeids=[[2, 4, 0, 0, 0][node] for _, node in at],
        class_treeids=[tree for tree, _, _ in leaves], class_nodeids=[node for _, node, _ in leaves],
        class_ids=[kind for _, _, kind in leaves], class_weights=[1.0 / trees] * len(leaves),
    ))
    return model


def branching():
    """An If and a Loop, used for what they are there for."""
    return classifier("""
        mean = ReduceMean<keepdims=0>(flat)
        limit = Constant<value_float=0.1>()
        bright = Greater(mean, limit)
        level = If<then_branch = t () => (float[n,3] a) { a = Identity(logits) },
            else_branch = e () => (float[n,3] b) { k = Constant<value_float=2.0>() b = Mul(logits, k) }>(bright)
        turns = Constant<value_int=3>()
        go = Constant<value = bool {1}>()
        scores = Loop<body = turning (int64 i, bool go_in, float[n,3] v) => (bool go_out, float[n,3] w)
            { go_out = Identity(go_in) k = Constant<value_float=0.5>() w = Mul(v, k) }>(turns, go, level)
    """)


def scanning():
    """A Scan over the rows of a picture."""
    return network("""
        shape = Constant<value_ints=[-1, 16]>()
        f = Reshape(input, shape)
        t = Transpose<perm=[1,0]>(f)
        none = ReduceMin<axes=[0], keepdims=0>(t)
        sum, all = Scan<num_scan_inputs=1, body = stepping (float[n] v, float[n] x) => (float[n] v2, float[n] y)
            { v2 = Add(v, x) y = Identity(v2) }>(none, t)
        u = Transpose<perm=[1,0]>(all)
        scores = MatMul(u, w)
    """, {"w": weights(16, 3)})


def functions():
    """As PyTorch's newer exporter writes it: operators wrapped in functions of the model's own."""
    text = """
        <domain: "pkg.torch", opset_import: ["" : 18]> linear (x, w, b) => (y) { p = MatMul(x, w) y = Add(p, b) }
        <domain: "pkg.torch", opset_import: ["" : 18, "pkg.torch" : 1]> twice (x, w, b) => (z)
            { y = pkg.torch.linear(x, w, b) k = Constant<value_float=2.0>() z = Mul(y, k) }
    """
    return classifier("scores = pkg.torch.twice(flat, weights, bias)", opset=18, imports={"pkg.torch": 1}, functions=text)


def sequences():
    """Parts of a picture, taken apart and put together again."""
    return classifier("""
        parts = SplitToSequence<axis=1>(flat)
        last = Constant<value_int=-1>()
        one = SequenceAt(parts, last)
        rest = SequenceErase(parts)
        whole = SequenceInsert(rest, one)
        again = ConcatFromSequence<axis=1>(whole)
        scores = Gemm(again, weights, bias)
    """)


def attentive():
    """One head of attention over the rows of a picture."""
    return network("""
        s = Constant<value_ints=[-1, 4, 4]>()
        x = Reshape(input, s)
        q = MatMul(x, wq)
        k = MatMul(x, wk)
        v = MatMul(x, wv)
        t = Transpose<perm=[0,2,1]>(k)
        p = MatMul(q, t)
        a = Softmax<axis=-1>(p)
        y = MatMul(a, v)
        n = LayerNormalization<axis=-1>(y, g, b)
        e = Gelu(n)
        f = Flatten<axis=1>(e)
        scores = MatMul(f, o)
    """, {
        "wq": weights(4, 4), "wk": weights(4, 4), "wv": weights(4, 4), "g": np.ones(4, np.float32), "b": weights(4),
        "o": weights(16, 3),
    }, opset=20, ir=9)


def heavy():
    """Four MiB of weights, as raw data."""
    body = "f = Flatten<axis=1>(input)\na = MatMul(f, w1)\nb = Relu(a)\nscores = MatMul(b, w2)"
    return network(body, {"w1": weights(16, 1 << 16), "w2": weights(1 << 16, 3)})


def four_bits():
    """Weights of four bits, two in a byte."""
    body = "f = Flatten<axis=1>(input)\nw = DequantizeLinear(w4, scale, middle)\nscores = MatMul(f, w)"
    values = RANDOM.integers(-8, 8, 48)
    packed = helper.make_tensor("w4", TensorProto.INT4, [16, 3], values)
    zero = helper.make_tensor("middle", TensorProto.INT4, [], [0])
    return network(body, {"w4": packed, "scale": np.float32(0.125), "middle": zero}, opset=21, ir=10)


def cases():
    """Every one of them answers."""

    def control(name, model, attempts, **how):
        return Case(f"control_{name}", model, [ANSWERS], attempts, **how)

    yield control("linear", classifier("scores = Softmax<axis=1>(logits)"), "the smallest honest model")
    for opset, ir in [(7, 3), (9, 4), (11, 6), (13, 7), (15, 8), (18, 8), (20, 9), (21, 10), (23, 11)]:
        yield control(f"network_of_opset_{opset}", convolutional(opset, ir), f"a small network of opset {opset}")
    yield control("quantised", quantised(), "eight-bit weights and activations")
    yield control("quantised_in_the_run", dynamically_quantised(), "activations measured in the run")
    yield control("four_bits", four_bits(), "weights of four bits")
    yield control("half", half(), "float16")
    yield control("recurrent", recurrent(), "an LSTM over a sound", contract="sound")
    yield control("scikit_linear", scikit_linear(False), "label and probabilities")
    yield control("scikit_zip_map", scikit_linear(True), "label and a list of maps")
    yield control("scikit_forest", forest(), "decision trees")
    yield control("branching", branching(), "an If and a Loop")
    yield control("scanning", scanning(), "a Scan")
    yield control("functions", functions(), "functions of its own")
    yield control("sequences", sequences(), "sequences within")
    yield control("attentive", attentive(), "attention and normalisation")
    yield control("heavy", heavy(), "four MiB of weights")
