"""Verification trials and copies: one long list of scores."""

import numpy as np
from sklearn.metrics import roc_curve

from .goal import Goal, Peer, write

TRIALS, QUERIES, NAMED, REFERENCES = 5_000_000, 50_000, 100, 1_000_000
PRIORS, FAR = [0.01, 0.05, 0.001, 0.1], 0.001


def make_pairs(folder):
    random = np.random.default_rng(4)
    targets = random.random(TRIALS) < 0.1
    scores = random.standard_normal(TRIALS) + 3 * targets
    write(folder, pairs_scores=scores, pairs_targets=targets)
    return targets, scores


def make_narrow_pairs(folder):
    targets, scores = make_pairs(folder)
    return targets, scores.astype(np.float32)


def roc_eer(data):
    far, tar, _ = roc_curve(*data)
    nearest = np.argmin(np.abs(1 - tar - far))
    max(far[nearest], 1 - tar[nearest])


def looped_dcf(data):
    """As scripts do it: sort, count errors trial by trial into lists, make rates of them, take the least cost in a loop."""
    targets, scores = data
    order = sorted(range(len(scores)), key=scores.tolist().__getitem__)
    truth, misses, passes = targets.tolist(), [0], [0]
    for trial in order:
        misses.append(misses[-1] + truth[trial])
        passes.append(passes[-1] + (not truth[trial]))
    frr = [count / misses[-1] for count in misses]
    far = [1 - count / passes[-1] for count in passes]
    prior, least = 0.01, float("inf")
    for miss, alarm in zip(frr, far):
        cost = prior * miss + (1 - prior) * alarm
        if cost < least:
            least = cost
    return {"min_dcf@0.01": least / min(prior, 1 - prior)}


def error_rates(data):
    """All our values from the curve with every point kept."""
    far, tar, _ = roc_curve(*data, drop_intermediate=False)
    frr, after = 1 - tar, np.argmax(1 - tar <= far)
    gap = frr - far
    part = gap[after - 1] / (gap[after - 1] - gap[after])
    costs = {f"min_dcf@{p}": (p * frr + (1 - p) * far).min() / min(p, 1 - p) for p in PRIORS}
    eer = far[after - 1] + part * (far[after] - far[after - 1])
    return {"eer.interp": eer, "tar@far0.001.strict": tar[far <= FAR].max(), **costs}


def make_copies(folder):
    random = np.random.default_rng(5)
    step = REFERENCES // NAMED
    named = random.integers(0, step, (QUERIES, NAMED), np.uint32) + np.arange(0, REFERENCES, step, np.uint32)
    truth = np.sort(named[:, [17, 71]], axis=1)
    truth[::3, 1] += 1  # never found, or by chance
    right = (named[:, :, None] == truth[:, None, :]).any(axis=2)
    scores = random.standard_normal((QUERIES, NAMED)) + 2.5 * right
    shuffled = random.permuted(np.tile(np.arange(NAMED), (QUERIES, 1)), axis=1)
    named, scores, right = (np.take_along_axis(x, shuffled, axis=1) for x in (named, scores, right))
    write(folder, copies_named=named, copies_scores=scores, copies_truth=truth)
    return right.ravel(), scores.ravel(), truth.size


def lexsort_uap(data):
    right, scores, true_count = data
    ordered = right[np.lexsort((right, -scores))]
    so_far = np.cumsum(ordered)
    return {"uap": (so_far / np.arange(1, len(ordered) + 1))[ordered].sum() / true_count}


GOALS = [
    Goal(
        "G4",
        make_narrow_pairs,
        [Peer("scikit-learn roc_curve, EER only", roc_eer, 5)],
        expected=error_rates,
    ),
    Goal(
        "G4-f64",
        make_pairs,
        [Peer("scikit-learn roc_curve, EER only", roc_eer, 3), Peer("loop over trials, one cost", looped_dcf, 40)],
        expected=error_rates,
    ),
    Goal("G7", make_copies, [Peer("numpy lexsort", lexsort_uap, 3)]),
]
