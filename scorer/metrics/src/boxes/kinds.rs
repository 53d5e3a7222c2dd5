use crate::{
    detections::{Figure, THRESHOLDS, What},
    registry::{Direction, MetricInfo},
};

/// Detections of one image and class that count, the best first.
pub(crate) const DETECTIONS_MAX: usize = 100;

/// Areas in square pixels, both ends included: all, small, medium, large.
pub(crate) const AREAS: [(f64, f64); 4] = [(0.0, 1e10), (0.0, 1024.0), (1024.0, 9216.0), (9216.0, 1e10)];

/// Which true boxes count, by area in square pixels, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Up to 10¹⁰.
    All,
    /// Up to 32².
    Small,
    /// 32² to 96².
    Medium,
    /// 96² to 10¹⁰.
    Large,
}

/// What is computed: the twelve figures of `COCOeval.summarize`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Average precision over the overlaps 0.50, 0.55 … 0.95.
    Ap(Area),
    /// Average precision at the overlap 0.5.
    Ap50,
    /// Average precision at the overlap 0.75.
    Ap75,
    /// Average recall over the overlaps, with at most 1 detection per image and class.
    Ar1,
    /// The same with at most 10.
    Ar10,
    /// The same with at most 100.
    Ar100(Area),
}

impl Kind {
    pub(crate) fn figure(self) -> Figure {
        let of = |what, area: Area, rank_max, levels| Figure { what, area: area as usize, rank_max, levels };
        let every = 0..THRESHOLDS;
        match self {
            Self::Ap(area) => of(What::Precision, area, DETECTIONS_MAX, every),
            Self::Ap50 => of(What::Precision, Area::All, DETECTIONS_MAX, 0..1),
            Self::Ap75 => of(What::Precision, Area::All, DETECTIONS_MAX, 5..6),
            Self::Ar1 => of(What::Recall, Area::All, 1, every),
            Self::Ar10 => of(What::Recall, Area::All, 10, every),
            Self::Ar100(area) => of(What::Recall, area, DETECTIONS_MAX, every),
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let place = METRICS.iter().position(|info| info.id == id)?;
    Some((KINDS[place], METRICS[place].id))
}

/// In the order of [`METRICS`].
const KINDS: [Kind; 12] = [
    Kind::Ap(Area::All),
    Kind::Ap50,
    Kind::Ap75,
    Kind::Ap(Area::Small),
    Kind::Ap(Area::Medium),
    Kind::Ap(Area::Large),
    Kind::Ar1,
    Kind::Ar10,
    Kind::Ar100(Area::All),
    Kind::Ar100(Area::Small),
    Kind::Ar100(Area::Medium),
    Kind::Ar100(Area::Large),
];

const PRECISION: &str = "mean over classes with a true box, overlaps and the recalls 0, 0.01 … 1 of the greatest precision at \
                         that recall or more";
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
        reference: "pycocotools 2.0.11",
        ties_and_missing: "Ties: the lower image id first, then the position in the image. An image without an answer has no \
                           detections. The best 100 detections of an image and class count. Undefined without a true box; \
                           a class without one is skipped.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 12] = [
    entry("AP", "Average precision (COCO)", PRECISION),
    entry("AP50", "Average precision at overlap 0.5", PRECISION),
    entry("AP75", "Average precision at overlap 0.75", PRECISION),
    entry("APs", "Average precision, small boxes", PRECISION),
    entry("APm", "Average precision, medium boxes", PRECISION),
    entry("APl", "Average precision, large boxes", PRECISION),
    entry("AR1", "Average recall, 1 detection per image", RECALL),
    entry("AR10", "Average recall, 10 detections per image", RECALL),
    entry("AR100", "Average recall, 100 detections per image", RECALL),
    entry("ARs", "Average recall, small boxes", RECALL),
    entry("ARm", "Average recall, medium boxes", RECALL),
    entry("ARl", "Average recall, large boxes", RECALL),
];
