use super::Kind;
use crate::{Direction, MetricInfo};

const SKLEARN: &str = "scikit-learn 1.9.1";
const SCIPY: &str = "SciPy 1.17.1";
const MISSING: &str = "An item without an answer counts as predicted at the end of the truth's range that is farther from \
                       its truth; undefined if the truth is constant. Several values: the mean of theirs, undefined if one \
                       is.";
const TIES: &str = "Equal values share their mean rank. An item without an answer counts as predicted at the end of the \
                    truth's range that is farther from its truth; undefined if the truth is constant. Several values: the \
                    mean of theirs, undefined if one is.";

const fn error(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::LowerIsBetter,
        range: (0.0, f64::INFINITY),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference: SKLEARN,
        ties_and_missing: MISSING,
    }
}

const fn agreement(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
    least: f64,
) -> MetricInfo {
    MetricInfo {
        direction: Direction::HigherIsBetter,
        range: (least, 1.0),
        reference,
        ..error(id, title, formula)
    }
}

/// The metrics of numbers.
pub static METRICS: [MetricInfo; 15] = [
    error("mae", "Mean absolute error", "mean of |y − p|"),
    error("mse", "Mean squared error", "mean of (y − p)²"),
    error("rmse", "Root mean squared error", "√ of the mean of (y − p)²"),
    agreement(
        "r2",
        "R²",
        "1 − Σ(y − p)² / Σ(y − mean y)²; of a constant truth 1 if nothing is wrong, else 0; undefined for one item",
        SKLEARN,
        f64::NEG_INFINITY,
    ),
    agreement(
        "explained_variance",
        "Explained variance",
        "1 − variance of y − p / variance of y; of a constant truth 1 if y − p is constant, else 0; undefined for one item",
        SKLEARN,
        f64::NEG_INFINITY,
    ),
    error("mape", "Mean absolute percentage error", "mean of |y − p| / max(|y|, 2⁻⁵²), not times 100"),
    MetricInfo {
        range: (0.0, 2.0),
        reference: "Makridakis 1993",
        ..error(
            "smape",
            "Symmetric percentage error",
            "mean of 2·|y − p| / (|y| + |p|), 0 where both are 0, not times 100",
        )
    },
    error(
        "rmsle",
        "Root mean squared log error",
        "√ of the mean of (ln(1 + y) − ln(1 + p))²; values of −1 and below are refused",
    ),
    error("pinball{q}", "Pinball loss", "mean of max(q·(y − p), (q − 1)·(y − p)), 0 < q < 1"),
    error("max_error", "Largest error", "max |y − p|; of several values the largest"),
    error(
        "median_ae",
        "Median absolute error",
        "median of |y − p|; of an even number the mean of the two in the middle",
    ),
    agreement(
        "pearson",
        "Pearson correlation",
        "covariance / √(variance of y · variance of p); undefined if either is constant",
        SCIPY,
        -1.0,
    ),
    MetricInfo {
        ties_and_missing: TIES,
        ..agreement(
            "spearman",
            "Spearman correlation",
            "Pearson correlation of the ranks; undefined if either side is constant",
            SCIPY,
            -1.0,
        )
    },
    MetricInfo {
        ties_and_missing: TIES,
        ..agreement(
            "kendall_b",
            "Kendall τ-b",
            "(concordant − discordant pairs) / √(pairs untied in y · pairs untied in p); undefined if either side is constant",
            SCIPY,
            -1.0,
        )
    },
    agreement(
        "ccc",
        "Concordance correlation",
        "2·covariance / (variance of y + variance of p + (mean y − mean p)²), variances over n; undefined if both sides are \
         one and the same constant",
        "Lin 1989",
        -1.0,
    ),
];

/// What an id computes and the id of its registry entry; `None` if no metric of numbers has that id.
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    if let Some(q) = id.strip_prefix("pinball") {
        return Some((Kind::Pinball(parse_q(q)?), "pinball{q}"));
    }
    let info = METRICS.iter().find(|info| info.id == id)?;
    let kind = match id {
        "mae" => Kind::Mae,
        "mse" => Kind::Mse,
        "rmse" => Kind::Rmse,
        "r2" => Kind::R2,
        "explained_variance" => Kind::ExplainedVariance,
        "mape" => Kind::Mape,
        "smape" => Kind::Smape,
        "rmsle" => Kind::Rmsle,
        "max_error" => Kind::MaxError,
        "median_ae" => Kind::MedianAe,
        "pearson" => Kind::Pearson,
        "spearman" => Kind::Spearman,
        "kendall_b" => Kind::KendallB,
        "ccc" => Kind::Ccc,
        _ => return None,
    };
    Some((kind, info.id))
}

fn parse_q(text: &str) -> Option<f64> {
    let q: f64 = text.parse().ok()?;
    (q > 0.0 && q < 1.0 && text == q.to_string()).then_some(q)
}
