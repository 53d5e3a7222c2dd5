"""Yes or no, and classes."""

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    roc_auc_score,
    top_k_accuracy_score,
)

from .goal import Goal, Peer, write

ITEMS, CLASSES, TOP_ITEMS = 6_000_000, 1000, 250_000


def make_binary(folder):
    random = np.random.default_rng(1)
    labels = random.random(ITEMS) < 0.2
    logits = 1.5 * random.standard_normal(ITEMS) + 1.2 * labels - 0.6
    scores = (1 / (1 + np.exp(-logits))).clip(1e-4, 1 - 1e-4).astype(np.float32)
    write(folder, binary_scores=scores, binary_labels=labels)
    return labels, scores


def four_calls(data):
    labels, scores = data
    return {
        "roc_auc": roc_auc_score(labels, scores),
        "average_precision": average_precision_score(labels, scores),
        "log_loss": log_loss(labels, scores),
        "brier": brier_score_loss(labels, scores),
    }


def make_hard(folder):
    random = np.random.default_rng(2)
    labels = random.integers(0, CLASSES, ITEMS, np.uint32)
    predicted = np.where(random.random(ITEMS) < 0.7, labels, random.integers(0, CLASSES, ITEMS, np.uint32))
    write(folder, classes_labels=labels, classes_predicted=predicted)
    return labels.astype(np.int64), predicted.astype(np.int64)


def bincount(data):
    labels, predicted = data
    matrix = np.bincount(labels * CLASSES + predicted, minlength=CLASSES * CLASSES)
    return {"accuracy": matrix[:: CLASSES + 1].sum() / len(labels)}


def make_top(folder):
    random = np.random.default_rng(3)
    labels = random.integers(0, CLASSES, TOP_ITEMS, np.uint32)
    scores = random.standard_exponential((TOP_ITEMS, CLASSES), np.float32)
    scores[np.arange(TOP_ITEMS), labels] += 4
    scores /= scores.sum(axis=1, keepdims=True)
    write(folder, top_scores=scores, top_labels=labels)
    return labels, scores


def rank_count(data):
    labels, scores = data
    above = (scores > scores[np.arange(len(labels)), labels][:, None]).sum(axis=1)
    return {"top1.lowest_index": (above < 1).mean(), "top5.lowest_index": (above < 5).mean()}


def log_loss_of_top(data):
    labels, scores = data
    p = scores[np.arange(len(labels)), labels].astype(np.float64)
    return {"log_loss": -np.log(p.clip(2**-52, 1 - 2**-52)).mean()}


def top_5(data):
    return {"top5.lowest_index": top_k_accuracy_score(*data, k=5, labels=np.arange(CLASSES))}


GOALS = [
    # The timed calls are given f32 and answer with its precision; the values are compared in f64.
    Goal(
        "G1",
        make_binary,
        [Peer("four calls of scikit-learn", lambda data: four_calls(data) and None, 12)],
        expected=lambda data: four_calls((data[0], data[1].astype(np.float64))),
        peak_bytes_max=200_000_000,
    ),
    Goal(
        "G2",
        make_hard,
        [
            Peer("scikit-learn f1_score", lambda data: {"f1.macro": f1_score(*data, average="macro")}, 50),
            Peer("numpy bincount", bincount, 1),
        ],
    ),
    Goal(
        "G3",
        make_top,
        [Peer("scikit-learn top_k_accuracy_score", top_5, 50), Peer("numpy rank count", rank_count, 1 / 0.7)],
        expected=log_loss_of_top,
    ),
]
