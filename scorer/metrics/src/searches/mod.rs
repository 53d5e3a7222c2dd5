//! Open-set search: who of the enrolled is this, if anybody? Candidates with a score per search, as NIST scores one-to-many
//! face recognition.
//!
//! The state is two lists: of searches of somebody enrolled ("mated") how many had their mate at each score and rank, of the
//! others how many had their best candidate at each score; 24 and 16 bytes per entry. Every value is a function of these, which
//! no order of searches, shards or merges changes.

mod kinds;
mod outcomes;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
    keys::{is_finite, key_of},
    tally::Tally,
};
use outcomes::Outcomes;

pub use kinds::{Kind, METRICS, parse};

/// Largest rank in a metric's id.
pub const RANK_MAX: u32 = 10_000;
/// Most bytes of a serialised state per search, beyond [`STATE_BYTES_BESIDES_MAX`].
pub const STATE_BYTES_PER_SEARCH_MAX: usize = 18;
/// See [`STATE_BYTES_PER_SEARCH_MAX`].
pub const STATE_BYTES_BESIDES_MAX: usize = 32;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    counts: Counts,
    /// See [`Outcomes`]. Ranks beyond every metric's are left out.
    mates: Tally<(u64, u32), [u32; 1]>,
    others: Tally<u64, [u32; 1]>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Counts {
    searches: ItemCount,
    mated: u64,
}

/// As a state is written.
type Written = (Counts, Vec<((u64, u32), [u32; 1])>, Vec<(u64, [u32; 1])>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a rate outside (0, 1), a rank outside 1 to [`RANK_MAX`], or a number of metrics other than 1
    /// to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        if let Some(kind) = params.kinds.iter().find(|kind| !kind.is_valid()) {
            return Err(MetricError::Invalid(format!(
                "{kind:?}: a rate must lie between 0 and 1, a rank in 1 to {RANK_MAX}"
            )));
        }
        Ok(Self { params, counts: Counts::default(), mates: Tally::default(), others: Tally::default() })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `answers`: `[n]`, per search any number of (identity, score), in any order; of an identity that is named again the
    ///   best score counts where it is the mate. `None` is an empty list.
    /// - `mates`: `[n]`, who is searched for; `None` is nobody enrolled.
    ///
    /// # Errors
    /// Lengths that differ, scores that are not finite, more than [`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX) searches in all.
    pub fn update<A: AsRef<[(u32, f64)]>>(
        &mut self,
        answers: &[Option<A>],
        mates: &[Option<u32>],
    ) -> Result<(), MetricError> {
        check_length(mates.len(), answers.len())?;
        for (item, answer) in answers.iter().enumerate() {
            let answer = candidates(answer.as_ref());
            if let Some((identity, _)) = answer.iter().find(|(_, score)| !score.is_finite()) {
                let what = format!("the score of candidate {identity} is not finite");
                return Err(MetricError::NonFinite { item, what });
            }
        }
        self.counts.searches = self.counts.searches.plus(mates.len() as u64)?;
        self.counts.mated += mates.iter().flatten().count() as u64;
        let rank_max = self.rank_max();
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for (answer, mate) in answers.iter().zip(mates) {
            let answer = candidates(answer.as_ref());
            match mate {
                Some(mate) => found.extend(place_of(*mate, answer).filter(|(_, rank)| *rank <= rank_max)),
                None => others.push(best(answer.iter().map(|(_, score)| *score))),
            }
        }
        self.mates.add(found.into_iter().map(|place| (place, [1])).collect());
        self.others.add(others.into_iter().map(|key| (key, [1])).collect());
        Ok(())
    }

    /// The worst rank that a metric looks at.
    fn rank_max(&self) -> u32 {
        self.params.kinds.iter().map(|kind| kind.rank()).max().unwrap_or(0)
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.counts.searches = self.counts.searches.plus(other.counts.searches.get())?;
        self.counts.mated += other.counts.mated;
        self.mates.merge(&other.mates);
        self.others.merge(&other.others);
        Ok(())
    }

    /// Searches added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.counts.searches.get()
    }

    /// The values, in the order of the kinds. `None`: undefined, for want of one kind of search.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.counts.searches.divisor()?;
        let (mates, others) = (self.mates.whole(), self.others.whole());
        let mated = self.counts.mated;
        let unmated = self.counts.searches.get() - mated;
        let outcomes = Outcomes { mates: &mates, mated, others: &others, unmated };
        Ok(self.params.kinds.iter().map(|kind| kind.value(&outcomes)).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(self.counts, self.mates.steps(), self.others.steps()))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let (counts, mates, others): Written = bytes::unpack(STATE_VERSION, bytes)?;
        let (mut found, mut unmated) = (0, 0);
        let ranks = 1..=state.rank_max();
        let mates = Tally::from_steps(mates, |(key, rank), [searches]| {
            found += u64::from(searches);
            is_finite(key) && ranks.contains(&rank)
        })?;
        let others = Tally::from_steps(others, |key, [searches]| {
            unmated += u64::from(searches);
            is_finite(key) || key == key_of(f64::NEG_INFINITY)
        })?;
        if found > counts.mated || counts.searches.get().checked_sub(counts.mated) != Some(unmated) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { counts, mates, others, ..state })
    }
}

fn candidates<A: AsRef<[(u32, f64)]>>(answer: Option<&A>) -> &[(u32, f64)] {
    answer.map_or(&[], A::as_ref)
}

/// The key of a mate's best score and its rank; `None` if it is no candidate.
fn place_of(mate: u32, candidates: &[(u32, f64)]) -> Option<(u64, u32)> {
    let own = candidates.iter().filter(|(identity, _)| *identity == mate);
    let own = own.map(|(_, score)| *score).reduce(f64::max)?;
    let before = candidates.iter().filter(|(identity, score)| *identity != mate && *score >= own).count();
    Some((key_of(own), u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)))
}

/// The key of the best score; that of −∞ if there is none.
fn best(scores: impl Iterator<Item = f64>) -> u64 {
    key_of(scores.fold(f64::NEG_INFINITY, f64::max))
}
