use crate::{MetricError, keys::key_of};

/// One query's answer against its truth. Kept from query to query, so that its lists are allocated once.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    /// Reference, score and whether it is right, ascending in the reference.
    named: Vec<(u32, f64, bool)>,
    /// Keys of all scores, ascending.
    keys: Vec<u64>,
}

impl Matcher {
    /// Takes the next query.
    pub(super) fn load(
        &mut self,
        item: usize,
        answer: &[(u32, f64)],
        truth: &[u32],
    ) -> Result<(), MetricError> {
        if !truth.is_sorted_by(|a, b| a < b) {
            let what = "true references are not in ascending order, each once".to_owned();
            return Err(MetricError::OutOfDomain { item, what });
        }
        if let Some((reference, _)) = answer.iter().find(|(_, score)| !score.is_finite()) {
            let what = format!("the score of reference {reference} is not finite");
            return Err(MetricError::NonFinite { item, what });
        }
        let is_right = |reference: u32| truth.binary_search(&reference).is_ok();
        self.named.clear();
        self.named.extend(answer.iter().map(|&(reference, score)| (reference, score, is_right(reference))));
        self.named.sort_unstable_by_key(|(reference, ..)| *reference);
        if let Some(pair) = self.named.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let what = format!("reference {} is named twice", pair[0].0);
            return Err(MetricError::DuplicatePrediction { item, what });
        }
        self.keys.clear();
        self.keys.extend(answer.iter().map(|(_, score)| key_of(*score)));
        self.keys.sort_unstable();
        Ok(())
    }

    /// Scores, and whether they are right.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (f64, bool)> {
        self.named.iter().map(|(_, score, is_right)| (*score, *is_right))
    }

    /// Right pairs than which fewer than `rank` others have as high a score.
    pub(super) fn found_within(&self, rank: u32) -> u64 {
        let rank_of = |score: f64| self.keys.len() - self.keys.partition_point(|key| *key < key_of(score));
        let right = self.pairs().filter(|(_, is_right)| *is_right);
        right.filter(|(score, _)| rank_of(*score) <= rank as usize).count() as u64
    }
}
