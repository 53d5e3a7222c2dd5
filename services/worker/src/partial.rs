//! What a worker leaves for the finalizer when an evaluation has several units: sealed to the pool, for it is derived
//! from hidden data.

use egret_datasets::{PoolIdentity, seal_to_pool};
use serde::{Deserialize, Serialize};

use crate::Mishap;

const VERSION: u8 = 1;

/// The result of one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Partial {
    version: u8,
    /// The serialised metric state.
    pub state: Vec<u8>,
    pub item_count: u32,
    pub wall_ms: u64,
    pub cpu_ms: u64,
    pub peak_memory_mib: u64,
    pub runner_version: String,
    pub runtime_sha256: String,
    pub adapter_summary: String,
}

impl Partial {
    /// A partial of this version around a metric state.
    pub fn new(state: Vec<u8>, scored: &egret_proto::worker::v1::Verdict) -> Self {
        let usage = scored.usage.unwrap_or_default();
        Self {
            version: VERSION,
            state,
            item_count: scored.item_count,
            wall_ms: usage.wall_ms,
            cpu_ms: usage.cpu_ms,
            peak_memory_mib: usage.peak_memory_mib,
            runner_version: scored.runner_version.clone(),
            runtime_sha256: scored.runtime_sha256.clone(),
            adapter_summary: scored.adapter_summary.clone(),
        }
    }

    /// Ciphertext that any worker of the pool opens, and nobody else.
    pub fn seal(&self, identity: &PoolIdentity) -> Result<Vec<u8>, Mishap> {
        let plain =
            postcard::to_allocvec(self).map_err(|_| Mishap::Scoring("a partial state does not serialise"))?;
        seal_to_pool(&identity.recipient(), &plain)
            .map_err(|_| Mishap::Scoring("a partial state cannot be sealed"))
    }

    /// Opens what [`Partial::seal`] made.
    pub fn open(identity: &PoolIdentity, sealed: &[u8]) -> Result<Self, Mishap> {
        let plain = identity.open(sealed).map_err(|_| Mishap::TestSet("a partial state does not open"))?;
        match postcard::from_bytes::<Self>(&plain) {
            Ok(partial) if partial.version == VERSION => Ok(partial),
            _ => Err(Mishap::Scoring("a partial state is not of this version")),
        }
    }
}
