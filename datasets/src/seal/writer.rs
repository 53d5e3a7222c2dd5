use std::io;
use std::path::Path;

use super::SealedShard;
use super::blob::BlobFile;
use crate::labels::Item;
use crate::shard::{InputsMeta, LabelsMeta, write_header, write_labels};
use crate::{DataKey, Split};

/// Seals one shard at a time; the one in hand waits for [`Writer::flush`].
pub(super) struct Writer<'a> {
    out: &'a Path,
    key: &'a DataKey,
    item_bytes: u64,
    held: Option<Held<'a>>,
    shards: Vec<SealedShard>,
}

struct Held<'a> {
    split: Split,
    index: u32,
    items: Vec<&'a Item>,
    inputs: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub fn new(out: &'a Path, key: &'a DataKey, item_bytes: u64) -> Self {
        Self { out, key, item_bytes, held: None, shards: Vec::new() }
    }

    /// Takes a decoded shard in hand.
    pub fn hold(&mut self, split: Split, index: u32, items: Vec<&'a Item>, inputs: Vec<u8>) {
        self.held = Some(Held { split, index, items, inputs });
    }

    /// Seals the shard in hand, if there is one.
    pub fn flush(&mut self) -> io::Result<()> {
        let Some(Held { split, index, items, inputs }) = self.held.take() else { return Ok(()) };
        let item_count = items.len() as u32;
        let file = |kind| BlobFile::create(&self.out.join(format!("{split}-{index:05}.{kind}.age")));
        let sealed_inputs = self.key.seal(file("inputs")?, |to| {
            write_header(&InputsMeta { split, index, item_count, item_bytes: self.item_bytes }, to)?;
            to.write_all(&inputs)
        })?;
        let sealed_labels = self.key.seal(file("labels")?, |to| {
            write_header(&LabelsMeta { split, index, item_count }, to)?;
            write_labels(&items, to)
        })?;
        self.shards.push(SealedShard {
            split,
            index,
            item_count,
            inputs: sealed_inputs.finish()?,
            labels: sealed_labels.finish()?,
            inputs_plain_bytes: inputs.len() as u64,
        });
        Ok(())
    }

    /// What was sealed, in order.
    pub fn into_shards(self) -> Vec<SealedShard> {
        self.shards
    }
}
