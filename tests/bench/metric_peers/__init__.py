"""What is measured, goal by goal: the data, the peers, and how much faster we are to be."""


def goals():
    from . import merging, scores, trials

    return [*scores.GOALS, *trials.GOALS, *merging.GOALS]
