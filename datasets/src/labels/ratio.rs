use sha2::{Digest, Sha256};

use super::set::ItemSet;
use crate::Split;

/// What decides where an item goes: items of one key stay together.
pub(super) type Key = [u8; 16];

/// SHA-256(seed ‖ kind ‖ name), the half of it that is enough to tell any two names apart. The name is that of the group, or
/// else of the file, or else the text of the item.
pub(super) fn key(seed: u64, group: &str, name: &str) -> Key {
    let (kind, name) = if group.is_empty() { (b'f', name) } else { (b'g', group) };
    let hash = Sha256::new().chain_update(b"egret split v1").chain_update(seed.to_le_bytes());
    let hash = <[u8; 32]>::from(hash.chain_update([kind]).chain_update(name).finalize());
    let mut key = Key::default();
    key.copy_from_slice(&hash[..16]);
    key
}

/// Divides the items by weight, groups whole; `keys` has one per item. A pure function of seed, names and groups: the same on
/// every machine, in any order of rows.
///
/// Groups (or items without one) are put in the order of their keys on a line, each as long as it has items; the line is cut by
/// the weights, and a group belongs to the piece that its middle lies in.
pub(super) fn assign(set: &mut ItemSet, keys: Vec<Key>, weights: [f64; 3]) {
    let mut order: Vec<(Key, u32)> = keys.into_iter().zip(0..).collect();
    order.sort_unstable();
    let count = order.len() as f64;
    let total: f64 = weights.iter().sum();
    let ends = [weights[0] / total, (weights[0] + weights[1]) / total];
    let mut before = 0usize;
    for group in order.chunk_by(|(a, _), (b, _)| a == b) {
        let middle = (before as f64 + group.len() as f64 / 2.0) / count;
        before += group.len();
        // A split without weight gets nothing, also where rounding puts a middle at its end.
        let split = match ends.iter().position(|end| middle < *end) {
            Some(index) => Split::ALL[index],
            None if weights[2] > 0.0 => Split::Private,
            None if weights[1] > 0.0 => Split::Public,
            None => Split::Sample,
        };
        for (_, item) in group {
            set.set_split(*item, split);
        }
    }
}
