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

#[cfg(test)]
mod tests {
    use egret_datasets::unit_state_bytes_max;

    use super::*;

    #[test]
    fn an_organizers_check_knows_how_long_it_becomes() {
        let long = |bytes| "x".repeat(bytes);
        for state_bytes in [0, 1, (64 << 10) - 1, 64 << 10, 1 << 20] {
            let partial = Partial {
                version: VERSION,
                state: vec![7; state_bytes],
                item_count: u32::MAX,
                wall_ms: u64::MAX,
                cpu_ms: u64::MAX,
                peak_memory_mib: u64::MAX,
                runner_version: long(512),
                runtime_sha256: long(512),
                adapter_summary: long(4096),
            };
            let sealed = partial.seal(&PoolIdentity::generate()).unwrap().len() as u64;
            let said = unit_state_bytes_max(state_bytes as u64);
            assert!(
                sealed <= said && sealed + (12 << 10) > said,
                "{sealed} bytes of {state_bytes}; said are {said}"
            );
        }
    }
}
