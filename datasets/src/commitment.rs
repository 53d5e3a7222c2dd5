//! The commitment to a test set: what is published before a contest, and shown afterwards to have been what was scored.
//!
//! Per split a tree of RFC 6962 (section 2.1) over its items in their order of sealing (of a retrieval task queries, then gallery).
//! All numbers are little-endian; a text or a list of bytes is preceded by its length as u64.
//!
//! - item: `SHA-256(0x00 ‖ "egret test set item v1" ‖ salt ‖ place u64 ‖ split u8 ‖ group ‖ SHA-256(input) ‖ label)`, where the place
//!   is that in the split, the split is 0 for sample, 1 for public, 2 for private, the group is a text (empty: none), the input is
//!   the item as models get it, and the label is the list of bytes that encodes its [`Truth`]. The fixed parts have no length.
//! - salt: `HMAC-SHA-256(K, split u8 ‖ place u64)`, `K = HMAC-SHA-256(data key, "egret test set salts v1")`, where the data key is its
//!   text `AGE-SECRET-KEY-1…`. Without it nobody can tell a guess of an item and its label from any other.
//! - node: `SHA-256(0x01 ‖ left ‖ right)`.
//! - test set: the same tree over `SHA-256(0x00 ‖ "egret test set split v1" ‖ split u8 ‖ item count u64 ‖ root of the split)` of the
//!   splits that have items, in the order above.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::import::InputDigest;
use crate::{DataKey, Split};

const ITEM_DOMAIN: &[u8] = b"egret test set item v1";
const SPLIT_DOMAIN: &[u8] = b"egret test set split v1";
const SALT_DOMAIN: &[u8] = b"egret test set salts v1";

/// A SHA-256 hash in a tree.
pub type Hash = [u8; 32];

/// What is published of a test set's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Of the whole test set.
    pub root: Hash,
    /// Of each split that has items, in the order of [`Split::ALL`].
    pub splits: Vec<SplitCommitment>,
}

/// What is published of a split's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitCommitment {
    /// Which one.
    pub split: Split,
    /// How many items it has.
    pub item_count: u64,
    /// The root of their tree.
    pub root: Hash,
}

impl Commitment {
    pub(crate) fn of(splits: Vec<SplitCommitment>) -> Self {
        let mut tree = Tree::default();
        for split in &splits {
            let hash =
                Sha256::new_with_prefix([0]).chain_update(SPLIT_DOMAIN).chain_update([split.split as u8]);
            let hash = hash.chain_update(split.item_count.to_le_bytes()).chain_update(split.root);
            tree.push(hash.finalize().into());
        }
        Self { root: tree.root(), splits }
    }
}

/// Makes the salts of a test set.
#[derive(Clone)]
pub(crate) struct Salts(Hmac<Sha256>);

impl Salts {
    pub fn of(key: &DataKey) -> Self {
        let secret = keyed(&key.secret()).chain_update(SALT_DOMAIN).finalize().into_bytes();
        Self(keyed(&secret))
    }

    /// The hash of an item.
    pub fn item(&self, split: Split, place: u64, group: &str, input: &InputDigest, label: &[u8]) -> Hash {
        let (split, place) = ([split as u8], place.to_le_bytes());
        let salt = self.0.clone().chain_update(split).chain_update(place).finalize().into_bytes();
        let hash = Sha256::new_with_prefix([0]).chain_update(ITEM_DOMAIN).chain_update(salt);
        let hash = hash.chain_update(place).chain_update(split);
        let hash = hash.chain_update((group.len() as u64).to_le_bytes()).chain_update(group);
        let hash = hash.chain_update(input).chain_update((label.len() as u64).to_le_bytes());
        hash.chain_update(label).finalize().into()
    }
}

pub(crate) fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}

/// A tree of RFC 6962 over hashes that come one after the other; it keeps one hash per level.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    /// Roots of full subtrees with their heights, which fall from left to right.
    subtrees: Vec<(u32, Hash)>,
    count: u64,
}

impl Tree {
    pub fn push(&mut self, leaf: Hash) {
        self.count += 1;
        let (mut height, mut hash) = (0, leaf);
        while let Some((_, left)) = self.subtrees.pop_if(|(left, _)| *left == height) {
            (height, hash) = (height + 1, node(&left, &hash));
        }
        self.subtrees.push((height, hash));
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The root; of no hashes SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let hashes = self.subtrees.iter().rev().map(|(_, hash)| *hash);
        hashes.reduce(|right, left| node(&left, &right)).unwrap_or_else(|| Sha256::digest([]).into())
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6962, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                node(&by_definition(&leaves[..split]), &by_definition(&leaves[split..]))
            }
        }
    }

    proptest! {
        #[test]
        fn the_tree_is_that_of_rfc_6962(leaves in proptest::collection::vec(any::<Hash>(), 0..70)) {
            let mut tree = Tree::default();
            for leaf in &leaves {
                tree.push(*leaf);
            }
            prop_assert_eq!(tree.root(), by_definition(&leaves));
            prop_assert_eq!(tree.count(), leaves.len() as u64);
        }
    }
}
