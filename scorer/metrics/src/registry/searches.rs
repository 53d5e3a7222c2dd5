//! Suites of comparing and searching: who is it, which one is it, of what is it a copy.

use super::{AnswerKind, SuiteInfo, optional, required};
use crate::{Kind, copies, documents, excerpts, pairs, rankings, searches};

/// Same or not the same.
pub(super) static VERIFICATION: SuiteInfo = SuiteInfo {
    name: "verification",
    title: "Same or not the same",
    modality: "any",
    answers: &[AnswerKind::Pairs],
    predictions: &[required(
        "score",
        "higher means the same; an infinity is allowed, NaN is not; empty counts as the worst there is",
    )],
    labels: &[required("label", "1 for a target trial, 0 for a non-target trial; or a name, see `positive`")],
    settings: &[optional(
        "positive",
        "",
        "the name of a target trial, where labels are names; all others are non-targets",
    )],
    parameters: &[
        optional("prior", "0.01", "prior probability of a target; above 0, below 1"),
        optional("miss", "10", "cost of a miss; a whole number"),
        optional("alarm", "1", "cost of a false alarm; a whole number"),
        optional("far", "0.01", "largest false alarm rate; above 0, below 1"),
    ],
    state: "About 8 bytes per different score, at most 20: 48 MB at 6,000,000, at most 120 MB.",
    metrics: &pairs::METRICS,
    example: concat!(
        r#"{"label": 1, "score": 4.1}"#,
        "\n",
        r#"{"label": 1, "score": 2.5}"#,
        "\n",
        r#"{"label": 1, "score": 1.4}"#,
        "\n",
        r#"{"label": 1, "score": -0.4}"#,
        "\n",
        r#"{"label": 0, "score": 1.9}"#,
        "\n",
        r#"{"label": 0, "score": 0.7}"#,
        "\n",
        r#"{"label": 0, "score": -0.4}"#,
        "\n",
        r#"{"label": 0, "score": -0.4}"#,
        "\n",
        r#"{"label": 0, "score": -1.0}"#,
        "\n",
        r#"{"label": 0, "score": -1.3}"#,
        "\n",
        r#"{"label": 0, "score": -1.8}"#,
        "\n",
        r#"{"label": 0, "score": -2.0}"#,
        "\n",
        r#"{"label": 0, "score": -2.6}"#,
        "\n",
        r#"{"label": 0, "score": -2.9}"#,
        "\n",
        r#"{"label": 0, "score": -3.5}"#,
        "\n",
        r#"{"label": 0, "score": -4.0}"#,
        "\n"
    ),
    parse: |id| pairs::parse(id).map(|(kind, family)| (Kind::Pairs(kind), family)),
};

/// Search of a watch list.
pub(super) static SEARCH_1N: SuiteInfo = SuiteInfo {
    name: "search_1n",
    title: "Search of a watch list",
    modality: "any",
    answers: &[AnswerKind::Rankings],
    predictions: &[required("candidates", "list of [identity, score], in any order")],
    labels: &[required("mate", "the identity searched for; empty where it is not enrolled")],
    settings: &[],
    parameters: &[
        optional("k", "1", "largest rank that counts; 1 to 10000"),
        optional("x", "0.1", "largest false positive identification rate; above 0, at most 1"),
    ],
    state: "About 8 bytes per search, at most 18: 48 MB at 6,000,000, at most 108 MB.",
    metrics: &searches::METRICS,
    example: concat!(
        r#"{"mate": "ann", "candidates": [["ann", 0.9], ["bob", 0.4]]}"#,
        "\n",
        r#"{"mate": "cas", "candidates": [["bob", 0.8], ["cas", 0.7]]}"#,
        "\n",
        r#"{"mate": "dee", "candidates": [["dee", 0.6], ["ann", 0.2]]}"#,
        "\n",
        r#"{"mate": null, "candidates": [["bob", 0.5]]}"#,
        "\n",
        r#"{"mate": null, "candidates": [["ann", 0.1]]}"#,
        "\n"
    ),
    parse: |id| searches::parse(id).map(|(kind, family)| (Kind::Searches(kind), family)),
};

/// Ranked lists.
pub(super) static RETRIEVAL: SuiteInfo = SuiteInfo {
    name: "retrieval",
    title: "Ranked lists",
    modality: "any",
    answers: &[AnswerKind::Rankings],
    predictions: &[
        required("run", "list of [document, score], in any order"),
        required("predicted", "instead: list of documents, best first"),
        required("dist", "instead: a distance to each item of the gallery"),
    ],
    labels: &[
        required("qrels", "with `run`: grade by document, above 0 for relevant"),
        required("actual", "with `predicted`: list of relevant documents"),
        required("pid", "with `dist`: the identity searched for"),
        required("cam", "with `dist`: the camera of the query; same identity and camera do not count"),
    ],
    settings: &[
        optional(
            "gallery_pid",
            "",
            "with `dist`: identity of each item of the gallery; -1 is nobody's and does not count",
        ),
        optional("gallery_cam", "", "with `dist`: camera of each item of the gallery"),
    ],
    parameters: &[optional("k", "10", "length of the list that counts; 1 to 10000")],
    state: "At most 29 bytes per metric and 16 more, whatever the number of items.",
    metrics: &rankings::METRICS,
    example: concat!(
        r#"{"qrels": {"d1": 1, "d2": 0, "d4": 2}, "run": [["d1", 0.9], ["d2", 0.8], ["d3", 0.5], ["d4", 0.2]]}"#,
        "\n",
        r#"{"qrels": {"d5": 1, "d6": 2}, "run": [["d1", 0.7], ["d5", 0.6], ["d6", 0.6]]}"#,
        "\n",
        r#"{"qrels": {"d7": 1, "d8": 0}, "run": null}"#,
        "\n"
    ),
    parse: |id| rankings::parse(id).map(|(kind, family)| (Kind::Rankings(kind), family)),
};

/// Graded documents of a query.
pub(super) static LTR: SuiteInfo = SuiteInfo {
    name: "ltr",
    title: "Graded documents of a query",
    modality: "text",
    answers: &[],
    predictions: &[required("scores", "one number per document; higher comes first")],
    labels: &[required("gains", "one whole grade per document, from 0")],
    settings: &[],
    parameters: &[optional("k", "10", "how many places count; 1 to 10000")],
    state: "At most 614 bytes, whatever the number of items.",
    metrics: &documents::METRICS,
    example: concat!(
        r#"{"gains": [2, 0, 1, 0], "scores": [0.9, 0.5, 0.5, 0.1]}"#,
        "\n",
        r#"{"gains": [0, 3, 1], "scores": [0.6, 0.4, 0.6]}"#,
        "\n",
        r#"{"gains": [1, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 3], "scores": [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]}"#,
        "\n"
    ),
    parse: |id| documents::parse(id).map(|(kind, family)| (Kind::Documents(kind), family)),
};

/// Of which references is it a copy.
pub(super) static COPY_DETECTION: SuiteInfo = SuiteInfo {
    name: "copy_detection",
    title: "Of which references is it a copy",
    modality: "image",
    answers: &[AnswerKind::Rankings],
    predictions: &[required("preds", "list of [reference, score], no reference twice")],
    labels: &[required("gt", "list of references it copies; empty for none")],
    settings: &[],
    parameters: &[
        optional("percent", "90", "least precision in percent; 1 to 99"),
        optional("k", "1", "largest rank that counts; 1 to 10000"),
    ],
    state: "About 8 bytes per different score, at most 20: 48 MB at 6,000,000, at most 120 MB.",
    metrics: &copies::METRICS,
    example: concat!(
        r#"{"gt": ["R1"], "preds": [["R1", 0.9], ["R2", 0.3]]}"#,
        "\n",
        r#"{"gt": ["R3"], "preds": [["R4", 0.6], ["R3", 0.6]]}"#,
        "\n",
        r#"{"gt": ["R5", "R6"], "preds": [["R5", 0.6]]}"#,
        "\n",
        r#"{"gt": [], "preds": [["R1", 0.7]]}"#,
        "\n"
    ),
    parse: |id| copies::parse(id).map(|(kind, family)| (Kind::Copies(kind), family)),
};

/// Which part is a copy of which part.
pub(super) static SEGMENT_COPY: SuiteInfo = SuiteInfo {
    name: "segment_copy",
    title: "Which part is a copy of which part",
    modality: "video",
    answers: &[],
    predictions: &[required(
        "preds",
        "list of [reference, query start, query end, reference start, reference end, score], seconds",
    )],
    labels: &[required(
        "gt",
        "list of [reference, query start, query end, reference start, reference end], seconds",
    )],
    settings: &[],
    parameters: &[],
    state: "About 47 bytes per excerpt found, at most 110: 282 MB at 6,000,000, at most 660 MB.",
    metrics: &excerpts::METRICS,
    example: concat!(
        r#"{"gt": [["R1", 0.0, 10.0, 5.0, 15.0]], "preds": [["R1", 1.0, 9.0, 6.0, 14.0, 0.9], ["R2", 0.0, 4.0, 0.0, 4.0, 0.4]]}"#,
        "\n",
        r#"{"gt": [["R2", 2.0, 6.0, 0.0, 4.0]], "preds": [["R2", 2.0, 6.0, 0.0, 4.0, 0.3]]}"#,
        "\n"
    ),
    parse: |id| excerpts::parse(id).map(|(kind, family)| (Kind::Excerpts(kind), family)),
};
