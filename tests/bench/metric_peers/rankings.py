"""Retrieval as trec_eval has it."""

import numpy as np
import pytrec_eval

from .goal import Goal, Peer, write

QUERIES, LISTED, JUDGED, GALLERY = 10_000, 100, 40, 1_000_000
MEASURES = ["map", "ndcg", "recip_rank", "P_10"]


def make_rankings(folder):
    random = np.random.default_rng(8)
    step = GALLERY // LISTED
    listed = random.integers(0, step - 1, (QUERIES, LISTED), np.uint32) + np.arange(0, GALLERY, step, np.uint32)
    listed = random.permuted(listed, axis=1)
    # All different: among equal ones trec_eval goes by the name of the document.
    scores = random.permuted(np.tile(np.arange(LISTED, dtype=np.float32) / 8, (QUERIES, 1)), axis=1)
    # A quarter of them is never listed.
    judged = listed[:, :JUDGED] + (np.arange(JUDGED) % 4 == 0).astype(np.uint32)
    grades = random.integers(0, 4, (QUERIES, JUDGED), np.uint32)
    write(folder, rankings_listed=listed, rankings_scores=scores, rankings_judged=judged, rankings_grades=grades)

    def named(items, numbers):
        rows = zip(items.tolist(), numbers.tolist())
        return {str(query): dict(zip(map(str, row[0]), row[1])) for query, row in enumerate(rows)}

    return pytrec_eval.RelevanceEvaluator(named(judged, grades), set(MEASURES)), named(listed, scores)


def means(data):
    queries = data[0].evaluate(data[1]).values()
    return {measure: sum(query[measure] for query in queries) / QUERIES for measure in MEASURES}


GOALS = [
    Goal("G8", make_rankings, [Peer("pytrec_eval", lambda data: data[0].evaluate(data[1]) and None, 3)], expected=means)
]
