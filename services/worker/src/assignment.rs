//! A lease's shard work, parsed: everything after this trusts its types.

use egret_datasets::Split;
use egret_jail::{Limits, plan::RunPlan};
use egret_metrics::ClassesParams;

use crate::BlobId;

/// Run this model on these shards.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    /// What the runner is told.
    pub plan: RunPlan,
    /// What it may use.
    pub limits: Limits,
    /// What is computed from its answers.
    pub scoring: ClassesParams,
    pub model: BlobId,
    /// In the unit's order; at least one.
    pub shards: Vec<ShardRef>,
    /// The test set's data key, sealed to this worker's pool.
    pub sealed_key: Vec<u8>,
    /// The public sample, where nothing is hidden: faults are explained.
    pub detail: bool,
    /// The evaluation has no other unit: the result is a verdict.
    pub sole_unit: bool,
}

/// Inputs and labels of the same items, sealed separately.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShardRef {
    pub split: Split,
    /// Its place in the split; what is inside the seal must say the same.
    pub index: u32,
    pub item_count: u32,
    pub inputs: BlobId,
    pub labels: BlobId,
}

/// Merge these states, in this order.
#[derive(Clone, Debug)]
pub(crate) struct Finalization {
    pub scoring: ClassesParams,
    pub sealed_states: Vec<Vec<u8>>,
}
