//! The work ledger.

use std::time::Duration;

use egret_contest::{
    Adapter, BlobRef, EvaluationName, Micros, PoolId, Sha256Hex, Shard, Split, SubmissionName, TaskSpec,
    TokenId, UnitId, Usage, Verdict,
};

use crate::{Store, StoreError};

/// Names one lease of one unit. Whoever cannot show the current one has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The unit.
    pub unit: UnitId,
    /// How often it has been leased.
    pub epoch: u64,
    /// 16 random bytes of this lease.
    pub nonce: Vec<u8>,
}

/// A worker's wish for work.
#[derive(Clone, Debug)]
pub struct LeaseRequest {
    /// The worker's token.
    pub holder: TokenId,
    /// The token's pool.
    pub pool: PoolId,
    /// The worker's own name, for logs.
    pub worker: String,
    /// Unique per wish; a repeated wish gets the lease it already has.
    pub request_id: String,
}

/// A unit of work, for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// What to show with every call about it.
    pub fence: Fence,
    /// When it is lost without a heartbeat.
    pub expires_at: Micros,
    /// The evaluation it belongs to.
    pub evaluation: EvaluationName,
    /// What to do.
    pub work: Work,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Run the model on shards.
    Shards(ShardWork),
    /// Merge partial states.
    Finalize(FinalizeWork),
}

/// Run the model on these shards and score the predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardWork {
    /// The task.
    pub spec: TaskSpec,
    /// The model.
    pub model: BlobRef,
    /// The team's wishes.
    pub adapter: Adapter,
    /// The sample is a check, answered in full detail; of anything else only codes and sealed states come back.
    pub split: Split,
    /// In order.
    pub shards: Vec<Shard>,
    /// The data key, sealed to the pool.
    pub sealed_key: Vec<u8>,
    /// The evaluation has only this unit: answer with a verdict. Otherwise answer with a sealed state.
    pub sole_unit: bool,
}

/// Merge the partial states, in unit order, into the verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct FinalizeWork {
    /// The task.
    pub spec: TaskSpec,
    /// Sealed to the pool, in unit order.
    pub sealed_states: Vec<Vec<u8>>,
}

/// The answer to a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// When the lease is lost without another one.
    pub expires_at: Micros,
    /// The evaluation has ended without this unit: drop the work.
    pub cancelled: bool,
}

/// What a worker found.
#[derive(Clone, Debug, PartialEq)]
pub enum UnitResult {
    /// Of a sole unit or a finalize unit, or a fault of any unit.
    Verdict(Verdict),
    /// Of one unit among several.
    SealedState {
        /// Sealed to the pool.
        state: Vec<u8>,
        /// What the runner used.
        usage: Usage,
    },
}

/// What a result led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It is stored with all that follows from it.
    Applied,
    /// It had been stored before; nothing changed.
    Repeated,
}

/// What one pass of the reaper did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Units offered again.
    pub returned: u32,
    /// Units that had their last attempt: dead letters.
    pub dead: u32,
}

/// What waits in a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The pool.
    pub pool: PoolId,
    /// Units offered.
    pub ready: u64,
    /// Units leased.
    pub leased: u64,
    /// How long the oldest one has been offered.
    pub oldest_ready: Duration,
}

impl Store {
    /// Leases the next unit of a pool, if there is one. See the module for who is next.
    pub async fn lease(&self, _request: &LeaseRequest) -> Result<Option<Lease>, StoreError> {
        todo!()
    }

    /// Extends a lease. `LeaseLost` if another one has the unit.
    pub async fn heartbeat(&self, _fence: &Fence) -> Result<Heartbeat, StoreError> {
        todo!()
    }

    /// Stores a result with all that follows from it, once. `LeaseLost`, `WrongResult`.
    pub async fn complete(&self, _fence: &Fence, _result: UnitResult) -> Result<Completion, StoreError> {
        todo!()
    }

    /// Our failure: the attempt is counted, and the unit is offered again or is a dead letter.
    pub async fn fail(&self, _fence: &Fence, _cause: &str) -> Result<(), StoreError> {
        todo!()
    }

    /// Gives the unit back untried.
    pub async fn release(&self, _fence: &Fence) -> Result<(), StoreError> {
        todo!()
    }

    /// One pass of the reaper: leases that expired on the database's clock count as failed attempts.
    pub async fn sweep_leases(&self) -> Result<Swept, StoreError> {
        todo!()
    }

    /// A blob that the current lease may read (its model, inputs and labels); `NotFound` otherwise.
    pub async fn leased_blob(&self, _fence: &Fence, _sha256: &Sha256Hex) -> Result<BlobRef, StoreError> {
        todo!()
    }

    /// What the done units of the fence's evaluation used together, for checking a finalize against the limits.
    pub async fn usage_so_far(&self, _fence: &Fence) -> Result<Usage, StoreError> {
        todo!()
    }

    /// The submission a fence's unit works for, for logs.
    pub async fn submission_of(&self, _fence: &Fence) -> Result<SubmissionName, StoreError> {
        todo!()
    }

    /// What waits, by pool.
    pub async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        todo!()
    }
}
