"""Suites that no goal names: only shown."""

import numpy as np
import sacrebleu
from scipy import stats
from sklearn.metrics import average_precision_score, label_ranking_average_precision_score

from .goal import Goal, Peer, write
from .texts import make_texts

SOUNDS, SOUND_CLASSES, VALUES = 20_000, 527, 1_000_000
IMAGES, SIDE, PIXEL_CLASSES, SEGMENTS = 20, 512, 150, 20_000


def make_sounds(folder):
    random = np.random.default_rng(9)
    labels = random.random((SOUNDS, SOUND_CLASSES)) < 0.005
    labels[np.arange(SOUNDS), random.integers(0, SOUND_CLASSES, SOUNDS)] = True
    scores = random.random((SOUNDS, SOUND_CLASSES), np.float32) + np.float32(0.5) * labels
    scores /= np.float32(1.5)
    write(folder, sounds_labels=labels, sounds_scores=scores)
    return labels, scores


def make_ranks(folder):
    random = np.random.default_rng(10)
    true = random.standard_normal(VALUES).round(4)
    found = true + random.standard_normal(VALUES)
    write(folder, ranks_true=true, ranks_found=found)
    return true, found


def make_pixels(folder):
    random = np.random.default_rng(11)
    true = random.integers(0, PIXEL_CLASSES, (IMAGES, SIDE, SIDE), np.uint32)
    guess = random.integers(0, PIXEL_CLASSES, true.shape, np.uint32)
    found = np.where(random.random(true.shape) < 0.8, true, guess)
    write(folder, pixels_true=true, pixels_found=found)
    return true.astype(np.int64), found.astype(np.int64)


def histogram(data):
    matrix = sum(
        np.bincount((true * PIXEL_CLASSES + found).ravel(), minlength=PIXEL_CLASSES**2) for true, found in zip(*data)
    ).reshape(PIXEL_CLASSES, PIXEL_CLASSES)
    both = np.diag(matrix)
    return {"miou.absent_zero": (both / (matrix.sum(0) + matrix.sum(1) - both)).mean()}


def make_translations(folder):
    truth, found, *_ = make_texts(folder, SEGMENTS)
    return truth, found


def bleu(data):
    return {"bleu.13a": sacrebleu.corpus_bleu(data[1], [data[0]]).score}


def chrf(data):
    return {"chrf": sacrebleu.corpus_chrf(data[1], [data[0]]).score}


GOALS = [
    Goal(
        "more-sounds",
        make_sounds,
        [
            Peer("scikit-learn mAP", lambda data: {"map.macro_sklearn": average_precision_score(*data)}, None),
            Peer("scikit-learn LRAP", lambda data: {"lrap": label_ranking_average_precision_score(*data)}, None),
        ],
    ),
    Goal(
        "more-ranks",
        make_ranks,
        [
            Peer("scipy spearmanr", lambda data: {"spearman": stats.spearmanr(*data).statistic}, None),
            Peer("scipy kendalltau", lambda data: {"kendall_b": stats.kendalltau(*data).statistic}, None),
        ],
    ),
    Goal("more-pixels", make_pixels, [Peer("numpy bincount", histogram, None)]),
    Goal("more-texts", make_translations, [Peer("sacrebleu BLEU", bleu, None), Peer("sacrebleu chrF", chrf, None)]),
]
