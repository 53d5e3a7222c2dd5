"""What is measured, goal by goal: the data, the peers, and how much faster we are to be."""


def goals():
    from . import detections, finalists, merging, more, rankings, scores, texts, trials

    parts = [scores, trials, detections, texts, rankings, merging, more, finalists]
    return [goal for part in parts for goal in part.GOALS]
