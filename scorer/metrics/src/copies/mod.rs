//! Copy detection: of which references is a query a copy? Any number of references with a score per query; all pairs of all
//! queries stand in one list.
//!
//! The state is the list of distinct scores with the number of right and wrong pairs at each (see [`crate::sides`]), and
//! counts. Every value is a function of these, which no order of queries, shards or merges changes.

mod kinds;
mod query;
pub(crate) mod ranked;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    error::check_count,
    items::{ItemCount, check_kind_count, check_length},
    keys::is_finite,
    sides::{Entry, Sides},
};
use query::Matcher;
use ranked::Ranked;

pub use kinds::{Kind, METRICS, parse};

/// Most pairs that the answers of a task name, and most true pairs.
pub const PAIR_COUNT_MAX: u64 = 100_000_000;
/// Largest rank in a metric's id.
pub const RANK_MAX: u32 = 10_000;
/// Most bytes of a serialised state per named pair, beyond [`STATE_BYTES_BESIDES_MAX`].
pub const STATE_BYTES_PER_PAIR_MAX: usize = 20;
/// See [`STATE_BYTES_PER_PAIR_MAX`].
pub const STATE_BYTES_BESIDES_MAX: usize = 200;
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
    /// Right and wrong pairs at each score.
    sides: Sides,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Counts {
    queries: ItemCount,
    /// True pairs.
    pairs: u64,
    /// Pairs that answers name.
    named: u64,
    /// Per metric: true pairs within its rank; 0 if it has none.
    within: Vec<u64>,
}

/// As a state is written.
type Written = (Counts, Vec<Entry>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a precision outside 1 to 99 percent, a rank outside 1 to [`RANK_MAX`], or a number of
    /// metrics other than 1 to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        if let Some(kind) = params.kinds.iter().find(|kind| !kind.is_valid()) {
            return Err(MetricError::Invalid(format!(
                "{kind:?}: a precision is 1 to 99 percent, a rank 1 to {RANK_MAX}"
            )));
        }
        let within = vec![0; params.kinds.len()];
        let counts = Counts { queries: ItemCount::default(), pairs: 0, named: 0, within };
        Ok(Self { params, counts, sides: Sides::default() })
    }

    /// Adds a shard of whole queries. On an error the state is unchanged.
    ///
    /// - `answers`: `[n]`, per query any number of (reference, score), in any order, no reference twice; `None` is an empty
    ///   list.
    /// - `truth`: `[n]`, per query the references that it copies, ascending.
    ///
    /// # Errors
    /// Lengths that differ, a reference named twice, scores that are not finite, truth that does not ascend, more pairs than
    /// [`PAIR_COUNT_MAX`] or more queries than [`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX) in all.
    pub fn update<A: AsRef<[(u32, f64)]>>(
        &mut self,
        answers: &[Option<A>],
        truth: &[Vec<u32>],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), answers.len())?;
        let mut shard = Self::new(self.params.clone())?;
        shard.counts.queries = shard.counts.queries.plus(truth.len() as u64)?;
        let mut matcher = Matcher::default();
        let is_ranked = self.params.kinds.iter().any(|kind| matches!(kind, Kind::RecallAtRank(_)));
        for (item, (answer, truth)) in answers.iter().zip(truth).enumerate() {
            let answer = answer.as_ref().map_or(&[][..], A::as_ref);
            matcher.load(item, answer, truth, is_ranked)?;
            shard.counts.named += answer.len() as u64;
            shard.counts.pairs += truth.len() as u64;
            check_count("named pairs", shard.counts.named, PAIR_COUNT_MAX)?;
            for (score, is_right) in matcher.pairs() {
                shard.sides.push(is_right, score);
            }
            for (within, kind) in shard.counts.within.iter_mut().zip(&self.params.kinds) {
                if let Kind::RecallAtRank(rank) = kind {
                    *within += matcher.found_within(*rank);
                }
            }
        }
        shard.sides.close();
        self.merge(&shard)
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        let (here, there) = (&self.counts, &other.counts);
        let (pairs, named) = (here.pairs + there.pairs, here.named + there.named);
        check_count("true pairs", pairs, PAIR_COUNT_MAX)?;
        check_count("named pairs", named, PAIR_COUNT_MAX)?;
        let queries = here.queries.plus(there.queries.get())?;
        let within = here.within.iter().zip(&there.within).map(|(a, b)| a + b).collect();
        self.counts = Counts { queries, pairs, named, within };
        self.sides.merge(&other.sides);
        Ok(())
    }

    /// Queries added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.counts.queries.get()
    }

    /// The values, in the order of the kinds. `None`: undefined, for want of a true pair.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.counts.queries.divisor()?;
        let entries = self.sides.whole();
        let ranked = Ranked::new(&entries, self.counts.pairs);
        let kinds = self.params.kinds.iter().zip(&self.counts.within);
        Ok(kinds.map(|(kind, within)| kind.value(&ranked, *within)).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(&self.counts, self.sides.steps()))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let (counts, steps): Written = bytes::unpack(STATE_VERSION, bytes)?;
        let (mut right_count, mut named) = (0, 0);
        let sides = Sides::from_steps(steps, |key, [right, wrong]| {
            right_count += u64::from(right);
            named += u64::from(right) + u64::from(wrong);
            is_finite(key)
        })?;
        let most = |kind: &Kind| if matches!(kind, Kind::RecallAtRank(_)) { right_count } else { 0 };
        let possible = counts.within.len() == state.params.kinds.len()
            && counts.within.iter().zip(&state.params.kinds).all(|(within, kind)| *within <= most(kind))
            && counts.named == named
            && named.max(counts.pairs) <= PAIR_COUNT_MAX
            && right_count <= counts.pairs;
        if possible { Ok(Self { counts, sides, ..state }) } else { Err(MetricError::Corrupt) }
    }
}
