/// What is computed: for each value over all items, y the truth and p the prediction, d = y − p. Several values of an item
/// give the mean of theirs, for the largest error the largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Mean of |d|.
    Mae,
    /// Mean of d².
    Mse,
    /// Its root.
    Rmse,
    /// 1 − Σd² / Σ(y − mean)².
    R2,
    /// 1 − variance of d / variance of y.
    ExplainedVariance,
    /// Mean of |d| / max(|y|, 2⁻⁵²).
    Mape,
    /// Mean of 2·|d| / (|y| + |p|); 0 where both are 0.
    Smape,
    /// Root of the mean of (ln(1 + y) − ln(1 + p))²; values must be above −1.
    Rmsle,
    /// Mean of max(q·d, (q − 1)·d); q above 0 and below 1.
    Pinball(f64),
    /// Largest |d|.
    MaxError,
    /// Median of |d|.
    MedianAe,
    /// Pearson's correlation.
    Pearson,
    /// Spearman's rank correlation.
    Spearman,
    /// Kendall's τ-b.
    KendallB,
    /// Lin's concordance correlation.
    Ccc,
}

impl Kind {
    pub(super) fn is_mean_of_terms(self) -> bool {
        matches!(self, Self::Mae | Self::Mape | Self::Smape | Self::Rmsle | Self::Pinball(_))
    }

    /// Whether every pair must be kept.
    pub(crate) fn needs_pairs(self) -> bool {
        matches!(self, Self::MedianAe | Self::Spearman | Self::KendallB)
    }

    /// An item's part of a mean; `None` for what is no mean of parts.
    pub(crate) fn term(self, truth: f64, predicted: f64) -> Option<f64> {
        let error = truth - predicted;
        match self {
            Self::Mae => Some(error.abs()),
            Self::Mape => Some(error.abs() / truth.abs().max(f64::EPSILON)),
            Self::Smape if truth == 0.0 && predicted == 0.0 => Some(0.0),
            Self::Smape => Some(2.0 * error.abs() / (truth.abs() + predicted.abs())),
            // libm, not the system's: the same bits on every worker.
            Self::Rmsle => Some((libm::log1p(truth) - libm::log1p(predicted)).powi(2)),
            Self::Pinball(q) => Some((q * error).max((q - 1.0) * error)),
            _ => None,
        }
    }
}
