//! What is kept of answers and labels once they have met.

use std::io::Write as _;

use egret_datasets::{PoolIdentity, seal_to_pool};
use egret_metrics::{MetricError, Outcomes, Scoring, Shard, State};
use flate2::{Compression, write::ZlibEncoder};

use crate::Mishap;

/// The metrics' state, and the outcomes of single items where they are wanted.
#[derive(Debug)]
pub(crate) struct Tally {
    pub state: State,
    outcomes: Option<Outcomes>,
}

impl Tally {
    pub fn new(scoring: &Scoring, keeps_outcomes: bool) -> Result<Self, Mishap> {
        let state =
            State::new(scoring.clone()).map_err(|_| Mishap::Malformed("the metrics do not fit the task"))?;
        let outcomes = if keeps_outcomes { Outcomes::new(scoring) } else { None };
        Ok(Self { state, outcomes })
    }

    /// Adds a shard; `groups` gives the key of each item's group, and is asked only if outcomes are kept.
    pub fn update(&mut self, shard: Shard<'_>, groups: impl FnOnce() -> Vec<u64>) -> Result<(), MetricError> {
        self.state.update(shard)?;
        self.outcomes.as_mut().map_or(Ok(()), |outcomes| outcomes.add(shard, &groups()))
    }

    /// The outcomes, compressed and sealed to the pool, for they are hidden data; empty if there are none. At most 64 MiB:
    /// 24 bytes of each of at most [`egret_metrics::OUTCOME_COUNT_MAX`] items.
    pub fn seal_outcomes(&self, identity: &PoolIdentity) -> Result<Vec<u8>, Mishap> {
        let Some(outcomes) = self.outcomes.as_ref().filter(|outcomes| outcomes.items().is_some()) else {
            return Ok(Vec::new());
        };
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        let packed = packed.write_all(&outcomes.to_bytes()).and_then(|()| packed.finish());
        let packed = packed.map_err(|_| Mishap::Scoring("outcomes do not compress"))?;
        seal_to_pool(&identity.recipient(), &packed).map_err(|_| Mishap::Scoring("outcomes cannot be sealed"))
    }
}
