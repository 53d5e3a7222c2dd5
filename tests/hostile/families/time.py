"""Time bombs: small files that compute for ever, when they are loaded and when they run.

The corpus runs under 3 s of wall clock and 2 s of processor.
"""

import numpy as np

from parts import ANSWERS, GROWING, INVALID, TIME, USED, Case, classifier, graph, late

# A clock may strike, or what counts the work in advance may refuse.
COUNTED = [*TIME, "InvalidModel"]

ENDLESS = """
turns = Constant<value_int = 9223372036854775807>()
go = Constant<value = bool {1}>()
"""


def loop(depth: int):
    """Loops within loops, each as long as can be."""
    step = f"one_more = Constant<value_float=1.0>()\nw{depth} = Add(v{depth}, one_more)"
    for level in range(depth, 0, -1):
        outer = level - 1
        step = (
            f"w{outer} = Loop<body = turning{level} (int64 i{level}, bool go_in{level}, float[n,3] v{level}) "
            f"=> (bool go_out{level}, float[n,3] w{level}) "
            f"{{ go_out{level} = Identity(go_in{level})\n{step} }}>(turns, go, v{outer})"
        )
    return classifier(f"{ENDLESS}v0 = Identity(logits)\n{step}\nscores = Identity(w0)")


def scan():
    """A Scan over a sequence of many million steps."""
    return late("""
        length = Add(steps, turn)
        line = ConstantOfShape(length)
        start = Constant<value_float=0.0>()
        end, all = Scan<num_scan_inputs=1, body = stepping (float v, float x) => (float w, float y)
            { w = Add(v, x) y = Identity(w) }>(start, line)
        harm = Identity(end)
    """, constants={"steps": np.array([20_000_000], np.int64)})


def folded_products():
    """Products of constant matrices, all of them folded when the model is loaded."""
    lines = "\n".join(f"m{i + 1} = MatMul(m{i}, m{i})" for i in range(200))
    body = f"m0 = ConstantOfShape(shape)\n{lines}\nharm = Identity(m200)"
    return classifier(body + USED, {"shape": np.array([2048, 2048], np.int64)})


def products():
    """The same in a run."""
    lines = "\n".join(f"m{i + 1} = MatMul(m{i}, m{i})" for i in range(200))
    return late(f"s = Add(shape, turn)\nm0 = ConstantOfShape(s)\n{lines}\nharm = Identity(m200)",
                constants={"shape": np.array([2048, 2048], np.int64)})


def laughs(width: int, depth: int):
    """Functions that call the one below them many times: a thousand bytes that become 10^9 nodes."""
    functions = ['<domain: "own", opset_import: ["" : 17]> f0 (x) => (y) { y = Neg(x) }']
    for level in range(1, depth):
        calls = "\n".join(f"x{i + 1} = own.f{level - 1}(x{i})" for i in range(width))
        functions.append(
            f'<domain: "own", opset_import: ["" : 17, "own" : 1]> f{level} (x0) => (y) {{\n{calls}\n'
            f"y = Identity(x{width}) }}"
        )
    text = "\n".join(functions)
    return classifier(f"scores = own.f{depth - 1}(logits)", imports={"own": 1}, functions=text)


def nested(depth: int):
    """Branches within branches."""
    body = "a = Identity(logits)"
    for _ in range(depth):
        body = (
            "a = If<then_branch = t () => (float[n,3] a) {" + body + "},"
            "else_branch = e () => (float[n,3] b) { b = Identity(logits) }>(yes)"
        )
    return classifier("brightest = ReduceMax<keepdims=0>(flat)\nyes = Cast<to=9>(brightest)\n" + body + "\nscores = Identity(a)")


def many_nodes(count: int):
    """Nothing, very often."""
    lines = "\n".join(f"v{i + 1} = Identity(v{i})" for i in range(count))
    return classifier(f"v0 = Identity(logits)\n{lines}\nscores = Identity(v{count})")


def convolution():
    """A kernel as large as the picture, over a picture as large as memory allows."""
    return late("""
        s = Add(shape, turn)
        picture = ConstantOfShape(s)
        k = Add(kernel_shape, turn)
        kernel = ConstantOfShape(k)
        harm = Conv<pads=[1023,1023,1023,1023]>(picture, kernel)
    """, constants={"shape": np.array([1, 1, 2048, 2048], np.int64), "kernel_shape": np.array([1, 1, 1024, 1024], np.int64)})


def pooling():
    """A window far larger than the picture, at every place of a padded one."""
    return late("""
        s = Add(shape, turn)
        picture = ConstantOfShape(s)
        harm = AveragePool<kernel_shape=[2000,2000], pads=[1999,1999,1999,1999], count_include_pad=1>(picture)
    """, constants={"shape": np.array([1, 1, 2000, 2000], np.int64)})


def denormals():
    """Numbers so small that some processors take a hundred times as long for each, in a loop."""
    return late("""
        turns = Constant<value_int = 100000000>()
        go = Constant<value = bool {1}>()
        s = Add(shape, turn)
        tiny = ConstantOfShape<value = float[1] {1e-40}>(s)
        harm = Loop<body = turning (int64 i, bool go_in, float[k] v) => (bool go_out, float[k] w)
            { go_out = Identity(go_in) less = Constant<value_float=0.999>() u = Mul(v, less) w = Add(u, tiny) }>(turns, go, tiny)
    """, constants={"shape": np.array([1 << 18], np.int64)})


def recurrent():
    """A recurrent network over a sequence of millions of steps."""
    constants = {
        "shape": np.array([4_000_000, 1, 1], np.int64),
        "w": np.ones((1, 16, 1), np.float32),
        "r": np.ones((1, 16, 4), np.float32),
    }
    return late("s = Add(shape, turn)\nx = ConstantOfShape(s)\nall, harm = LSTM<hidden_size=4>(x, w, r)", constants=constants)


def einsum():
    """Every pair of everything."""
    body = """
        s = Add(shape, turn)
        m = ConstantOfShape(s)
        harm = Einsum<equation="abc,dbe,fce->adf">(m, m, m)
    """
    return late(body, constants={"shape": np.array([88, 88, 88], np.int64)})


def cyclic_tree():
    """A tree whose only branch leads to itself."""
    return graph("""(float[n,1,4,4] input) => (float[n,3] scores) {
        flat = Flatten<axis=1>(input)
        one = ai.onnx.ml.TreeEnsembleRegressor<n_targets=3, nodes_treeids=[0,0], nodes_nodeids=[0,1],
            nodes_featureids=[0,0], nodes_values=[1000.0, 1000.0], nodes_modes=["BRANCH_LT","BRANCH_LT"],
            nodes_truenodeids=[1,0], nodes_falsenodeids=[1,0], target_treeids=[0], target_nodeids=[1],
            target_ids=[0], target_weights=[1.0]>(flat)
        scores = Identity(one)
    }""", imports={"ai.onnx.ml": 3})


def cases():
    """All of them are ended by a clock, or refused because they can be counted."""

    def bomb(name, model, attempts, allowed=TIME):
        return Case(name, model, allowed, attempts)

    yield bomb("time_by_loop", loop(1), "a Loop of 2^63 turns")
    yield bomb("time_by_nested_loops", loop(4), "four of them, one in another")
    yield bomb("time_by_scan", scan(), "a Scan of twenty million steps", GROWING)
    yield bomb("time_by_folded_products", folded_products(), "matrices multiplied while the model is loaded")
    yield bomb("time_by_products", products(), "matrices multiplied in a run")
    yield bomb("time_by_convolution", convolution(), "a kernel of a million weights")
    yield bomb("time_by_pooling", pooling(), "a window of four million places", [*COUNTED, "RuntimeError"])
    yield bomb("time_by_denormals", denormals(), "numbers that are slow to compute with")
    yield bomb("time_by_recurrence", recurrent(), "an LSTM of millions of steps", GROWING)
    yield bomb("time_by_einsum", einsum(), "a product over five indices", GROWING)
    yield bomb("time_by_cyclic_tree", cyclic_tree(), "a decision tree that is a ring", [*COUNTED, "RuntimeError", "Crash"])
    yield bomb("time_by_function_expansion", laughs(10, 10), "a thousand million nodes from functions", INVALID)
    yield Case("functions_expanded_a_little", laughs(3, 4), [ANSWERS], "eighty nodes from functions: allowed")
    yield bomb("time_by_many_nodes", many_nodes(60_000), "sixty thousand nodes", INVALID)
    yield bomb("time_by_nesting", nested(24), "branches twenty-four deep", INVALID)
    yield Case("branches_nested_a_little", nested(8), [ANSWERS], "branches eight deep: allowed")
