//! Suites of sounds: what is heard, who speaks, in which language.

use super::{AnswerKind, SuiteInfo, optional, required};
use crate::{Kind, events, keywords, languages, signals, speakers};

/// Sounds and when they are heard.
pub(super) static SOUND_EVENT: SuiteInfo = SuiteInfo {
    name: "sound_event",
    title: "Sounds and when they are heard",
    modality: "audio",
    answers: &[],
    predictions: &[required("est", "list of [label, onset, offset], seconds")],
    labels: &[
        required("ref", "list of [label, onset, offset], seconds"),
        required("duration", "length of the recording, seconds"),
    ],
    settings: &[
        optional("labels", "", "list of labels; left out: those that occur"),
        optional("resolution", "1.0", "length of a segment, seconds"),
        optional("collar", "0.2", "tolerance of an onset or offset, seconds"),
    ],
    parameters: &[],
    state: "At most 60 bytes per class and 60 more, whatever the number of items.",
    metrics: &events::METRICS,
    example: concat!(
        r#"{"settings": {"labels": ["dog", "alarm"]}}"#,
        "\n",
        r#"{"ref": [["dog", 1.0, 2.0], ["alarm", 4.0, 6.0]], "est": [["dog", 1.1, 2.1], ["alarm", 4.1, 4.6]], "duration": 10.0}"#,
        "\n",
        r#"{"ref": [["dog", 3.0, 3.5]], "est": [["dog", 3.4, 3.9], ["alarm", 7.0, 8.0]], "duration": 10.0}"#,
        "\n"
    ),
    parse: |id| events::parse(id).map(|(kind, family)| (Kind::Events(kind), family)),
};

/// Where keywords are spoken.
pub(super) static KEYWORD_SPOTTING: SuiteInfo = SuiteInfo {
    name: "keyword_spotting",
    title: "Where keywords are spoken",
    modality: "audio",
    answers: &[],
    predictions: &[required(
        "score",
        "how sure the detection is; empty for an occurrence that was not detected",
    )],
    labels: &[
        required("keyword", "which one"),
        required("is_target", "1 where it is spoken, 0 for a false alarm"),
    ],
    settings: &[
        required("duration_s", "how long all recordings are together, seconds"),
        optional("keywords", "", "list of keywords; left out: those that occur"),
    ],
    parameters: &[
        optional("t", "0.5", "the score at and above which a detection counts"),
        optional("x", "0.5", "false alarms per keyword and hour; 0 or more"),
    ],
    state: "About 9 bytes per detection, at most 23: 54 MB at 6,000,000, at most 138 MB.",
    metrics: &keywords::METRICS,
    example: concat!(
        r#"{"settings": {"duration_s": 3600}}"#,
        "\n",
        r#"{"keyword": "egret", "is_target": 1, "score": 0.9}"#,
        "\n",
        r#"{"keyword": "egret", "is_target": 1, "score": null}"#,
        "\n",
        r#"{"keyword": "egret", "is_target": 0, "score": 0.6}"#,
        "\n",
        r#"{"keyword": "heron", "is_target": 1, "score": 0.7}"#,
        "\n",
        r#"{"keyword": "heron", "is_target": 1, "score": 0.4}"#,
        "\n",
        r#"{"keyword": "heron", "is_target": 0, "score": 0.3}"#,
        "\n"
    ),
    parse: |id| keywords::parse(id).map(|(kind, family)| (Kind::Keywords(kind), family)),
};

/// Which language is spoken.
pub(super) static LANGUAGE_ID: SuiteInfo = SuiteInfo {
    name: "language_id",
    title: "Which language is spoken",
    modality: "audio",
    answers: &[AnswerKind::Classes],
    predictions: &[required(
        "scores",
        "one number per language; log-likelihood ratios for a fixed threshold",
    )],
    labels: &[required("label", "the language, an index from 0 or a name; empty for one that is not listed")],
    settings: &[
        optional(
            "languages",
            "",
            "how many languages there are, 2 to 1000, or a list of their names in the order of the scores; left out: as many as scores in a row",
        ),
        optional("p_target", "0.5", "prior probability of the target language"),
    ],
    parameters: &[optional("t", "0", "the score at and above which a language is accepted")],
    state: "At most 300 bytes per language and 400 more, whatever the number of items. A least cost over \
        thresholds keeps up to 12,582,912 scores. About 8 bytes per different score, at most 17. A unit \
        with more than 3,947,580 may exceed 64 MiB: `egret competition check` says so.",
    metrics: &languages::METRICS,
    example: concat!(
        r#"{"settings": {"languages": ["en", "fr", "zh"]}}"#,
        "\n",
        r#"{"label": "en", "scores": [1.5, -1.0, -2.0]}"#,
        "\n",
        r#"{"label": "en", "scores": [-0.2, 0.4, -1.0]}"#,
        "\n",
        r#"{"label": "fr", "scores": [0.5, -0.2, -1.0]}"#,
        "\n",
        r#"{"label": "fr", "scores": [-2.0, 1.2, -1.0]}"#,
        "\n",
        r#"{"label": "zh", "scores": [-1.0, 0.3, 0.8]}"#,
        "\n"
    ),
    parse: |id| languages::parse(id).map(|(kind, family)| (Kind::Languages(kind), family)),
};

/// Who speaks when.
pub(super) static DIARIZATION: SuiteInfo = SuiteInfo {
    name: "diarization",
    title: "Who speaks when",
    modality: "audio",
    answers: &[],
    predictions: &[required("hyp", "list of [start, end, speaker], seconds; speakers under any names")],
    labels: &[
        required("ref", "list of [start, end, speaker], seconds"),
        required("duration", "length of the recording, seconds"),
    ],
    settings: &[],
    parameters: &[optional(
        "ms",
        "250",
        "milliseconds around each turn's start and end that do not count; 1 to 10000",
    )],
    state: "At most 80 bytes per metric and 10 more, whatever the number of items.",
    metrics: &speakers::METRICS,
    example: concat!(
        r#"{"ref": [[0.0, 5.0, "ann"], [4.5, 9.0, "bob"]], "hyp": [[0.0, 4.0, "x"], [4.0, 9.5, "y"]], "duration": 10.0}"#,
        "\n"
    ),
    parse: |id| speakers::parse(id).map(|(kind, family)| (Kind::Speakers(kind), family)),
};

/// How near a sound comes to another.
pub(super) static SI_SDR: SuiteInfo = SuiteInfo {
    name: "si_sdr",
    title: "How near a sound comes to another",
    modality: "audio",
    answers: &[],
    predictions: &[required("est", "the samples")],
    labels: &[required("ref", "the samples, as many")],
    settings: &[],
    parameters: &[],
    state: "At most 120 bytes, whatever the number of items.",
    metrics: &signals::METRICS,
    example: concat!(
        r#"{"ref": [1.0, -1.0, 2.0, 0.5], "est": [0.9, -1.1, 1.8, 0.7]}"#,
        "\n",
        r#"{"ref": [0.0, 1.0, 0.0, -1.0], "est": [0.1, 0.4, -0.1, -0.6]}"#,
        "\n"
    ),
    parse: |id| signals::parse(id).map(|(kind, family)| (Kind::Signals(kind), family)),
};
