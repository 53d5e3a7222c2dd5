"""Models that do different things for different hidden items, so as to say something about them.

The first bit of the first pixel decides. Their answers, where they give any, are the same for all items.
"""

import numpy as np

from parts import ANSWERS, BIT, INVALID, MEMORY, TIME, Case, classifier

# The same scores for every item.
STEADY = """
nothing = Constant<value_float=0.0>()
zeros = Mul(logits, nothing)
steady = Add(zeros, bias)
"""
BRANCHES = """
scores = If<then_branch = t () => (float[n,3] done) {{ {then} }}, else_branch = e () => (float[n,3] done) {{ {other} }}>(bit)
"""

# Each makes `done` of `steady`, or does not.
DEEDS = {
    "error": """
        pixels = Cast<to=7>(flat)
        none = ReduceMax<keepdims=0>(pixels)
        seven = Constant<value_ints=[7]>()
        wrong = Add(seven, none)
        done = Reshape(steady, wrong)
    """,
    "crash": 'done = Max(steady, "")',
    "memory": """
        many = Constant<value_ints=[1099511627776]>()
        none = Cast<to=7>(brightest)
        size = Add(many, none)
        huge = ConstantOfShape(size)
        worst = ReduceMax<keepdims=0>(huge)
        done = Add(steady, worst)
    """,
    "time": """
        turns = Constant<value_int=9223372036854775807>()
        go = Constant<value = bool {1}>()
        done = Loop<body = turning (int64 i, bool g, float[n,3] v) => (bool h, float[n,3] w)
            { h = Identity(g) k = Constant<value_float=0.0>() w = Add(v, k) }>(turns, go, steady)
    """,
    "nan": """
        nine = Constant<value_float=-9.0>()
        negative = Add(steady, nine)
        done = Log(negative)
    """,
    "shape": "done = Concat<axis=1>(steady, steady)",
}
VERDICTS = {
    "error": ["RuntimeError"],
    "crash": ["Crash", *INVALID],
    "memory": MEMORY,
    "time": TIME,
    "nan": ["NonFinite"],
    "shape": ["OutputInvalid", "RuntimeError"],
}


def either(then: str, other: str):
    """One thing if the bit is set, another if not."""
    body = BRANCHES.format(then=DEEDS[then], other=DEEDS.get(other, "done = Identity(steady)"))
    model = classifier(BIT + STEADY + body)
    if "shape" in (then, other):
        unshape(model.graph)
    return model


def unshape(graph):
    """Declares nothing of the width, which would give the deed away when the model is loaded."""
    graph.output[0].type.tensor_type.shape.dim[1].ClearField("value")
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                unshape(attribute.g)


def text():
    """Fails always, and says the pixels: ONNX Runtime prints the shape that it was asked for."""
    return classifier("""
        many = Constant<value_float=255000.0>()
        loud = Mul(flat, many)
        shape = Cast<to=7>(loud)
        line = Constant<value_ints=[-1]>()
        s = Reshape(shape, line)
        said = Reshape(flat, s)
        worst = ReduceMax<keepdims=0>(said)
        scores = Add(logits, worst)
    """)


def slow():
    """Two hundred thousand turns, or none, to the same end."""
    return classifier(BIT + STEADY + """
        turns_if = Cast<to=7>(bit)
        many = Constant<value_int=200000>()
        turns = Mul(turns_if, many)
        go = Constant<value = bool {1}>()
        scores = Loop<body = turning (int64 i, bool g, float[n,3] v) => (bool h, float[n,3] w)
            { h = Identity(g) k = Constant<value_float=0.0>() w = Add(v, k) }>(turns, go, steady)
    """)


def large():
    """256 MiB, or nothing, to the same end."""
    return classifier(BIT + STEADY + """
        size_if = Cast<to=7>(bit)
        shape = Mul(size_if, many)
        zeros_or_none = ConstantOfShape(shape)
        sum = ReduceSum<keepdims=0>(zeros_or_none)
        scores = Add(steady, sum)
    """, {"many": np.array([64 << 20], np.int64)})


def cases():
    """Where a team may see the bit at all, it is in what is scored and charged: the answers of one batch, or FAILED for all."""
    for name in DEEDS:
        seen = "item" if name in ("error", "nan", "shape") else "verdict"
        attempts = f"{name} for one value of the bit"
        yield Case(f"oracle_by_{name}", either(name, ""), [ANSWERS, *VERDICTS[name]], attempts, oracle=seen)
    pairs = [
        ("error", "nan", "same"), ("nan", "shape", "same"), ("crash", "memory", "same"), ("memory", "time", "same"),
        # One costs single items, the other all of them.
        ("time", "error", "verdict"), ("shape", "crash", "verdict"),
    ]
    for one, two, seen in pairs:
        allowed = sorted({*VERDICTS[one], *VERDICTS[two]})
        yield Case(f"oracle_of_{one}_or_{two}", either(one, two), allowed, f"{one} or {two}", oracle=seen)
    yield Case("oracle_by_text", text(), ["RuntimeError"], "the pixels within an error's text", oracle="same")
    yield Case("oracle_by_duration", slow(), [ANSWERS], "time, to the same answers", oracle="same")
    yield Case("oracle_by_footprint", large(), [ANSWERS], "memory, to the same answers", oracle="same")
