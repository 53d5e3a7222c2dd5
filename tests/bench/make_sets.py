"""Makes a package and a model for the evaluation benchmarks of sound, text and very many items. Weights are random (seeded).

usage: make_sets.py sounds|texts|many OUT_DIR ITEMS THREADS

Writes OUT_DIR/competition/tasks/KIND (task.toml, labels.csv, media) and the model: OUT_DIR/model.onnx, or for texts OUT_DIR/model.zip
with a tokenizer beside the same model. The first four items are public sample, four more private, the rest is hidden and scored.
"""

import csv
import json
import pathlib
import sys
import wave
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 10
RATE, SAMPLES = 16000, 16000
FILE_RATE = 44100  # of the files: two channels of 16 bits
TOKENS, WORDS = 48, 8000

INPUTS = {
    "sounds": f'kind = "audio"\nsample_rate_hz = {RATE}\nsample_count_max = {SAMPLES}',
    "texts": 'kind = "text"\nbytes_max = 1024',
    "many": 'kind = "text"\nbytes_max = 64',
}


def tensor(random: np.random.Generator, name: str, *shape: int) -> onnx.TensorProto:
    fan = int(np.prod(shape[1:])) or 1
    return numpy_helper.from_array(random.normal(0, fan**-0.5, shape).astype(np.float32), name)


def save(graph: onnx.GraphProto, path: pathlib.Path, **domains: int) -> None:
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(d.replace("_", "."), v) for d, v in domains.items())]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def sounds(path: pathlib.Path) -> None:
    """A small convolutional network on the raw waveform, in the manner of M5 (Dai et al. 2016): about 20 MFLOP an item."""
    random = np.random.default_rng(2019)
    weights, nodes = [], [helper.make_node("Unsqueeze", ["sound", "axis"], ["x0"])]
    widths = [1, 32, 64, 64, 128]
    for layer, (cin, cout) in enumerate(zip(widths, widths[1:])):
        kernel, stride = (80, 16) if layer == 0 else (3, 2)
        weights.append(tensor(random, f"w{layer}", cout, cin, kernel))
        nodes.append(helper.make_node("Conv", [f"x{layer}", f"w{layer}"], [f"c{layer}"], strides=[stride], pads=[kernel // 2] * 2))
        nodes.append(helper.make_node("Relu", [f"c{layer}"], [f"x{layer + 1}"]))
    weights += [tensor(random, "out", widths[-1], CLASSES), numpy_helper.from_array(np.array([1]), "axis")]
    nodes += [
        helper.make_node("GlobalAveragePool", [f"x{len(widths) - 1}"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "out"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    sound = helper.make_tensor_value_info("sound", TensorProto.FLOAT, ["n", SAMPLES])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", CLASSES])
    save(helper.make_graph(nodes, "sounds", [sound], [scores], weights), path)


def texts(path: pathlib.Path) -> None:
    """Word embeddings under one layer of attention: token ids and their mask go in."""
    random = np.random.default_rng(2019)
    width = 128
    weights = [tensor(random, "table", WORDS + 2, width)]
    weights += [tensor(random, name, width, width) for name in ("q", "k", "v")] + [tensor(random, "out", width, CLASSES)]
    constants = {"one": np.float32(1), "far": np.float32(-1e4), "axis1": np.array([1]), "axis2": np.array([2])}
    weights += [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    node = helper.make_node
    nodes = [
        node("Gather", ["table", "input_ids"], ["x"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        *(node("MatMul", ["x", name], [f"x{name}"]) for name in ("q", "k", "v")),
        node("Transpose", ["xk"], ["xkt"], perm=[0, 2, 1]),
        node("MatMul", ["xq", "xkt"], ["raw"]),
        node("Sub", ["one", "mask"], ["hole"]),
        node("Mul", ["hole", "far"], ["away"]),
        node("Unsqueeze", ["away", "axis1"], ["aways"]),
        node("Add", ["raw", "aways"], ["masked"]),
        node("Softmax", ["masked"], ["attention"], axis=2),
        node("MatMul", ["attention", "xv"], ["mixed"]),
        node("Unsqueeze", ["mask", "axis2"], ["wide"]),
        node("Mul", ["mixed", "wide"], ["kept"]),
        node("ReduceMean", ["kept"], ["mean"], axes=[1], keepdims=0),
        node("Gemm", ["mean", "out"], ["logits"]),
        node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("input_ids", "attention_mask")]
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", CLASSES])
    save(helper.make_graph(nodes, "texts", ids, [scores], weights), path)
    vocabulary = {"[UNK]": 0, "[PAD]": 1} | {f"w{word}": word + 2 for word in range(WORDS)}
    tokenizer = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": TOKENS, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": TOKENS},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 1,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }
    path.with_name("tokenizer.json").write_text(json.dumps(tokenizer))
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as file:
        file.write(path, "model.onnx")
        file.write(path.with_name("tokenizer.json"), "tokenizer.json")
        file.writestr("model.toml", f'text = "tokenizer"\ntext_length = {TOKENS}\n')


def many(path: pathlib.Path) -> None:
    """A table of texts with nearly nothing in it."""
    node = helper.make_node(
        "LabelEncoder", ["text"], ["label"], domain="ai.onnx.ml", keys_strings=["one"], values_int64s=[1], default_int64=0
    )
    text = helper.make_tensor_value_info("text", TensorProto.STRING, ["n"])
    label = helper.make_tensor_value_info("label", TensorProto.INT64, ["n"])
    save(helper.make_graph([node], "many", [text], [label]), path, ai_onnx_ml=3)


def item(kind: str, number: int, random: np.random.Generator, media: pathlib.Path) -> str:
    """Makes an item; what names it in the labels."""
    if kind == "sounds":
        tone = np.sin(np.arange(FILE_RATE) * random.uniform(0.01, 0.5)) * 12000
        both = tone[:, None] + random.normal(0, 2000, (FILE_RATE, 2))
        with wave.open(str(media / f"{number:05}.wav"), "wb") as file:
            file.setparams((2, 2, FILE_RATE, 0, "NONE", ""))
            file.writeframes(both.astype("<i2").tobytes())
        return f"{number:05}.wav"
    if kind == "texts":
        words = random.zipf(1.3, random.integers(12, 60)) % (WORDS + 500)
        return f"W{number} " + " ".join(f"w{word}" for word in words)
    return f"the item of number {number} of many"


def main(kind: str, out: pathlib.Path, items: int, threads: int) -> None:
    task = out / "competition" / "tasks" / kind
    media = task / "media"
    media.mkdir(parents=True, exist_ok=True)
    classes = json.dumps([str(c) for c in range(2 if kind == "many" else CLASSES)])
    (task / "task.toml").write_text(
        f'title = "{kind}"\nmetrics = ["accuracy"]\n\n[input]\n{INPUTS[kind]}\n\n[answer]\nkind = "classes"\nclasses = {classes}\n\n'
        f"[limits]\nwall_s_max = 600\nthread_count = {threads}\n"
    )
    random = np.random.default_rng(1)
    with (task / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file" if kind == "sounds" else "text", "label", "split"])
        for number in range(items + 8):
            split = "sample" if number < 4 else "private" if number < 8 else "public"
            rows.writerow([item(kind, number, random, media), number % (2 if kind == "many" else CLASSES), split])
    {"sounds": sounds, "texts": texts, "many": many}[kind](out / "model.onnx")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
