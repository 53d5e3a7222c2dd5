use super::ranked::Ranked;
use crate::{
    ids::number,
    registry::{Direction, MetricInfo},
};

/// What is computed. A named item counts as answered if its score is at least a threshold, which is finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Global average precision.
    Gap,
    /// Right / answered.
    Precision(f64),
    /// Right / items that show somebody.
    Recall(f64),
    /// The harmonic mean of both.
    F1(f64),
    /// Right answers and rightly unanswered / items.
    Accuracy(f64),
    /// F1 at the best threshold.
    BestF1,
}

impl Kind {
    pub(super) fn is_valid(self) -> bool {
        match self {
            Self::Precision(t) | Self::Recall(t) | Self::F1(t) | Self::Accuracy(t) => t.is_finite(),
            Self::Gap | Self::BestF1 => true,
        }
    }

    pub(super) fn value(self, ranked: &Ranked<'_>) -> Option<f64> {
        match self {
            Self::Gap => ranked.average_precision(),
            Self::Precision(threshold) => Some(ranked.at(threshold).precision()),
            Self::Recall(threshold) => ranked.recall(ranked.at(threshold)),
            Self::F1(threshold) => ranked.f1(ranked.at(threshold)),
            Self::Accuracy(threshold) => Some(ranked.accuracy(ranked.at(threshold))),
            Self::BestF1 => ranked.best_f1(),
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    match id {
        "gap.recognition" => return Some((Kind::Gap, "gap.recognition")),
        "best_f1" => return Some((Kind::BestF1, "best_f1")),
        _ => {}
    }
    let (head, threshold) = id.split_once('@')?;
    let threshold = number(threshold)?;
    Some(match head {
        "precision" => (Kind::Precision(threshold), "precision@{t}"),
        "recall" => (Kind::Recall(threshold), "recall@{t}"),
        "f1" => (Kind::F1(threshold), "f1@{t}"),
        "accuracy" => (Kind::Accuracy(threshold), "accuracy@{t}"),
        _ => return None,
    })
}

const fn entry(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
    ties_and_missing: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing,
    }
}

const OWN: &str = "by definition";
const TIES: &str = "Answers of one score are accepted together. An item without an answer is unanswered.";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 6] = [
    entry(
        "gap.recognition",
        "Global average precision",
        "(Σ over right answers, in descending order of score, of right so far / answers so far) / items that show somebody; \
         undefined without such an item",
        "Google Landmark Recognition (GAP, micro-AP)",
        "Wrong answers come first among equal scores. An item without an answer is left out of the list.",
    ),
    entry(
        "precision@{t}",
        "Precision at a threshold",
        "right / answered, answered: score ≥ t; 0 if none is",
        OWN,
        TIES,
    ),
    entry(
        "recall@{t}",
        "Recall at a threshold",
        "right answers of score ≥ t / items that show somebody; undefined without such an item",
        OWN,
        TIES,
    ),
    entry(
        "f1@{t}",
        "F1 at a threshold",
        "2·right / (answered + items that show somebody), answered: score ≥ t; undefined without such an item",
        OWN,
        TIES,
    ),
    entry(
        "accuracy@{t}",
        "Accuracy at a threshold",
        "(right answers of score ≥ t + unanswered items that show nobody) / items",
        OWN,
        TIES,
    ),
    entry(
        "best_f1",
        "F1 at the best threshold",
        "max over distinct scores t of f1@{t}: found with the truth in hand",
        OWN,
        TIES,
    ),
];
