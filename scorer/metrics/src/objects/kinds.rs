use crate::registry::{Direction, MetricInfo};

/// What is computed: the mean over classes of one area under the curve of precision over recall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of the whole interpolated curve, as from VOC 2010 on.
    MapArea,
    /// Of its values at the recalls 0, 0.1 … 1, as up to VOC 2009.
    Map11Point,
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let place = METRICS.iter().position(|info| info.id == id)?;
    Some(([Kind::MapArea, Kind::Map11Point][place], METRICS[place].id))
}

const fn entry(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference: "PASCAL VOC devkit",
        ties_and_missing: "Ties: the lower image id first, then the position in the image. An image without an answer has no \
                           detections. A detection looks only at the true box it overlaps most: at least half is right, taken \
                           already is wrong, difficult counts neither way. Undefined without a true box; a class without one \
                           is skipped.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 2] = [
    entry(
        "mAP.area",
        "Mean average precision (VOC 2010)",
        "mean over classes with a true box of Σ (R_i − R_{i−1})·max over j ≥ i of P_j",
    ),
    entry(
        "mAP.11pt",
        "Mean average precision at 11 recalls (VOC 2007)",
        "mean over classes with a true box and the recalls 0, 0.1 … 1 of the greatest precision at that recall or more",
    ),
];
