use crate::{MetricError, keys::key_of};

/// One query's answer against its truth. Kept from query to query, so that its lists are allocated once.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    /// References that are named, ascending.
    named: Vec<u32>,
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
        self.named.clear();
        self.named.extend(answer.iter().map(|(reference, _)| *reference));
        self.named.sort_unstable();
        if let Some([twice, _]) = self.named.array_windows().find(|[one, next]| one == next) {
            let what = format!("reference {twice} is named twice");
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
