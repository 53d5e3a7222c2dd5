use super::{LIST_LEN_MAX, kinds::Gain};
use crate::keys::key_of;

/// One query's documents. Kept from query to query, so that its lists are allocated once.
#[derive(Debug)]
pub(super) struct Query {
    /// Grades by descending score, with the key of the score.
    ranked: Vec<(u64, u8)>,
    /// Descending.
    grades: Vec<u8>,
    /// What the first so many places weigh together.
    weights: Vec<f64>,
}

impl Query {
    pub(super) fn new() -> Self {
        let weights = (0..LIST_LEN_MAX).scan(0.0, |sum, place| {
            *sum += 1.0 / libm::log2(f64::from(place) + 2.0);
            Some(*sum)
        });
        let weights = std::iter::once(0.0).chain(weights).collect();
        Self { ranked: vec![], grades: vec![], weights }
    }

    /// Takes the next query. No more than [`LIST_LEN_MAX`] documents.
    pub(super) fn load(&mut self, scores: &[f64], grades: &[u8]) {
        self.ranked.clear();
        self.ranked.extend(scores.iter().map(|score| key_of(*score)).zip(grades.iter().copied()));
        // The grade too, so that no order of the documents is another order of additions.
        self.ranked.sort_unstable_by_key(|(key, grade)| (!key, *grade));
        self.grades.clear();
        self.grades.extend_from_slice(grades);
        self.grades.sort_unstable_by_key(|grade| !grade);
    }

    /// Discounted cumulative gain of the first `cut` places.
    pub(super) fn dcg(&self, gain: Gain, cut: usize) -> f64 {
        let mut place = 0;
        let of_score = |tied: &[(u64, u8)]| {
            let gains: f64 = tied.iter().map(|(_, grade)| gain.of(*grade)).sum();
            let weight = self.weight(place, tied.len(), cut);
            place += tied.len();
            gains / tied.len() as f64 * weight
        };
        self.ranked.chunk_by(|a, b| a.0 == b.0).map(of_score).sum()
    }

    /// The greatest possible.
    pub(super) fn ideal_dcg(&self, gain: Gain, cut: usize) -> f64 {
        let mut place = 0;
        let of_grade = |equal: &[u8]| {
            let weight = self.weight(place, equal.len(), cut);
            place += equal.len();
            gain.of(equal[0]) * weight
        };
        self.grades.chunk_by(|a, b| a == b).map(of_grade).sum()
    }

    /// What `count` places from `place` on weigh, as far as they are among the first `cut`.
    fn weight(&self, place: usize, count: usize, cut: usize) -> f64 {
        self.weights[(place + count).min(cut)] - self.weights[place.min(cut)]
    }
}
