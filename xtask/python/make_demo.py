"""Makes the demo competition: 1,797 handwritten digits as an organizer has them, and three real models.

The digits are the UCI set that ships inside scikit-learn (8 x 8 pixels, 17 gray levels). They are written as PNG files
with a labels.csv, split into sample (public, with labels: what teams train on), public and private (hidden). The three
models are trained on the sample only and exported in three layouts that real exporters produce.

usage: make_demo.py OUT_DIR
"""

import csv
import datetime
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestCentroid
from sklearn.svm import SVC

SPLITS = {"sample": 597, "public": 600, "private": 600}


def main(out: pathlib.Path) -> None:
    digits = load_digits()
    pixels = np.rint(digits.images * 255 / 16).astype(np.uint8)  # [1797, 8, 8]
    splits = split(digits.target)
    write_competition(out / "competition", pixels, digits.target, splits)
    train = splits == "sample"
    x, y = pixels[train].reshape(-1, 64) / 255.0, digits.target[train]
    models = out / "models"
    models.mkdir(parents=True, exist_ok=True)
    for name, model in {"centroid": centroid(x, y), "logistic": logistic(x, y), "kernel": kernel(x, y)}.items():
        onnx.checker.check_model(model)
        onnx.save(model, models / f"{name}.onnx")


def split(labels: np.ndarray) -> np.ndarray:
    """Stratified and fixed: the same split on every machine."""
    index = np.arange(len(labels))
    sample, hidden = train_test_split(index, train_size=SPLITS["sample"], stratify=labels, random_state=2019)
    public, private = train_test_split(hidden, train_size=SPLITS["public"], stratify=labels[hidden], random_state=2019)
    splits = np.empty(len(labels), dtype=object)
    splits[sample], splits[public], splits[private] = "sample", "public", "private"
    return splits


def write_competition(out: pathlib.Path, pixels: np.ndarray, labels: np.ndarray, splits: np.ndarray) -> None:
    task = out / "tasks" / "digits"
    media = task / "media"
    media.mkdir(parents=True, exist_ok=True)
    with (task / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "split"])
        for i, (image, label, name) in enumerate(zip(pixels, labels, splits)):
            Image.fromarray(image, mode="L").save(media / f"{i:04}.png")
            rows.writerow([f"{i:04}.png", label, name])
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).replace(microsecond=0)
    times = {
        "start": (now - datetime.timedelta(minutes=5)).isoformat(),
        "freeze": (now + datetime.timedelta(days=29)).isoformat(),
        "end": (now + datetime.timedelta(days=30)).isoformat(),
        "final_end": (now + datetime.timedelta(days=37)).isoformat(),
    }
    here = pathlib.Path(__file__).parent / "demo"
    for template, target in (("competition.toml", out / "competition.toml"), ("task.toml", task / "task.toml")):
        text = (here / template).read_text(encoding="utf-8")
        for key, value in times.items():
            text = text.replace("{" + key + "}", value)
        target.write_text(text, encoding="utf-8")


def tensor(name: str, value: np.ndarray) -> TensorProto:
    return numpy_helper.from_array(np.asarray(value, dtype=np.float32), name)


def model(name: str, nodes: list, constants: list, dtype: int, shape: list) -> onnx.ModelProto:
    image = helper.make_tensor_value_info("image", dtype, shape)
    scores = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10])
    graph = helper.make_graph(nodes, name, [image], [scores], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def centroid(x: np.ndarray, y: np.ndarray) -> onnx.ModelProto:
    """Nearest class mean: -|x - c|^2 = 2 x.c - |c|^2 - |x|^2, and |x|^2 is the same for every class. Flat float input."""
    centres = NearestCentroid().fit(x, y).centroids_
    nodes = [
        helper.make_node("MatMul", ["image", "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    constants = [tensor("weights", 2 * centres.T), tensor("bias", -(centres**2).sum(axis=1))]
    return model("centroid", nodes, constants, TensorProto.FLOAT, ["n", 64])


def logistic(x: np.ndarray, y: np.ndarray) -> onnx.ModelProto:
    """Logistic regression on raw bytes, channels last, as TensorFlow exports look; it scales inside."""
    fitted = LogisticRegression(C=1.0, max_iter=2000).fit(x, y)
    nodes = [
        helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["floats"], ["rows"], axis=1),
        helper.make_node("Gemm", ["rows", "weights", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    constants = [tensor("weights", fitted.coef_.T / 255.0), tensor("bias", fitted.intercept_)]
    return model("logistic", nodes, constants, TensorProto.UINT8, ["n", 8, 8, 1])


def kernel(x: np.ndarray, y: np.ndarray) -> onnx.ModelProto:
    """RBF support vectors, one against the rest, channels first, as PyTorch exports look."""
    gamma = 1 / (64 * x.var())
    machines = [SVC(C=10, gamma=gamma).fit(x, y == digit) for digit in range(10)]
    alphas = np.zeros((len(x), 10))
    for digit, machine in enumerate(machines):
        alphas[machine.support_, digit] = machine.dual_coef_[0]
    used = alphas.any(axis=1)
    support, alphas = x[used], alphas[used]
    # exp(-gamma |x - s|^2) = exp(-gamma |x|^2 + 2 gamma x.s - gamma |s|^2)
    nodes = [
        helper.make_node("Flatten", ["image"], ["rows"], axis=1),
        helper.make_node("ReduceSumSquare", ["rows"], ["squares"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["squares", "minus_gamma"], ["own"]),
        helper.make_node("MatMul", ["rows", "support"], ["products"]),
        helper.make_node("Add", ["products", "offsets"], ["shifted"]),
        helper.make_node("Add", ["shifted", "own"], ["exponents"]),
        helper.make_node("Exp", ["exponents"], ["kernels"]),
        helper.make_node("MatMul", ["kernels", "alphas"], ["margins"]),
        helper.make_node("Add", ["margins", "bias"], ["decisions"]),
        helper.make_node("Mul", ["decisions", "sharpness"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    constants = [
        tensor("minus_gamma", [-gamma]),
        tensor("support", 2 * gamma * support.T),
        tensor("offsets", -gamma * (support**2).sum(axis=1)),
        tensor("alphas", alphas),
        tensor("bias", [machine.intercept_[0] for machine in machines]),
        tensor("sharpness", [4.0]),
    ]
    return model("kernel", nodes, constants, TensorProto.FLOAT, ["n", 1, 8, 8])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
