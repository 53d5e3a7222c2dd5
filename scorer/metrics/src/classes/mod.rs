//! Metrics of one class per item.
//!
//! The state holds, per class, support, predictions and hits (three u64), and a handful of sums: at most
//! `24·class_count` bytes plus 1,500, whatever the number of items. A full confusion matrix is not needed: kappa's weighted
//! disagreement and the Matthews correlation are functions of the margins and of two integer sums.

mod areas;
mod counts;
mod item;
mod kinds;
mod metrics;
mod place;
mod scores;

use serde::{Deserialize, Serialize};

use crate::{Kind, Metric, MetricError, bytes};
use areas::Areas;
use place::{Score, all_within};
use scores::ScoreSums;

pub use areas::{
    AREA_BYTES_PER_LIST_MAX, AREA_BYTES_PER_SCORE_MAX, AREA_CLASS_COUNT_MAX, AREA_SCORE_COUNT_MAX,
};
pub(crate) use counts::Counts;
pub(crate) use item::{argmax, rows, term};
pub(crate) use kinds::parse;
pub use kinds::{Against, Average, ClassesKind, KappaWeights, TieRule};
pub(crate) use metrics::METRICS;

/// Most classes of a task.
pub const CLASS_COUNT_MAX: u32 = 100_000;
/// Most bytes of a serialised state per class, beyond [`STATE_BYTES_BESIDES_MAX`], without areas under the ROC curve.
pub(crate) const STATE_BYTES_PER_CLASS_MAX: usize = 24;
/// See [`STATE_BYTES_PER_CLASS_MAX`].
pub(crate) const STATE_BYTES_BESIDES_MAX: usize = 1500;
/// Most bytes of a serialised state that keeps no scores for areas under the ROC curve.
pub const STATE_BYTES_MAX: usize = 4 << 20;
/// Most metrics of a task.
const METRIC_COUNT_MAX: usize = 32;
const STATE_VERSION: u8 = 2;

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassesParams {
    /// Labels and predictions lie in `0..class_count`; 2 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// In the order of the report.
    pub metrics: Vec<Metric>,
}

/// A shard's predictions.
#[derive(Debug, Clone, Copy)]
pub enum ClassesPredictions<'a> {
    /// f32 scores, row-major `[n, class_count]`; widened to f64 before anything.
    Scores(&'a [f32]),
    /// The same for items of which some have no answer: those rows are not looked at. An item without an answer is as wrong
    /// as can be: it hits nothing, and counts as full confidence in a class that is not the true one.
    SomeScores {
        /// Row-major `[n, class_count]`.
        scores: &'a [f32],
        /// `[n]`: whether the item has an answer.
        answered: &'a [bool],
    },
    /// f64 scores, row-major `[n, class_count]`.
    ScoresF64(&'a [f64]),
    /// The same where some items have no answer.
    SomeScoresF64 {
        /// Row-major `[n, class_count]`.
        scores: &'a [f64],
        /// `[n]`: whether the item has an answer.
        answered: &'a [bool],
    },
    /// Class indices; `None` is a missing prediction, which is wrong.
    Indices(&'a [Option<u32>]),
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct ClassesState {
    params: ClassesParams,
    sums: Sums,
    /// Kept only if a metric asks for it.
    areas: Option<Areas>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sums {
    counts: Counts,
    scores: ScoreSums,
}

impl ClassesState {
    /// An empty state. Refuses class counts, metric counts and k out of range.
    pub fn new(params: ClassesParams) -> Result<Self, MetricError> {
        if !(2..=CLASS_COUNT_MAX).contains(&params.class_count) {
            let found = params.class_count;
            return Err(MetricError::Invalid(format!(
                "class_count is {found}; allowed are 2 to {CLASS_COUNT_MAX}"
            )));
        }
        if params.metrics.is_empty() || params.metrics.len() > METRIC_COUNT_MAX {
            let found = params.metrics.len();
            return Err(MetricError::Invalid(format!(
                "{found} metrics; allowed are 1 to {METRIC_COUNT_MAX}"
            )));
        }
        for metric in &params.metrics {
            if !matches!(metric.kind(), Kind::Classes(_)) {
                return Err(MetricError::Invalid(format!("{} is no metric of classes", metric.id())));
            }
            if let ClassesKind::TopK(k, _) = kind_of(metric)
                && k > params.class_count
            {
                let (id, classes) = (metric.id(), params.class_count);
                return Err(MetricError::Invalid(format!(
                    "{id} needs at least {k} classes; the task has {classes}"
                )));
            }
        }
        let has_areas = params.metrics.iter().any(|m| matches!(kind_of(m), ClassesKind::RocAuc(_)));
        if has_areas && params.class_count > AREA_CLASS_COUNT_MAX {
            let found = params.class_count;
            return Err(MetricError::Invalid(format!(
                "{found} classes; areas under the ROC curve are taken of at most {AREA_CLASS_COUNT_MAX}"
            )));
        }
        let areas = has_areas.then(|| Areas::new(params.class_count));
        let sums = Sums { counts: Counts::new(params.class_count), scores: ScoreSums::new(&params.metrics) };
        Ok(Self { params, sums, areas })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ, labels or indices outside `0..class_count`, scores of answered items that are not finite or, where
    /// a metric needs probabilities, outside 0..=1, indices where a metric needs scores.
    pub fn update(&mut self, predictions: ClassesPredictions<'_>, labels: &[u32]) -> Result<(), MetricError> {
        let class_count = self.params.class_count;
        if let Some(item) = labels.iter().position(|label| *label >= class_count) {
            let what = format!("label {} is outside 0..{class_count}", labels[item]);
            return Err(MetricError::OutOfDomain { item, what });
        }
        match predictions {
            ClassesPredictions::Scores(values) => self.update_scores(values, None, labels),
            ClassesPredictions::SomeScores { scores, answered } => {
                expect_length(labels.len(), answered.len())?;
                self.update_scores(scores, Some(answered), labels)
            }
            ClassesPredictions::ScoresF64(values) => self.update_scores(values, None, labels),
            ClassesPredictions::SomeScoresF64 { scores, answered } => {
                expect_length(labels.len(), answered.len())?;
                self.update_scores(scores, Some(answered), labels)
            }
            ClassesPredictions::Indices(indices) => self.update_indices(indices, labels),
        }
    }

    fn update_scores<T: Score>(
        &mut self,
        values: &[T],
        answered: Option<&[bool]>,
        labels: &[u32],
    ) -> Result<(), MetricError> {
        let class_count = self.params.class_count as usize;
        expect_length(labels.len() * class_count, values.len())?;
        let probabilities = self.params.metrics.iter().any(|m| m.info().needs_probabilities);
        let range = if probabilities { T::UNIT } else { T::FINITE };
        // Rows are checked and added in one pass, to a copy that is dropped if one is refused.
        let mut sums = self.sums.clone();
        let mut areas = self.areas.as_ref().map(|_| Areas::new(self.params.class_count));
        if let Some(areas) = &areas {
            areas.check(self.item_count() + labels.len() as u64)?;
        }
        for (item, (row, &label)) in values.chunks_exact(class_count).zip(labels).enumerate() {
            let predicted = if answered.is_none_or(|answered| answered[item]) {
                if !all_within(row, range) {
                    return Err(refused(item, row, range));
                }
                if let Some(areas) = &mut areas {
                    areas.add(row, label as usize);
                }
                Some(sums.scores.add(row, label as usize))
            } else {
                if let Some(areas) = &mut areas {
                    areas.add_unanswered(label as usize);
                }
                sums.scores.add_unanswered();
                None
            };
            sums.counts.add(label, predicted);
        }
        self.sums = sums;
        if let (Some(to), Some(from)) = (&mut self.areas, &areas) {
            to.merge(from);
        }
        Ok(())
    }

    fn update_indices(&mut self, indices: &[Option<u32>], labels: &[u32]) -> Result<(), MetricError> {
        expect_length(labels.len(), indices.len())?;
        if let Some(metric) = self.params.metrics.iter().find(|m| m.info().needs_scores) {
            let id = metric.id();
            return Err(MetricError::Invalid(format!(
                "{id} needs a score per class; class indices were given"
            )));
        }
        let class_count = self.params.class_count;
        if let Some(item) = indices.iter().position(|index| index.is_some_and(|index| index >= class_count)) {
            let what =
                format!("predicted class {} is outside 0..{class_count}", indices[item].unwrap_or_default());
            return Err(MetricError::OutOfDomain { item, what });
        }
        self.sums.counts.add_all(labels, indices);
        Ok(())
    }

    /// Adds another state of the same parameters.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        if let (Some(to), Some(from)) = (&mut self.areas, &other.areas) {
            to.check(self.sums.counts.item_count() + other.item_count())?;
            to.merge(from);
        }
        self.sums.counts.merge(&other.sums.counts);
        self.sums.scores.merge(&other.sums.scores);
        Ok(())
    }

    /// Items added so far.
    pub fn item_count(&self) -> u64 {
        self.sums.counts.item_count()
    }

    /// The values, in the order of the parameters; `None` where a metric is undefined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let item_count = self.item_count();
        if item_count == 0 {
            return Err(MetricError::Empty);
        }
        let value = |metric: &Metric| {
            let sums = &self.sums;
            if let ClassesKind::RocAuc(against) = kind_of(metric) {
                return self.area(against);
            }
            sums.counts.value(kind_of(metric)).or_else(|| sums.scores.value(metric, item_count))
        };
        Ok(self.params.metrics.iter().map(value).collect())
    }

    fn area(&self, against: Against) -> Option<f64> {
        let (areas, support) = (self.areas.as_ref()?, self.sums.counts.support());
        let of_class = |class| areas.against_all(class);
        match against {
            Against::Each => areas.against_each(),
            Against::All => {
                let sum = (0..support.len()).map(of_class).try_fold(0.0, |sum, area| Some(sum + area?))?;
                Some(sum / support.len() as f64)
            }
            Against::AllWeighted => {
                let present = (0..support.len()).filter(|class| support[*class] > 0);
                let weighted = |class| Some(of_class(class)? * support[class] as f64);
                let sum = present.map(weighted).try_fold(0.0, |sum, area| Some(sum + area?))?;
                Some(sum / self.item_count() as f64)
            }
        }
    }

    /// A versioned serialisation of at most [`STATE_BYTES_MAX`] bytes, and what areas under the ROC curve need:
    /// [`AREA_BYTES_PER_SCORE_MAX`] and [`AREA_BYTES_PER_LIST_MAX`]. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(&self.sums, self.areas.as_ref().map(Areas::steps)))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: ClassesParams, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        if empty.areas.is_none() && bytes.len() > STATE_BYTES_MAX {
            return Err(MetricError::Corrupt);
        }
        let (sums, written): (Sums, Option<areas::Written>) = bytes::unpack(STATE_VERSION, bytes)?;
        let same_shape =
            sums.counts.same_shape(&empty.sums.counts) && sums.scores.same_shape(&empty.sums.scores);
        if !same_shape || written.is_some() != empty.areas.is_some() {
            return Err(MetricError::Corrupt);
        }
        let areas = written.map(|written| Areas::from_steps(written, sums.counts.support())).transpose()?;
        Ok(Self { params: empty.params, sums, areas })
    }
}

/// The kind of a metric of classes; states are made of no others.
fn kind_of(metric: &Metric) -> ClassesKind {
    match metric.kind() {
        Kind::Classes(kind) => kind,
        other => unreachable!("{other:?} among metrics of classes"),
    }
}

/// Why a row is refused that holds a score out of range.
fn refused<T: Score>(item: usize, row: &[T], range: (T, T)) -> MetricError {
    let class = row.chunks(1).position(|score| !all_within(score, range)).unwrap_or(0);
    if !row[class].into().is_finite() {
        return MetricError::NonFiniteScore { item, class };
    }
    let what = format!("the score of class {class} is outside 0..=1, but a metric needs probabilities");
    MetricError::OutOfDomain { item, what }
}

fn expect_length(expected: usize, found: usize) -> Result<(), MetricError> {
    if expected == found { Ok(()) } else { Err(MetricError::LengthMismatch { expected, found }) }
}
