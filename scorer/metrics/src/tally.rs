//! What stands at every score: a sorted list of keys, each with its amounts, that any order of additions makes the same.

use std::{borrow::Cow, ops::AddAssign};

use crate::MetricError;

/// What a tally is ordered by: a score's key (see [`crate::keys`]), or that and something else.
pub(crate) trait Key: Copy + Ord + Default {
    /// What is written of this key after `last`, a lower one or the default.
    fn step_from(self, last: Self) -> Self;
    /// The key at that step from this one.
    fn at_step(self, step: Self) -> Option<Self>;
}

impl Key for u64 {
    fn step_from(self, last: Self) -> Self {
        self - last
    }

    fn at_step(self, step: Self) -> Option<Self> {
        self.checked_add(step)
    }
}

impl Key for (u64, u32) {
    fn step_from(self, last: Self) -> Self {
        (self.0 - last.0, self.1)
    }

    fn at_step(self, step: Self) -> Option<Self> {
        Some((self.0.checked_add(step.0)?, step.1))
    }
}

/// Numbers that are added place by place.
pub(crate) trait Amounts: Copy + PartialEq {
    const NOTHING: Self;
    fn add(&mut self, more: Self);
}

macro_rules! amounts {
    ($number:ty) => {
        impl<const N: usize> Amounts for [$number; N] {
            const NOTHING: Self = [0; N];

            fn add(&mut self, more: Self) {
                self.iter_mut().zip(more).for_each(|(to, from)| AddAssign::add_assign(to, from));
            }
        }
    };
}
amounts!(u32);
amounts!(i128);

/// Most entries that are kept as they came, if fewer than half of all.
const LOOSE_COUNT_MAX: usize = 1 << 20;

/// Entries, sorted and added up where the whole list is wanted, or when many have come: a merge is a copy, and an entry is moved
/// O(log shards) times. Who adds bounds the sums of the amounts.
#[derive(Debug, Clone)]
pub(crate) struct Tally<K, A> {
    entries: Vec<(K, A)>,
    /// So many at the front ascend, one per key. The others came later, each addition as it was.
    settled: usize,
}

impl<K, A> Default for Tally<K, A> {
    fn default() -> Self {
        Self { entries: Vec::new(), settled: 0 }
    }
}

impl<K: Key, A: Amounts> Tally<K, A> {
    /// Of a list that [`settled`] or [`Tally::whole`] gave.
    pub(crate) fn of(settled: Vec<(K, A)>) -> Self {
        Self { settled: settled.len(), entries: settled }
    }

    /// Adds entries in any order.
    pub(crate) fn add(&mut self, entries: Vec<(K, A)>) {
        if self.entries.is_empty() {
            self.entries = entries;
        } else {
            self.entries.extend(entries);
        }
        self.settle();
    }

    /// Adds another tally.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.entries.extend_from_slice(&other.entries);
        self.settle();
    }

    fn settle(&mut self) {
        if self.entries.len() - self.settled > LOOSE_COUNT_MAX.max(self.settled) {
            *self = Self::of(settled(std::mem::take(&mut self.entries)));
        }
    }

    /// Entries kept: at least one per key.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Everything as one list, ascending, one entry per key: the same for every history of additions.
    pub(crate) fn whole(&self) -> Cow<'_, [(K, A)]> {
        if self.settled == self.entries.len() {
            Cow::Borrowed(&self.entries)
        } else {
            Cow::Owned(settled(self.entries.clone()))
        }
    }

    /// What is written: every key as its step from the one before.
    pub(crate) fn steps(&self) -> Vec<(K, A)> {
        steps(&self.whole())
    }

    /// What [`Tally::steps`] wrote.
    ///
    /// # Errors
    /// [`MetricError::Corrupt`] unless keys ascend strictly, none has nothing, and each entry is `possible`.
    pub(crate) fn from_steps(
        mut steps: Vec<(K, A)>,
        mut possible: impl FnMut(K, A) -> bool,
    ) -> Result<Self, MetricError> {
        let mut last: Option<K> = None;
        for (step, amounts) in &mut steps {
            let key = last.unwrap_or_default().at_step(*step);
            let key = key.filter(|key| last.is_none_or(|last| last < *key)).ok_or(MetricError::Corrupt)?;
            if *amounts == A::NOTHING || !possible(key, *amounts) {
                return Err(MetricError::Corrupt);
            }
            last = Some(key);
            *step = key;
        }
        Ok(Self::of(steps))
    }
}

/// Entries in any order as one list, ascending, one entry per key. Runs that ascend already are only merged.
pub(crate) fn settled<K: Key, A: Amounts>(mut entries: Vec<(K, A)>) -> Vec<(K, A)> {
    entries.sort_by_key(|(key, _)| *key);
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1.add(next.1);
        }
        same
    });
    entries
}

/// A settled list, every key as its step from the one before.
pub(crate) fn steps<K: Key, A: Amounts>(settled: &[(K, A)]) -> Vec<(K, A)> {
    let mut last = K::default();
    let step = |&(key, amounts): &(K, A)| {
        let step = key.step_from(last);
        last = key;
        (step, amounts)
    };
    settled.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_added_up_before_it_is_too_much() {
        let mut tally = Tally::<u64, [u32; 2]>::default();
        let shard = |i: u64| {
            let mut shard = Tally::default();
            shard.add(vec![(i * 7919 % 1000, [1, 0]), (i % 10, [0, 1])]);
            shard
        };
        (0..1000).for_each(|i| tally.merge(&shard(i)));
        assert_eq!((tally.len(), tally.settled), (2000, 0));
        let whole = tally.whole().into_owned();
        assert_eq!(whole.len(), 1000);
        assert!(whole.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!((whole[3], whole[10]), ((3, [1, 100]), (10, [1, 0])));

        let full = Tally::<u64, [u32; 2]> { entries: vec![(5, [1, 0]); LOOSE_COUNT_MAX], settled: 0 };
        let mut tally = full.clone();
        tally.merge(&shard(0));
        assert_eq!((tally.len(), tally.settled), (2, 2));
        assert_eq!(tally.entries, [(0, [1, 1]), (5, [LOOSE_COUNT_MAX as u32, 0])]);
        tally.merge(&full);
        assert_eq!((tally.len(), tally.settled), (LOOSE_COUNT_MAX + 2, 2));
    }

    #[test]
    fn steps_lead_back_and_strange_ones_are_refused() {
        let mut tally = Tally::<(u64, u32), [u32; 1]>::default();
        tally.add(vec![((9, 1), [2]), ((5, 7), [1]), ((9, 1), [1]), ((5, 2), [4])]);
        let steps = tally.steps();
        assert_eq!(steps, [((5, 2), [4]), ((0, 7), [1]), ((4, 1), [3])]);
        let read = |steps: &[((u64, u32), [u32; 1])], allowed| {
            Tally::from_steps(steps.to_vec(), |key, _| key.0 <= allowed)
                .map(|tally| tally.whole().into_owned())
        };
        assert_eq!(read(&steps, 9), Ok(tally.whole().into_owned()));
        assert_eq!(read(&steps, 8), Err(MetricError::Corrupt));
        for strange in [
            [((5, 2), [1]), ((0, 2), [1])],
            [((5, 2), [0]), ((1, 2), [1])],
            [((5, 2), [1]), ((u64::MAX, 2), [1])],
        ] {
            assert_eq!(read(&strange, u64::MAX), Err(MetricError::Corrupt), "{strange:?}");
        }
    }
}
