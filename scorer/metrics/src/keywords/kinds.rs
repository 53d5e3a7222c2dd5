use super::detections::Detections;
use crate::{
    ids::number,
    registry::{Direction, MetricInfo},
};

/// What is computed. A detection counts if its score is at least a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Term-weighted value at a finite threshold.
    Atwv(f64),
    /// The greatest term-weighted value of all thresholds.
    Mtwv,
    /// The least share of missed occurrences with no more false alarms per hour than this, which is finite and not negative.
    MissAtFaPerHour(f64),
}

impl Kind {
    pub(super) fn is_valid(self) -> bool {
        match self {
            Self::Atwv(threshold) => threshold.is_finite(),
            Self::Mtwv => true,
            Self::MissAtFaPerHour(rate) => rate.is_finite() && rate >= 0.0,
        }
    }

    /// `None` without an occurrence.
    pub(super) fn value(self, detections: &Detections<'_>) -> Option<f64> {
        match self {
            Self::Atwv(threshold) => detections.atwv(threshold),
            Self::Mtwv => detections.mtwv(),
            Self::MissAtFaPerHour(rate) => detections.miss_at(rate),
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    if id == "mtwv" {
        return Some((Kind::Mtwv, "mtwv"));
    }
    if let Some(threshold) = id.strip_prefix("atwv@") {
        return Some((Kind::Atwv(number(threshold)?), "atwv@{t}"));
    }
    let rate = number(id.strip_prefix("miss@fa_per_hour")?)?;
    (rate.is_sign_positive()).then_some((Kind::MissAtFaPerHour(rate), "miss@fa_per_hour{x}"))
}

const fn entry(
    id: &'static str,
    title: &'static str,
    direction: Direction,
    range: (f64, f64),
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction,
        range,
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing: "Detections of one score are accepted together. An occurrence without a detection is missed.",
    }
}

const BELOW_ONE: (f64, f64) = (f64::NEG_INFINITY, 1.0);
const NIST: &str = "NIST OpenKWS";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 3] = [
    entry(
        "atwv@{t}",
        "Actual term-weighted value",
        Direction::HigherIsBetter,
        BELOW_ONE,
        "1 − mean over keywords that occur of missed / occurrences + 999.9·false alarms / (seconds − occurrences), at the score t; \
         undefined if none occurs, or one so often that less than a second is left",
        NIST,
    ),
    entry(
        "mtwv",
        "Maximum term-weighted value",
        Direction::HigherIsBetter,
        (0.0, 1.0),
        "max over thresholds t of atwv@{t}; 0 where nothing is accepted: found with the truth in hand",
        NIST,
    ),
    entry(
        "miss@fa_per_hour{x}",
        "Miss rate at false alarms per hour",
        Direction::LowerIsBetter,
        (0.0, 1.0),
        "least share of missed occurrences of a threshold with x false alarms per hour or fewer, of all keywords together; \
         undefined if none occurs",
        "by definition",
    ),
];
