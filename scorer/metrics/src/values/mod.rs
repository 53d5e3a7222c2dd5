//! Metrics of numbers per item: regression, quality scores, affect.
//!
//! Sums are exact: a superaccumulator per sum, and the moments are put together in integers, so that a large common offset
//! costs no digit. The state holds 5 sums per value and one per metric that is a mean of terms, at most 450 bytes each.
//! Medians and rank correlations need every pair of truth and prediction, 16 bytes each, and an item without an answer needs
//! its truth, 8 bytes a value; [`PAIR_COUNT_MAX`] bounds both.
//!
//! No error is the worst there is, so an item without an answer counts as predicted at that end of the truth's range that is
//! farther from its truth, which is known when all shards are merged.

mod column;
mod kind;
mod metrics;
mod moments;
mod ranks;

use crate::{
    MetricError, bytes,
    exact::MAGNITUDE_MAX,
    items::{ItemCount, check_kind_count, check_length},
};
use column::Column;
pub use kind::Kind;
pub use metrics::{METRICS, parse};
pub(crate) use ranks::Orders;

/// Most values of an item.
pub const VALUE_COUNT_MAX: u32 = 1024;
/// Largest magnitude of a truth or a prediction; every f32 is within.
pub const VALUE_MAX: f64 = MAGNITUDE_MAX;
/// Most values that a state keeps: with medians and rank correlations items times values, else only those of items without
/// an answer.
pub const PAIR_COUNT_MAX: u64 = 3 << 20;
/// Most bytes of a serialised state per value of an item, beyond [`STATE_BYTES_BESIDES_MAX`], without pairs.
pub const STATE_BYTES_PER_VALUE_MAX: usize = 16_900;
/// See [`STATE_BYTES_PER_VALUE_MAX`].
pub const STATE_BYTES_BESIDES_MAX: usize = 30;
/// Bytes of a serialised state per pair of numbers.
pub const STATE_BYTES_PER_PAIR_MAX: usize = 16;
/// Most bytes of a serialised state.
pub const STATE_BYTES_MAX: usize = 68 << 20;
const STATE_VERSION: u8 = 1;

/// What the task fixes and what to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Values of an item; 1 to [`VALUE_COUNT_MAX`].
    pub value_count: u32,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    items: ItemCount,
    /// One per value.
    columns: Vec<Column>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for value counts, metric counts and q out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        let value_count = params.value_count;
        if !(1..=VALUE_COUNT_MAX).contains(&value_count) {
            let what = format!("value_count is {value_count}; allowed are 1 to {VALUE_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        check_kind_count(params.kinds.len())?;
        for kind in &params.kinds {
            if let Kind::Pinball(q) = kind
                && !(*q > 0.0 && *q < 1.0)
            {
                return Err(MetricError::Invalid(format!(
                    "q of pinball is {q}; it must lie between 0 and 1"
                )));
            }
        }
        let columns = vec![Column::new(&params.kinds); value_count as usize];
        Ok(Self { params, items: ItemCount::default(), columns })
    }

    /// Adds a shard: predictions and labels row-major `[n, value_count]`, and whether each item has an answer; the values of
    /// those without are not looked at. On an error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ; predictions that are not finite ([`MetricError::NonFinitePrediction`]); predictions
    /// ([`MetricError::AnswerOutOfDomain`]) and labels ([`MetricError::OutOfDomain`]) beyond [`VALUE_MAX`] or, where a metric
    /// takes logarithms, not above −1; more items or pairs than a state holds.
    pub fn update(
        &mut self,
        predictions: &[f64],
        answered: &[bool],
        labels: &[f64],
    ) -> Result<(), MetricError> {
        let value_count = self.params.value_count as usize;
        check_length(answered.len() * value_count, labels.len())?;
        check_length(labels.len(), predictions.len())?;
        for (cell, (&prediction, &label)) in predictions.iter().zip(labels).enumerate() {
            let (item, value) = (cell / value_count, cell % value_count);
            if !self.usable(label) {
                return Err(MetricError::OutOfDomain { item, what: self.unusable("the label", label) });
            }
            if answered[item] && !prediction.is_finite() {
                return Err(MetricError::NonFinitePrediction { item, value });
            }
            if answered[item] && !self.usable(prediction) {
                let what = self.unusable("the prediction", prediction);
                return Err(MetricError::AnswerOutOfDomain { item, what });
            }
        }
        let missing = answered.iter().filter(|answered| !**answered).count();
        self.items = self.room_for(answered.len() as u64, missing as u64)?;
        for (cell, (&prediction, &label)) in predictions.iter().zip(labels).enumerate() {
            // −0.0 becomes 0.0, so that a pair has one serialisation.
            let (prediction, label) = (prediction + 0.0, label + 0.0);
            let column = &mut self.columns[cell % value_count];
            if answered[cell / value_count] {
                column.add(&self.params.kinds, label, prediction);
            } else {
                column.add_unanswered(label);
            }
        }
        Ok(())
    }

    /// Whether a metric of the task can take this number; one that it cannot take is refused, or left unanswered.
    pub fn usable(&self, value: f64) -> bool {
        value.abs() <= VALUE_MAX && (value > -1.0 || !self.params.kinds.contains(&Kind::Rmsle))
    }

    fn unusable(&self, whose: &str, value: f64) -> String {
        let above = if self.params.kinds.contains(&Kind::Rmsle) { ", above −1 for rmsle" } else { "" };
        format!("{whose} is {value}; allowed are magnitudes up to {VALUE_MAX:e}{above}")
    }

    /// The item count after so many more, of which so many without an answer.
    fn room_for(&self, more: u64, missing: u64) -> Result<ItemCount, MetricError> {
        let items = self.items.plus(more)?;
        let keeps_pairs = self.params.kinds.iter().any(|kind| kind.needs_pairs());
        let kept = if keeps_pairs { items.get() } else { self.missing_count() + missing };
        let (kept, value_count) = (kept * u64::from(self.params.value_count), self.params.value_count);
        if kept > PAIR_COUNT_MAX {
            let what = format!(
                "{} items of {value_count} values keep {kept} values in one state; allowed are {PAIR_COUNT_MAX}; only \
                 median_ae, spearman, kendall_b and items without an answer keep any",
                items.get()
            );
            return Err(MetricError::Invalid(what));
        }
        Ok(items)
    }

    fn missing_count(&self) -> u64 {
        self.columns[0].missing_count()
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more items or pairs than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.items = self.room_for(other.items.get(), other.missing_count())?;
        self.columns.iter_mut().zip(&other.columns).for_each(|(to, from)| to.merge(from));
        Ok(())
    }

    /// Items added so far.
    pub fn item_count(&self) -> u64 {
        self.items.get()
    }

    /// The values of the metrics, in the order of the parameters; `None` where one is undefined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.items.divisor()?;
        let of_column = |column: &Column| column.values(&self.params.kinds, self.items.get());
        let columns: Vec<Vec<Option<f64>>> = self.columns.iter().map(of_column).collect();
        let value = |(position, kind): (usize, &Kind)| {
            let values: Option<Vec<f64>> = columns.iter().map(|column| column[position]).collect();
            let values = values?.into_iter();
            let value = match kind {
                Kind::MaxError => values.fold(0.0, f64::max),
                _ => values.sum::<f64>() / f64::from(self.params.value_count),
            };
            // Sums that no items give, read from bytes, may have no root.
            (!value.is_nan()).then_some(value)
        };
        Ok(self.params.kinds.iter().enumerate().map(value).collect())
    }

    /// A versioned serialisation of at most [`STATE_BYTES_MAX`] bytes. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut columns = self.columns.clone();
        columns.iter_mut().for_each(Column::sort);
        bytes::pack(STATE_VERSION, &(self.items, columns))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        if bytes.len() > STATE_BYTES_MAX {
            return Err(MetricError::Corrupt);
        }
        let empty = Self::new(params)?;
        let (items, columns): (ItemCount, Vec<Column>) = bytes::unpack(STATE_VERSION, bytes)?;
        let missing = columns.first().map_or(0, Column::missing_count);
        let fits = |column: &Column| {
            column.missing_count() == missing
                && column.fits(&empty.params.kinds, items.get(), |value| empty.usable(value))
        };
        let sound = columns.len() == empty.columns.len()
            && columns.iter().all(fits)
            && empty.room_for(items.get(), missing).is_ok();
        if sound { Ok(Self { params: empty.params, items, columns }) } else { Err(MetricError::Corrupt) }
    }
}
