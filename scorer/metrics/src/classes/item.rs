//! One item at a time.

use super::scores::ScoreSums;
use crate::{ClassesPredictions, Metric, MetricError};

/// The scores of each item, `[class_count]`; `None` for one without an answer.
///
/// # Errors
/// Lengths that differ; [`MetricError::Invalid`] for predictions that are no f32 scores.
pub(crate) fn rows(
    predictions: ClassesPredictions<'_>,
    class_count: usize,
    item_count: usize,
) -> Result<Vec<Option<&[f32]>>, MetricError> {
    let (scores, answered) = match predictions {
        ClassesPredictions::Scores(scores) => (scores, None),
        ClassesPredictions::SomeScores { scores, answered } => (scores, Some(answered)),
        ClassesPredictions::ScoresF64(_)
        | ClassesPredictions::SomeScoresF64 { .. }
        | ClassesPredictions::Indices(_) => {
            return Err(MetricError::Invalid("the metrics need a score per class, as f32".to_owned()));
        }
    };
    let (expected, found) = (item_count * class_count, scores.len());
    if expected != found || answered.is_some_and(|answered| answered.len() != item_count) {
        return Err(MetricError::LengthMismatch { expected, found });
    }
    let rows = scores.chunks_exact(class_count).enumerate();
    Ok(rows.map(|(item, row)| answered.is_none_or(|answered| answered[item]).then_some(row)).collect())
}

/// The class of the highest score, the lower index among equals.
pub(crate) fn argmax(row: &[f32]) -> u32 {
    let better = |best: (u32, f32), next: (u32, f32)| if next.1 > best.1 { next } else { best };
    (0..).zip(row.iter().copied()).reduce(better).map_or(0, |(class, _)| class)
}

/// What a metric that is a mean over items says of one.
pub(crate) fn term(metric: &Metric, row: Option<&[f32]>, label: u32) -> Option<f64> {
    let mut sums = ScoreSums::new(std::slice::from_ref(metric));
    match row {
        Some(row) => {
            let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
            sums.add(&row, label as usize);
        }
        None => sums.add_unanswered(),
    }
    sums.value(metric, 1)
}
