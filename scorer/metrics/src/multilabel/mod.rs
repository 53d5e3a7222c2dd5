//! Metrics of any number of classes per item: audio tagging, attributes.
//!
//! Counts and sums are kept for every task: three counts per class and a few sums. Average precision and areas under curves
//! need every score: the state keeps a key per item and class ("cell") for those that rank each class, and `k` per item for
//! `gap@k`; 8 bytes each in memory, and when serialised at most 10, about 4 for f32 scores. [`CELL_COUNT_MAX`] bounds them.
//!
//! An item without an answer is as wrong as can be: in ranked lists its labels stand below every score and its other classes
//! above, every thresholded class is wrong, and what is counted per item takes its worst value.

mod counts;
mod keys;
mod kind;
mod metrics;
mod ranked;
mod rows;
mod scores;
mod values;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
};
use counts::Counts;
use keys::{HIGHEST, LOWEST, key};
pub use kind::Kind;
pub use metrics::{METRICS, parse};
use ranked::Ranked;
use rows::RowSums;
pub use scores::Scores;

/// Most classes of a task.
pub const CLASS_COUNT_MAX: u32 = 100_000;
/// Most scores that a state keeps: AudioSet's 20,371 clips of 527 classes fit.
pub const CELL_COUNT_MAX: u64 = 12 << 20;
/// Most bytes of a serialised state per class, beyond [`STATE_BYTES_BESIDES_MAX`], without scores.
pub const STATE_BYTES_PER_CLASS_MAX: usize = 30;
/// See [`STATE_BYTES_PER_CLASS_MAX`].
pub const STATE_BYTES_BESIDES_MAX: usize = 600;
/// Most bytes of a serialised state per score that an f32 holds, which tasks have: their keys lie 2^29 apart.
pub const STATE_BYTES_PER_NARROW_SCORE_MAX: usize = 5;
/// Most bytes of a serialised state; with f32 scores less than half.
pub const STATE_BYTES_MAX: usize = 128 << 20;
const STATE_VERSION: u8 = 1;

/// What the task fixes and what to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Labels lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// A class is predicted if its score is at least this; finite.
    pub threshold: f64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    sums: Sums,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sums {
    items: ItemCount,
    counts: Counts,
    /// All zero unless a metric asks for it.
    rows: RowSums,
    /// One per class; empty unless a metric asks for it.
    classes: Vec<Ranked>,
    /// One for each k, in the order of their first mention.
    tops: Vec<(u32, Ranked)>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for class counts, thresholds, metric counts and k out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        let class_count = params.class_count;
        if !(1..=CLASS_COUNT_MAX).contains(&class_count) {
            let what = format!("class_count is {class_count}; allowed are 1 to {CLASS_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        if !params.threshold.is_finite() {
            return Err(MetricError::Invalid(format!(
                "the threshold is {}; it must be finite",
                params.threshold
            )));
        }
        check_kind_count(params.kinds.len())?;
        let mut tops: Vec<(u32, Ranked)> = Vec::new();
        for kind in &params.kinds {
            let Kind::Gap(k) = *kind else { continue };
            if !(1..=CLASS_COUNT_MAX).contains(&k) {
                let what = format!("k of gap@k is {k}; allowed are 1 to {CLASS_COUNT_MAX}");
                return Err(MetricError::Invalid(what));
            }
            if tops.iter().all(|(known, _)| *known != k) {
                tops.push((k, Ranked::default()));
            }
        }
        let ranks_classes = params.kinds.iter().any(|kind| kind.ranks_classes());
        let classes = if ranks_classes { vec![Ranked::default(); class_count as usize] } else { vec![] };
        let sums = Sums {
            items: ItemCount::default(),
            counts: Counts::new(class_count),
            rows: RowSums::default(),
            classes,
            tops,
        };
        Ok(Self { params, sums })
    }

    /// Adds a shard: a row of scores for every item, which is not looked at where `answered` is false, and for every item the
    /// classes it has, ascending. On an error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ; labels outside `0..class_count`, or not strictly ascending; scores of answered items that are not
    /// finite; more items or scores than a state holds.
    pub fn update(
        &mut self,
        scores: Scores<'_>,
        answered: &[bool],
        labels: &[Vec<u32>],
    ) -> Result<(), MetricError> {
        let class_count = self.params.class_count as usize;
        check_length(labels.len(), answered.len())?;
        check_length(labels.len() * class_count, scores.len())?;
        for (item, (labels, &answered)) in labels.iter().zip(answered).enumerate() {
            check_labels(item, labels, self.params.class_count)?;
            let finite = |class: &usize| scores.get(item * class_count + class).is_finite();
            if answered && let Some(class) = (0..class_count).find(|class| !finite(class)) {
                return Err(MetricError::NonFiniteScore { item, class });
            }
        }
        self.sums.items = self.room_for(labels.len() as u64)?;
        let ranks_rows = self.params.kinds.iter().any(|kind| kind.ranks_rows());
        let (mut row, mut is_label) = (vec![0; class_count], vec![false; class_count]);
        for (item, (labels, &answered)) in labels.iter().zip(answered).enumerate() {
            is_label.fill(false);
            for &label in labels {
                is_label[label as usize] = true;
            }
            for (class, (key_of_class, &label)) in row.iter_mut().zip(&is_label).enumerate() {
                *key_of_class = match (answered, label) {
                    (true, _) => key(scores.get(item * class_count + class)),
                    (false, true) => LOWEST,
                    (false, false) => HIGHEST,
                };
            }
            self.add(&row, &is_label, answered, ranks_rows);
        }
        Ok(())
    }

    fn add(&mut self, row: &[i64], is_label: &[bool], answered: bool, ranks_rows: bool) {
        let cells = || row.iter().copied().zip(is_label.iter().copied());
        let sums = &mut self.sums;
        let least = key(self.params.threshold);
        sums.counts.add(cells().map(|(key, label)| (label, key >= least)));
        sums.classes.iter_mut().zip(cells()).for_each(|(class, (key, label))| class.push(key, label));
        if !ranks_rows {
            return;
        }
        let sorted = cells().collect::<Ranked>().into_sorted();
        for (k, top) in &mut sums.tops {
            sorted.top(u64::from(*k), |key, label| top.push(key, label));
        }
        if answered {
            let highest = row.iter().max();
            let first = row.iter().position(|key| Some(key) == highest);
            sums.rows.add(&sorted, first.is_some_and(|class| is_label[class]));
        } else {
            sums.rows.add_unanswered(self.params.class_count);
        }
    }

    /// The item count after so many more.
    fn room_for(&self, more: u64) -> Result<ItemCount, MetricError> {
        let items = self.sums.items.plus(more)?;
        let cells = items.get() * self.cells_per_item();
        if cells > CELL_COUNT_MAX {
            let what = format!(
                "{} items of {} classes keep {cells} scores in one state; allowed are {CELL_COUNT_MAX}; metrics that \
                 need no list of scores, such as lwlrap and f1.macro, have no such limit",
                items.get(),
                self.params.class_count
            );
            return Err(MetricError::Invalid(what));
        }
        Ok(items)
    }

    fn cells_per_item(&self) -> u64 {
        let of_top = |(k, _): &(u32, Ranked)| u64::from((*k).min(self.params.class_count));
        self.sums.classes.len() as u64 + self.sums.tops.iter().map(of_top).sum::<u64>()
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more items or scores than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.sums.items = self.room_for(other.sums.items.get())?;
        self.sums.counts.merge(&other.sums.counts);
        self.sums.rows.merge(&other.sums.rows);
        self.sums.classes.iter_mut().zip(&other.sums.classes).for_each(|(to, from)| to.extend(from));
        self.sums.tops.iter_mut().zip(&other.sums.tops).for_each(|(to, from)| to.1.extend(&from.1));
        Ok(())
    }

    /// Items added so far.
    pub fn item_count(&self) -> u64 {
        self.sums.items.get()
    }

    /// A versioned serialisation of at most [`STATE_BYTES_MAX`] bytes. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &self.sums)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        if bytes.len() > STATE_BYTES_MAX {
            return Err(MetricError::Corrupt);
        }
        let mut state = Self::new(params)?;
        let sums: Sums = bytes::unpack(STATE_VERSION, bytes)?;
        if !state.fits(&sums) || state.room_for(sums.items.get()).is_err() {
            return Err(MetricError::Corrupt);
        }
        state.sums = sums;
        Ok(state)
    }

    /// Whether these can be the sums that this state, an empty one, becomes.
    fn fits(&self, sums: &Sums) -> bool {
        let (items, class_count) = (sums.items.get(), self.params.class_count);
        let whole_class = |(class, support): (&Ranked, &u64)| {
            class.len() == items && class.positive.0.len() as u64 == *support
        };
        let whole_top = |((k, top), (known, _)): (&(u32, Ranked), &(u32, Ranked))| {
            k == known && top.len() == items * u64::from((*k).min(class_count))
        };
        sums.counts.fits(class_count, items)
            && sums.rows.fits(items, items * u64::from(class_count))
            && sums.classes.len() == self.sums.classes.len()
            && sums.classes.iter().zip(sums.counts.support()).all(whole_class)
            && sums.tops.len() == self.sums.tops.len()
            && sums.tops.iter().zip(&self.sums.tops).all(whole_top)
    }
}

fn check_labels(item: usize, labels: &[u32], class_count: u32) -> Result<(), MetricError> {
    if let Some(label) = labels.iter().find(|label| **label >= class_count) {
        let what = format!("label {label} is outside 0..{class_count}");
        return Err(MetricError::OutOfDomain { item, what });
    }
    if !labels.is_sorted_by(|a, b| a < b) {
        let what = format!("labels {labels:?} are not in ascending order, each once");
        return Err(MetricError::OutOfDomain { item, what });
    }
    Ok(())
}
