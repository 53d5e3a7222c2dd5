"""Object detection as COCO has it."""

import contextlib
import io

import faster_coco_eval
import hotcoco
import numpy as np
import pycocotools.coco
import pycocotools.cocoeval

from .goal import Goal, Peer, write

IMAGES, TRUE, FOUND, CLASSES, CROWD = 5000, 36_781, 500_000, 80, 0.012
STATS = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]


def boxes(random, count):
    sides = np.exp(random.normal(4, 1, (count, 2))).clip(4, 400)
    return np.concatenate([random.random((count, 2)) * [640, 480] * 0.8, sides], axis=1)


def draw():
    """Rows of image, class, box, area, crowd, and of image, class, score, box: half of them near a true box."""
    random = np.random.default_rng(6)
    image = np.sort(random.integers(0, IMAGES, TRUE))
    kind = random.exponential(12, TRUE).astype(int).clip(max=CLASSES - 1)
    sides = boxes(random, TRUE).round(2)
    area = sides[:, 2] * sides[:, 3] * random.uniform(0.4, 1, TRUE)
    true = np.column_stack([image, kind, sides, area, random.random(TRUE) < CROWD])
    near = random.integers(0, TRUE, FOUND // 2)
    off = random.choice([0.03, 0.1, 0.3], FOUND // 2)
    moved = sides[near, :2] + random.standard_normal((FOUND // 2, 2)) * off[:, None] * sides[near, 2:]
    sized = sides[near, 2:] * np.exp(random.standard_normal((FOUND // 2, 2)) * off[:, None])
    right = np.column_stack([image[near], kind[near], random.beta(3, 2, FOUND // 2) * (1 - off), moved, sized])
    rest = FOUND - FOUND // 2
    guesses = [random.integers(0, IMAGES, rest), random.integers(0, CLASSES, rest), random.beta(1, 4, rest)]
    found = random.permutation(np.concatenate([right, np.column_stack([*guesses, boxes(random, rest)])]))
    # Exporters round scores, and so make equal ones.
    found[:, 2] = found[:, 2].round(3)
    found[:, 3:] = found[:, 3:].round(2)
    return true, found


def write_boxes(folder):
    true, found = draw()
    write(folder, boxes_true=true, boxes_found=found)
    return true, found


def make_boxes(folder):
    true, found = write_boxes(folder)
    images = [{"id": number + 1, "width": 640, "height": 480} for number in range(IMAGES)]
    categories = [{"id": number + 1, "name": str(number)} for number in range(CLASSES)]
    of_true = [
        {
            "id": number + 1,
            "image_id": int(row[0]) + 1,
            "category_id": int(row[1]) + 1,
            "bbox": row[2:6],
            "area": row[6],
            "iscrowd": int(row[7]),
        }
        for number, row in enumerate(true.tolist())
    ]
    of_found = [
        {"image_id": int(row[0]) + 1, "category_id": int(row[1]) + 1, "score": row[2], "bbox": row[3:]}
        for row in found.tolist()
    ]
    truth = {"info": {}, "images": images, "categories": categories, "annotations": of_true}
    loaded = {}
    with contextlib.redirect_stdout(io.StringIO()):
        reference = pycocotools.coco.COCO()
        reference.dataset = truth
        reference.createIndex()
        loaded["pycocotools"] = reference, reference.loadRes(of_found), pycocotools.cocoeval.COCOeval
        for name, made, evaluate in [
            ("faster-coco-eval", faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster),
            ("hotcoco", hotcoco.COCO, hotcoco.COCOeval),
        ]:
            reference = made(truth)
            loaded[name] = reference, reference.loadRes(of_found), evaluate
    return loaded


def stats(name):
    def run(data):
        truth, found, evaluate = data[name]
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = evaluate(truth, found, "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return dict(zip(STATS, map(float, evaluation.stats)))

    return run


AT_LEAST = {"pycocotools": 60, "faster-coco-eval": 8, "hotcoco": 1 / 1.2}
# To the bit.
GOALS = [Goal("G5", make_boxes, [Peer(name, stats(name), ratio) for name, ratio in AT_LEAST.items()], tolerance=0)]
