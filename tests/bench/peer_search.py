"""What a user would write instead: exact top k by a chunked matrix product, argpartition and a merge.

usage: peer_search.py QUERIES GALLERY DIM K
Both files are float32, row-major. Every line on standard input starts one search; its seconds and the file with its
scores, float32 [queries, k], best first, are printed on one line.
"""

import sys
import tempfile
import time

import numpy as np

GALLERY_CHUNK = 16384
QUERY_CHUNK = 1024


def search(queries, gallery, k):
    best = np.full((len(queries), k), -np.inf, np.float32)
    ids = np.zeros((len(queries), k), np.int64)
    for start in range(0, len(gallery), GALLERY_CHUNK):
        chunk = gallery[start : start + GALLERY_CHUNK].T
        for first in range(0, len(queries), QUERY_CHUNK):
            rows = slice(first, first + QUERY_CHUNK)
            scores = queries[rows] @ chunk
            top = np.argpartition(scores, -k, axis=1)[:, -k:] if k < scores.shape[1] else np.arange(scores.shape[1])[None]
            both = np.concatenate([best[rows], np.take_along_axis(scores, top, axis=1)], axis=1)
            both_ids = np.concatenate([ids[rows], np.broadcast_to(top + start, (len(both), top.shape[1]))], axis=1)
            keep = np.argpartition(both, -k, axis=1)[:, -k:]
            best[rows] = np.take_along_axis(both, keep, axis=1)
            ids[rows] = np.take_along_axis(both_ids, keep, axis=1)
    order = np.argsort(-best, axis=1)
    return np.take_along_axis(best, order, axis=1), np.take_along_axis(ids, order, axis=1)


def main():
    dim, k = int(sys.argv[3]), int(sys.argv[4])
    queries = np.fromfile(sys.argv[1], np.float32).reshape(-1, dim)
    gallery = np.fromfile(sys.argv[2], np.float32).reshape(-1, dim)
    with tempfile.NamedTemporaryFile() as result:
        for _ in sys.stdin:
            began = time.perf_counter()
            normal = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (queries, gallery)]
            scores, _ = search(*normal, k)
            seconds = time.perf_counter() - began
            scores.astype(np.float32).tofile(result.name)
            print(seconds, result.name, flush=True)


main()
