use std::io;
use std::path::Path;

use super::SealedShard;
use super::blob::BlobFile;
use crate::DataKey;
use crate::Split;
use crate::labels::ItemSet;
use crate::pack::{Packed, Shard, Sink};
use crate::sample::Archive;
use crate::shard::{InputsMeta, LabelsMeta, write_header};
use crate::twins::Twin;

/// Seals shards one at a time, while the next is being decoded, and puts the sample into its archive.
pub(super) struct Sealer<'a> {
    pub out: &'a Path,
    pub key: &'a DataKey,
    pub set: &'a ItemSet,
    pub archive: Archive<'a>,
    pub twins: Vec<(Twin, u32)>,
    pub full: Option<Shard>,
    /// What was sealed, in order.
    pub shards: Vec<SealedShard>,
}

impl Sink for Sealer<'_> {
    fn item(&mut self, split: Split, packed: &Packed) -> io::Result<()> {
        self.twins.push((packed.twin, packed.item));
        if split == Split::Sample {
            self.archive.add(self.set, packed.item, &packed.input, &packed.truth)?;
        }
        Ok(())
    }

    fn shard(&mut self, shard: Shard) -> io::Result<()> {
        self.meanwhile()?;
        self.full = Some(shard);
        Ok(())
    }

    fn meanwhile(&mut self) -> io::Result<()> {
        let Some(shard) = self.full.take() else { return Ok(()) };
        let Shard { split, index, first_item, item_count, .. } = shard;
        let file = |kind| BlobFile::create(&self.out.join(format!("{split}-{index:05}.{kind}.age")));
        let bytes = shard.inputs.len() as u64;
        let inputs = self.key.seal(file("inputs")?, |to| {
            write_header(&InputsMeta { split, index, item_count, bytes }, to)?;
            to.write_all(&shard.inputs)
        })?;
        let labels = self.key.seal(file("labels")?, |to| {
            write_header(&LabelsMeta { split, index, item_count, first_item }, to)?;
            to.write_all(&shard.labels)
        })?;
        self.shards.push(SealedShard {
            split,
            index,
            item_count,
            inputs: inputs.finish()?,
            labels: labels.finish()?,
            inputs_plain_bytes: bytes,
            root: shard.root(),
        });
        Ok(())
    }
}
