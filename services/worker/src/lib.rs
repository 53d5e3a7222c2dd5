//! The worker: it leases units of work, runs the model in the jail, scores what comes back and hands in the result.
//!
//! Theory of operation. A worker holds one pool's identity and no credentials to a database or an object store. It dials
//! out, asks for a lease ([`Worker::step`] is one lease from start to end) and keeps it alive with heartbeats. Sealed
//! blobs of the test set rest sealed in a bounded [`Cache`] on disk; they are opened in memory only: inputs straight into
//! the slots of shared memory that the runner maps read-only, labels only after the predictions of their shard are in.
//! Models rest in memory only. Every failure chooses its side: a fault is the model's and ends in a verdict; a [`Mishap`]
//! is ours, is reported with text free of anything derived from hidden data, and the unit is offered again.
//!
//! What this crate does not do: parse models (the runner does, jailed), decide quotas or releases (the control plane
//! does), or keep results (the ledger does, fenced).

mod assignment;
mod attempt;
mod audit;
mod bench;
mod blob;
mod cache;
mod client;
mod compare;
mod config;
mod convert;
mod doctor;
mod evaluate;
mod feed;
mod finalize;
mod jailed;
mod judge;
mod keeper;
mod mishap;
mod order;
mod partial;
mod rehearsal;
mod run;
mod step;
mod stop;

pub use audit::Pins;
pub use bench::Bench;
pub use blob::{BlobId, Digest};
pub use cache::Cache;
pub use client::CallError;
pub use config::{ControlPlane, ORT_SHA256, WorkerConfig};
pub use convert::BATCH_ITEMS_MAX;
pub use doctor::examine;
pub use egret_jail::{
    Layer, Layers, Site, Tier, TierPolicy,
    doctor::{Probe, Report, Subject, Verdict},
    harden,
};
pub use jailed::{Jail, JailedRun};
pub use mishap::Mishap;
pub use rehearsal::{Contract, Material, OpenShard, rehearse};
pub use run::{WorkerError, run};
pub use step::{Step, Worker};
pub use stop::{Stop, Stopped};
