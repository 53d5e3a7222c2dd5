//! Positives and negatives in the order of their scores.

use serde::{Deserialize, Serialize};

use super::keys::Keys;

/// The keys of both sides, in any order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Ranked {
    pub(super) positive: Keys,
    pub(super) negative: Keys,
}

/// The keys of both sides, in ascending order.
#[derive(Debug)]
pub(super) struct Sorted {
    positive: Vec<i64>,
    negative: Vec<i64>,
}

/// How many have one score.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) key: i64,
    pub(super) positive: u64,
    pub(super) negative: u64,
}

impl Ranked {
    pub(super) fn push(&mut self, key: i64, positive: bool) {
        let side = if positive { &mut self.positive } else { &mut self.negative };
        side.0.push(key);
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.positive.0.extend(&other.positive.0);
        self.negative.0.extend(&other.negative.0);
    }

    pub(super) fn len(&self) -> u64 {
        (self.positive.0.len() + self.negative.0.len()) as u64
    }

    pub(super) fn sorted(&self) -> Sorted {
        self.clone().into_sorted()
    }

    pub(super) fn into_sorted(self) -> Sorted {
        Sorted { positive: self.positive.into_sorted(), negative: self.negative.into_sorted() }
    }
}

impl Sorted {
    /// By descending score, ties together.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group> {
        let (mut positive, mut negative) = (&self.positive[..], &self.negative[..]);
        std::iter::from_fn(move || {
            let key = *positive.last().max(negative.last())?;
            Some(Group { key, positive: pop_run(&mut positive, key), negative: pop_run(&mut negative, key) })
        })
    }

    pub(super) fn positives(&self) -> u64 {
        self.positive.len() as u64
    }

    pub(super) fn negatives(&self) -> u64 {
        self.negative.len() as u64
    }

    /// Hands on the `k` highest, negatives first among equals.
    pub(super) fn top(&self, k: u64, mut take: impl FnMut(i64, bool)) {
        let mut left = k;
        for group in self.groups() {
            let negative = group.negative.min(left);
            let positive = group.positive.min(left - negative);
            left -= negative + positive;
            (0..negative).for_each(|_| take(group.key, false));
            (0..positive).for_each(|_| take(group.key, true));
            if left == 0 {
                break;
            }
        }
    }

    /// Σ over scores of the step in recall times the precision there, without interpolation; `None` without positives.
    pub(super) fn average_precision(&self) -> Option<f64> {
        let (mut seen, mut right, mut sum) = (0, 0, 0.0);
        for group in self.groups() {
            seen += group.positive + group.negative;
            right += group.positive;
            sum += group.positive as f64 * (right as f64 / seen as f64);
        }
        (right > 0).then(|| sum / right as f64)
    }

    /// The share of (positive, negative) pairs in order, ties half; `None` without a pair.
    pub(super) fn roc_auc(&self) -> Option<f64> {
        let (mut below, mut twice) = (self.negatives(), 0_u128);
        for group in self.groups() {
            below -= group.negative;
            twice += u128::from(group.positive) * u128::from(2 * below + group.negative);
        }
        let pairs = u128::from(self.positives()) * u128::from(self.negatives());
        (pairs > 0).then(|| twice as f64 / (2 * pairs) as f64)
    }

    /// Σ over positives of the precision at their place, negatives before positives of the same score.
    pub(super) fn pessimistic_precisions(&self) -> f64 {
        let (mut seen, mut right, mut sum) = (0_u64, 0_u64, 0.0);
        for group in self.groups() {
            seen += group.negative;
            for _ in 0..group.positive {
                seen += 1;
                right += 1;
                sum += right as f64 / seen as f64;
            }
        }
        sum
    }
}

impl FromIterator<(i64, bool)> for Ranked {
    fn from_iter<I: IntoIterator<Item = (i64, bool)>>(entries: I) -> Self {
        let mut ranked = Self::default();
        entries.into_iter().for_each(|(key, positive)| ranked.push(key, positive));
        ranked
    }
}

/// Takes the trailing keys equal to `key` off an ascending list; returns how many.
fn pop_run(keys: &mut &[i64], key: i64) -> u64 {
    let count = keys.iter().rev().take_while(|k| **k == key).count();
    *keys = &keys[..keys.len() - count];
    count as u64
}
