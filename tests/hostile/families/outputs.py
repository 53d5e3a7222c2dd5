"""Outputs that are no answers, and some that look so and are."""

import numpy as np

from parts import ANSWERS, BIAS, HONEST, MISMATCH, TIME, WEIGHTS, Case, add, classifier, graph

UNREADABLE = ["OutputInvalid"]
NON_FINITE = ["NonFinite"]


def computed(body: str):
    """An output whose declared shape says nothing, made of `flat`, `logits` and `turn`."""
    text = f"""(float[n,1,4,4] input) => (float[a,b] scores) {{
        flat = Flatten<axis=1>(input)
        logits = Slice(flat, from, to, axis)
        low = ReduceMin<keepdims=0>(flat)
        nil = Constant<value_float=0.0>()
        zero = Mul(low, nil)
        turn = Cast<to=7>(zero)
        {body}
    }}"""
    model = graph(text)
    number = {"from": 0, "to": 3, "axis": 1}
    add(model.graph, {name: np.array([value], np.int64) for name, value in number.items()})
    return model


def shaped(*dims: int):
    """The scores repeated or cut to another shape, which only a run knows."""
    text = ", ".join(str(dim) for dim in dims)
    return computed(f"""
        fixed = Constant<value_ints = [{text}]>()
        size = Add(fixed, turn)
        one = Constant<value_float=1.0>()
        raw = Expand(one, size)
        scores = Identity(raw)
    """)


def without_shape(body: str):
    """The same with an output of which nothing is declared but the element type."""
    model = computed(body)
    model.graph.output[0].type.tensor_type.ClearField("shape")
    return model


def numbers(expression: str):
    """Scores made of the logits and one odd value."""
    return classifier(f"""
        low = ReduceMin<keepdims=0>(flat)
        nil = Constant<value_float=0.0>()
        zero = Mul(low, nil)
        {expression}
        scores = Add(logits, odd)
    """)


def other(signature: str, body: str, **how):
    """Another kind of output."""
    model = graph(f"""(float[n,1,4,4] input) => ({signature}) {{
        flat = Flatten<axis=1>(input)
        logits = Gemm(flat, weights, bias)
        {body}
    }}""", **how)
    add(model.graph, {"weights": WEIGHTS, "bias": BIAS})
    return model


def zip_map():
    """As scikit-learn's exporter writes it by default: labels, and a list of maps."""
    return other("int64[n] label, seq(map(int64, float)) probabilities", """
        label = ArgMax<axis=1, keepdims=0>(logits)
        p = Softmax<axis=1>(logits)
        probabilities = ai.onnx.ml.ZipMap<classlabels_int64s=[0,1,2]>(p)
    """, imports={"ai.onnx.ml": 3})


def many(count: int):
    """The scores, and thousands of copies of the input beside them."""
    outputs = "".join(f", float[n,1,4,4] copy{i}" for i in range(count))
    body = "\n".join(f"copy{i} = Identity(input)" for i in range(count))
    return classifier(HONEST + "\n" + body, outputs=outputs)


def labels(expression: str):
    """Class numbers that are none."""
    return other("int64[n] label", f"best = ArgMax<axis=1, keepdims=0>(logits)\n{expression}")


def cases():
    """Refused before they run, or found when they are read."""

    def wrong(name, model, attempts, allowed=None):
        return Case(f"output_{name}", model, allowed or UNREADABLE, attempts)

    minus = "m = Constant<value_float=-1.0>()\nl = Add(zero, m)\nodd = Log(l)"
    yield wrong("not_a_number", numbers(minus), "NaN", NON_FINITE)
    yield wrong("infinite", numbers("one = Constant<value_float=1.0>()\nodd = Div(one, zero)"), "infinity", NON_FINITE)
    last = "big = Constant<value_float=3e38>()\nf = Mul(logits, big)\nodd = Mul(f, big)"
    yield wrong("overflowing", numbers(last), "numbers that overflow", NON_FINITE)
    wide = other("double[n,3] scores", """
        d = Cast<to=11>(logits)
        big = Constant<value = double {1e300}>()
        b = Abs(d)
        scores = Add(b, big)
    """)
    yield wrong("huge_doubles", wide, "numbers that float32 does not hold", NON_FINITE)
    yield wrong("huge", numbers("odd = Constant<value_float=3e38>()"), "the largest numbers there are", [ANSWERS])
    half = other("float16[n,3] scores", """
        big = Constant<value_float=65504.0>()
        b = Add(logits, big)
        c = Add(b, big)
        scores = Cast<to=10>(c)
    """)
    yield wrong("overflowing_half", half, "numbers that float16 does not hold", NON_FINITE)

    yield wrong("too_wide", shaped(3, 5), "a class too many")
    yield wrong("too_narrow", shaped(3, 2), "a class too few")
    yield wrong("too_many_rows", shaped(3000, 3), "answers to items that nobody asked about")
    yield wrong("too_few_rows", shaped(2, 3), "answers for some items")
    yield wrong("without_rows", shaped(0, 3), "no answers at all")
    tower = "ones = Constant<value_ints = [-1,1,1,1,1,1,1,3]>()\ns = Add(ones, turn)\nscores = Reshape(logits, s)"
    yield wrong("of_eight_axes", without_shape(tower), "a tensor of eight axes", [*UNREADABLE, *MISMATCH])
    scalar = "scores = ReduceMax<keepdims=0>(logits)"
    yield wrong("scalar", without_shape(scalar), "one number for all", [*UNREADABLE, *MISMATCH])

    yield wrong("of_strings", other("string[n,3] scores", "scores = Cast<to=8>(logits)"), "texts", MISMATCH)
    yield wrong("of_bools", other("bool[n,3] scores", "scores = Cast<to=9>(logits)"), "truths", MISMATCH)
    yield wrong("sequence", other("seq(float[n,3]) scores", "scores = SequenceConstruct(logits)"), "a sequence", MISMATCH)
    optional = other("optional(float[n,3]) scores", "scores = Optional(logits)")
    yield wrong("optional", optional, "perhaps a tensor", [*MISMATCH, "InvalidModel"])
    yield wrong("zip_map", zip_map(), "a list of maps beside the labels", [ANSWERS])
    two = classifier("scores = Softmax<axis=1>(logits)\nagain = Identity(logits)", outputs=", float[n,3] again")
    yield wrong("ambiguous", two, "two outputs that could be it", MISMATCH)
    yield wrong("copies_of_inputs", many(3000), "three thousand more outputs", [ANSWERS, *TIME])
    for name, offset in [("beyond", 100), ("negative", -(1 << 63) + 1)]:
        model = labels(f"h = Constant<value_int={offset}>()\nlabel = Add(best, h)")
        yield wrong(f"labels_{name}", model, "classes that there are not")
