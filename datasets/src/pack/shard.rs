use super::Packed;
use crate::Split;
use crate::commitment::{Hash, Tree};
use crate::shard::{LABELS_BYTES_MAX, SHARD_BYTES_MAX, SHARD_ITEMS_MAX};

/// The plaintext of a shard, without headers.
pub(crate) struct Shard {
    pub split: Split,
    pub index: u32,
    /// The place of the first item in the split, or in a retrieval task among the queries or the gallery of it.
    pub first_item: u64,
    pub item_count: u32,
    pub inputs: Vec<u8>,
    pub labels: Vec<u8>,
    tree: Tree,
}

impl Shard {
    pub fn new(split: Split, index: u32, first_item: u64) -> Self {
        let (inputs, labels, tree) = (Vec::new(), Vec::new(), Tree::default());
        Self { split, index, first_item, item_count: 0, inputs, labels, tree }
    }

    /// Whether one more item fits.
    pub fn has_room(&self, packed: &Packed) -> bool {
        self.item_count < SHARD_ITEMS_MAX
            && (self.inputs.len() + packed.input.len()) as u64 <= SHARD_BYTES_MAX
            && (self.labels.len() + packed.record.len()) as u64 <= LABELS_BYTES_MAX
    }

    pub fn push(&mut self, packed: &Packed) {
        self.item_count += 1;
        self.inputs.extend_from_slice(&packed.input);
        self.labels.extend_from_slice(&packed.record);
        packed.leaf.into_iter().for_each(|leaf| self.tree.push(leaf));
    }

    /// The root of the tree over its own items.
    pub fn root(&self) -> Hash {
        self.tree.root()
    }
}
