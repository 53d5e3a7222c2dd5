use crate::registry::{Direction, MetricInfo};

/// What makes a found region right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// It overlaps a true one.
    Found,
    /// It overlaps a true one, and its text is that one's, case aside.
    Read,
}

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Right regions / found regions that count.
    Precision(Right),
    /// Right regions / true regions that count.
    Recall(Right),
    /// The harmonic mean of both.
    Hmean(Right),
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let place = METRICS.iter().position(|info| info.id == id)?;
    Some((KINDS[place], METRICS[place].id))
}

/// In the order of [`METRICS`].
const KINDS: [Kind; 6] = [
    Kind::Hmean(Right::Found),
    Kind::Precision(Right::Found),
    Kind::Recall(Right::Found),
    Kind::Hmean(Right::Read),
    Kind::Precision(Right::Read),
    Kind::Recall(Right::Read),
];

const fn entry(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing: "True regions take found ones in the order given, each the first that overlaps it by more than half. \
                           Outlines that cross themselves are dropped; so are found regions with more than half of their area \
                           in one that is not to be read. An image without an answer has no regions. Undefined without a true \
                           region that counts; 0 where nothing is found.",
    }
}

const ICDAR: &str = "ICDAR 2015 IoU protocol (MhLiao/DB)";
const READ: &str = "ICDAR 2015 end-to-end, on the matches of the IoU protocol";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 6] = [
    entry("hmean", "Text detection: harmonic mean", "2PR / (P + R) of precision and recall", ICDAR),
    entry(
        "precision",
        "Text detection: precision",
        "matches / found regions that count, summed over images; a match overlaps by more than the least intersection / union",
        ICDAR,
    ),
    entry("recall", "Text detection: recall", "matches / true regions that count, summed over images", ICDAR),
    entry("e2e.hmean", "Text spotting: harmonic mean", "2PR / (P + R) of e2e.precision and e2e.recall", READ),
    entry(
        "e2e.precision",
        "Text spotting: precision",
        "matches whose upper-case texts are equal / found regions that count",
        READ,
    ),
    entry(
        "e2e.recall",
        "Text spotting: recall",
        "matches whose upper-case texts are equal / true regions that count",
        READ,
    ),
];
