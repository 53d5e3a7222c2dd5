//! Whether sealed shards are what was committed to.

use std::fs::File;
use std::io::Read;

use egret_contract::{ITEM_BYTES_MAX, InputContract};
use sha2::{Digest, Sha256};

use crate::commitment::{Commitment, Hash, Salts, SplitCommitment, Tree};
use crate::{DataKey, OpenError, SealedShard, Split, Truth, open_inputs, open_labels};

/// What is wrong with a sealed test set.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// A file of a shard cannot be read.
    #[error("shard {index} of {split}: its {part} cannot be read: {error}")]
    Unreadable {
        /// The shard's split.
        split: Split,
        /// Its place in the split.
        index: u32,
        /// `inputs` or `labels`.
        part: &'static str,
        /// Why not.
        error: std::io::Error,
    },
    /// A shard does not open, or is not the one that is due.
    #[error("shard {index} of {split}: {error}")]
    Shard {
        /// The shard's split.
        split: Split,
        /// Its place in the split.
        index: u32,
        /// What is wrong.
        error: OpenError,
    },
    /// A shard opens, but holds other items, labels or groups than the one that was sealed.
    #[error("shard {index} of {split} is not the one that was sealed")]
    Content {
        /// The shard's split.
        split: Split,
        /// Its place in the split.
        index: u32,
    },
    /// The shards are not those of the commitment, as a whole.
    #[error("the shards are not those that were committed to")]
    Commitment,
}

/// Recomputes a commitment from shards that come one after the other.
pub struct Verifier<'a> {
    key: &'a DataKey,
    input: &'a InputContract,
    salts: Salts,
    splits: Vec<SplitCommitment>,
    split: Split,
    index: u32,
    /// The place of the next item in the split, or in a retrieval task among its queries or gallery.
    place: u64,
    gallery: bool,
    tree: Tree,
    inputs: Vec<u8>,
}

impl<'a> Verifier<'a> {
    /// `input` is the task's contract.
    pub fn new(key: &'a DataKey, input: &'a InputContract) -> Self {
        Self {
            key,
            input,
            salts: Salts::of(key),
            splits: Vec::new(),
            split: Split::Sample,
            index: 0,
            place: 0,
            gallery: false,
            tree: Tree::default(),
            inputs: Vec::new(),
        }
    }

    /// Takes the next shard, in the order of splits and of places in them; gives the root over its own items. At most one shard is
    /// in memory.
    pub fn shard(&mut self, inputs: impl Read, labels: impl Read) -> Result<Hash, OpenError> {
        self.inputs.resize(ITEM_BYTES_MAX as usize, 0);
        let header = open_inputs(self.key, inputs, &mut self.inputs)?;
        let labels = open_labels(self.key, labels)?;
        if header.split > self.split {
            self.end_split();
            self.split = header.split;
        }
        let gallery = labels.truths.first() == Some(&Truth::Gallery);
        if gallery && !self.gallery {
            (self.gallery, self.place) = (true, 0);
        }
        let due = (self.split, self.index, self.place, header.item_count);
        let item_count = labels.truths.len() as u32;
        if (header.split, header.index, self.place, header.item_count) != due
            || (labels.split, labels.index, labels.first_item, item_count) != due
        {
            return Err(OpenError::Malformed("not the shard that is due"));
        }
        let bytes = &self.inputs[..header.bytes as usize];
        let items = self.input.items(bytes, header.item_count);
        let items = items.map_err(|_| OpenError::Malformed("not items of the task's contract"))?;
        let mut own = Tree::default();
        for ((input, truth), group) in items.into_iter().zip(&labels.truths).zip(&labels.groups) {
            let label = postcard::to_stdvec(truth).map_err(|_| OpenError::Malformed("a label"))?;
            let digest = Sha256::digest(input).into();
            let leaf = self.salts.item(self.split, self.tree.count(), group, &digest, &label);
            own.push(leaf);
            self.tree.push(leaf);
        }
        self.index += 1;
        self.place += u64::from(item_count);
        Ok(own.root())
    }

    fn end_split(&mut self) {
        let tree = std::mem::take(&mut self.tree);
        if tree.count() > 0 {
            let (item_count, root) = (tree.count(), tree.root());
            self.splits.push(SplitCommitment { split: self.split, item_count, root });
        }
        (self.index, self.place, self.gallery) = (0, 0, false);
    }

    /// What was committed to, if the shards are those that were sealed.
    pub fn finish(mut self) -> Commitment {
        self.end_split();
        Commitment::of(self.splits)
    }
}

/// Opens every shard of a test set and recomputes the commitment; names the first shard that is not what it should be.
pub fn verify(
    key: &DataKey,
    input: &InputContract,
    shards: &[SealedShard],
    commitment: &Commitment,
) -> Result<(), Unsound> {
    let mut verifier = Verifier::new(key, input);
    for shard in shards {
        let (split, index) = (shard.split, shard.index);
        let open = |part, blob: &crate::LocalBlob| {
            File::open(&blob.path).map_err(|error| Unsound::Unreadable { split, index, part, error })
        };
        let root = verifier.shard(open("inputs", &shard.inputs)?, open("labels", &shard.labels)?);
        let root = root.map_err(|error| Unsound::Shard { split, index, error })?;
        if root != shard.root {
            return Err(Unsound::Content { split, index });
        }
    }
    if verifier.finish() == *commitment { Ok(()) } else { Err(Unsound::Commitment) }
}
