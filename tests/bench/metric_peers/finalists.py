"""Finalists against each other: the paired bootstrap over all of them."""

import hashlib
import math
from fractions import Fraction
from itertools import combinations

import numpy as np

from .goal import Goal, Peer, write

MODELS, ITEMS, SEED = 20, 100_000, bytes([7]) * 32
FEW, ALL = 200, 10_000
E = sum(Fraction(1, math.factorial(j)) for j in range(60))
POISSON = np.array(
    [round(2**32 / E * sum(Fraction(1, math.factorial(j)) for j in range(k + 1))) for k in range(12)], np.uint64
)
STEP, MASK = 0x9E3779B97F4A7C15, 2**64 - 1


def make(folder):
    """Of 20 models whose neighbours cannot be told apart; an item that is hard is so for all of them."""
    random = np.random.default_rng(12)
    hard = random.random(ITEMS) * 0.2
    skill = np.linspace(0.0, 0.04, MODELS)[:, None]
    right = random.random((MODELS, ITEMS)) > hard + skill
    write(folder, finals_right=right)
    digests = [hashlib.sha256(SEED + item.to_bytes(8, "little")).digest() for item in range(ITEMS)]
    keys = np.array([int.from_bytes(digest[:8], "little") for digest in digests], np.uint64)
    return right, keys


def weights(keys, replicate):
    """As the documentation of `scorer/metrics/src/comparison` says."""
    u64 = np.uint64
    x = keys + u64((replicate + 1) * STEP & MASK)
    x = (x ^ x >> u64(30)) * u64(0xBF58476D1CE4E5B9)
    x = (x ^ x >> u64(27)) * u64(0x94D049BB133111EB)
    return np.searchsorted(POISSON, (x ^ x >> u64(31)) >> u64(32), side="right")


def same_draws(data, replicates):
    """One draw for all models, the same as ours."""
    right, keys = data
    values, columns = right.mean(1), right.T.astype(np.float64)
    drawn = np.empty((replicates, MODELS))
    for replicate in range(replicates):
        weight = weights(keys, replicate).astype(np.float64)
        drawn[replicate] = weight @ columns / weight.sum()
    pairs = list(combinations(range(MODELS), 2))
    errors = [(drawn[:, i] - drawn[:, j]).std(ddof=1) for i, j in pairs]
    strays = [abs(drawn[:, i] - drawn[:, j] - values[i] + values[j]) / e for (i, j), e in zip(pairs, errors)]
    critical = np.sort(np.max(strays, axis=0))[math.ceil(replicates * 0.95) - 1]
    low, high = np.ones(MODELS), np.full(MODELS, MODELS)
    for (i, j), error in zip(pairs, errors):
        if abs(values[i] - values[j]) > critical * error:
            better, worse = (i, j) if values[i] > values[j] else (j, i)
            low[worse] += 1
            high[better] -= 1
    ranks = {f"{end} {model}": float(ranks[model]) for end, ranks in [("low", low), ("high", high)] for model in range(MODELS)}
    return {"critical": critical, **ranks}


def each_pair(data):
    """The bootstrap of the textbook, for every pair by itself; its draws are others, and so are its figures."""
    random = np.random.default_rng(13)
    right = data[0].astype(np.float64)
    for i, j in combinations(range(MODELS), 2):
        difference = right[i] - right[j]
        drawn = [difference[random.integers(0, ITEMS, ITEMS)].mean() for _ in range(FEW)]
        np.quantile(drawn, [0.025, 0.975])


GOALS = [
    Goal(
        "finals",
        make,
        [
            Peer("numpy, the same draws", lambda data: same_draws(data, FEW), None),
            Peer("numpy, each pair by itself", each_pair, 5),
        ],
    ),
    Goal("finals-10000", make, [Peer("numpy, the same draws", lambda data: same_draws(data, ALL), None)], rounds_max=1),
]
