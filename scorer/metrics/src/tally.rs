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

/// Lists ascending in the key, each longer than twice the next: adding shard after shard moves an entry O(log shards) times,
/// not once per shard. Who adds bounds the sums of the amounts.
#[derive(Debug, Clone)]
pub(crate) struct Tally<K, A> {
    lists: Vec<Vec<(K, A)>>,
}

impl<K, A> Default for Tally<K, A> {
    fn default() -> Self {
        Self { lists: Vec::new() }
    }
}

impl<K: Key, A: Amounts> Tally<K, A> {
    /// Adds entries in any order.
    pub(crate) fn add(&mut self, mut entries: Vec<(K, A)>) {
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.add(next.1);
            }
            same
        });
        self.push(entries);
    }

    /// Adds keys in any order, the first with one amount each, the second with another.
    pub(crate) fn add_both(&mut self, first: (Vec<K>, A), second: (Vec<K>, A)) {
        let sorted = |(mut keys, amounts): (Vec<K>, A)| {
            keys.sort_unstable();
            keys.into_iter().map(move |key| (key, amounts))
        };
        self.push(merged(sorted(first), sorted(second)));
    }

    /// Adds another tally.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.push(other.whole().into_owned());
    }

    /// Adds a list that ascends in the key.
    fn push(&mut self, mut list: Vec<(K, A)>) {
        while let Some(last) = self.lists.pop_if(|last| last.len() <= 2 * list.len()) {
            list = merged_lists(&last, &list);
        }
        if !list.is_empty() {
            self.lists.push(list);
        }
    }

    /// Everything as one list, ascending, one entry per key: the same for every history of additions.
    pub(crate) fn whole(&self) -> Cow<'_, [(K, A)]> {
        match self.lists.as_slice() {
            [] => Cow::Borrowed(&[]),
            [one] => Cow::Borrowed(one),
            [first, rest @ ..] => {
                let rest = rest.iter().rev().fold(Vec::new(), |small, list| merged_lists(list, &small));
                Cow::Owned(merged_lists(first, &rest))
            }
        }
    }

    /// What is written: every key as its step from the one before.
    pub(crate) fn steps(&self) -> Vec<(K, A)> {
        let mut last = K::default();
        let step = |&(key, amounts): &(K, A)| {
            let step = key.step_from(last);
            last = key;
            (step, amounts)
        };
        self.whole().iter().map(step).collect()
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
        let mut tally = Self::default();
        tally.push(steps);
        Ok(tally)
    }
}

/// Merges two lists that ascend strictly.
fn merged_lists<K: Key, A: Amounts>(mut a: &[(K, A)], mut b: &[(K, A)]) -> Vec<(K, A)> {
    let mut list = Vec::with_capacity(a.len() + b.len());
    while let ([left, after_left @ ..], [right, after_right @ ..]) = (a, b) {
        let mut next = if left.0 <= right.0 { *left } else { *right };
        if left.0 == right.0 {
            next.1.add(right.1);
        }
        a = if left.0 <= right.0 { after_left } else { a };
        b = if right.0 <= left.0 { after_right } else { b };
        list.push(next);
    }
    list.extend_from_slice(a);
    list.extend_from_slice(b);
    list.shrink_to_fit();
    list
}

/// Merges two ascending sequences, in which keys may repeat; entries of one key become one.
fn merged<K: Key, A: Amounts>(
    a: impl ExactSizeIterator<Item = (K, A)>,
    b: impl ExactSizeIterator<Item = (K, A)>,
) -> Vec<(K, A)> {
    let mut list: Vec<(K, A)> = Vec::with_capacity(a.len() + b.len());
    let mut push = |(key, amounts): (K, A)| match list.last_mut() {
        Some(last) if last.0 == key => last.1.add(amounts),
        _ => list.push((key, amounts)),
    };
    let (mut a, mut b) = (a.peekable(), b.peekable());
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        let next = if left.0 <= right.0 { a.next() } else { b.next() };
        next.into_iter().for_each(&mut push);
    }
    a.chain(b).for_each(push);
    list.shrink_to_fit();
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_additions_stay_in_few_lists() {
        let mut tally = Tally::<u64, [u32; 2]>::default();
        (0..1000_u64).for_each(|i| tally.add_both((vec![i * 7919 % 1000], [1, 0]), (vec![i % 10], [0, 1])));
        assert!(tally.lists.len() <= 11, "{} lists", tally.lists.len());
        let whole = tally.whole();
        assert_eq!(whole.len(), 1000);
        assert!(whole.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!((whole[3], whole[10]), ((3, [1, 100]), (10, [1, 0])));
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
