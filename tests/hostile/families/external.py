"""Reads of files and memory: a tensor whose data lie elsewhere, wherever ONNX lets a tensor stand."""

from onnx import SparseTensorProto, StringStringEntryProto, TensorProto, TrainingInfoProto, helper, numpy_helper

import numpy as np

from parts import HONEST, INVALID, USED, Case, add, attribute, classifier, nest, number, outside

PASSWD = "etc/passwd"
DIMS = [12]


def leaking(tensor):
    """A classifier that adds what it reads to its scores."""
    return classifier("harm = Identity(leak)" + USED, {"leak": tensor})


def locations():
    """Where the data are said to lie."""
    pointer = "*/_ORT_MEM_ADDR_/*"
    return {
        "absolute": outside(DIMS, location="/etc/passwd"),
        "relative": outside(DIMS, location=PASSWD),
        "parent": outside(DIMS, location="../../../../../../etc/passwd"),
        "parent_masked": outside(DIMS, location="./a/../../../../../etc//passwd"),
        "url": outside(DIMS, location="file:///etc/passwd"),
        "backslashes": outside(DIMS, location="..\\..\\etc\\passwd"),
        "cut_by_nul": outside(DIMS, location="etc/passwd\0.weights"),
        "own_memory": outside(DIMS, location="/proc/self/mem", offset=4194304, length=48),
        "own_environment": outside(DIMS, location="proc/self/environ"),
        "own_descriptor": outside(DIMS, location="/proc/self/fd/3", offset=0, length=48),
        "device": outside(DIMS, location="/dev/zero", length=1 << 40),
        "nowhere": outside(DIMS, location=""),
        "without_entries": outside(DIMS),
        "by_odd_keys": outside(DIMS, Location=PASSWD, path=PASSWD, filename=PASSWD),
        "by_pointer": outside(DIMS, location=pointer, offset=4194304, length=48),
        "by_pointer_to_nothing": outside(DIMS, location=pointer, offset=0, length=48),
        "at_negative_offset": outside(DIMS, location=PASSWD, offset=-4096, length=48),
        "at_huge_offset": outside(DIMS, location=PASSWD, offset=(1 << 64) - 8, length=48),
        "of_strings": outside(DIMS, TensorProto.STRING, location=PASSWD),
    }


def disguises():
    """The flag that says so, hidden or doubled."""
    masked = outside(DIMS, location=PASSWD)
    masked.raw_data = bytes(48)
    typed = outside(DIMS, location=PASSWD)
    typed.float_data.extend([0] * 12)
    silent = numpy_helper.from_array(np.zeros(12, np.float32))
    silent.external_data.append(StringStringEntryProto(key="location", value=PASSWD))
    second = outside(DIMS, location="weights.bin")
    second.external_data.append(StringStringEntryProto(key="location", value=PASSWD))
    return {
        "masked_by_raw_data": (masked, "data both inside and outside"),
        "masked_by_typed_data": (typed, "typed data inside, and a file"),
        "without_the_flag": (silent, "entries that the flag denies"),
        "with_two_locations": (second, "two locations, of which the second counts"),
    }


def aliased_flag(flag: bytes, plain: bool):
    """A tensor in whose bytes only a reader that does what ONNX Runtime's does sees the flag."""
    tensor = outside(DIMS, location=PASSWD)
    tensor.ClearField("data_location")
    tensor.name = "leak"
    if plain:
        tensor.data_location = TensorProto.DEFAULT
    graph = nest(5, tensor.SerializeToString() + flag)
    honest = classifier("harm = Identity(leak)" + USED)
    return honest.SerializeToString(deterministic=True) + nest(7, graph)


def sparse(values, indices):
    """A classifier with a sparse initializer."""
    model = classifier("harm = Identity(leak)" + USED)
    values.name = "leak"
    model.graph.sparse_initializer.append(SparseTensorProto(dims=[64], values=values, indices=indices))
    return model


def in_if_branch(deep: int = 1):
    """In a branch that is never taken, at some depth."""
    body = "a = Add(logits, leak)"
    for _ in range(deep):
        body = (
            "a = If<then_branch = inner () => (float[n,3] a) {" + body + "},"
            "else_branch = other () => (float[n,3] b) { b = Identity(logits) }>(never)"
        )
    model = classifier("never = Constant<value = bool {0}>()\n" + body + "\nscores = Identity(a)")
    graph = model.graph
    for _ in range(deep):
        graph = attribute(graph, "If", "then_branch").g
    add(graph, {"leak": outside([3], location=PASSWD)})
    return model


def in_loop_body():
    """In a body that never runs."""
    model = classifier("""
        turns = Constant<value_int = 0>()
        go = Constant<value = bool {0}>()
        scores = Loop<body = turning (int64 i, bool go_in, float[n,3] v) => (bool go_out, float[n,3] w)
            { go_out = Identity(go_in) w = Add(v, leak) }>(turns, go, logits)
    """)
    add(attribute(model.graph, "Loop", "body").g, {"leak": outside([3], location=PASSWD)})
    return model


def in_constant(place: str):
    """In the attribute of a Constant: dense, sparse, or inside a function."""
    tensor = outside([3], location=PASSWD)
    if place == "sparse":
        indices = numpy_helper.from_array(np.arange(3, dtype=np.int64))
        value = SparseTensorProto(dims=[3], values=tensor, indices=indices)
        node = helper.make_node("Constant", [], ["leak"], sparse_value=value)
    else:
        node = helper.make_node("Constant", [], ["leak"], value=tensor)
    if place != "function":
        model = classifier("scores = Add(logits, leak)")
        model.graph.node.insert(0, node)
        return model
    text = '<domain: "own", opset_import: ["" : 17]> shift (x) => (y) { y = Add(x, leak) }'
    model = classifier("scores = own.shift(logits)", imports={"own": 1}, functions=text)
    model.functions[0].node.insert(0, node)
    return model


def in_unused(place: str):
    """Where nothing needs it: in a list attribute, an unused function, a training graph, an unused initializer."""
    leak = outside(DIMS, location=PASSWD)
    unused = '<domain: "own", opset_import: ["" : 17]> unused (x) => (y) { y = Identity(x) }'
    model = classifier(HONEST, imports={"own": 1}, functions=unused if place == "function" else "")
    if place == "list":
        model.graph.node[0].attribute.append(helper.make_attribute("extra", [leak]))
    elif place == "function":
        model.functions[0].node[0].attribute.append(helper.make_attribute("extra", leak))
    elif place == "training":
        training = TrainingInfoProto()
        training.initialization.initializer.append(leak)
        model.training_info.append(training)
    else:
        add(model.graph, {"unused": leak})
    return model


def second_graph():
    """Protobuf merges a field that comes twice: an honest graph, then one that only adds the tensor."""
    honest = classifier("harm = Identity(leak)" + USED).SerializeToString(deterministic=True)
    tensor = outside(DIMS, location=PASSWD)
    tensor.name = "leak"
    return honest + nest(7, nest(5, tensor.SerializeToString()))


def cases():
    """All of them are refused before anything looks for a file."""

    def refused(name, model, attempts):
        return Case(f"external_data_{name}", model, INVALID, attempts)

    for name, tensor in locations().items():
        yield refused(name, leaking(tensor), f"a tensor that lies {name.replace('_', ' ')}")
    for name, (tensor, attempts) in disguises().items():
        yield refused(name, leaking(tensor), attempts)
    yield refused("flag_by_overflow", aliased_flag(number(14, (1 << 32) + 1), False), "the flag as 2^32 + 1")
    yield refused("flag_given_twice", aliased_flag(number(14, 0) + number(14, 1), True), "the flag denied, then set")
    yield refused("flag_unknown", aliased_flag(number(14, 7), False), "a location of data that nobody knows")
    yield refused("flag_by_long_key", aliased_flag(b"\xf0\x80\x00\x01", False), "the flag's key in three bytes")
    yield refused("flag_by_long_value", aliased_flag(b"\x70\x81\x80\x00", False), "the flag's value in three bytes")
    yield refused("flag_negative", aliased_flag(number(14, (1 << 64) - (1 << 32) + 1), False), "the flag as 1 - 2^32")
    yield refused("in_second_graph", second_graph(), "a graph that comes twice, and is merged")
    three = numpy_helper.from_array(np.zeros(3, np.float32))
    at = numpy_helper.from_array(np.arange(3, dtype=np.int64))
    at_outside = outside([3], TensorProto.INT64, location=PASSWD)
    yield refused("in_sparse_values", sparse(outside([3], location=PASSWD), at), "values of a sparse tensor")
    yield refused("in_sparse_indices", sparse(three, at_outside), "indices of a sparse tensor")
    yield refused("in_if_branch", in_if_branch(), "a branch that is never taken")
    yield refused("in_deep_if_branch", in_if_branch(5), "a branch below four others")
    yield refused("in_loop_body", in_loop_body(), "a body that never runs")
    yield refused("in_constant", in_constant("plain"), "the value of a Constant")
    yield refused("in_sparse_constant", in_constant("sparse"), "the sparse value of a Constant")
    yield refused("in_function", in_constant("function"), "a Constant within a function")
    yield refused("in_list_attribute", in_unused("list"), "an attribute that the operator does not have")
    yield refused("in_unused_function", in_unused("function"), "a function that nothing calls")
    yield refused("in_training_graph", in_unused("training"), "a graph that only training would use")
    yield refused("in_unused_initializer", in_unused("initializer"), "a tensor that no node reads")
