use serde::{Deserialize, Serialize};

use crate::fixed::FixedSum;

/// Counts of thresholded answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Items per class: that have it, that were predicted to have it, and both.
    support: Vec<u64>,
    predicted: Vec<u64>,
    hits: Vec<u64>,
    /// Items of which every class is right.
    whole: u64,
    /// Σ over items of F1 and of the Jaccard index of the class sets.
    f1: FixedSum,
    jaccard: FixedSum,
}

impl Counts {
    pub(super) fn new(class_count: u32) -> Self {
        let zeros = vec![0; class_count as usize];
        Self {
            support: zeros.clone(),
            predicted: zeros.clone(),
            hits: zeros,
            whole: 0,
            f1: FixedSum::default(),
            jaccard: FixedSum::default(),
        }
    }

    /// Adds an item: per class whether it has it and whether it was predicted to.
    pub(super) fn add(&mut self, classes: impl Iterator<Item = (bool, bool)>) {
        let (mut labels, mut predictions, mut hits) = (0, 0, 0);
        for (class, (label, prediction)) in classes.enumerate() {
            let hit = label && prediction;
            self.support[class] += u64::from(label);
            self.predicted[class] += u64::from(prediction);
            self.hits[class] += u64::from(hit);
            labels += u64::from(label);
            predictions += u64::from(prediction);
            hits += u64::from(hit);
        }
        self.whole += u64::from(hits == labels && hits == predictions);
        self.f1.add(ratio(2 * hits, labels + predictions));
        self.jaccard.add(ratio(hits, labels + predictions - hits));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let add = |to: &mut [u64], from: &[u64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.support, &other.support);
        add(&mut self.predicted, &other.predicted);
        add(&mut self.hits, &other.hits);
        self.whole += other.whole;
        self.f1.merge(other.f1);
        self.jaccard.merge(other.jaccard);
    }

    /// Whether these can be the counts of so many classes and items.
    pub(super) fn fits(&self, class_count: u32, items: u64) -> bool {
        let shape = [self.support.len(), self.predicted.len(), self.hits.len()];
        let share = |sum: FixedSum| (0.0..=items as f64).contains(&sum.to_f64());
        shape == [class_count as usize; 3]
            && self.classes().all(|(s, p, hits)| hits <= s.min(p) && s.max(p) <= items)
            && self.whole <= items
            && share(self.f1)
            && share(self.jaccard)
    }

    /// Items that have each class.
    pub(super) fn support(&self) -> &[u64] {
        &self.support
    }

    pub(super) fn f1_micro(&self) -> f64 {
        let sum = |counts: &[u64]| counts.iter().sum::<u64>();
        ratio(2 * sum(&self.hits), sum(&self.support) + sum(&self.predicted))
    }

    /// F1 of each class, 0 where undefined.
    pub(super) fn f1(&self) -> impl Iterator<Item = f64> {
        self.classes().map(|(s, p, hits)| ratio(2 * hits, s + p))
    }

    /// Wrong cells of the table of items and classes.
    pub(super) fn wrong(&self) -> u64 {
        self.classes().map(|(s, p, hits)| s + p - 2 * hits).sum()
    }

    pub(super) fn whole(&self) -> u64 {
        self.whole
    }

    pub(super) fn f1_of_items(&self) -> f64 {
        self.f1.to_f64()
    }

    pub(super) fn jaccard_of_items(&self) -> f64 {
        self.jaccard.to_f64()
    }

    fn classes(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let all = self.support.iter().zip(&self.predicted).zip(&self.hits);
        all.map(|((support, predicted), hits)| (*support, *predicted, *hits))
    }
}

/// A share, 0 where undefined.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
