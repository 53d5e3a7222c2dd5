//! Open-set identification: which landmark, person or song is this, if it is any that is known? One name with a score per
//! item, or none.
//!
//! The state is the list of distinct scores with the number of right answers, confused ones and invented ones at each, 24 bytes
//! per distinct score, and two counts. Every value is a function of these, which no order of items, shards or merges changes.

mod kinds;
mod ranked;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
    keys::{is_finite, key_of},
    tally::Tally,
};
use ranked::Ranked;

pub use kinds::{Kind, METRICS, parse};

/// Most bytes of a serialised state per item, beyond [`STATE_BYTES_BESIDES_MAX`].
pub const STATE_BYTES_PER_ITEM_MAX: usize = 25;
/// See [`STATE_BYTES_PER_ITEM_MAX`].
pub const STATE_BYTES_BESIDES_MAX: usize = 26;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// Who a model says an item shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// In the labels' numbering.
    pub identity: u32,
    /// Finite; higher is surer.
    pub score: f64,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    counts: Counts,
    /// Right, confused and invented answers at each score.
    tally: Tally<u64, [u32; 3]>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Counts {
    items: ItemCount,
    /// Items that show somebody.
    known: u64,
}

/// As a state is written.
type Written = (Counts, Vec<(u64, [u32; 3])>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a threshold that is not finite, or a number of metrics other than 1 to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        if let Some(kind) = params.kinds.iter().find(|kind| !kind.is_valid()) {
            return Err(MetricError::Invalid(format!("{kind:?}: a threshold must be finite")));
        }
        Ok(Self { params, counts: Counts::default(), tally: Tally::default() })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `answers`: `[n]`; `None` is an item for which nobody is named.
    /// - `labels`: `[n]`; `None` is an item that shows nobody who is known.
    ///
    /// # Errors
    /// Lengths that differ, scores that are not finite, more than [`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX) items in all.
    pub fn update(&mut self, answers: &[Option<Answer>], labels: &[Option<u32>]) -> Result<(), MetricError> {
        check_length(labels.len(), answers.len())?;
        let finite = |answer: &Option<Answer>| answer.is_none_or(|answer| answer.score.is_finite());
        if let Some(item) = answers.iter().position(|answer| !finite(answer)) {
            return Err(MetricError::NonFinite { item, what: "the score is not finite".to_owned() });
        }
        self.counts.items = self.counts.items.plus(labels.len() as u64)?;
        self.counts.known += labels.iter().flatten().count() as u64;
        let entry = |(answer, label): (&Option<Answer>, &Option<u32>)| {
            let Answer { identity, score } = (*answer)?;
            let counts = match label {
                Some(label) if *label == identity => [1, 0, 0],
                Some(_) => [0, 1, 0],
                None => [0, 0, 1],
            };
            Some((key_of(score), counts))
        };
        self.tally.add(answers.iter().zip(labels).filter_map(entry).collect());
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.counts.items = self.counts.items.plus(other.counts.items.get())?;
        self.counts.known += other.counts.known;
        self.tally.merge(&other.tally);
        Ok(())
    }

    /// Items added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.counts.items.get()
    }

    /// The values, in the order of the kinds. `None`: undefined, because no item shows anybody.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.counts.items.divisor()?;
        let entries = self.tally.whole();
        let ranked = Ranked::new(&entries, self.counts);
        Ok(self.params.kinds.iter().map(|kind| kind.value(&ranked)).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let written: Written = (self.counts, self.tally.steps());
        bytes::pack(STATE_VERSION, &written)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let (counts, steps): Written = bytes::unpack(STATE_VERSION, bytes)?;
        let (mut of_known, mut of_others) = (0, 0);
        let tally = Tally::from_steps(steps, |key, [right, confused, invented]| {
            of_known += u64::from(right) + u64::from(confused);
            of_others += u64::from(invented);
            is_finite(key)
        })?;
        let others = counts.items.get().checked_sub(counts.known).ok_or(MetricError::Corrupt)?;
        if of_known > counts.known || of_others > others {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { counts, tally, ..state })
    }
}
