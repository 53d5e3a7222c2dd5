use sha2::{Digest, Sha256};

use crate::labels::Item;
use crate::{Problem, TaskManifest};

/// 16 bytes of SHA-256 of an input as models get it: small enough to keep for every item, long enough never to collide.
pub(crate) fn digest(input: &[u8]) -> u128 {
    let hash = <[u8; 32]>::from(Sha256::digest(input));
    u128::from_le_bytes(hash[..16].try_into().unwrap_or_default())
}

/// Refuses the same input under two names in different splits: one that lies in the sample is not hidden, and one in the
/// public split gives away the private one. Compared are decoded inputs, so that a copy in another format is found.
pub(crate) fn check(task: &TaskManifest, mut digests: Vec<(u128, &Item)>, problems: &mut Vec<Problem>) {
    digests.sort_unstable_by_key(|&(digest, item)| (digest, item.line));
    for same in digests.chunk_by(|(a, _), (b, _)| a == b) {
        let Some(&(_, first)) = same.first() else { continue };
        for (_, item) in same.iter().filter(|(_, item)| item.split != first.split) {
            let what = format!(
                "\"{}\" ({}) has the same content as \"{}\" ({}, line {})",
                item.id, item.split, first.id, first.split, first.line
            );
            let remedy = "remove one, or put both into one split (a common `group` keeps them together)";
            problems.push(Problem::at_line(task.labels_file(), item.line, what, remedy));
        }
    }
}
