//! The plaintext of shards: magic with version, a short JSON header with its length, then the items.
//!
//! Inputs: `item_count` × `item_bytes`, dense. Labels: per item the class (u32), the length of its id (u16) and the id
//! (UTF-8); all little-endian. Both parsers are total: any bytes give a value or an [`OpenError`], within stated memory.

mod header;
mod labels;

use std::io::Read;

use crate::OpenError;

pub(crate) use header::{InputsMeta, LabelsMeta, read_inputs_header, read_labels_header, write_header};
pub(crate) use labels::{read_labels, write_labels};

/// Plaintext bytes of the inputs of one shard; a larger item has a shard of its own.
pub(crate) const SHARD_BYTES_MAX: u64 = 32 << 20;
/// Bytes of one item.
pub(crate) const ITEM_BYTES_MAX: u64 = 64 << 20;
/// Items of one shard, however small they are.
pub(crate) const SHARD_ITEMS_MAX: u32 = 1 << 16;

/// How many items of this size go into one shard.
pub(crate) fn items_per_shard(item_bytes: u64) -> usize {
    (SHARD_BYTES_MAX / item_bytes).clamp(1, u64::from(SHARD_ITEMS_MAX)) as usize
}

/// Reads exactly as many bytes as asked; fewer are damage.
fn exact(from: &mut impl Read, into: &mut [u8]) -> Result<(), OpenError> {
    from.read_exact(into).map_err(|_| OpenError::Damaged)
}

/// Makes sure that nothing follows, which also verifies the last piece of ciphertext.
pub(crate) fn end(from: &mut impl Read) -> Result<(), OpenError> {
    match from.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(OpenError::Malformed("bytes after the last item")),
        Err(_) => Err(OpenError::Damaged),
    }
}
