//! Keyword spotting: where in a recording is a keyword said? An item is a detection, right or wrong, or an occurrence that none
//! found.
//!
//! The state is the number of occurrences of every keyword and the list of distinct scores and keywords with the number of right
//! and wrong detections at each, 24 bytes per entry. Every value is a function of these, which no order of items, shards or
//! merges changes.

mod detections;
mod kinds;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
    keys::{is_finite, key_of},
    tally::Tally,
};
use detections::{Detections, Entry};

pub use kinds::{Kind, METRICS, parse};

/// Most keywords of a task.
pub const KEYWORD_COUNT_MAX: u32 = 100_000;
/// Longest recording, in seconds: 30 years.
pub const DURATION_S_MAX: f64 = 1e9;
/// Most bytes of a serialised state per item, and per keyword, beyond 16.
pub const STATE_BYTES_PER_ITEM_MAX: usize = 23;
/// See [`STATE_BYTES_PER_ITEM_MAX`].
pub const STATE_BYTES_PER_KEYWORD_MAX: usize = 4;
const STATE_VERSION: u8 = 1;

/// What the task fixes and what to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Keywords lie in `0..keyword_count`; 1 to [`KEYWORD_COUNT_MAX`].
    pub keyword_count: u32,
    /// Of the recording, all shards together, in seconds; 1 to [`DURATION_S_MAX`].
    pub duration_s: f64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    counts: Counts,
    /// Right and wrong detections at each score and keyword.
    tally: Tally<(u64, u32), [u32; 2]>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Counts {
    items: ItemCount,
    /// Per keyword, found or not.
    occurrences: Vec<u64>,
}

/// As a state is written.
type Written = (Counts, Vec<Entry>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for keyword counts, durations, thresholds, rates and metric counts out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let Params { keyword_count, duration_s, .. } = params;
        if !(1..=KEYWORD_COUNT_MAX).contains(&keyword_count) {
            let what = format!("keyword_count is {keyword_count}; allowed are 1 to {KEYWORD_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        if !(1.0..=DURATION_S_MAX).contains(&duration_s) {
            let what = format!("duration_s is {duration_s}; allowed are 1 to {DURATION_S_MAX}");
            return Err(MetricError::Invalid(what));
        }
        if let Some(kind) = params.kinds.iter().find(|kind| !kind.is_valid()) {
            return Err(MetricError::Invalid(format!(
                "{kind:?}: a threshold must be finite, a rate finite and not negative"
            )));
        }
        let occurrences = vec![0; keyword_count as usize];
        let counts = Counts { items: ItemCount::default(), occurrences };
        Ok(Self { params, counts, tally: Tally::default() })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `keywords`: `[n]`, in `0..keyword_count`.
    /// - `targets`: `[n]`, true where the keyword is said.
    /// - `scores`: `[n]`, finite; `None` is no detection: a miss where the keyword is said, and nothing elsewhere.
    ///
    /// # Errors
    /// Lengths that differ, keywords out of range, scores that are not finite, more than
    /// [`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX) items in all.
    pub fn update(
        &mut self,
        keywords: &[u32],
        targets: &[bool],
        scores: &[Option<f64>],
    ) -> Result<(), MetricError> {
        check_length(keywords.len(), targets.len())?;
        check_length(keywords.len(), scores.len())?;
        let keyword_count = self.params.keyword_count;
        if let Some(item) = keywords.iter().position(|keyword| *keyword >= keyword_count) {
            let what = format!("keyword {} is outside 0..{keyword_count}", keywords[item]);
            return Err(MetricError::OutOfDomain { item, what });
        }
        if let Some(item) = scores.iter().position(|score| score.is_some_and(|score| !score.is_finite())) {
            return Err(MetricError::NonFinite { item, what: "the score is not finite".to_owned() });
        }
        self.counts.items = self.counts.items.plus(keywords.len() as u64)?;
        let mut entries = Vec::new();
        for ((&keyword, &is_target), score) in keywords.iter().zip(targets).zip(scores) {
            self.counts.occurrences[keyword as usize] += u64::from(is_target);
            if let Some(score) = score {
                entries.push(((key_of(*score), keyword), [u32::from(is_target), u32::from(!is_target)]));
            }
        }
        self.tally.add(entries);
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.counts.items = self.counts.items.plus(other.counts.items.get())?;
        let occurrences = self.counts.occurrences.iter_mut().zip(&other.counts.occurrences);
        occurrences.for_each(|(to, from)| *to += from);
        self.tally.merge(&other.tally);
        Ok(())
    }

    /// Items added: detections, and occurrences that none found.
    pub fn item_count(&self) -> u64 {
        self.counts.items.get()
    }

    /// The values, in the order of the kinds. `None`: undefined, for want of an occurrence.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.counts.items.divisor()?;
        let entries = self.tally.whole();
        let detections = Detections {
            entries: &entries,
            occurrences: &self.counts.occurrences,
            seconds: self.params.duration_s,
        };
        Ok(self.params.kinds.iter().map(|kind| kind.value(&detections)).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(&self.counts, self.tally.steps()))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let (counts, steps): Written = bytes::unpack(STATE_VERSION, bytes)?;
        if counts.occurrences.len() != state.counts.occurrences.len() {
            return Err(MetricError::Corrupt);
        }
        let (mut missed, mut wrong) = (counts.occurrences.clone(), 0);
        let tally = Tally::from_steps(steps, |(key, keyword), [hits, alarms]| {
            wrong += u64::from(alarms);
            let Some(missed) = missed.get_mut(keyword as usize) else { return false };
            let left = missed.checked_sub(u64::from(hits));
            *missed = left.unwrap_or(0);
            left.is_some() && is_finite(key)
        })?;
        let all = counts.occurrences.iter().try_fold(wrong, |sum: u64, count| sum.checked_add(*count));
        // Items without a detection where nothing is said leave no trace.
        if all.is_some_and(|all| all <= counts.items.get()) {
            Ok(Self { counts, tally, ..state })
        } else {
            Err(MetricError::Corrupt)
        }
    }
}
