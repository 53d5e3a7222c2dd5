//! A sealed test set as the control plane knows it: digests, counts and wrapped keys, never plaintext.

use crate::{PoolId, Sha256Hex, Split, text_enum::text_enum};

text_enum! {
    /// A test set goes one way: sealed, live, retired.
    TestSetState {
        /// Registered; not used yet.
        Sealed = "sealed",
        /// What submissions are evaluated on; at most one per task.
        Live = "live",
        /// Was live. Evaluations that began on it end on it.
        Retired = "retired",
    }
}

impl TestSetState {
    /// Whether a test set may go from here to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Sealed, Self::Live) | (Self::Live, Self::Retired))
    }
}

/// Bytes by digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlobRef {
    /// The digest of the bytes.
    pub sha256: Sha256Hex,
    /// How many there are.
    pub bytes: u64,
}

/// Inputs and labels of the same items, sealed separately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The split its items belong to.
    pub split: Split,
    /// Its place in the split, from 0.
    pub index: u32,
    /// How many items it has.
    pub item_count: u32,
    /// Sealed inputs.
    pub inputs: BlobRef,
    /// Sealed labels.
    pub labels: BlobRef,
    /// Plaintext bytes of the inputs.
    pub inputs_plain_bytes: u64,
}

/// The test set's data key, sealed to one pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The pool that can open it.
    pub pool: PoolId,
    /// age ciphertext.
    pub sealed_key: Vec<u8>,
}

impl WrappedKey {
    /// Whom the organizer's own key is named after: a pool that no worker is of.
    pub const ORGANIZER: &'static str = "organizer";

    /// Whether it is the organizer's own.
    #[must_use]
    pub fn is_organizers(&self) -> bool {
        self.pool.as_str() == Self::ORGANIZER
    }
}

/// What everybody may know of a test set beside its task's contract, and what shows afterwards that it was what was scored.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// The licence of the data in the organizer's words; may be empty.
    pub licence: String,
    /// Commitment to all items.
    pub root: Sha256Hex,
    /// The same of each split that has items, in the order of [`Split`].
    pub splits: Vec<SplitCommitment>,
    /// Root of each shard's items, in the order of the shards. For organizers.
    pub shard_roots: Vec<Sha256Hex>,
}

/// Commitment to the items of a split.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SplitCommitment {
    /// Which one.
    pub split: Split,
    /// How many there are.
    pub item_count: u64,
    /// Root of their tree.
    pub root: Sha256Hex,
}
