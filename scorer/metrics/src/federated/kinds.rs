use crate::{
    detections::{Figure, THRESHOLDS, What},
    registry::{Direction, MetricInfo},
};

pub use crate::boxes::Area;

/// Detections of one image that count, of all classes together.
pub(super) const DETECTIONS_MAX: usize = 300;

/// In how many training images of a task a class is, by the organizer's count; LVIS: 1–10, 11–100, more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Frequency {
    Rare,
    Common,
    Frequent,
}

/// What is computed: the thirteen figures of LVIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Average precision over the overlaps 0.50, 0.55 … 0.95.
    Ap(Area),
    /// Average precision at the overlap 0.5.
    Ap50,
    /// Average precision at the overlap 0.75.
    Ap75,
    /// Average precision over the overlaps, of classes of one frequency alone.
    ApOf(Frequency),
    /// Average recall over the overlaps.
    Ar(Area),
}

impl Kind {
    pub(super) fn counts(self, frequency: Frequency) -> bool {
        !matches!(self, Self::ApOf(wanted) if wanted != frequency)
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let place = METRICS.iter().position(|info| info.id == id)?;
    Some((KINDS[place], METRICS[place].id))
}

pub(super) fn figure(kind: Kind) -> Figure {
    let of =
        |what, area: Area, levels| Figure { what, area: area as usize, rank_max: DETECTIONS_MAX, levels };
    match kind {
        Kind::Ap(area) => of(What::Precision, area, 0..THRESHOLDS),
        Kind::Ap50 => of(What::Precision, Area::All, 0..1),
        Kind::Ap75 => of(What::Precision, Area::All, 5..6),
        Kind::ApOf(_) => of(What::Precision, Area::All, 0..THRESHOLDS),
        Kind::Ar(area) => of(What::Recall, area, 0..THRESHOLDS),
    }
}

/// In the order of [`METRICS`].
const KINDS: [Kind; 13] = [
    Kind::Ap(Area::All),
    Kind::Ap50,
    Kind::Ap75,
    Kind::Ap(Area::Small),
    Kind::Ap(Area::Medium),
    Kind::Ap(Area::Large),
    Kind::ApOf(Frequency::Rare),
    Kind::ApOf(Frequency::Common),
    Kind::ApOf(Frequency::Frequent),
    Kind::Ar(Area::All),
    Kind::Ar(Area::Small),
    Kind::Ar(Area::Medium),
    Kind::Ar(Area::Large),
];

const PRECISION: &str = "mean over classes with a true box, overlaps and the recalls 0, 0.01 … 1 of the greatest precision at that \
                         recall or more; a detection counts only in images where its class is known to be or not to be";
const RECALL: &str =
    "mean over classes with a true box and overlaps 0.5, 0.55 … 0.95 of true boxes found / true boxes";

const fn entry(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference: "lvis-api 0.5.3",
        ties_and_missing: "Ties: the lower image id first, then the position in the image. An image without an answer has no \
                           detections. The best 300 detections of an image count, of all classes together. Undefined without a \
                           true box; a class without one is skipped.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 13] = [
    entry("AP", "Average precision (LVIS)", PRECISION),
    entry("AP50", "Average precision at overlap 0.5", PRECISION),
    entry("AP75", "Average precision at overlap 0.75", PRECISION),
    entry("APs", "Average precision, small boxes", PRECISION),
    entry("APm", "Average precision, medium boxes", PRECISION),
    entry("APl", "Average precision, large boxes", PRECISION),
    entry("APr", "Average precision, rare classes", PRECISION),
    entry("APc", "Average precision, common classes", PRECISION),
    entry("APf", "Average precision, frequent classes", PRECISION),
    entry("AR@300", "Average recall, 300 detections per image", RECALL),
    entry("ARs@300", "Average recall, small boxes", RECALL),
    entry("ARm@300", "Average recall, medium boxes", RECALL),
    entry("ARl@300", "Average recall, large boxes", RECALL),
];
