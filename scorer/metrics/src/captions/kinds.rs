use super::N_MAX;
use crate::{
    ids::count,
    registry::{Direction, MetricInfo},
};

/// What is computed of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// CIDEr-D, 0 to 10.
    CiderD,
    /// ROUGE-L as the COCO captioning code has it.
    RougeL,
    /// BLEU of so many words, 1 to 4, as the COCO captioning code has it.
    Bleu(usize),
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    match id {
        "cider_d" => Some((Kind::CiderD, "cider_d")),
        "rouge_l.coco" => Some((Kind::RougeL, "rouge_l.coco")),
        _ => {
            let n = count(id.strip_prefix("bleu")?.strip_suffix(".coco")?, N_MAX as u32)?;
            Some((Kind::Bleu(n as usize), "bleu{n}.coco"))
        }
    }
}

const fn entry(id: &'static str, title: &'static str, most: f64, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, most),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference: "pycocoevalcap",
        ties_and_missing: "A missing answer is an empty caption.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 3] = [
    entry(
        "cider_d",
        "CIDEr-D",
        10.0,
        "10·mean over items and references of the clipped cosine of 1 to 4-word counts weighed by log(items / items that hold \
         them), times exp(−(difference in length)² / 72)",
    ),
    entry(
        "rouge_l.coco",
        "ROUGE-L",
        1.0,
        "mean over items of (1 + β²)·P·R / (R + β²·P) of the longest common subsequence, β = 1.2, best P and best R",
    ),
    entry(
        "bleu{n}.coco",
        "BLEU",
        1.0,
        "geometric mean of clipped precisions of 1 to n words over all items, times exp(1 − reference length / length) if \
         shorter than the closest references",
    ),
];
