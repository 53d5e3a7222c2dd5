//! The plaintext of shards: magic with version, a short JSON header with its length, then the items.
//!
//! Inputs: the items as [`egret_contract::item`] lays them out, `bytes` in all. Labels: per item the length of its record (u32,
//! little-endian) and the record, postcard of id, group and [`crate::Truth`]. Both parsers are total: any bytes give a value or an
//! [`OpenError`], within stated memory.

mod header;
mod records;

use std::io::Read;

use egret_contract::ITEM_BYTES_MAX;

use crate::OpenError;
use crate::runs::MASK_PIXELS_MAX;

pub(crate) use header::{InputsMeta, LabelsMeta, read_inputs_header, read_labels_header, write_header};
pub(crate) use records::{Record, read_records, record};

/// Plaintext bytes of the items of one shard; a larger item has a shard of its own.
pub(crate) const SHARD_BYTES_MAX: u64 = 32 << 20;
/// Plaintext bytes of the labels of one shard; an item with more has a shard of its own.
pub(crate) const LABELS_BYTES_MAX: u64 = 32 << 20;
/// Bytes of the record of one item's label.
pub(crate) const RECORD_BYTES_MAX: u64 = 64 << 20;
/// Items of one shard, however small they are.
pub(crate) const SHARD_ITEMS_MAX: u32 = 1 << 16;
/// Pixels of all masks of a shard: a byte of input or more each, and never less than one mask.
pub(crate) const SHARD_MASK_PIXELS_MAX: usize = ITEM_BYTES_MAX as usize;
const _: () = assert!(SHARD_MASK_PIXELS_MAX >= MASK_PIXELS_MAX && SHARD_BYTES_MAX <= ITEM_BYTES_MAX);

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
