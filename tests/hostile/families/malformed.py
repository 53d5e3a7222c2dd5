"""Files that are not models, and models that lie about themselves."""

import io
import random
import zipfile

import numpy as np
from onnx import TensorProto, helper

from parts import ANSWERS, HONEST, INVALID, MISMATCH, Case, add, classifier, graph, nest, number, varint

EITHER = [*INVALID, *MISMATCH]


def honest() -> bytes:
    """A model that nothing is wrong with."""
    return classifier(HONEST).SerializeToString(deterministic=True)


def archive(entries: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    """A zip file of these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content, how)
    return buffer.getvalue()


def not_models():
    """Bytes of every other sort."""
    whole = honest()
    noise = random.Random(2019).randbytes(4096)
    return {
        "empty": (b"", "no bytes at all"),
        "one_byte": (b"\x08", "a key without a value"),
        "zip_without_a_model": (archive({"../../etc/passwd": whole}), "a zip file with a way out, and no model"),
        "zip_of_two_models": (archive({"a.onnx": whole, "b.onnx": whole}), "a zip file with two models"),
        "zip_cut": (archive({"a.onnx": whole})[:-30], "a zip file without its end"),
        "zip_bomb": (archive({"a.onnx": bytes(1 << 28)}, zipfile.ZIP_DEFLATED), "256 MiB of zeros in 256 KiB"),
        "zip_bad_toml": (archive({"a.onnx": whole, "model.toml": b"scale = 1e999"}), "a scale beyond all numbers"),
        "zip_bad_tokenizer": (archive({"a.onnx": whole, "model.toml": b"text = 'tokenizer'", "tokenizer.json": b"["}), "no tokenizer"),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
        "text": (b"import os; os.system('id')\n", "a script"),
        "zeros": (bytes(4096), "zeros"),
        "noise": (noise, "noise"),
        "cut_in_half": (whole[: len(whole) // 2], "the first half"),
        "cut_by_a_byte": (whole[:-1], "all but the last byte"),
        "with_a_tail": (whole + b"\xff" * 16, "something behind the end"),
        "length_2_31": (b"\x3a" + varint(1 << 31) + whole, "a graph of 2 GiB in a small file"),
        "length_2_64": (b"\x3a" + b"\xff" * 9 + b"\x01" + whole, "a graph of 2^64 bytes"),
        "number_of_eleven_bytes": (b"\x08" + b"\x80" * 10 + b"\x01" + whole, "a number that does not end in time"),
        "field_zero": (b"\x00\x01" + whole, "a field that cannot be"),
        "key_beyond_32_bits": (varint((1 << 35) + (7 << 3 | 2)) + b"\x00" + whole, "a field number that overflows"),
        "group_without_end": (b"\x0b" * 64 + whole, "groups that do not end"),
        "end_of_no_group": (b"\x0c" + whole, "the end of a group that did not begin"),
        "depth_20000": (tower(20_000), "graphs within graphs, twenty thousand deep"),
        "depth_of_types": (types(20_000), "types within types, twenty thousand deep"),
        "two_models": (whole + whole, "a model twice: protobuf merges them"),
    }


def long_keys(whole: bytes) -> bytes:
    """The graph's key and length, each in as many bytes as a reader still takes."""
    at = whole.index(b"\x3a")
    length, shift, end = 0, 0, at + 1
    while True:
        length |= (whole[end] & 0x7F) << shift
        shift, end = shift + 7, end + 1
        if whole[end - 1] < 0x80:
            break
    padded = bytes([length >> 7 * i & 0x7F | 0x80 for i in range(4)]) + bytes([length >> 28])
    return whole[:at] + b"\xba\x80\x80\x80\x00" + padded + whole[end:]


def tower(depth: int) -> bytes:
    """A node's attribute holds a graph whose node's attribute holds a graph …"""
    content = b""
    for _ in range(depth):
        content = nest(1, nest(4, b"If") + nest(5, nest(1, b"then_branch") + nest(6, content) + number(20, 5)))
    return number(1, 8) + nest(7, content) + nest(8, nest(1, b"") + number(2, 17))


def types(depth: int) -> bytes:
    """The type of an input is a sequence of sequences of …"""
    content = b""
    for _ in range(depth):
        content = nest(4, nest(1, content))
    return number(1, 8) + nest(7, nest(11, nest(1, b"input") + nest(2, content))) + nest(8, number(2, 17))


def lying(dims, data_type=TensorProto.FLOAT, raw=b"", used=True, **fields):
    """A tensor whose data are not what its shape says."""
    tensor = TensorProto(dims=dims, data_type=data_type, **fields)
    if raw:
        tensor.raw_data = raw
    body = "harm = Cast<to=1>(lie)\nworst = ReduceMax<keepdims=0>(harm)\nscores = Add(logits, worst)" if used else HONEST
    return classifier(body, {"lie": tensor})


def tensors():
    """Lies about sizes and types."""
    both = {"raw": bytes(12), "float_data": [0, 0, 0]}
    return {
        "dims_too_large": (lying([1 << 20], raw=bytes(12)), "a million numbers in twelve bytes"),
        "dims_too_small": (lying([1], raw=bytes(4096)), "one number in four KiB"),
        "dims_negative": (lying([-1], raw=bytes(4)), "minus one numbers"),
        "dims_negative_twice": (lying([-1 << 31, -2], raw=bytes(8)), "negative numbers whose product is not"),
        "dims_overflow": (lying([1 << 62, 4, 1], raw=bytes(16)), "a product that overflows to nothing"),
        "dims_overflow_bytes": (lying([1 << 62], raw=bytes(4)), "a size in bytes that overflows"),
        "dims_2_31": (lying([1 << 31], float_data=[0.0]), "2^31 numbers, of which one is there"),
        "dims_without_data": (lying([1 << 20]), "a million numbers that are not there"),
        "dims_without_data_unused": (lying([1 << 20], used=False), "the same, read by no node"),
        "raw_and_typed_data": (lying([3], **both), "data twice"),
        "data_in_wrong_field": (lying([2], TensorProto.INT64, float_data=[1, 2]), "numbers in another type's field"),
        "type_unknown": (lying([1], 77, raw=bytes(4)), "an element type that nobody knows"),
        "type_undefined": (lying([1], 0, raw=bytes(4)), "no element type"),
        "four_bit_too_short": (lying([9], TensorProto.INT4, raw=bytes(2)), "nine halves of a byte in two bytes"),
        "strings_missing": (lying([4], TensorProto.STRING, string_data=[b"one"], used=False), "four texts, of which one"),
        "ragged": (lying([3], raw=bytes(13)), "thirteen bytes of float32"),
    }


def cyclic():
    """Two nodes that wait for each other."""
    return classifier("a = Add(logits, b)\nb = Neg(a)\nscores = Identity(b)")


def recursive(length: int):
    """Functions that call each other in a ring."""
    imports = '["" : 17, "own" : 1]'
    functions = "\n".join(
        f'<domain: "own", opset_import: {imports}> f{i} (x) => (y) {{ y = own.f{(i + 1) % length}(x) }}'
        for i in range(length)
    )
    return classifier("scores = own.f0(logits)", imports={"own": 1}, functions=functions)


def overloaded():
    """Two functions of one name, told apart by their overload, that call each other."""
    model = recursive(2)
    for function, overload in zip(model.functions, ["a", "b"]):
        function.name = "f"
        function.overload = overload
        function.node[0].op_type, function.node[0].overload = "f", "b" if overload == "a" else "a"
    node = next(node for node in model.graph.node if node.op_type == "f0")
    node.op_type, node.overload, model.ir_version = "f", "a", 10
    return model


def twice():
    """An initializer's name twice."""
    model = classifier("harm = Identity(lie)\nworst = ReduceMax<keepdims=0>(harm)\nscores = Add(logits, worst)")
    add(model.graph, {"lie": np.zeros(2, np.float32)})
    add(model.graph, {"lie": np.zeros(1 << 16, np.float32)})
    return model


def named(name: str):
    """A tensor of that name, which an error text would print."""
    return renamed(classifier("harm = Neg(logits)\nscores = Reshape(harm, bias)"), name)


def renamed(model, name: str):
    """The tensor `harm` under another name."""
    for node in model.graph.node:
        for names in (node.input, node.output):
            for index, found in enumerate(names):
                if found == "harm":
                    names[index] = name
    return model


def bad_utf8() -> bytes:
    """A name that is not text."""
    return renamed(classifier("harm = Neg(logits)\nscores = Neg(harm)"), "harm").SerializeToString(
        deterministic=True
    ).replace(b"harm", b"\xff\xfe\xc0\x80")


def changed(**fields):
    """An honest model with other versions."""
    model = classifier(HONEST)
    for name, value in fields.items():
        setattr(model, name, value)
    return model


def opset(*imports):
    """An honest model with these imports."""
    model = classifier(HONEST)
    model.ClearField("opset_import")
    for domain, version in imports:
        model.opset_import.append(helper.make_operatorsetid(domain, version))
    return model


def without(*fields: str):
    """An honest model without a part of its graph."""
    model = classifier(HONEST)
    for field in fields:
        model.graph.ClearField(field)
    return model


def fed(extra: str):
    """An honest model with one more input."""
    return classifier(HONEST, inputs=f", {extra}")


def only(signature: str, body: str):
    """A model with another input."""
    return graph(f"({signature}) => (float[n,3] scores) {{ {body} }}")


def models():
    """Graphs that contradict themselves."""
    again = "a = Neg(logits)\na = Abs(logits)\nscores = Identity(a)"
    first = "z = Constant<value_int=0>() scores = SequenceAt(s, z)"
    wrong_type = classifier("scores = Softmax(logits)")
    wrong_type.graph.node[-1].attribute.append(helper.make_attribute("axis", b"one"))
    lying_tag = classifier("scores = Softmax<axis=1>(logits)")
    lying_tag.graph.node[-1].attribute[0].type = 5
    return {
        "graph_of_long_key": (long_keys(honest()), "a key and a length in more bytes than they need", [*INVALID, ANSWERS]),
        "graph_cycle": (cyclic(), "two nodes that wait for each other", INVALID),
        "graph_self_loop": (classifier("a = Add(logits, a)\nscores = Identity(a)"), "a node that waits for itself", INVALID),
        "function_recursion": (recursive(1), "a function that calls itself", INVALID),
        "function_ring": (recursive(3), "three functions that call each other", INVALID),
        "function_ring_by_overloads": (overloaded(), "two functions of one name that call each other", INVALID),
        "dimension_reused": (graph("(float[n,1,n,4] input) => (float[n,3] scores) { scores = Flatten(input) }"),
                             "a batch that is also a height", [*EITHER, "RuntimeError", "OutputInvalid"]),
        "initializer_twice": (twice(), "one name for two tensors of different size", INVALID),
        "result_twice": (classifier(again), "one name for two results", INVALID),
        "name_undefined": (classifier("scores = Add(logits, nobody)"), "a tensor that nobody makes", INVALID),
        "name_not_utf8": (bad_utf8(), "a name that is not text", INVALID),
        "name_of_ten_thousand": (named("n" * 10_000), "a name of ten thousand letters", INVALID),
        "name_steers_terminal": (named("\x1b]0;egret\x07\x1b[2J\u202egnp"), "a name that steers a terminal", INVALID),
        "operator_unknown": (classifier("scores = Rewire(logits)"), "an operator that there is not", INVALID),
        "attribute_missing": (classifier("scores = Cast(logits)"), "a Cast to nothing", INVALID),
        "attribute_wrong_type": (wrong_type, "an axis that is a text", INVALID),
        "attribute_lying_type": (lying_tag, "a number that says it is a graph", INVALID),
        "graph_missing": (number(1, 8) + nest(8, number(2, 17)), "no graph", INVALID),
        "nodes_missing": (without("node"), "no nodes", INVALID),
        "outputs_missing": (without("output"), "no outputs", EITHER),
        "inputs_missing": (without("input"), "no inputs", EITHER),
        "input_twice": (fed("float[n,1,4,4] input"), "one input twice", EITHER),
        "input_extra": (fed("float temperature"), "an input that nobody feeds", MISMATCH),
        "input_sequence": (only("seq(float[n,3]) s", first), "a sequence", EITHER),
        "input_of_strings": (only("string[n,16] s", "scores = Cast<to=1>(s)"), "texts", EITHER),
        "input_wrong_shape": (only("float[n,3,32,32] s", "scores = Flatten(s)"), "another picture size", MISMATCH),
        "input_huge_batch": (only("float[1099511627776,1,4,4] s", "scores = Flatten(s)"), "a batch of 2^40", EITHER),
        "opset_missing": (opset(), "no version of the operators", INVALID),
        "opset_of_the_future": (opset(("", 999)), "operators of the far future", INVALID),
        "opset_zero": (opset(("", 0)), "operators of no version", INVALID),
        "opset_negative": (opset(("", -1)), "operators of a negative version", INVALID),
        "ir_of_the_future": (changed(ir_version=999), "a format of the far future", INVALID),
        "ir_zero": (changed(ir_version=0), "a format of no version", INVALID),
    }


def cases():
    """None of them becomes a model that answers."""
    for name, (content, attempts) in not_models().items():
        yield Case(f"file_{name}", content, INVALID, attempts)
    for name, (model, attempts) in tensors().items():
        yield Case(f"tensor_{name}", model, INVALID, attempts)
    for name, (model, attempts, allowed) in models().items():
        yield Case(name, model, allowed, attempts)
