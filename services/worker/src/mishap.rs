//! Our own failures: retried, never charged to a team.
//!
//! The text of a mishap travels to the control plane's log. It is made of closed sentences, names of blobs and counts;
//! nothing in it is derived from hidden data.

use egret_jail::JailError;

use crate::{BlobId, CallError};

/// Why an attempt at a unit failed through no fault of the model.
#[derive(Debug, thiserror::Error)]
pub enum Mishap {
    /// The lease's message lacks something or exceeds a limit.
    #[error("the lease is malformed: {0}")]
    Malformed(&'static str),
    /// A call to the control plane failed for good.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The cache folder cannot be read or written.
    #[error("the blob cache failed: {0}")]
    Cache(#[from] std::io::Error),
    /// A blob does not fit the cache at all.
    #[error("blob of {} bytes does not fit the cache of {cache_bytes_max} bytes; raise cache_bytes_max", .blob.size_bytes)]
    CacheTooSmall {
        /// The blob.
        blob: BlobId,
        /// The cache's bound.
        cache_bytes_max: u64,
    },
    /// A sealed blob, key or state does not open, or holds something else than the lease says.
    #[error("the test set does not open: {0}")]
    TestSet(&'static str),
    /// A shard's ciphertext is what its digest says, and does not open: it was sealed wrong.
    #[error("shard {} does not open: {what}; verify the test set", .blob.digest)]
    Shard {
        /// Which of its two blobs.
        blob: BlobId,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A step of the jail failed.
    #[error("the jail failed: {0}")]
    Jail(#[from] JailError),
    /// The runner broke its own protocol, which no model can make it do.
    #[error("the runner broke its protocol: {0}")]
    Runner(&'static str),
    /// The metric state refused what it must accept.
    #[error("scoring failed: {0}")]
    Scoring(&'static str),
    /// The work was stopped: cancelled, lost or drained.
    #[error("the work was stopped")]
    Stopped,
    /// A bug of ours.
    #[error("the worker panicked; see its log")]
    Panicked,
}
