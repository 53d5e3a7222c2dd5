use crate::{MetricError, keys::key_of};

/// Spreads references over the hashes: 2³² divided by the golden ratio.
const HASH_FACTOR: u32 = 0x9E37_79B1;
/// So many hashes fit the nearest cache, and two of a hundred references seldom share one.
const HASH_BITS: u32 = 14;

fn hash(reference: u32) -> usize {
    (reference.wrapping_mul(HASH_FACTOR) >> (32 - HASH_BITS)) as usize
}

/// One query's answer against its truth. Kept from query to query, so that its lists are allocated once.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    /// References that are named, ascending; only of an answer that may name one twice.
    named: Vec<u32>,
    /// Whether a reference of that hash is named; all false between queries.
    seen: Vec<bool>,
    /// Scores, and whether they are right, in the answer's order.
    pairs: Vec<(f64, bool)>,
    /// Keys of all scores, ascending; empty unless a rank is asked for.
    keys: Vec<u64>,
}

impl Matcher {
    /// Takes the next query. `is_ranked`: whether [`Matcher::found_within`] will be asked.
    pub(super) fn load(
        &mut self,
        item: usize,
        answer: &[(u32, f64)],
        truth: &[u32],
        is_ranked: bool,
    ) -> Result<(), MetricError> {
        if !truth.is_sorted_by(|a, b| a < b) {
            let what = "true references are not in ascending order, each once".to_owned();
            return Err(MetricError::OutOfDomain { item, what });
        }
        if let Some((reference, _)) = answer.iter().find(|(_, score)| !score.is_finite()) {
            let what = format!("the score of reference {reference} is not finite");
            return Err(MetricError::NonFinite { item, what });
        }
        if let Some(reference) = self.named_twice(answer) {
            let what = format!("reference {reference} is named twice");
            return Err(MetricError::DuplicatePrediction { item, what });
        }
        let is_right = |reference| truth.binary_search(&reference).is_ok();
        self.pairs.clear();
        self.pairs.extend(answer.iter().map(|&(reference, score)| (score, is_right(reference))));
        self.keys.clear();
        if is_ranked {
            self.keys.extend(answer.iter().map(|(_, score)| key_of(*score)));
            self.keys.sort_unstable();
        }
        Ok(())
    }

    /// The least reference that the answer names twice. Few answers are sorted for it: most name references of as many hashes.
    fn named_twice(&mut self, answer: &[(u32, f64)]) -> Option<u32> {
        let hashes = answer.iter().map(|(reference, _)| hash(*reference));
        self.seen.resize(1 << HASH_BITS, false);
        let mut any = false;
        for hash in hashes.clone() {
            any |= std::mem::replace(&mut self.seen[hash], true);
        }
        hashes.for_each(|hash| self.seen[hash] = false);
        if !any {
            return None;
        }
        self.named.clear();
        self.named.extend(answer.iter().map(|(reference, _)| *reference));
        self.named.sort_unstable();
        self.named.array_windows().find(|[one, next]| one == next).map(|[twice, _]| *twice)
    }

    /// Scores, and whether they are right.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (f64, bool)> {
        self.pairs.iter().copied()
    }

    /// Right pairs than which fewer than `rank` others have as high a score.
    pub(super) fn found_within(&self, rank: u32) -> u64 {
        let rank_of = |score: f64| self.keys.len() - self.keys.partition_point(|key| *key < key_of(score));
        let right = self.pairs().filter(|(_, is_right)| *is_right);
        right.filter(|(score, _)| rank_of(*score) <= rank as usize).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_one_hash_are_told_apart() {
        let twin = (1..=u32::MAX).find(|reference| hash(*reference) == hash(0)).unwrap();
        let mut matcher = Matcher::default();
        let mut named_twice = |named: &[u32]| {
            matcher.named_twice(&named.iter().map(|reference| (*reference, 0.5)).collect::<Vec<_>>())
        };
        assert_eq!(named_twice(&[0, twin, 7]), None);
        assert_eq!(named_twice(&[twin, 0, twin, 0]), Some(0));
        assert_eq!(named_twice(&[twin, 0, twin]), Some(twin));
        assert_eq!(named_twice(&[twin]), None);
    }
}
