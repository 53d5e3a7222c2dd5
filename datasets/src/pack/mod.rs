//! From items to the plaintext of shards: in the order of sealing, decoded once, each item whole in one shard.

mod linked;
mod order;
mod shard;

use std::io;

use crate::commitment::{Hash, Salts, SplitCommitment, Tree};
use crate::import::{Decoded, Importer};
use crate::labels::ItemSet;
use crate::shard::{RECORD_BYTES_MAX, record};
use crate::twins::{self, Twin};
use crate::{Problem, Split, TaskManifest, Truth};
use linked::Linked;

pub(crate) use shard::Shard;

/// An item, ready to be put into a shard.
pub(crate) struct Packed {
    pub item: u32,
    pub input: Vec<u8>,
    pub truth: Truth,
    pub twin: Twin,
    /// Its label as it stands in a shard.
    record: Vec<u8>,
    leaf: Option<Hash>,
}

/// Takes what was packed.
pub(crate) trait Sink: Send {
    /// An item of a split, before it goes into a shard.
    fn item(&mut self, split: Split, packed: &Packed) -> io::Result<()>;
    /// A full shard.
    fn shard(&mut self, shard: Shard) -> io::Result<()>;
    /// Called while the next items are being decoded: the time to finish what was begun.
    fn meanwhile(&mut self) -> io::Result<()>;
}

/// Decodes and packs the items of these splits; gives what is committed to if there are `salts`. Items with a problem are noted,
/// and what was packed is of no use then.
pub(crate) fn pack(
    task: &TaskManifest,
    set: &ItemSet,
    importer: &Importer<'_>,
    salts: Option<&Salts>,
    sink: &mut impl Sink,
    problems: &mut Vec<Problem>,
) -> io::Result<Vec<SplitCommitment>> {
    let mut commitments = Vec::new();
    for split in Split::ALL {
        let orders = order::of(split, set)?;
        let linked = Linked::of(set, &orders);
        let mut tree = Tree::default();
        let (mut index, mut place_in_split) = (0, 0u64);
        // A retrieval task's queries have shards of their own.
        for order in orders {
            let mut filling: Option<Shard> = None;
            let mut done = 0;
            while done < order.len() {
                let (first, before) = (done, place_in_split);
                let finish = |at: usize, decoded: Decoded| {
                    let truth = |item| linked.truth(set, item, (first + at) as u32);
                    packed(task, set, decoded, truth, |group, input, label| {
                        salts.map(|salts| salts.item(split, before + at as u64, group, input, label))
                    })
                };
                let (finished, batch) =
                    rayon::join(|| sink.meanwhile(), || importer.batch(&order[first..], finish));
                finished?;
                for (place, packed) in (first as u64..).zip(batch) {
                    done += 1;
                    place_in_split += 1;
                    let packed = match packed {
                        Ok(packed) => packed,
                        Err(wrong) => {
                            problems.extend(wrong);
                            continue;
                        }
                    };
                    sink.item(split, &packed)?;
                    packed.leaf.into_iter().for_each(|leaf| tree.push(leaf));
                    if let Some(full) = filling.take_if(|filling| !filling.has_room(&packed)) {
                        sink.shard(full)?;
                    }
                    let shard = filling.get_or_insert_with(|| {
                        index += 1;
                        Shard::new(split, index - 1, place)
                    });
                    shard.push(&packed);
                }
            }
            filling.map_or(Ok(()), |filling| sink.shard(filling))?;
        }
        if tree.count() > 0 {
            commitments.push(SplitCommitment { split, item_count: tree.count(), root: tree.root() });
        }
    }
    sink.meanwhile()?;
    Ok(commitments)
}

fn packed(
    task: &TaskManifest,
    set: &ItemSet,
    decoded: Decoded,
    linked: impl FnOnce(u32) -> Truth,
    leaf: impl FnOnce(&str, &[u8; 32], &[u8]) -> Option<Hash>,
) -> Result<Packed, Vec<Problem>> {
    let Decoded { item, input, digest, truth } = decoded;
    let truth = truth.unwrap_or_else(|| linked(item));
    // Memory takes whatever is written.
    let label = postcard::to_stdvec(&truth).unwrap_or_default();
    let (id, group) = (set.id(item), set.group(item));
    let too_long = || {
        let what = format!("the label of \"{id}\" takes more than {} MiB", RECORD_BYTES_MAX >> 20);
        vec![Problem::of_file(task.labels_file(), what, "make it simpler")]
    };
    let record = record(id, group, &label).ok_or_else(too_long)?;
    let leaf = leaf(group, &digest, &label);
    Ok(Packed { item, input, truth, twin: twins::of(&digest), record, leaf })
}
