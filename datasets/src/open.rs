//! The worker's side of a sealed test set.

use std::io::Read;

use crate::shard::{end, read_inputs_header, read_labels, read_labels_header};
use crate::{DataKey, Split};

/// Why sealed bytes do not open. A `Mishap`: the team has nothing to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Sealed to another key.
    #[error("not sealed to this key")]
    Key,
    /// Tampered with, truncated, or not sealed at all.
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
#[derive(Clone, PartialEq, Eq)]
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

/// Says how many, never which: labels are hidden data, and debug output ends in logs.
impl std::fmt::Debug for Labels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Labels({} {}, {} items)", self.split, self.index, self.classes.len())
    }
}

/// Opens a shard of inputs straight into `dst`: dense, `item_count` × `item_bytes` from its start. Only the cipher's own
/// 64 KiB pieces lie elsewhere. On an error what `dst` holds is worthless; bytes behind the items are never touched.
pub fn open_inputs(key: &DataKey, sealed: impl Read, dst: &mut [u8]) -> Result<InputsHeader, OpenError> {
    inputs(&mut key.open(sealed)?, dst)
}

/// The same of plaintext.
pub fn inputs(plain: &mut impl Read, dst: &mut [u8]) -> Result<InputsHeader, OpenError> {
    let meta = read_inputs_header(plain)?;
    // At most 2^16 × 64 MiB: no overflow.
    let needed = u64::from(meta.item_count) * meta.item_bytes;
    let available = dst.len() as u64;
    let items = usize::try_from(needed).ok().and_then(|needed| dst.get_mut(..needed));
    let items = items.ok_or(OpenError::TooLarge { needed, available })?;
    plain.read_exact(items).map_err(|_| OpenError::Damaged)?;
    end(plain)?;
    Ok(InputsHeader {
        split: meta.split,
        index: meta.index,
        item_count: meta.item_count,
        item_bytes: meta.item_bytes,
    })
}

/// Opens a shard of labels.
pub fn open_labels(key: &DataKey, sealed: impl Read) -> Result<Labels, OpenError> {
    labels(&mut key.open(sealed)?)
}

/// The same of plaintext.
pub fn labels(plain: &mut impl Read) -> Result<Labels, OpenError> {
    let meta = read_labels_header(plain)?;
    let (ids, classes) = read_labels(meta.item_count, plain)?;
    end(plain)?;
    Ok(Labels { split: meta.split, index: meta.index, ids, classes })
}
