use super::tokens::Tokens;
use crate::registry::{Direction, MetricInfo};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// BLEU over such tokens, 0 to 100.
    Bleu(Tokens),
    /// chrF, with word n-grams up to this length; 0 to 100.
    Chrf(u8),
    /// Translation edit rate, in percent.
    Ter,
    /// Mean F1 of n-grams of this length; 0 to 1.
    RougeN(u8),
    /// Mean F1 of the longest common subsequence; 0 to 1.
    RougeL,
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let place = METRICS.iter().position(|info| info.id == id)?;
    Some((KINDS[place], METRICS[place].id))
}

/// In the order of [`METRICS`].
const KINDS: [Kind; 12] = [
    Kind::Bleu(Tokens::Mteval13a),
    Kind::Bleu(Tokens::Mteval13aLower),
    Kind::Bleu(Tokens::Zh),
    Kind::Bleu(Tokens::Char),
    Kind::Bleu(Tokens::Intl),
    Kind::Bleu(Tokens::Spaces),
    Kind::Chrf(0),
    Kind::Chrf(2),
    Kind::Ter,
    Kind::RougeN(1),
    Kind::RougeN(2),
    Kind::RougeL,
];

const SACREBLEU: &str = "sacrebleu 2.6.0";
const ROUGE: &str = "rouge_score 0.1.2";

const fn entry(
    id: &'static str,
    title: &'static str,
    greatest: f64,
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, greatest),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing: "A missing translation is an empty one. Of several references the nearest counts, as each metric measures it.",
    }
}

const fn bleu(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    entry(id, title, 100.0, formula, SACREBLEU)
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 12] = [
    bleu(
        "bleu.13a",
        "BLEU",
        "100·min(1, exp(1 − r/h))·(p₁p₂p₃p₄)^¼ over all items; p_n: clipped n-grams found / n-grams, halved again and again where none is \
         found; h, r: tokens, of the reference nearest in length; mteval-v13a tokens",
    ),
    bleu("bleu.13a.lc", "BLEU, lower case", "bleu.13a of the texts in lower case"),
    bleu("bleu.zh", "BLEU for Chinese", "bleu.13a with Chinese characters one by one"),
    bleu("bleu.char", "BLEU of characters", "bleu.13a with all characters one by one, white space dropped"),
    bleu(
        "bleu.intl",
        "BLEU, international tokens",
        "bleu.13a with mteval-v14 tokens: punctuation and symbols of all scripts apart",
    ),
    bleu("bleu.none", "BLEU of tokenised text", "bleu.13a with tokens between white space"),
    entry(
        "chrf",
        "chrF",
        100.0,
        "100·5PR / (4P + R): P and R are the means over n = 1 … 6 of character n-grams in common / found and / true, white space dropped",
        SACREBLEU,
    ),
    entry(
        "chrf++",
        "chrF++",
        100.0,
        "chrf over words and pairs of words as well, punctuation apart",
        SACREBLEU,
    ),
    MetricInfo {
        direction: Direction::LowerIsBetter,
        ..entry(
            "ter",
            "Translation edit rate",
            f64::INFINITY,
            "100·(word edits and shifts of up to ten words) / mean words of the references, in lower case; shifts are looked for greedily",
            SACREBLEU,
        )
    },
    entry(
        "rouge1.f",
        "ROUGE-1",
        1.0,
        "mean over items of 2PR / (P + R) of words in common; words are runs of a–z and 0–9 in lower case",
        ROUGE,
    ),
    entry("rouge2.f", "ROUGE-2", 1.0, "rouge1.f of pairs of words", ROUGE),
    entry("rougeL.f", "ROUGE-L", 1.0, "rouge1.f of the longest common subsequence", ROUGE),
];
