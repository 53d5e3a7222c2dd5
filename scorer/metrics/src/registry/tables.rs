//! Suites of tables: a class, classes or numbers of an item, whatever the items are.

use super::{AnswerKind, SuiteInfo, optional, required};
use crate::{Kind, binary, classes, identities, multilabel, values};

/// One class per item.
pub(super) static CLASSIFICATION: SuiteInfo = SuiteInfo {
    name: "classification",
    title: "One class per item",
    modality: "any",
    answers: &[AnswerKind::Classes],
    predictions: &[
        required(
            "pred",
            "the class, an index from 0 or a name; empty where nothing is predicted. Metrics of scores need `scores` instead",
        ),
        required(
            "scores",
            "one number per class, higher means more likely; probabilities where a metric needs them",
        ),
    ],
    labels: &[required("label", "the class, an index from 0 or a name")],
    settings: &[optional(
        "classes",
        "",
        "how many classes there are, 2 to 100000, or a list of their names in the order of the scores; left out: as many as scores in a row, or as needed for the largest index, or the names that occur, sorted",
    )],
    parameters: &[
        optional(
            "average",
            "macro",
            "micro: from the summed counts; macro: plain mean over all classes, undefined counts 0; weighted: mean by support; macro_skip_undefined (f1 only): mean over the classes where it is defined",
        ),
        optional("beta", "1", "weight of recall; 0.1 to 10"),
        optional("k", "5", "how many classes count as named; 1 to the number of classes"),
        optional(
            "against",
            "ovr.macro",
            "which areas are averaged: ovr.macro, of each class against all others; ovr.weighted, the same by support; \
             ovo.macro, of each class against each other",
        ),
        optional(
            "tie_rule",
            "lowest_index",
            "who wins among equal scores: lowest_index as argmax does, sklearn (the higher index), pessimistic (the true class last), optimistic (first)",
        ),
    ],
    state: "At most 24 bytes per class and 1,500 more, whatever the number of items. An area under a ROC \
        curve keeps every score, 240,000,000 at most. About 9 bytes per score, at most 11: 54 MB at 6,000,000, \
        at most 66 MB. A unit with more than 6,100,805 may exceed 64 MiB: `egret competition check` says so.",
    metrics: &classes::METRICS,
    example: concat!(
        r#"{"settings": {"classes": 6}}"#,
        "\n",
        r#"{"label": 0, "scores": [0.7, 0.1, 0.1, 0.05, 0.05, 0.0]}"#,
        "\n",
        r#"{"label": 0, "scores": [0.25, 0.4, 0.15, 0.1, 0.1, 0.0]}"#,
        "\n",
        r#"{"label": 0, "scores": [0.6, 0.2, 0.1, 0.1, 0.0, 0.0]}"#,
        "\n",
        r#"{"label": 1, "scores": [0.3, 0.45, 0.1, 0.1, 0.05, 0.0]}"#,
        "\n",
        r#"{"label": 1, "scores": [0.1, 0.2, 0.2, 0.3, 0.1, 0.1]}"#,
        "\n",
        r#"{"label": 2, "scores": [0.0, 0.0, 0.5, 0.5, 0.0, 0.0]}"#,
        "\n",
        r#"{"label": 3, "scores": [0.0, 0.1, 0.45, 0.45, 0.0, 0.0]}"#,
        "\n",
        r#"{"label": 4, "scores": [0.1, 0.1, 0.1, 0.1, 0.25, 0.35]}"#,
        "\n",
        r#"{"label": 5, "scores": [0.3, 0.2, 0.2, 0.2, 0.1, 0.0]}"#,
        "\n"
    ),
    parse: |id| classes::parse(id).map(|(kind, family)| (Kind::Classes(kind), family)),
};

/// Scores of two classes.
pub(super) static BINARY: SuiteInfo = SuiteInfo {
    name: "binary",
    title: "Scores of two classes",
    modality: "any",
    answers: &[AnswerKind::Classes, AnswerKind::Pairs],
    predictions: &[required(
        "score",
        "how likely the item is a positive; a probability where a metric needs one; empty where nothing is predicted. Of a list of two the second counts",
    )],
    labels: &[required("label", "1 for a positive, 0 for a negative; or a name, see `positive`")],
    settings: &[optional(
        "positive",
        "",
        "the name of the positive class, where labels are names; all others are negative",
    )],
    parameters: &[
        optional("x", "0.1", "largest false positive rate; above 0, at most 1"),
        optional("p", "0.9", "least precision; above 0, at most 1"),
        optional("t", "0.5", "the score at and above which an item counts as positive"),
    ],
    state: "About 8 bytes per different score, at most 20: 48 MB at 6,000,000, at most 120 MB.",
    metrics: &binary::METRICS,
    example: concat!(
        r#"{"label": 1, "score": 0.95}"#,
        "\n",
        r#"{"label": 1, "score": 0.85}"#,
        "\n",
        r#"{"label": 0, "score": 0.7}"#,
        "\n",
        r#"{"label": 1, "score": 0.65}"#,
        "\n",
        r#"{"label": 1, "score": 0.6}"#,
        "\n",
        r#"{"label": 0, "score": 0.6}"#,
        "\n",
        r#"{"label": 1, "score": 0.35}"#,
        "\n",
        r#"{"label": 0, "score": 0.2}"#,
        "\n",
        r#"{"label": 0, "score": 0.05}"#,
        "\n"
    ),
    parse: |id| binary::parse(id).map(|(kind, family)| (Kind::Binary(kind), family)),
};

/// Any classes of an item.
pub(super) static MULTILABEL: SuiteInfo = SuiteInfo {
    name: "multilabel",
    title: "Any classes of an item",
    modality: "any",
    answers: &[AnswerKind::Multilabel],
    predictions: &[required("scores", "one number per class; empty where nothing is predicted")],
    labels: &[required("labels", "one 0 or 1 per class; or a list of names, where `classes` lists them")],
    settings: &[
        optional(
            "classes",
            "",
            "how many classes there are, 2 to 100000, or a list of their names in the order of the scores; left out: as many as scores in a row",
        ),
        optional("threshold", "0.5", "the score at and above which a class counts as predicted"),
    ],
    parameters: &[optional("k", "20", "how many classes of an item count; 1 to 100000")],
    state: "At most 30 bytes per class and 600 more, whatever the number of items. Average precision, \
        areas under curves and `gap@k` keep up to 12,582,912 scores: about 7 bytes per score, at most 10; of \
        f32 scores, which tasks have, at most 5, so that it stays below 64 MiB.",
    metrics: &multilabel::METRICS,
    example: concat!(
        r#"{"settings": {"classes": 4}}"#,
        "\n",
        r#"{"labels": [1, 0, 0, 0], "scores": [0.9, 0.4, 0.1, 0.2]}"#,
        "\n",
        r#"{"labels": [1, 1, 0, 0], "scores": [0.3, 0.8, 0.6, 0.1]}"#,
        "\n",
        r#"{"labels": [0, 0, 1, 0], "scores": [0.55, 0.2, 0.5, 0.1]}"#,
        "\n",
        r#"{"labels": [1, 1, 0, 0], "scores": [0.6, 0.3, 0.7, 0.4]}"#,
        "\n",
        r#"{"labels": [1, 0, 0, 0], "scores": [0.2, 0.35, 0.1, 0.0]}"#,
        "\n"
    ),
    parse: |id| multilabel::parse(id).map(|(kind, family)| (Kind::Multilabel(kind), family)),
};

/// Numbers of an item.
pub(super) static REGRESSION: SuiteInfo = SuiteInfo {
    name: "regression",
    title: "Numbers of an item",
    modality: "any",
    answers: &[AnswerKind::Values],
    predictions: &[required("pred", "the number, or a list of them")],
    labels: &[required("target", "the number, or a list of them")],
    settings: &[optional(
        "values",
        "",
        "how many numbers an item has; 1 to 1024; left out: as many as the first target",
    )],
    parameters: &[optional("q", "0.9", "the quantile; above 0, below 1")],
    state: "At most 16,900 bytes per value of an item and 30 more, whatever the number of items. Medians \
        and rank correlations keep up to 3,145,728 pairs of numbers, 16 bytes each: 48 MiB. Up to 900 \
        values of an item it stays below 64 MiB.",
    metrics: &values::METRICS,
    example: concat!(
        r#"{"target": 3.0, "pred": 2.5}"#,
        "\n",
        r#"{"target": 0.5, "pred": 0.7}"#,
        "\n",
        r#"{"target": 2.0, "pred": 2.0}"#,
        "\n",
        r#"{"target": 7.0, "pred": 8.2}"#,
        "\n",
        r#"{"target": 2.5, "pred": 3.1}"#,
        "\n"
    ),
    parse: |id| values::parse(id).map(|(kind, family)| (Kind::Values(kind), family)),
};

/// Which known one, or none.
pub(super) static OPEN_SET_ID: SuiteInfo = SuiteInfo {
    name: "open_set_id",
    title: "Which known one, or none",
    modality: "any",
    answers: &[AnswerKind::Classes],
    predictions: &[
        required("pred", "which one is named, by number or name; empty for none"),
        required("score", "how sure the answer is"),
    ],
    labels: &[required("gt", "which one it is, by number or name; empty where it is none of the known")],
    settings: &[],
    parameters: &[optional("t", "0.5", "the score at and above which an answer counts as given")],
    state: "About 9 bytes per different score, at most 25: 54 MB at 6,000,000, at most 150 MB.",
    metrics: &identities::METRICS,
    example: concat!(
        r#"{"gt": "ann", "pred": "ann", "score": 0.9}"#,
        "\n",
        r#"{"gt": "bob", "pred": "cas", "score": 0.8}"#,
        "\n",
        r#"{"gt": "cas", "pred": "cas", "score": 0.6}"#,
        "\n",
        r#"{"gt": null, "pred": "cas", "score": 0.3}"#,
        "\n",
        r#"{"gt": "dee", "pred": "dee", "score": 0.4}"#,
        "\n",
        r#"{"gt": null, "pred": null, "score": null}"#,
        "\n"
    ),
    parse: |id| identities::parse(id).map(|(kind, family)| (Kind::Identities(kind), family)),
};
