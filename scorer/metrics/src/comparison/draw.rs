use std::ops::Range;

use super::{ComparisonError, NoIntervals, Sample, sample::Item, weights};
use crate::MetricError;

/// Least replicates: with fewer a quantile of 95 % hangs on a handful.
pub const REPLICATE_COUNT_MIN: u32 = 200;
/// Most replicates: what is taken where prizes depend on it.
pub const REPLICATE_COUNT_MAX: u32 = 10_000;
/// Least groups of items, for intervals.
pub const GROUP_COUNT_MIN: usize = 20;

/// What all models of a comparison share: the groups, and how often each is drawn in each replicate.
pub struct Draw {
    /// The keys, ascending, and how many items each has.
    groups: Vec<(u64, u32)>,
    /// Of each group, see [`weights::stream`].
    streams: Vec<u64>,
    replicate_count: u32,
}

impl Draw {
    /// Draws from the groups of one model's items; those of all others must be the same.
    ///
    /// # Errors
    /// [`NoIntervals`] for more than [`COMPARED_ITEM_COUNT_MAX`](super::COMPARED_ITEM_COUNT_MAX) items or fewer than
    /// [`GROUP_COUNT_MIN`] groups; [`MetricError::Invalid`] for a number of replicates outside [`REPLICATE_COUNT_MIN`] to
    /// [`REPLICATE_COUNT_MAX`].
    pub fn new(seed: &[u8; 32], replicate_count: u32, sample: &Sample) -> Result<Self, ComparisonError> {
        if !(REPLICATE_COUNT_MIN..=REPLICATE_COUNT_MAX).contains(&replicate_count) {
            let what = format!(
                "{replicate_count} replicates; allowed are {REPLICATE_COUNT_MIN} to {REPLICATE_COUNT_MAX}"
            );
            return Err(MetricError::Invalid(what).into());
        }
        let mut keys: Vec<u64> = sample.items()?.iter().map(|item| item.group).collect();
        keys.sort_unstable();
        let groups: Vec<(u64, u32)> =
            keys.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)).collect();
        if groups.len() < GROUP_COUNT_MIN {
            return Err(NoIntervals::TooFewGroups { found: groups.len() }.into());
        }
        let streams = groups.iter().map(|(key, _)| weights::stream(seed, *key)).collect();
        Ok(Self { groups, streams, replicate_count })
    }

    /// How many replicates there are.
    #[must_use]
    pub fn replicate_count(&self) -> u32 {
        self.replicate_count
    }

    pub(super) fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Whether items, ascending by group, are of these groups, as many of each.
    pub(super) fn is_of(&self, items: &[Item]) -> bool {
        let runs = items.chunk_by(|a, b| a.group == b.group);
        runs.map(|run| (run[0].group, run.len() as u32)).eq(self.groups.iter().copied())
    }

    /// Calls `take` for each replicate of the range with the weights of the groups, ascending by key.
    pub(super) fn each(&self, replicates: Range<u32>, mut take: impl FnMut(&[u8])) {
        let mut weights = vec![0; self.streams.len()];
        for replicate in replicates {
            for (weight, stream) in weights.iter_mut().zip(&self.streams) {
                *weight = weights::weight(*stream, replicate);
            }
            take(&weights);
        }
    }
}
