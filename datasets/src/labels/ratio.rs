use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::Candidate;
use crate::Split;

/// Divides the items by weight, groups whole. A pure function of seed, names and groups: the same on every machine, in
/// any order of rows.
///
/// Groups (or files without one) are put in the order of SHA-256(seed ‖ kind ‖ name) on a line, each as long as it has
/// items; the line is cut by the weights, and a group belongs to the piece that its middle lies in.
pub(super) fn assign(candidates: &[Candidate], weights: [f64; 3], seed: u64) -> Vec<Split> {
    let key = |candidate: &Candidate| {
        let (kind, name) = match &candidate.group {
            Some(group) => (b'g', group),
            None => (b'f', &candidate.id),
        };
        let hash = Sha256::new().chain_update(b"egret split v1").chain_update(seed.to_le_bytes());
        <[u8; 32]>::from(hash.chain_update([kind]).chain_update(name).finalize())
    };
    let keys: Vec<[u8; 32]> = candidates.iter().map(key).collect();
    let mut sizes: HashMap<[u8; 32], u64> = HashMap::new();
    for key in &keys {
        *sizes.entry(*key).or_default() += 1;
    }
    let mut order: Vec<_> = sizes.into_iter().collect();
    order.sort_unstable();
    let total: f64 = weights.iter().sum();
    let ends = [weights[0] / total, (weights[0] + weights[1]) / total];
    let mut before = 0u64;
    let mut splits = HashMap::new();
    for (key, size) in order {
        let middle = (before as f64 + size as f64 / 2.0) / candidates.len() as f64;
        before += size;
        // A split without weight gets nothing, also where rounding puts a middle at its end.
        let split = match ends.iter().position(|end| middle < *end) {
            Some(index) => Split::ALL[index],
            None if weights[2] > 0.0 => Split::Private,
            None if weights[1] > 0.0 => Split::Public,
            None => Split::Sample,
        };
        splits.insert(key, split);
    }
    keys.iter().map(|key| splits[key]).collect()
}
