use super::{AbsentClass, Kind};
use crate::{Direction, MetricInfo};

const COUNTS: &str = "A pixel without a predicted class, and every pixel of a missing mask, is missed for its true class and \
                      false for none. Pixels that are void in the truth count nowhere.";

const fn share(
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
        ties_and_missing: COUNTS,
    }
}

const SKLEARN: &str = "scikit-learn 1.9.1 (confusion matrix, Jaccard)";

/// The metrics of masks.
pub static METRICS: [MetricInfo; 9] = [
    share(
        "miou.skip_absent",
        "Mean IoU",
        "mean of tp / (tp + fp + fn), counted over all images, over the classes that are in the truth or predicted",
        SKLEARN,
    ),
    share(
        "miou.absent_zero",
        "Mean IoU, absent classes 0",
        "mean over all classes of tp / (tp + fp + fn); 0 for a class neither in the truth nor predicted",
        SKLEARN,
    ),
    share(
        "miou.gt_present_only",
        "Mean IoU of the classes in the truth",
        "mean of tp / (tp + fp + fn) over the classes that are in the truth",
        SKLEARN,
    ),
    share(
        "dice.global",
        "Dice",
        "mean of 2·tp / (2·tp + fp + fn), counted over all images, over the classes that are in the truth or predicted",
        SKLEARN,
    ),
    MetricInfo {
        ties_and_missing: "A missing mask is worth 0 for every class. A pixel without a predicted class is missed for its \
                           true class and false for none. Pixels that are void in the truth count nowhere.",
        ..share(
            "dice.per_image_empty1",
            "Dice per image",
            "mean over images and classes of 2·tp / (2·tp + fp + fn); 1 for a class that an image neither has nor was \
             predicted to have",
            SKLEARN,
        )
    },
    share("pixel_accuracy", "Pixel accuracy", "right pixels / pixels", SKLEARN),
    share(
        "mean_accuracy",
        "Mean class accuracy",
        "mean of tp / (tp + fn) over the classes that are in the truth",
        SKLEARN,
    ),
    share(
        "fwiou",
        "Frequency-weighted IoU",
        "Σ over classes of the class's share of the true pixels times its tp / (tp + fp + fn)",
        SKLEARN,
    ),
    share(
        "boundary_iou.skip_absent",
        "Boundary IoU",
        "miou.skip_absent of the boundaries: the pixels that max(1, round(0.02·diagonal)) erosions by 3×3 take away from a \
         class; the outside of the image is no class, and predictions are void where the truth is",
        "Cheng et al. 2021",
    ),
];

/// What an id computes and the id of its registry entry; `None` if no metric of masks has that id.
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let info = METRICS.iter().find(|info| info.id == id)?;
    let kind = match id {
        "miou.skip_absent" => Kind::MeanIou(AbsentClass::Skipped),
        "miou.absent_zero" => Kind::MeanIou(AbsentClass::Zero),
        "miou.gt_present_only" => Kind::MeanIou(AbsentClass::SkippedUnlessTrue),
        "dice.global" => Kind::Dice,
        "dice.per_image_empty1" => Kind::DicePerImage,
        "pixel_accuracy" => Kind::PixelAccuracy,
        "mean_accuracy" => Kind::MeanAccuracy,
        "fwiou" => Kind::FrequencyWeightedIou,
        "boundary_iou.skip_absent" => Kind::BoundaryIou,
        _ => return None,
    };
    Some((kind, info.id))
}
