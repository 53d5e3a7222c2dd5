"""Transcripts."""

import os

import jiwer
import numpy as np
from rapidfuzz.distance import Levenshtein

from .goal import Goal, Peer

UTTERANCES, MEAN_WORDS, VOCABULARY = 100_000, 12, 20_000


def make_texts(folder, utterances=UTTERANCES):
    random = np.random.default_rng(7)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.array(["".join(random.choice(letters, random.integers(2, 9))) for _ in range(VOCABULARY)])
    weights = 1 / np.arange(1, VOCABULARY + 1)
    lengths = random.poisson(MEAN_WORDS, utterances).clip(1)
    said = words[random.choice(VOCABULARY, lengths.sum(), p=weights / weights.sum())]
    chance, others = random.random(len(said)), words[random.integers(0, VOCABULARY, len(said))]
    heard = np.where(chance < 0.07, others, said)
    heard = np.where(chance < 0.03, "", heard)
    heard = np.where(chance > 0.97, np.char.add(np.char.add(heard, " "), others), heard)
    ends = np.cumsum(lengths)[:-1]
    truth = [" ".join(part) for part in np.split(said, ends)]
    found = [" ".join(word for word in part if word) for part in np.split(heard, ends)]
    for name, lines in [("texts-true.txt", truth), ("texts-found.txt", found)]:
        with open(os.path.join(folder, name), "w") as file:
            file.writelines(f"{line}\n" for line in lines)
    return truth, found, [line.split() for line in truth], [line.split() for line in found]


def report(data):
    return {"wer": jiwer.process_words(data[0], data[1]).wer}


def distances(data):
    edits = sum(Levenshtein.distance(truth, found) for truth, found in zip(data[2], data[3]))
    return {"wer": edits / sum(map(len, data[2]))}


def wrong(data):
    return {"ser": sum(truth != found for truth, found in zip(data[2], data[3])) / UTTERANCES}


GOALS = [
    Goal(
        "G6",
        make_texts,
        [Peer("jiwer process_words", report, 20), Peer("rapidfuzz distance of split words", distances, 1.2)],
        expected=wrong,
    )
]
