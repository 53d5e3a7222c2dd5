use serde::{Deserialize, Serialize};

use super::{FOUND_PER_QUERY_MAX, SECONDS_MAX};
use crate::MetricError;

/// A part of a query that is a copy of a part of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Which reference.
    pub reference: u32,
    /// Start and end in the query, in seconds.
    pub in_query: [f64; 2],
    /// Start and end in the reference, in seconds.
    pub in_reference: [f64; 2],
}

/// An excerpt that a model found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// What and where. Both parts end at or after their start.
    pub excerpt: Excerpt,
    /// Finite; higher is surer.
    pub score: f64,
}

impl Excerpt {
    fn ends(&self) -> impl Iterator<Item = [f64; 2]> {
        [self.in_query, self.in_reference].into_iter()
    }
}

pub(super) fn check_found(item: usize, found: &[Found]) -> Result<(), MetricError> {
    if found.len() > FOUND_PER_QUERY_MAX {
        let what = format!("{} excerpts of one query; allowed are {FOUND_PER_QUERY_MAX}", found.len());
        return Err(MetricError::AnswerOutOfDomain { item, what });
    }
    for Found { excerpt, score } in found {
        if !score.is_finite() || excerpt.ends().flatten().any(|end| !end.is_finite()) {
            let what =
                format!("a score or an end of an excerpt of reference {} is not finite", excerpt.reference);
            return Err(MetricError::NonFinite { item, what });
        }
        if excerpt.ends().any(|[start, end]| start > end || start < -SECONDS_MAX || end > SECONDS_MAX) {
            let what = format!(
                "{excerpt:?} must not end before it starts, nor leave {SECONDS_MAX} s to either side of 0"
            );
            return Err(MetricError::AnswerOutOfDomain { item, what });
        }
    }
    Ok(())
}

pub(super) fn check_truth(item: usize, truth: &[Excerpt]) -> Result<(), MetricError> {
    let inside = |[start, end]: [f64; 2]| start >= -SECONDS_MAX && start < end && end <= SECONDS_MAX;
    match truth.iter().find(|gold| !gold.ends().all(inside)) {
        None => Ok(()),
        Some(gold) => {
            let what = format!("a true excerpt {gold:?}; it ends after it starts, within {SECONDS_MAX} s");
            Err(MetricError::OutOfDomain { item, what })
        }
    }
}
