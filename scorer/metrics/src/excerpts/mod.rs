//! Copied excerpts: which part of a query is a copy of which part of a reference, as the matching track of VSC 2022 scores it.
//!
//! The excerpts of a pair of query and reference are laid over the true ones when their shard is added. What is kept is what
//! every score adds to the time covered and to the time shared, 80 bytes per distinct score, in whole units of 2⁻⁶⁴ s: sums of
//! these do not depend on the order of queries, shards or merges. Only values round.

mod cover;
mod data;
mod kinds;
mod pair;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    copies::ranked::Ranked,
    error::check_count,
    items::{ItemCount, check_kind_count, check_length},
    keys::{is_finite, score_of},
    sides::{Entry, Sides},
    tally::Tally,
};
use cover::UNIT_BITS;
use data::{check_found, check_truth};
use pair::{Gain, Pairs};

pub use data::{Excerpt, Found};
pub use kinds::{Kind, METRICS, parse};

/// Greatest distance from 0 of an excerpt's ends, in seconds.
pub const SECONDS_MAX: f64 = 1e9;
/// Most excerpts of one answer: each is laid over all before it.
pub const FOUND_PER_QUERY_MAX: usize = 2000;
/// Most found excerpts of a task, and most true ones: 1 GB of them.
pub const EXCERPT_COUNT_MAX: u64 = 10_000_000;
/// Most bytes of a serialised state per found excerpt, beyond [`STATE_BYTES_BESIDES_MAX`].
pub const STATE_BYTES_PER_FOUND_MAX: usize = 110;
/// See [`STATE_BYTES_PER_FOUND_MAX`].
pub const STATE_BYTES_BESIDES_MAX: usize = 80;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    counts: Counts,
    /// Right and wrong pairs of query and reference at each highest score.
    pairs: Sides,
    gains: Tally<u64, Gain>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Counts {
    queries: ItemCount,
    /// Found excerpts.
    found: u64,
    /// True excerpts.
    golden: u64,
    /// True pairs of query and reference.
    pairs: u64,
    /// What true excerpts cover in queries and in references, pair by pair.
    lengths: [i128; 2],
}

/// As a state is written.
type Written = (Counts, Vec<Entry>, Vec<(u64, Gain)>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a number of metrics other than 1 to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        Ok(Self { params, counts: Counts::default(), pairs: Sides::default(), gains: Tally::default() })
    }

    /// Adds a shard of whole queries. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`, in any order; `None` is a query without an answer: no excerpts.
    /// - `truth`: `[n]`, in any order.
    ///
    /// # Errors
    /// Lengths that differ, numbers that are not finite, excerpts that end before they start or lie beyond [`SECONDS_MAX`], true
    /// ones without duration, more than [`FOUND_PER_QUERY_MAX`], [`EXCERPT_COUNT_MAX`] or
    /// [`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX).
    pub fn update<F: AsRef<[Found]>>(
        &mut self,
        found: &[Option<F>],
        truth: &[Vec<Excerpt>],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let mut shard = Self::new(self.params.clone())?;
        let counts = &mut shard.counts;
        counts.queries = counts.queries.plus(truth.len() as u64)?;
        let mut gains = Vec::new();
        let mut pairs = Pairs::default();
        for (item, (found, truth)) in found.iter().zip(truth).enumerate() {
            let found = found.as_ref().map_or(&[][..], F::as_ref);
            check_found(item, found)?;
            check_truth(item, truth)?;
            counts.found += found.len() as u64;
            counts.golden += truth.len() as u64;
            check_counts(counts.found, counts.golden)?;
            pairs.load(found, truth);
            let (pair_count, lengths) = pairs.true_lengths();
            counts.pairs += pair_count;
            counts.lengths.iter_mut().zip(lengths).for_each(|(to, from)| *to += from);
            pairs.named(|key, is_right| shard.pairs.push(is_right, score_of(key)));
            pairs.gains(|key, gain| gains.push((key, gain)));
        }
        shard.pairs.close();
        shard.gains.add(gains);
        self.merge(&shard)
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        let (here, there) = (&self.counts, &other.counts);
        let (found, golden) = (here.found + there.found, here.golden + there.golden);
        check_counts(found, golden)?;
        self.counts = Counts {
            queries: here.queries.plus(there.queries.get())?,
            found,
            golden,
            pairs: here.pairs + there.pairs,
            lengths: std::array::from_fn(|axis| here.lengths[axis] + there.lengths[axis]),
        };
        self.pairs.merge(&other.pairs);
        self.gains.merge(&other.gains);
        Ok(())
    }

    /// Queries added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.counts.queries.get()
    }

    /// The values, in the order of the kinds. `None`: undefined, for want of a true excerpt.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.counts.queries.divisor()?;
        let (entries, gains) = (self.pairs.whole(), self.gains.whole());
        let pairs = Ranked::new(&entries, self.counts.pairs);
        Ok(self.params.kinds.iter().map(|kind| kind.value(&gains, self.counts.lengths, &pairs)).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(&self.counts, self.pairs.steps(), self.gains.steps()))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let (counts, pairs, gains): Written = bytes::unpack(STATE_VERSION, bytes)?;
        check_counts(counts.found, counts.golden).map_err(|_| MetricError::Corrupt)?;
        let (mut right_count, mut named) = (0, 0);
        let pairs = Sides::from_steps(pairs, |key, [right, wrong]| {
            right_count += u64::from(right);
            named += u64::from(right) + u64::from(wrong);
            is_finite(key)
        })?;
        // Nothing covers more than its excerpts do, so that no sum can overflow.
        let most = |excerpts: u64| i128::from(excerpts) * ((2.0 * SECONDS_MAX) as i128 * (1 << UNIT_BITS));
        let mut left = [0, 1].map(|axis| [counts.lengths[axis], most(counts.found)]).concat();
        let gains = Tally::from_steps(gains, |key, gain| {
            left.iter_mut().zip(gain).for_each(|(left, part)| *left = left.saturating_sub(part));
            is_finite(key) && gain.iter().all(|part| *part >= 0) && left.iter().all(|left| *left >= 0)
        })?;
        let possible = right_count <= counts.pairs
            && named <= counts.found
            && counts.pairs <= counts.golden
            && counts.lengths.iter().all(|length| (0..=most(counts.golden)).contains(length));
        if possible { Ok(Self { counts, pairs, gains, ..state }) } else { Err(MetricError::Corrupt) }
    }
}

fn check_counts(found: u64, golden: u64) -> Result<(), MetricError> {
    check_count("found excerpts", found, EXCERPT_COUNT_MAX)?;
    check_count("true excerpts", golden, EXCERPT_COUNT_MAX)
}
