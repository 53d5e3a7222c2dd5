use super::curve::Curve;
use crate::{
    ids::{is_share, number, share},
    probit::probit,
    registry::{Direction, MetricInfo},
};

/// What is computed. An item is accepted if its score is at least a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Area under the ROC curve.
    RocAuc,
    /// The same up to this false positive rate, in (0, 1), scaled.
    PartialAuc(f64),
    /// Average precision.
    AveragePrecision,
    /// Area under the precision-recall curve, linear between points.
    PrAuc,
    /// √2·Φ⁻¹ of the area under the ROC curve.
    DPrime,
    /// F1 at the best threshold.
    BestF1,
    /// The greatest recall with this precision, in (0, 1).
    RecallAtPrecision(f64),
    /// Mean −ln p.
    LogLoss,
    /// Mean squared error of the probability.
    Brier,
    /// F1 at a finite threshold.
    F1(f64),
    /// Right / all at a finite threshold.
    Accuracy(f64),
    /// Matthews correlation at a finite threshold.
    Mcc(f64),
}

impl Kind {
    pub(super) fn is_valid(self) -> bool {
        match self {
            Self::PartialAuc(share) | Self::RecallAtPrecision(share) => is_share(share),
            Self::F1(threshold) | Self::Accuracy(threshold) | Self::Mcc(threshold) => threshold.is_finite(),
            _ => true,
        }
    }

    pub(super) fn needs_probabilities(self) -> bool {
        matches!(self, Self::LogLoss | Self::Brier)
    }

    /// `means` are those of log loss and Brier score.
    pub(super) fn value(self, curve: &Curve<'_>, means: [f64; 2]) -> Option<f64> {
        match self {
            Self::RocAuc => curve.roc_auc(),
            Self::PartialAuc(max_fpr) => curve.partial_auc(max_fpr),
            Self::AveragePrecision => curve.average_precision(),
            Self::PrAuc => curve.pr_auc(),
            Self::DPrime => curve.roc_auc().map(|area| std::f64::consts::SQRT_2 * probit(area)),
            Self::BestF1 => Some(curve.best_f1()),
            Self::RecallAtPrecision(least) => curve.recall_at_precision(least),
            Self::LogLoss => Some(means[0]),
            Self::Brier => Some(means[1]),
            Self::F1(threshold) => Some(curve.f1(curve.at(threshold))),
            Self::Accuracy(threshold) => {
                let point = curve.at(threshold);
                let right = point.hits + curve.negatives - point.alarms;
                Some(right as f64 / (curve.positives + curve.negatives) as f64)
            }
            Self::Mcc(threshold) => Some(curve.mcc(curve.at(threshold))),
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let exact = match id {
        "roc_auc" => Some((Kind::RocAuc, "roc_auc")),
        "average_precision" => Some((Kind::AveragePrecision, "average_precision")),
        "pr_auc.trapezoid" => Some((Kind::PrAuc, "pr_auc.trapezoid")),
        "d_prime" => Some((Kind::DPrime, "d_prime")),
        "best_f1" => Some((Kind::BestF1, "best_f1")),
        "log_loss" => Some((Kind::LogLoss, "log_loss")),
        "brier" => Some((Kind::Brier, "brier")),
        _ => None,
    };
    exact.or_else(|| parse_family(id))
}

fn parse_family(id: &str) -> Option<(Kind, &'static str)> {
    if let Some(rate) = id.strip_prefix("roc_auc.max_fpr") {
        return Some((Kind::PartialAuc(share(rate)?), "roc_auc.max_fpr{x}"));
    }
    if let Some(precision) = id.strip_prefix("recall_at_precision") {
        return Some((Kind::RecallAtPrecision(share(precision)?), "recall_at_precision{p}"));
    }
    let (head, threshold) = id.split_once('@')?;
    let threshold = number(threshold)?;
    Some(match head {
        "f1" => (Kind::F1(threshold), "f1@{t}"),
        "accuracy" => (Kind::Accuracy(threshold), "accuracy@{t}"),
        "mcc" => (Kind::Mcc(threshold), "mcc@{t}"),
        _ => return None,
    })
}

const TIES: &str = "Items of one score are accepted together. A missing score is the worst there is: below every score for a \
                    positive, above every score for a negative, probability 0 of what is true.";

const fn entry(
    id: &'static str,
    title: &'static str,
    range: (f64, f64),
    formula: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range,
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference: "scikit-learn 1.9.1",
        ties_and_missing: TIES,
    }
}

const fn of_probabilities(
    id: &'static str,
    title: &'static str,
    max: f64,
    formula: &'static str,
) -> MetricInfo {
    MetricInfo {
        direction: Direction::LowerIsBetter,
        needs_probabilities: true,
        ..entry(id, title, (0.0, max), formula)
    }
}

const UNIT: (f64, f64) = (0.0, 1.0);

/// The entries of this suite.
pub static METRICS: [MetricInfo; 12] = [
    entry(
        "roc_auc",
        "Area under the ROC curve",
        UNIT,
        "share of (positive, negative) pairs in which the positive has the higher score, ties half; undefined without a pair",
    ),
    entry(
        "roc_auc.max_fpr{x}",
        "Area under the ROC curve up to a false positive rate",
        UNIT,
        "½·(1 + (A − x²/2) / (x − x²/2)), A = area up to the false positive rate x (McClish 1989); undefined without a pair",
    ),
    entry(
        "average_precision",
        "Average precision",
        UNIT,
        "Σ over distinct scores of (step in recall)·precision, without interpolation; undefined without a positive",
    ),
    entry(
        "pr_auc.trapezoid",
        "Area under the precision-recall curve",
        UNIT,
        "area under precision over recall, linear between distinct scores, from precision 1 at recall 0: optimistic, prefer \
         average_precision; undefined without a positive",
    ),
    entry(
        "d_prime",
        "d′",
        (f64::NEG_INFINITY, f64::INFINITY),
        "√2·Φ⁻¹(roc_auc); infinite where that is 0 or 1, undefined where that is",
    ),
    entry(
        "best_f1",
        "F1 at the best threshold",
        UNIT,
        "max over distinct scores t of f1@{t}: found with the truth in hand",
    ),
    entry(
        "recall_at_precision{p}",
        "Recall at a precision",
        UNIT,
        "largest recall of a threshold whose precision is p or more, 0 if none is; undefined without a positive",
    ),
    of_probabilities(
        "log_loss",
        "Log loss",
        36.05,
        "mean of −ln p(truth), p clipped to [2⁻⁵², 1 − 2⁻⁵²], in nats",
    ),
    of_probabilities("brier", "Brier score", 1.0, "mean of (p − 1[positive])²"),
    entry(
        "f1@{t}",
        "F1 at a threshold",
        UNIT,
        "2·tp / (2·tp + fp + fn), predicted: score ≥ t; 0 where undefined",
    ),
    entry("accuracy@{t}", "Accuracy at a threshold", UNIT, "(tp + tn) / items, predicted: score ≥ t"),
    entry(
        "mcc@{t}",
        "Matthews correlation at a threshold",
        (-1.0, 1.0),
        "(tp·tn − fp·fn) / √((tp + fp)·(tp + fn)·(tn + fp)·(tn + fn)), predicted: score ≥ t; 0 where the denominator is 0",
    ),
];
