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
    state: "At most 100 bytes per kind of unit and 20 more, whatever the number of items.",
    metrics: &text::METRICS,
    example: concat!(
        r#"{"ref": "the quick brown fox", "hyp": "the quick  brown box"}"#,
        "\n",
        r#"{"ref": "Straße 12", "hyp": "strasse 12"}"#,
        "\n",
        r#"{"ref": "jumps over it", "hyp": "jumps right over "}"#,
        "\n",
        r#"{"ref": "白鹭 flies", "hyp": "白露 flies"}"#,
        "\n",
        r#"{"ref": "ＡＢＣ!", "hyp": "abc"}"#,
        "\n",
        r#"{"ref": "ok 👍🏽", "hyp": "ok 👍"}"#,
        "\n",
        r#"{"ref": "exactly", "hyp": "exactly"}"#,
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
    state: "At most 300 bytes per metric and 10 more, whatever the number of items.",
    metrics: &translations::METRICS,
    example: concat!(
        r#"{"refs": ["The cat sat on the mat, and slept.", "A cat was sitting on the mat and slept."], "hyp": "the cat sat on the mat, and it slept."}"#,
        "\n",
        r#"{"refs": ["An egret flew over the island.", "The egret flew across the island."], "hyp": "An egret over 3 small islands flew."}"#,
        "\n",
        r#"{"refs": ["一只白鹭飞过小岛。", "白鹭飞过了小岛。"], "hyp": "一只白鹭飞过岛屿。"}"#,
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
    state: "All texts, and 2 bytes per text and 1 per item more: 330 MB at 6,000,000 items of two texts of \
        25 bytes. It takes at most 4 GiB of texts.",
    metrics: &captions::METRICS,
    example: concat!(
        r#"{"refs": ["a white egret stands in shallow water", "an egret in the water"], "hyp": "a white egret in the water"}"#,
        "\n",
        r#"{"refs": ["two boats on the sea", "two small boats at sea"], "hyp": "two boats on the calm sea"}"#,
        "\n"
    ),
    parse: |id| captions::parse(id).map(|(kind, family)| (Kind::Captions(kind), family)),
};
