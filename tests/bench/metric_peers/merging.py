"""64 shards beside one: all that merging costs is to be a tenth of the work."""

from . import scores, trials
from .goal import Goal

SAME = {"same bits": 1, "same bytes": 1}
MAKERS = {
    "binary": scores.make_binary,
    "pairs": trials.make_pairs,
    "copies": trials.make_copies,
    "classes": scores.make_hard,
}
GOALS = [
    Goal(f"G9-{name}", make, expected=lambda data: SAME, beside={"one shard": 10, "merge calls": None})
    for name, make in MAKERS.items()
]
