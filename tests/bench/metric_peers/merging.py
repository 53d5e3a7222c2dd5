"""64 shards beside one: all that merging costs is to be a tenth of the work."""

from . import detections, rankings, scores, texts, trials
from .goal import Goal

SAME = {"same bits": 1, "same bytes": 1}
MAKERS = {
    "binary": scores.make_binary,
    "pairs": trials.make_pairs,
    "copies": trials.make_copies,
    "classes": scores.make_hard,
    "boxes": detections.write_boxes,
    "texts": texts.make_texts,
    "rankings": rankings.make_rankings,
}
GOALS = [
    Goal(f"G9-{name}", make, expected=lambda data: SAME, beside={"one shard": 10, "merge calls": None})
    for name, make in MAKERS.items()
]
