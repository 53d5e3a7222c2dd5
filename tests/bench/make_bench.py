"""Makes a package and a model for the evaluation benchmark: photo-sized JPEGs and a CNN of MobileNetV2's shape.

The weights are random (seeded): speed does not depend on what a network has learned. usage: make_bench.py OUT_DIR ITEMS
"""

import csv
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageFilter

CLASSES = 1000
# Expansion, channels, repeats, stride: table 2 of the MobileNetV2 paper (Sandler et al. 2018).
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class Net:
    """Collects nodes and weights; every convolution has its batch norm folded in, as exporters leave it."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(2019)
        self.nodes, self.weights, self.count = [], [], 0

    def constant(self, value: np.ndarray) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value.astype(np.float32), name))
        return name

    def op(self, kind: str, inputs: list, **attributes) -> str:
        self.count += 1
        name = f"t{self.count}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def conv(self, x: str, cin: int, cout: int, kernel: int, stride: int, group: int = 1, act: bool = True) -> str:
        fan = cin // group * kernel * kernel
        weight = self.rng.normal(0, (2 / fan) ** 0.5, (cout, cin // group, kernel, kernel))
        pads = [kernel // 2] * 4
        inputs = [x, self.constant(weight), self.constant(np.zeros(cout))]
        y = self.op("Conv", inputs, kernel_shape=[kernel, kernel], strides=[stride, stride], pads=pads, group=group)
        return self.op("Clip", [y, "zero", "six"]) if act else y


def mobilenet() -> onnx.ModelProto:
    net = Net()
    x, channels = net.conv("image", 3, 32, 3, 2), 32
    for expand, cout, repeats, stride in BLOCKS:
        for repeat in range(repeats):
            step, wide = stride if repeat == 0 else 1, channels * expand
            y = net.conv(x, channels, wide, 1, 1) if expand > 1 else x
            y = net.conv(y, wide, wide, 3, step, group=wide)
            y = net.conv(y, wide, cout, 1, 1, act=False)
            x = net.op("Add", [x, y]) if step == 1 and channels == cout else y
            channels = cout
    x = net.op("GlobalAveragePool", [net.conv(x, channels, 1280, 1, 1)])
    x = net.op("Flatten", [x], axis=1)
    weight = net.constant(net.rng.normal(0, 0.02, (1280, CLASSES)))
    x = net.op("Gemm", [x, weight, net.constant(np.zeros(CLASSES))])
    net.nodes.append(helper.make_node("Softmax", [x], ["probabilities"], axis=1))
    bounds = [numpy_helper.from_array(np.float32(v), n) for v, n in ((0, "zero"), (6, "six"))]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 224, 224])
    scores = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", CLASSES])
    graph = helper.make_graph(net.nodes, "mobilenet", [image], [scores], net.weights + bounds)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def main(out: pathlib.Path, items: int) -> None:
    task = out / "competition" / "tasks" / "photos"
    media = task / "media"
    media.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    with (task / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "split"])
        for i in range(items):
            coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
            photo = coarse.resize((640, 480), Image.BICUBIC).filter(ImageFilter.SHARPEN)
            photo.save(media / f"{i:05}.jpg", quality=90)
            split = "sample" if i < 4 else "private" if i < 8 else "public"
            rows.writerow([f"{i:05}.jpg", f"{i % CLASSES:04}", split])
    (task / "classes.txt").write_text("".join(f"{c:04}\n" for c in range(CLASSES)))
    model = mobilenet()
    onnx.checker.check_model(model)
    onnx.save(model, out / "mobilenet.onnx")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
