"""What a user would write instead: decode, resize, onnxruntime, scikit-learn. Prints seconds and accuracy as JSON.

Imports are not counted. usage: peer.py TASK_DIR MODEL THREADS
"""

import csv
import json
import os
import pathlib
import sys
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from PIL import Image  # noqa: E402
from sklearn.metrics import accuracy_score, log_loss  # noqa: E402

BATCH = 32


def main(task: pathlib.Path, model: str, threads: int) -> None:
    started = time.perf_counter()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    with (task / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "public"]
    scores = []
    for start in range(0, len(rows), BATCH):
        batch = []
        for row in rows[start : start + BATCH]:
            image = Image.open(task / "media" / row["file"]).convert("RGB").resize((224, 224), Image.BILINEAR)
            batch.append(np.asarray(image, dtype=np.float32).transpose(2, 0, 1) / 255.0)
        scores.append(session.run(None, {name: np.stack(batch)})[0])
    truth = np.array([int(row["label"]) for row in rows])
    scores = np.concatenate(scores)
    accuracy = accuracy_score(truth, scores.argmax(axis=1))
    loss = log_loss(truth, scores, labels=range(scores.shape[1]))
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "items": len(rows), "accuracy": accuracy, "log_loss": loss}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
