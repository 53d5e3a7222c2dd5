"""Memory bombs: small files that ask for more than the limit, when they are loaded and when they run.

The corpus runs under 512 MiB. Two cases stay a little below that and go a little above.
"""

import numpy as np

from parts import ANSWERS, GROWING, HONEST, MEMORY, USED, Case, classifier, late

# Some operators look at the size themselves before they ask for it.
OVERFLOW = [*MEMORY, "InvalidModel", "RuntimeError"]

DOUBLING = "\n".join(f"c{i + 1} = Concat<axis=0>(c{i}, c{i})" for i in range(40))


def shaped(*dims: int) -> dict:
    """A constant shape."""
    return {"shape": np.array(dims, np.int64)}


def at_load(body: str, constants: dict):
    """Everything known when the model is loaded: it may be folded then."""
    return classifier(body + USED, constants)


def at_run(body: str, constants: dict | None = None):
    """The shape depends on `turn`, which is known in a run alone."""
    return late(body, constants=constants)


def filled(mib: int):
    """So many MiB at once, all of it written to and read, in a run."""
    body = """
        size = Add(shape, turn)
        ones = ConstantOfShape<value = float[1] {1.0}>(size)
        harm = ReduceSum<keepdims=0>(ones)
    """
    return at_run(body, shaped(mib << 18))


def growing_sequence():
    """A Loop that never drops what it made."""
    return late("""
        turns = Constant<value_int = 1000000>()
        go = Constant<value = bool {1}>()
        none = SequenceEmpty<dtype=1>()
        all = Loop<body = adding (int64 i, bool go_in, seq(float[k]) s) => (bool go_out, seq(float[k]) t)
            { go_out = Identity(go_in) size = Add(shape, turn) more = ConstantOfShape(size) t = SequenceInsert(s, more) }
            >(turns, go, none)
        zeroth = Constant<value_int = 0>()
        harm = SequenceAt(all, zeroth)
    """, constants=shaped(1 << 20))


def growing_scan():
    """A Loop whose every turn adds a row to an output."""
    return late("""
        turns = Constant<value_int = 1000000>()
        go = Constant<value = bool {1}>()
        last, harm = Loop<body = adding (int64 i, bool go_in, float[n,3] v) => (bool go_out, float[n,3] w, float[k] row)
            { go_out = Identity(go_in) w = Identity(v) size = Add(shape, turn) row = ConstantOfShape(size) }
            >(turns, go, logits)
    """, constants=shaped(1 << 18))


def strings():
    """Texts that double."""
    lines = "\n".join(f"s{i + 1} = StringConcat(s{i}, s{i})" for i in range(40))
    body = f"s0 = Cast<to=8>(flat)\n{lines}\nsame = Equal(s40, s40)\nharm = Cast<to=1>(same)" + USED
    return classifier(body, opset=20, ir=9)


def folded_product():
    """Two vectors, small in the file, whose product is a matrix of 64 GiB."""
    body = "size = Identity(shape)\nv = ConstantOfShape(size)\nw = Transpose<perm=[1,0]>(v)\nharm = MatMul(v, w)"
    return at_load(body, shaped(1 << 17, 1))


def cases():
    """All of them meet the limit, and the one below it does not."""

    def bomb(name, model, attempts, allowed=MEMORY):
        return Case(name, model, allowed, attempts)

    huge = shaped(1 << 40)
    beyond = shaped(1 << 31, 1 << 31, 1 << 31)
    yield bomb("memory_of_shape_at_load", at_load("harm = ConstantOfShape(shape)", huge), "4 TiB when loaded")
    yield bomb("memory_of_shape_at_run", at_run("s = Add(shape, turn)\nharm = ConstantOfShape(s)", huge), "4 TiB in a run")
    overflow = at_run("s = Add(shape, turn)\nharm = ConstantOfShape(s)", beyond)
    yield bomb("memory_of_overflowing_shape", overflow, "2^93 numbers", OVERFLOW)
    expand = "s = Add(shape, turn)\none = Constant<value_floats = [1.0]>()\nharm = Expand(one, s)"
    yield bomb("memory_by_expand", at_run(expand, shaped(1 << 33)), "32 GiB by Expand")
    tile = "s = Add(shape, turn)\nharm = Tile(logits, s)"
    yield bomb("memory_by_tile", at_run(tile, shaped(1 << 16, 1 << 16)), "tens of GiB by Tile", OVERFLOW)
    tile = "r = Identity(shape)\none = Constant<value_floats = [1.0]>()\nharm = Tile(one, r)"
    yield bomb("memory_by_folded_tile", at_load(tile, shaped(1 << 33)), "32 GiB by a Tile of constants", OVERFLOW)
    line = """
        a = Cast<to=7>(zero)
        end = Add(a, last)
        step = Constant<value_int=1>()
        r = Range(a, end, step)
        harm = Cast<to=1>(r)
    """
    yield bomb("memory_by_range", at_run(line, {"last": np.int64(1 << 34)}), "128 GiB by Range")
    pad = "p = Add(shape, turn)\nharm = Pad(logits, p)"
    yield bomb("memory_by_pad", at_run(pad, shaped(0, 1 << 34, 0, 1 << 34)), "hundreds of GiB by Pad")
    resize = 's = Add(shape, turn)\nharm = Resize(input, "", "", s)'
    yield bomb("memory_by_resize", at_run(resize, shaped(3, 1, 1 << 17, 1 << 17)), "hundreds of GiB by Resize", OVERFLOW)
    hot = """
        i = Cast<to=7>(flat)
        d = Add(depth, turn)
        low_high = Constant<value_floats = [0.0, 1.0]>()
        harm = OneHot(i, d, low_high)
    """
    yield bomb("memory_by_one_hot", at_run(hot, {"depth": np.int64(1 << 34)}), "classes without end by OneHot")
    product = """
        column = Reshape(flat, tall)
        row = Reshape(flat, wide)
        t = Tile(column, shape)
        u = Transpose<perm=[1,0]>(t)
        harm = MatMul(t, u)
    """
    sizes = shaped(1 << 14, 1) | {"tall": np.array([-1, 1], np.int64), "wide": np.array([1, -1], np.int64)}
    yield bomb("memory_by_outer_product", at_run(product, sizes), "a matrix of many GiB from a vector")
    yield bomb("memory_by_folded_product", folded_product(), "64 GiB from two constant vectors")
    doubling = "c0 = Identity(flat)\n" + DOUBLING + "\nharm = Identity(c40)"
    yield bomb("memory_by_doubling", at_run(doubling), "an input doubled forty times", GROWING)
    folded = "c0 = Constant<value_floats = [1.0, 2.0]>()\n" + DOUBLING + "\nharm = Identity(c40)"
    yield bomb("memory_by_folded_doubling", at_load(folded, {}), "a constant doubled forty times", GROWING)
    yield bomb("memory_by_strings", strings(), "texts doubled forty times", GROWING)
    yield bomb("memory_by_sequence", growing_sequence(), "a sequence that only grows", GROWING)
    yield bomb("memory_by_loop_outputs", growing_scan(), "rows that only grow", GROWING)
    yield Case("memory_below_the_limit", filled(256), [ANSWERS], "256 MiB: allowed")
    yield bomb("memory_above_the_limit", filled(520), "520 MiB, a little too much")
