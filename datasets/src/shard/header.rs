use std::io::{self, Read, Write};

use egret_contract::ITEM_BYTES_MAX;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{SHARD_ITEMS_MAX, exact};
use crate::{OpenError, Split};

/// The last byte is the version of what follows.
const INPUTS_MAGIC: [u8; 8] = *b"egretIN\x02";
const LABELS_MAGIC: [u8; 8] = *b"egretLB\x02";
/// Bytes of a JSON header.
const HEADER_BYTES_MAX: u32 = 4096;

/// Header of a shard of inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputsMeta {
    pub split: Split,
    pub index: u32,
    pub item_count: u32,
    /// Of all items together.
    pub bytes: u64,
}

/// Header of a shard of labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelsMeta {
    pub split: Split,
    pub index: u32,
    pub item_count: u32,
    /// The place of the first item in its split, or for a gallery in that.
    pub first_item: u64,
}

/// Either of them.
pub(crate) trait Header: Serialize + DeserializeOwned {
    const MAGIC: [u8; 8];
}

impl Header for InputsMeta {
    const MAGIC: [u8; 8] = INPUTS_MAGIC;
}

impl Header for LabelsMeta {
    const MAGIC: [u8; 8] = LABELS_MAGIC;
}

/// Writes magic and header.
pub(crate) fn write_header<H: Header>(header: &H, to: &mut dyn Write) -> io::Result<()> {
    let json = serde_json::to_vec(header)?;
    to.write_all(&H::MAGIC)?;
    to.write_all(&(json.len() as u32).to_le_bytes())?;
    to.write_all(&json)
}

fn read<H: Header>(from: &mut impl Read) -> Result<H, OpenError> {
    let mut magic = [0; 8];
    exact(from, &mut magic)?;
    if magic != H::MAGIC {
        return Err(OpenError::Malformed("not a shard of this kind and version"));
    }
    let mut length = [0; 4];
    exact(from, &mut length)?;
    let length = u32::from_le_bytes(length);
    if length > HEADER_BYTES_MAX {
        return Err(OpenError::Malformed("the header is too long"));
    }
    let mut json = vec![0; length as usize];
    exact(from, &mut json)?;
    serde_json::from_slice(&json).map_err(|_| OpenError::Malformed("the header is not what it should be"))
}

fn counted(item_count: u32) -> Result<(), OpenError> {
    if (1..=SHARD_ITEMS_MAX).contains(&item_count) { Ok(()) } else { Err(OpenError::Malformed("item count")) }
}

/// Reads the start of a shard of inputs; its figures are in range.
pub(crate) fn read_inputs_header(from: &mut impl Read) -> Result<InputsMeta, OpenError> {
    let meta: InputsMeta = read(from)?;
    counted(meta.item_count)?;
    // A shard of several items is smaller than one item may be.
    if !(1..=ITEM_BYTES_MAX).contains(&meta.bytes) {
        return Err(OpenError::Malformed("size of the items"));
    }
    Ok(meta)
}

/// Reads the start of a shard of labels; its figures are in range.
pub(crate) fn read_labels_header(from: &mut impl Read) -> Result<LabelsMeta, OpenError> {
    let meta: LabelsMeta = read(from)?;
    counted(meta.item_count)?;
    if meta.first_item > u64::from(u32::MAX) {
        return Err(OpenError::Malformed("place of the first item"));
    }
    Ok(meta)
}
