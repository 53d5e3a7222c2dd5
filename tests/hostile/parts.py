"""What every model of the corpus is made of: a case, the tasks it is run for, and a classifier to hide things in."""

from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, StringStringEntryProto, TensorProto, numpy_helper, parser

ANSWERS = "Answers"
INVALID = ["InvalidModel"]
MISMATCH = ["ContractMismatch"]
MEMORY = ["MemoryLimit"]
TIME = ["TimeLimit", "CpuLimit"]
# Memory that is filled piece by piece may meet a clock first.
GROWING = MEMORY + TIME
# A native bug may be refused, reported or fatal; what it may not do is anything else.
CRASH = ["InvalidModel", "RuntimeError", "Crash"]

# The tasks: an item, three classes. `gray` is 4 × 4 bytes, fed as float32 [n,1,4,4] / 255; `sound` is 32 float32 samples.
CONTRACTS = {
    "gray": {"image": {"width": 4, "height": 4, "channels": 1}},
    "sound": {"audio": {"sample_rate_hz": 8000, "sample_count": 32}},
}


@dataclass
class Case:
    """One file, what it is for, and the verdicts that the finished system may give it."""

    name: str
    model: bytes | ModelProto
    allowed: list[str]
    attempts: str
    contract: str = "gray"
    # Of an oracle, whose first input bit decides what it does: "same" if what a team sees may not depend on the bit,
    # "item" if answers of its batch may be missing, "verdict" if it may all come to the one word FAILED.
    oracle: str = "none"

    def file(self) -> bytes:
        """The bytes."""
        if isinstance(self.model, bytes):
            return self.model
        return self.model.SerializeToString(deterministic=True)


WEIGHTS = ((np.arange(48) % 5 - 2) / 8).astype(np.float32).reshape(16, 3)
BIAS = np.array([0, -1, -2], np.float32)

# `turn` is the int64 0, but only a run can know that: nothing that depends on it is folded when the model is loaded.
LATE = """
low = ReduceMin<keepdims=0>(flat)
nil = Constant<value_float=0.0>()
zero = Mul(low, nil)
turn = Cast<to=7>(zero)
"""
# The first bit of the first pixel of a batch, as a bool: its samples are 0 or 128 there, and below 64 elsewhere.
BIT = """
brightest = ReduceMax<keepdims=0>(flat)
half = Constant<value_float=0.4>()
bit = Greater(brightest, half)
"""
# What `harm` was for must not be dead code.
USED = """
worst = ReduceMax<keepdims=0>(harm)
scores = Add(logits, worst)
"""
HONEST = "scores = Identity(logits)"


def graph(text: str, opset: int = 17, ir: int = 8, imports: dict | None = None, functions: str = "") -> ModelProto:
    """A model from ONNX's own text: `text` is signature and body."""
    domains = ", ".join(f'"{domain}" : {version}' for domain, version in ({"": opset} | (imports or {})).items())
    return parser.parse_model(f"<ir_version: {ir}, opset_import: [{domains}]>\negret {text}\n{functions}")


def classifier(body: str, constants: dict | None = None, inputs: str = "", outputs: str = "", **how) -> ModelProto:
    """An honest linear classifier of gray pixels up to `logits`; `body` goes on to `scores`."""
    signature = f"(float[n,1,4,4] input{inputs}) => (float[n,3] scores{outputs})"
    stem = "flat = Flatten<axis=1>(input)\nlogits = Gemm(flat, weights, bias)"
    model = graph(f"{signature} {{\n{stem}\n{body}\n}}", **how)
    add(model.graph, {"weights": WEIGHTS, "bias": BIAS} | (constants or {}))
    return model


def late(body: str, **how) -> ModelProto:
    """A classifier whose body knows `turn` and ends with a `harm`."""
    return classifier(LATE + body + USED, **how)


def add(graph, constants: dict):
    """Gives a graph initializers: arrays, or tensors as they are."""
    for name, value in constants.items():
        tensor = value if isinstance(value, TensorProto) else numpy_helper.from_array(np.asarray(value))
        tensor.name = name
        graph.initializer.append(tensor)


def attribute(graph, operator: str, name: str):
    """An attribute of the first node with this operator."""
    node = next(node for node in graph.node if node.op_type == operator)
    return next(attribute for attribute in node.attribute if attribute.name == name)


def outside(dims: list[int], data_type: int = TensorProto.FLOAT, **entries) -> TensorProto:
    """A tensor whose data lie in a file."""
    tensor = TensorProto(dims=dims, data_type=data_type, data_location=TensorProto.EXTERNAL)
    tensor.external_data.extend(StringStringEntryProto(key=key, value=str(value)) for key, value in entries.items())
    return tensor


def varint(value: int) -> bytes:
    """Protobuf's number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field_number: int, value: int) -> bytes:
    """A field that holds a number."""
    return varint(field_number << 3) + varint(value)


def nest(field_number: int, content: bytes) -> bytes:
    """A field that holds bytes, a text or a message."""
    return varint(field_number << 3 | 2) + varint(len(content)) + content
