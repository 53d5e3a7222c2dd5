use crate::registry::{Direction, MetricInfo};

pub use crate::boxes::{Area, Kind};

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let place = METRICS.iter().position(|info| info.id == id)?;
    crate::boxes::parse(id).map(|(kind, _)| (kind, METRICS[place].id))
}

const PRECISION: &str = "mean over classes with a true object, overlaps of masks and the recalls 0, 0.01 … 1 of the greatest \
                         precision at that recall or more";
const RECALL: &str = "mean over classes with a true object and overlaps of masks 0.5, 0.55 … 0.95 of true objects found / true \
                      objects";

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
                           detections. The best 100 detections of an image and class count. Undefined without a true object; \
                           a class without one is skipped.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 12] = [
    entry("AP", "Average precision of masks (COCO)", PRECISION),
    entry("AP50", "Average precision of masks at overlap 0.5", PRECISION),
    entry("AP75", "Average precision of masks at overlap 0.75", PRECISION),
    entry("APs", "Average precision of masks, small objects", PRECISION),
    entry("APm", "Average precision of masks, medium objects", PRECISION),
    entry("APl", "Average precision of masks, large objects", PRECISION),
    entry("AR1", "Average recall of masks, 1 detection per image", RECALL),
    entry("AR10", "Average recall of masks, 10 detections per image", RECALL),
    entry("AR100", "Average recall of masks, 100 detections per image", RECALL),
    entry("ARs", "Average recall of masks, small objects", RECALL),
    entry("ARm", "Average recall of masks, medium objects", RECALL),
    entry("ARl", "Average recall of masks, large objects", RECALL),
];
