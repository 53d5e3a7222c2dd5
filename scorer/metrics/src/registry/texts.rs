//! Suites of texts: transcripts, translations, captions.

use super::{AnswerKind, SuiteInfo, optional, required};
use crate::{Kind, captions, text, translations};

/// Transcripts of speech or of pictures.
pub(super) static TRANSCRIPT: SuiteInfo = SuiteInfo {
    name: "transcript",
    title: "Transcripts of speech or of pictures",
    modality: "text",
    answers: &[AnswerKind::Transcript],
    predictions: &[required("hyp", "the text; empty where nothing is predicted")],
    labels: &[required("ref", "the text")],
    settings: &[],
    parameters: &[],
    metrics: &text::METRICS,
    example: concat!(
        r#"{"ref": "the quick brown fox", "hyp": "the quick brown box"}"#,
        "\n",
        r#"{"ref": "jumps over", "hyp": "jumps right over"}"#,
        "\n",
        r#"{"ref": "白鹭", "hyp": "白露"}"#,
        "\n"
    ),
    parse: |id| text::parse(id).map(|(kind, family)| (Kind::Text(kind), family)),
};

/// Translations.
pub(super) static MT: SuiteInfo = SuiteInfo {
    name: "mt",
    title: "Translations",
    modality: "text",
    answers: &[AnswerKind::Transcript],
    predictions: &[required("hyp", "the text; empty where nothing is predicted")],
    labels: &[required("refs", "list of texts, any of which is right")],
    settings: &[],
    parameters: &[],
    metrics: &translations::METRICS,
    example: concat!(
        r#"{"refs": ["the cat sat on the mat ."], "hyp": "the cat sat on a mat ."}"#,
        "\n",
        r#"{"refs": ["the egret flew over the island"], "hyp": "an egret flew over the island"}"#,
        "\n"
    ),
    parse: |id| translations::parse(id).map(|(kind, family)| (Kind::Translations(kind), family)),
};

/// Captions of pictures.
pub(super) static CAPTION: SuiteInfo = SuiteInfo {
    name: "caption",
    title: "Captions of pictures",
    modality: "image",
    answers: &[],
    predictions: &[required("hyp", "the caption, words between blanks; empty where nothing is predicted")],
    labels: &[required("refs", "list of captions, words between blanks")],
    settings: &[],
    parameters: &[optional("n", "4", "longest sequence of words; 1 to 4")],
    metrics: &captions::METRICS,
    example: concat!(
        r#"{"refs": ["a white egret stands in shallow water", "an egret in the water"], "hyp": "a white egret in the water"}"#,
        "\n",
        r#"{"refs": ["two boats on the sea"], "hyp": "two boats on the sea"}"#,
        "\n"
    ),
    parse: |id| captions::parse(id).map(|(kind, family)| (Kind::Captions(kind), family)),
};
