//! The work ledger: who does which unit, for how long, and what a result leads to.
//!
//! A unit is ready, leased, done or dead. A lease is an epoch (it counts the unit's leases) and a nonce (it cannot be
//! guessed), good until a moment on the *database's* clock that heartbeats move. Whoever shows the current epoch and nonce of
//! a unit that is leased has an effect, in the transaction that also ends the lease; whoever shows another has none. So a
//! worker that was thought dead and comes back late cannot count twice, and needs no clock of its own.
//!
//! **Who is next.** Start-time fair queueing over the lanes of a pool, competitions and then teams, as `egret_contest`'s queue has
//! it; here are its tags (`turns`) and what it will do (`forecast`). Finalize units go first, units of final phases last, until they
//! have waited for `final_patience`. Lanes have caps, and a competition whose evaluating is paused has no turn. Leases of a
//! pool are given one after the other, so that two workers that ask at once do not find the same lane the next. Workers that wait
//! stand in line (`line`): the first one looks, and only one that sees a unit writes.
//!
//! **Attempts.** A failed or expired lease is an attempt; a unit given back is not. At `attempts_max` the unit is a dead
//! letter: the evaluation ends as a Mishap, the submission is rejected for a fault that is ours, and its quota is refunded.

mod complete;
mod fence;
mod forecast;
mod lease;
mod line;
mod reaper;
mod turns;

use std::time::Duration;

pub(crate) use complete::{read_check, read_spec};
pub(crate) use fence::Unit;
pub(crate) use forecast::Forecasts;
pub(crate) use line::Lines;

use crate::Finalist;

use egret_contest::{
    Adapter, BlobRef, EvaluationKind, EvaluationName, Micros, PoolId, Shard, SlotKind, Split, SubmissionId,
    TaskName, TaskSpec, TokenId, UnitId, Usage, Verdict,
};

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
    /// What the slot takes that asks.
    pub slot: SlotKind,
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
    Shards(Box<ShardWork>),
    /// Merge partial states.
    Finalize(Box<FinalizeWork>),
    /// Compare finalists.
    Compare(Box<CompareWork>),
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
    /// A check is answered in full detail; of a hidden evaluation only codes and sealed states come back.
    pub kind: EvaluationKind,
    /// Which split the shards are of.
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

/// Compare the finalists of a task item by item.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareWork {
    /// The task.
    pub spec: TaskSpec,
    /// Its name.
    pub task: TaskName,
    /// Which items are drawn in which replicate.
    pub seed: [u8; 32],
    /// How many replicates.
    pub replicate_count: u32,
    /// In order of acceptance.
    pub finalists: Vec<Finalist>,
}

/// Between which ranks a finalist stands, 1 being best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalistRanks {
    /// Which.
    pub submission: SubmissionId,
    /// The best rank that its model may deserve.
    pub low: u32,
    /// The worst.
    pub high: u32,
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
    /// Of a unit that compares: of each finalist whose value is defined; none where nothing can be said.
    Comparison(Vec<FinalistRanks>),
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
