//! A lease's shard work, parsed: everything after this trusts its types.

use egret_datasets::Split;
use egret_jail::{Limits, plan::RunPlan};
use egret_metrics::Scoring;

use crate::BlobId;

/// What is run, under which limits, and what is computed of it.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// What the runner is told. Its `detail`: the public sample, where nothing is hidden, and faults are explained.
    pub plan: RunPlan,
    /// What it may use.
    pub limits: Limits,
    /// What is computed from its answers.
    pub scoring: Scoring,
    /// Whether the outcomes of single items are wanted too.
    pub keeps_outcomes: bool,
}

/// Run this model on these shards.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub run: Run,
    pub model: BlobId,
    /// In the unit's order; at least one.
    pub shards: Vec<ShardRef>,
    /// The test set's data key, sealed to this worker's pool.
    pub sealed_key: Vec<u8>,
    /// The evaluation has no other unit: the result is a verdict.
    pub sole_unit: bool,
}

/// Which shard of a test set; what is inside the seal must say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShardId {
    pub split: Split,
    /// Its place in the split.
    pub index: u32,
    pub item_count: u32,
}

/// Inputs and labels of the same items, sealed separately.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShardRef {
    pub id: ShardId,
    pub inputs: BlobId,
    pub labels: BlobId,
}

/// Merge these states, in this order.
#[derive(Clone, Debug)]
pub(crate) struct Finalization {
    pub scoring: Scoring,
    pub sealed_states: Vec<Vec<u8>>,
}

/// Compare these models.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// The first metric ranks.
    pub scoring: Scoring,
    pub seed: [u8; 32],
    pub replicate_count: u32,
    pub threads: u32,
    pub finalists: Vec<Finalist>,
}

/// A model whose outcomes are those of these units, in order.
#[derive(Clone, Debug)]
pub(crate) struct Finalist {
    pub submission: String,
    pub units: Vec<String>,
}
