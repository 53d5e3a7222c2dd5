//! Speakers: who speaks when in a recording, as pyannote.metrics scores diarization.
//!
//! The turns of a recording are compared when its shard is added; what is kept is four sums of time per condition. Time is whole
//! nanoseconds from the start, so that the same recordings give the same sums in any order.

mod assignment;
mod data;
mod kinds;
mod sweep;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
};
use data::check_recording;
use sweep::{TICKS, add_recording};

pub use data::{Recording, Turn};
pub use kinds::{Condition, Kind, METRICS, parse};

/// Longest recording, in seconds: 27 hours.
pub const SECONDS_MAX: f64 = 1e5;
/// Most turns of one recording, true or found.
pub const TURN_COUNT_MAX: usize = 20_000;
/// Most speakers of one recording, true or found.
pub const SPEAKER_COUNT_MAX: usize = 100;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// Sums of time, in nanoseconds; of several turns at once each counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seconds {
    /// True turns.
    pub total: u128,
    /// True turns beyond the number of found ones.
    pub missed: u128,
    /// Found turns beyond the number of true ones.
    pub false_alarm: u128,
    /// Found turns of another speaker.
    pub confusion: u128,
}

impl Seconds {
    fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.missed += other.missed;
        self.false_alarm += other.false_alarm;
        self.confusion += other.confusion;
    }

    fn is_possible(&self, items: u64) -> bool {
        let most = u128::from(items) * (SECONDS_MAX * TICKS) as u128 * TURN_COUNT_MAX as u128;
        // Each below the most, so that adding two cannot overflow.
        [self.total, self.missed, self.false_alarm, self.confusion].iter().all(|sum| *sum <= most)
            && self.missed + self.confusion <= self.total
    }
}

/// The mergeable state of all metrics of a task; at most 80 bytes per metric.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    params: Params,
    items: ItemCount,
    /// In the order of the kinds.
    sums: Vec<Seconds>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for no metric or more than 32, and for a collar of more than ten seconds.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        if let Some(Kind(condition)) = params.kinds.iter().find(|kind| !kind.0.is_valid()) {
            return Err(MetricError::Invalid(format!("a collar of {} ms", condition.collar_ms)));
        }
        let sums = vec![Seconds::default(); params.kinds.len()];
        Ok(Self { params, items: ItemCount::default(), sums })
    }

    /// Adds a shard of whole recordings. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`; `None` is a recording without an answer: no turns. Turns outside the recording do not count.
    /// - `truth`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ; numbers that are not finite; a true turn that does not end after it starts or lies beyond
    /// [`SECONDS_MAX`]; more turns, speakers or recordings than allowed.
    pub fn update<T: AsRef<[Turn]>>(
        &mut self,
        found: &[Option<T>],
        truth: &[Recording],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let items = self.items.plus(truth.len() as u64)?;
        let pairs = || found.iter().map(|found| found.as_ref().map_or(&[][..], T::as_ref)).zip(truth);
        for (item, (found, truth)) in pairs().enumerate() {
            check_recording(item, found, truth)?;
        }
        self.items = items;
        for (found, truth) in pairs() {
            for (Kind(condition), sums) in self.params.kinds.iter().zip(&mut self.sums) {
                add_recording(*condition, truth, found, sums);
            }
        }
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more recordings than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.items = self.items.plus(other.items.get())?;
        self.sums.iter_mut().zip(&other.sums).for_each(|(to, from)| to.merge(from));
        Ok(())
    }

    /// Recordings added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.items.get()
    }

    /// What the values are made of, in the order of the kinds.
    pub fn sums(&self) -> &[Seconds] {
        &self.sums
    }

    /// The values, in the order of the kinds; `None` where nobody speaks in what is looked at.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.items.divisor()?;
        let value = |sums: &Seconds| {
            let errors = sums.missed + sums.false_alarm + sums.confusion;
            (sums.total > 0).then(|| errors as f64 / sums.total as f64)
        };
        Ok(self.sums.iter().map(value).collect())
    }

    /// A versioned serialisation. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(self.items, &self.sums))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let (items, sums): (ItemCount, Vec<Seconds>) = bytes::unpack(STATE_VERSION, bytes)?;
        if sums.len() != empty.sums.len() || !sums.iter().all(|sums| sums.is_possible(items.get())) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { items, sums, ..empty })
    }
}
