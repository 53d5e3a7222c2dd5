use super::counts::Counts;
use crate::registry::{Direction, MetricInfo};

/// What is computed of all sequences together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Multi-object tracking accuracy.
    Mota,
    /// F1 of identified boxes.
    Idf1,
    /// Share of the answers' boxes that are identified.
    Idp,
    /// Share of true boxes that are identified.
    Idr,
    /// Matches that are no switch.
    Matches,
    /// Boxes of the answers without a match.
    FalsePositives,
    /// True boxes without a match.
    Misses,
    /// Matches with another track than before.
    Switches,
    /// True boxes.
    Objects,
}

const ALL: [(&str, Kind); 9] = [
    ("mota", Kind::Mota),
    ("idf1", Kind::Idf1),
    ("idp", Kind::Idp),
    ("idr", Kind::Idr),
    ("num_matches", Kind::Matches),
    ("num_false_positives", Kind::FalsePositives),
    ("num_misses", Kind::Misses),
    ("num_switches", Kind::Switches),
    ("num_objects", Kind::Objects),
];

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    ALL.iter().find(|(name, _)| *name == id).map(|(name, kind)| (*kind, *name))
}

impl Kind {
    /// `None`: nothing to divide by.
    pub(super) fn value(self, counts: Counts) -> Option<f64> {
        let over = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        match self {
            Self::Mota => {
                let wrong = counts.misses() + counts.false_positives() + counts.switches;
                over(wrong, counts.objects).map(|wrong| 1.0 - wrong)
            }
            Self::Idf1 => over(2 * counts.identified, counts.objects + counts.predictions),
            Self::Idp => over(counts.identified, counts.predictions),
            Self::Idr => over(counts.identified, counts.objects),
            Self::Matches => Some(counts.matches as f64),
            Self::FalsePositives => Some(counts.false_positives() as f64),
            Self::Misses => Some(counts.misses() as f64),
            Self::Switches => Some(counts.switches as f64),
            Self::Objects => Some(counts.objects as f64),
        }
    }
}

const fn entry(
    id: &'static str,
    title: &'static str,
    direction: Direction,
    range: (f64, f64),
    formula: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction,
        range,
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference: "py-motmetrics 1.4.0",
        ties_and_missing: "Boxes match from an overlap of 0.5; an object keeps its track while they overlap. A sequence \
                           without an answer has no boxes. Undefined without a box to divide by.",
    }
}

const HIGHER: Direction = Direction::HigherIsBetter;
const LOWER: Direction = Direction::LowerIsBetter;
const SHARE: (f64, f64) = (0.0, 1.0);
const COUNT: (f64, f64) = (0.0, f64::INFINITY);

/// The entries of this suite.
pub static METRICS: [MetricInfo; 9] = [
    entry(
        "mota",
        "Multi-object tracking accuracy",
        HIGHER,
        (f64::NEG_INFINITY, 1.0),
        "1 − (misses + false positives + switches) / true boxes",
    ),
    entry("idf1", "Identification F1", HIGHER, SHARE, "2·identified / (true boxes + boxes of the answers)"),
    entry("idp", "Identification precision", HIGHER, SHARE, "identified / boxes of the answers"),
    entry("idr", "Identification recall", HIGHER, SHARE, "identified / true boxes"),
    entry("num_matches", "Matches", HIGHER, COUNT, "matches that keep or begin a track"),
    entry("num_false_positives", "False positives", LOWER, COUNT, "boxes of the answers without a match"),
    entry("num_misses", "Misses", LOWER, COUNT, "true boxes without a match"),
    entry("num_switches", "Switches", LOWER, COUNT, "matches of an object with another track than before"),
    entry("num_objects", "True boxes", HIGHER, COUNT, "true boxes of all frames"),
];
