use crate::{
    detections::{Figure, THRESHOLDS, What},
    registry::{Direction, MetricInfo},
};

/// Detections of one image and class that count.
pub(super) const DETECTIONS_MAX: usize = 20;

/// Areas in square pixels, both ends included: all, medium, large.
pub(super) const AREAS: [(f64, f64); 3] = [(0.0, 1e10), (1024.0, 9216.0), (9216.0, 1e10)];

/// Which true poses count, by area in square pixels, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Up to 10¹⁰.
    All,
    /// 32² to 96².
    Medium,
    /// 96² to 10¹⁰.
    Large,
}

/// What is computed: the ten figures of `COCOeval.summarize` for keypoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Average precision over the similarities 0.50, 0.55 … 0.95.
    Ap(Area),
    /// Average precision at the similarity 0.5.
    Ap50,
    /// Average precision at the similarity 0.75.
    Ap75,
    /// Average recall over the similarities.
    Ar(Area),
    /// Recall at the similarity 0.5.
    Ar50,
    /// Recall at the similarity 0.75.
    Ar75,
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
        Kind::Ar(area) => of(What::Recall, area, 0..THRESHOLDS),
        Kind::Ar50 => of(What::Recall, Area::All, 0..1),
        Kind::Ar75 => of(What::Recall, Area::All, 5..6),
    }
}

/// In the order of [`METRICS`].
const KINDS: [Kind; 10] = [
    Kind::Ap(Area::All),
    Kind::Ap50,
    Kind::Ap75,
    Kind::Ap(Area::Medium),
    Kind::Ap(Area::Large),
    Kind::Ar(Area::All),
    Kind::Ar50,
    Kind::Ar75,
    Kind::Ar(Area::Medium),
    Kind::Ar(Area::Large),
];

const PRECISION: &str = "mean over classes with a true pose, similarities and the recalls 0, 0.01 … 1 of the greatest precision at \
                         that recall or more; similarity is the mean over marked points of exp(−d² / (8·area·σ²))";
const RECALL: &str = "mean over classes with a true pose and similarities of true poses found / true poses";

const fn entry(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference: "pycocotools 2.0.11",
        ties_and_missing: "Ties: the lower image id first, then the position in the image. An image without an answer has no poses. \
                           The best 20 poses of an image and class count. A true pose without a marked point is ignored. Undefined \
                           without a true pose; a class without one is skipped.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 10] = [
    entry("AP", "Average precision of poses (COCO)", PRECISION),
    entry("AP50", "Average precision of poses at similarity 0.5", PRECISION),
    entry("AP75", "Average precision of poses at similarity 0.75", PRECISION),
    entry("APm", "Average precision of poses, medium", PRECISION),
    entry("APl", "Average precision of poses, large", PRECISION),
    entry("AR", "Average recall of poses", RECALL),
    entry("AR50", "Recall of poses at similarity 0.5", RECALL),
    entry("AR75", "Recall of poses at similarity 0.75", RECALL),
    entry("ARm", "Average recall of poses, medium", RECALL),
    entry("ARl", "Average recall of poses, large", RECALL),
];
