use std::io::Read;

use crate::{DataKey, Split};

/// Why sealed bytes do not open. A `Mishap`: the team has nothing to do with it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not sealed to this key, or not sealed at all.
    #[error("not sealed to this key")]
    Key,
    /// Tampered with, or truncated.
    #[error("the sealed bytes are damaged")]
    Damaged,
    /// It opens, but is not what a sealer of ours writes.
    #[error("the plaintext is malformed: {0}")]
    Malformed(&'static str),
    /// The destination cannot hold the items.
    #[error("{needed} bytes of items do not fit into {available}")]
    TooLarge {
        /// What the shard holds.
        needed: u64,
        /// What the destination holds.
        available: u64,
    },
}

/// What a shard of inputs says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputsHeader {
    /// The split of its items.
    pub split: Split,
    /// Its place in the split, from 0.
    pub index: u32,
    /// How many items follow.
    pub item_count: u32,
    /// Bytes of each.
    pub item_bytes: u64,
}

/// Labels of one shard's items, in the order of the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The split of its items.
    pub split: Split,
    /// Its place in the split, from 0.
    pub index: u32,
    /// File names.
    pub ids: Vec<String>,
    /// Indices into the task's classes.
    pub classes: Vec<u32>,
}

/// Opens a shard of inputs straight into `dst`: dense, `item_count` × `item_bytes`.
pub fn open_inputs(_key: &DataKey, _sealed: impl Read, _dst: &mut [u8]) -> Result<InputsHeader, OpenError> {
    todo!()
}

/// Opens a shard of labels.
pub fn open_labels(_key: &DataKey, _sealed: impl Read) -> Result<Labels, OpenError> {
    todo!()
}
