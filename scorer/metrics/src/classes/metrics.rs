//! What there is to say of each metric of one class per item.

use crate::{Direction, MetricInfo};

const SKLEARN: &str = "scikit-learn 1.9.1";
const HARD: &str = "The lowest class index wins a tie of scores. A missing prediction is wrong.";

const fn hard(id: &'static str, title: &'static str, range: (f64, f64), formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range,
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference: SKLEARN,
        ties_and_missing: HARD,
    }
}

const fn scored(
    id: &'static str,
    title: &'static str,
    direction: Direction,
    range: (f64, f64),
    formula: &'static str,
    reference: &'static str,
    ties_and_missing: &'static str,
) -> MetricInfo {
    let needs_probabilities = matches!(direction, Direction::LowerIsBetter);
    MetricInfo {
        id,
        title,
        direction,
        range,
        needs_scores: true,
        needs_probabilities,
        formula,
        reference,
        ties_and_missing,
    }
}

const UNIT: (f64, f64) = (0.0, 1.0);
const SIGNED: (f64, f64) = (-1.0, 1.0);
const REFUSED: &str = "A missing row of scores is refused.";

pub(crate) static METRICS: [MetricInfo; 16] = [
    hard("accuracy", "Accuracy", UNIT, "items predicted right / items"),
    hard("balanced_accuracy", "Balanced accuracy", UNIT, "mean recall over the classes present in the truth"),
    hard(
        "precision.{average}",
        "Precision",
        UNIT,
        "tp / (tp + fp), 0 where undefined; average = micro, macro, weighted",
    ),
    hard(
        "recall.{average}",
        "Recall",
        UNIT,
        "tp / (tp + fn), 0 where undefined; average = micro, macro, weighted",
    ),
    hard(
        "f{beta}.{average}",
        "F-beta",
        UNIT,
        "(1 + b²)·tp / ((1 + b²)·tp + b²·fn + fp), 0 where undefined; average = micro, macro, weighted, or for f1 also \
         macro_skip_undefined, which drops classes that are neither in the truth nor predicted",
    ),
    hard(
        "jaccard.macro",
        "Jaccard index",
        UNIT,
        "mean over classes of tp / (tp + fp + fn), 0 where undefined",
    ),
    hard(
        "mcc",
        "Matthews correlation",
        SIGNED,
        "multi-class MCC (Gorodkin 2004); 0 where the denominator is 0",
    ),
    hard("kappa", "Cohen's kappa", SIGNED, "1 − observed / expected disagreement"),
    hard(
        "kappa.linear",
        "Cohen's kappa, linear weights",
        SIGNED,
        "kappa with weights |i − j|; undefined if a prediction is missing",
    ),
    hard(
        "qwk",
        "Quadratic weighted kappa",
        SIGNED,
        "kappa with weights (i − j)²; undefined if a prediction is missing",
    ),
    scored(
        "top{k}.{tie_rule}",
        "Top-k accuracy",
        Direction::HigherIsBetter,
        UNIT,
        "items whose class is among the k highest scores / items",
        "numpy argmax (lowest_index), scikit-learn 1.9.1 (sklearn)",
        "Ties: lowest_index ranks the lower class index first, sklearn the higher, pessimistic the true class last, \
         optimistic first. A missing row of scores is refused.",
    ),
    scored(
        "log_loss",
        "Log loss",
        Direction::LowerIsBetter,
        (0.0, 36.05),
        "mean of −ln p(true class), p clipped to [2⁻⁵², 1 − 2⁻⁵²], rows not renormalised, in nats",
        SKLEARN,
        REFUSED,
    ),
    scored(
        "log_loss.eps1e-15",
        "Log loss, clipped at 1e-15",
        Direction::LowerIsBetter,
        (0.0, 34.54),
        "mean of −ln p(true class), p clipped to [1e-15, 1 − 1e-15], in nats",
        "Kaggle / DFDC",
        REFUSED,
    ),
    scored(
        "brier.multiclass",
        "Brier score",
        Direction::LowerIsBetter,
        (0.0, 2.0),
        "mean over items of Σ_c (p_c − 1[c is true])²",
        "Brier 1950",
        REFUSED,
    ),
    scored(
        "ece15",
        "Expected calibration error",
        Direction::LowerIsBetter,
        UNIT,
        "Σ over 15 equal bins (lo, hi] of (bin items / items)·|bin accuracy − bin mean confidence|; confidence is the \
         largest probability",
        "Guo et al. 2017",
        REFUSED,
    ),
    scored(
        "roc_auc.{against}",
        "Area under the ROC curve",
        Direction::HigherIsBetter,
        UNIT,
        "share of pairs of items in order by a class's score, ties half; against = ovr.macro: the mean over classes, against \
         all others; ovr.weighted: that weighted by support; ovo.macro: the mean over ordered pairs of classes, of items of \
         both; undefined if a class that counts has no item, or all",
        SKLEARN,
        "A missing row of scores is below all for its class and above all for every other.",
    ),
];
