//! The worker's side of a sealed test set.

use std::io::Read;

use crate::shard::{Record, end, read_inputs_header, read_labels_header, read_records};
use crate::{DataKey, Split, Truth};

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
    /// Bytes of all of them, laid out as [`egret_contract::item`] says.
    pub bytes: u64,
}

/// Labels of one shard's items, in the order of the inputs.
#[derive(Clone, PartialEq)]
pub struct Labels {
    /// The split of its items.
    pub split: Split,
    /// Its place in the split, from 0.
    pub index: u32,
    /// The place of its first item in the split, from 0. In a retrieval task queries and gallery items are numbered apart, each
    /// from 0; a shard holds either, and the shards of the queries come first.
    pub first_item: u64,
    /// File names, or what stands for them where an item is no single file.
    pub ids: Vec<String>,
    /// What keeps items together (a person, a recording, a scene); empty where the organizer says nothing.
    pub groups: Vec<String>,
    /// What is true of each item; all of one kind, that of the task's answer.
    pub truths: Vec<Truth>,
}

impl Labels {
    pub(crate) fn of(split: Split, index: u32, first_item: u64, records: Vec<Record>) -> Self {
        let (ids, groups, truths) = (Vec::new(), Vec::new(), Vec::new());
        let mut labels = Self { split, index, first_item, ids, groups, truths };
        for Record { id, group, truth } in records {
            labels.ids.push(id);
            labels.groups.push(group);
            labels.truths.push(truth);
        }
        labels
    }
}

/// Says how many, never which: labels are hidden data, and debug output ends in logs.
impl std::fmt::Debug for Labels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Labels({} {}, {} items)", self.split, self.index, self.truths.len())
    }
}

/// Opens a shard of inputs straight into `dst`: `bytes` of items from its start. Only the cipher's own
/// 64 KiB pieces lie elsewhere. On an error what `dst` holds is worthless; bytes behind the items are never touched.
pub fn open_inputs(key: &DataKey, sealed: impl Read, dst: &mut [u8]) -> Result<InputsHeader, OpenError> {
    inputs(&mut key.open(sealed)?, dst)
}

/// The same of plaintext.
pub fn inputs(plain: &mut impl Read, dst: &mut [u8]) -> Result<InputsHeader, OpenError> {
    let meta = read_inputs_header(plain)?;
    let needed = meta.bytes;
    let available = dst.len() as u64;
    let items = usize::try_from(needed).ok().and_then(|needed| dst.get_mut(..needed));
    let items = items.ok_or(OpenError::TooLarge { needed, available })?;
    plain.read_exact(items).map_err(|_| OpenError::Damaged)?;
    end(plain)?;
    Ok(InputsHeader { split: meta.split, index: meta.index, item_count: meta.item_count, bytes: meta.bytes })
}

/// Opens a shard of labels.
pub fn open_labels(key: &DataKey, sealed: impl Read) -> Result<Labels, OpenError> {
    labels(&mut key.open(sealed)?)
}

/// The same of plaintext.
pub fn labels(plain: &mut impl Read) -> Result<Labels, OpenError> {
    let meta = read_labels_header(plain)?;
    let records = read_records(meta.item_count, plain)?;
    end(plain)?;
    Ok(Labels::of(meta.split, meta.index, meta.first_item, records))
}
