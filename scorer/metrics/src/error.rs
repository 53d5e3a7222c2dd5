use thiserror::Error;

/// Why no number is produced. `code()` is the closed vocabulary that the golden files and the wire use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetricError {
    /// There is nothing to score.
    #[error("there are no items to score")]
    Empty,
    /// A score is NaN or infinite.
    #[error("item {item}: the score of class {class} is not finite")]
    NonFiniteScore {
        /// Position in this update, from 0.
        item: usize,
        /// Class index.
        class: usize,
    },
    /// A number of an answer is NaN or infinite where it must not be.
    #[error("item {item}: {what}")]
    NonFinite {
        /// Position in this update, from 0.
        item: usize,
        /// Which number it is.
        what: String,
    },
    /// A predicted value is NaN or infinite.
    #[error("item {item}: value {value} is not finite")]
    NonFinitePrediction {
        /// Position in this update, from 0.
        item: usize,
        /// Position among the item's values, from 0.
        value: usize,
    },
    /// A transcript or a predicted value is outside the range of a metric: the model's doing, never the labels'.
    #[error("item {item}: {what}")]
    AnswerOutOfDomain {
        /// Position in this update, from 0.
        item: usize,
        /// What was found and what is allowed.
        what: String,
    },
    /// A label, a predicted index or a probability is outside its range.
    #[error("item {item}: {what}")]
    OutOfDomain {
        /// Position in this update, from 0.
        item: usize,
        /// What was found and what is allowed.
        what: String,
    },
    /// An answer names the same thing twice: the model's doing.
    #[error("item {item}: {what}")]
    DuplicatePrediction {
        /// Position in this update, from 0.
        item: usize,
        /// What is named twice.
        what: String,
    },
    /// The arrays do not belong together.
    #[error("{found} values for {expected}")]
    LengthMismatch {
        /// Values needed.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A metric cannot be computed from this kind of predictions or with these parameters.
    #[error("{0}")]
    Invalid(String),
    /// Two states of different parameters were merged.
    #[error("the states were made with different parameters")]
    Incompatible,
    /// Bytes that are not a state of this version.
    #[error("not a metric state of this version")]
    Corrupt,
}

impl MetricError {
    /// The code of the golden files: `empty`, `nonfinite_score`, `nonfinite_prediction`, `duplicate_prediction`,
    /// `out_of_domain` or `invalid_input`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NonFiniteScore { .. } | Self::NonFinite { .. } => "nonfinite_score",
            Self::NonFinitePrediction { .. } => "nonfinite_prediction",
            Self::DuplicatePrediction { .. } => "duplicate_prediction",
            Self::AnswerOutOfDomain { .. } | Self::OutOfDomain { .. } => "out_of_domain",
            Self::LengthMismatch { .. } | Self::Invalid(_) | Self::Incompatible | Self::Corrupt => {
                "invalid_input"
            }
        }
    }
}

/// Refuses more of something than a task may have.
pub(crate) fn check_count(what: &str, sum: u64, allowed: u64) -> Result<(), MetricError> {
    if sum > allowed {
        return Err(MetricError::Invalid(format!(
            "{sum} {what}; a task has at most {allowed}: publish less"
        )));
    }
    Ok(())
}
