use super::costs::Costs;
use crate::{
    ids::number,
    registry::{Direction, MetricInfo},
};

/// What is computed. A language is accepted for an utterance if its score is at least a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Average detection cost at this threshold, which is finite.
    Cavg(f64),
    /// The least average detection cost over all thresholds.
    MinCavg,
    /// The least of 21 thresholds, strangers counted as one more language.
    MinCavgOlr,
    /// Right / utterances of known languages.
    Accuracy,
}

impl Kind {
    /// Whether it needs every score.
    pub(crate) fn needs_list(self) -> bool {
        matches!(self, Self::MinCavg | Self::MinCavgOlr)
    }

    pub(super) fn threshold(self) -> Option<f64> {
        if let Self::Cavg(threshold) = self { Some(threshold) } else { None }
    }

    /// `accepted`: cells accepted at its threshold, by their tag, if it has one. `None` without an utterance of a language.
    pub(super) fn value(self, costs: &Costs<'_>, accepted: &[u64], right: u64) -> Option<f64> {
        let known = costs.known();
        let value = || match self {
            Self::Cavg(_) => costs.of_accepted(accepted),
            Self::MinCavg => costs.least(),
            Self::MinCavgOlr => costs.least_of_olr(),
            Self::Accuracy => right as f64 / known as f64,
        };
        (known > 0).then(value)
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    Some(match id {
        "cavg.min_exact" => (Kind::MinCavg, "cavg.min_exact"),
        "cavg.olr_min20" => (Kind::MinCavgOlr, "cavg.olr_min20"),
        "accuracy" => (Kind::Accuracy, "accuracy"),
        _ => (Kind::Cavg(number(id.strip_prefix("cavg.lre@")?)?), "cavg.lre@{t}"),
    })
}

const fn entry(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::LowerIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing: "Scores at a threshold are accepted. An utterance without an answer is missed by its language and \
                           accepted by every other, at every threshold.",
    }
}

const LRE: &str = "NIST LRE";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 4] = [
    entry(
        "cavg.lre@{t}",
        "Average detection cost",
        "mean over languages t of p·miss(t) + (1 − p)/(L − 1)·Σ over the others n of alarm(t, n); miss: share of t's utterances \
         not accepted as t, 0 without one; alarm: share of n's utterances accepted as t. Utterances of no known language do not \
         count. Undefined without an utterance of a known one",
        LRE,
    ),
    entry("cavg.min_exact", "Least average detection cost", "min over all thresholds t of cavg.lre@{t}", LRE),
    entry(
        "cavg.olr_min20",
        "Least average detection cost, OLR",
        "min over 21 equally spaced thresholds from the least to the greatest score of the mean over languages t of p·miss(t) + \
         (1 − p)/L·Σ over n of alarm(t, n), where n is another language or none that is known",
        "AP OLR Challenge",
    ),
    MetricInfo {
        direction: Direction::HigherIsBetter,
        ties_and_missing: "The lowest language wins a tie. An utterance without an answer is wrong.",
        ..entry(
            "accuracy",
            "Accuracy",
            "utterances whose language has the highest score / utterances of known languages",
            "numpy argmax",
        )
    },
];
