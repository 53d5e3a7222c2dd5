//! Items that stand on one of two sides, by their score: positives and negatives, targets and others, right and wrong.
//!
//! Items are kept as they come, 4 bytes each where an f32 holds the score and 8 bytes else, and are sorted and counted where the
//! whole list is wanted, or when they have become many. So a merge shares lists, and many shards cost no more than all items at
//! once.

use std::{borrow::Cow, sync::Arc};

use crate::{
    MetricError,
    keys::{key_of, narrow_key_of, widened},
    radix,
    tally::{self, Tally, settled},
};

/// A score's key, and how many items of the first and of the second side have it.
pub(crate) type Entry = (u64, [u32; 2]);

/// Most items that are kept as they came, if fewer than half of all.
const LOOSE_COUNT_MAX: usize = 1 << 23;
/// From so many items on, a list is shared, not copied.
const SHARED_COUNT_MIN: usize = 1 << 12;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sides {
    counted: Tally<u64, [u32; 2]>,
    /// What came since, in lists that other states may hold too.
    shared: Vec<Arc<[Loose; 2]>>,
    /// And in a short one of our own.
    open: [Loose; 2],
    /// Items of the shared lists.
    shared_count: usize,
}

/// Keys of items of one side in any order.
#[derive(Debug, Clone, Default)]
struct Loose {
    /// Of scores that an f32 holds.
    narrow: Vec<u32>,
    /// Of others.
    wide: Vec<u64>,
}

impl Loose {
    fn push(&mut self, score: f64) {
        let narrow = score as f32;
        #[expect(clippy::float_cmp, reason = "whether anything was lost")]
        if f64::from(narrow) == score {
            self.narrow.push(narrow_key_of(narrow));
        } else {
            self.wide.push(key_of(score));
        }
    }

    fn len(&self) -> usize {
        self.narrow.len() + self.wide.len()
    }

    fn extend(&mut self, other: &Self) {
        self.narrow.extend_from_slice(&other.narrow);
        self.wide.extend_from_slice(&other.wide);
    }
}

impl Sides {
    /// Makes room for so many items of each side.
    pub(crate) fn reserve(&mut self, counts: [usize; 2]) {
        self.open.iter_mut().zip(counts).for_each(|(loose, count)| loose.narrow.reserve(count));
    }

    /// Adds an item of the first side, or else of the second; after the last of a shard, [`Sides::close`]. `score` is not NaN.
    pub(crate) fn push(&mut self, is_first: bool, score: f64) {
        self.open[usize::from(!is_first)].push(score);
    }

    /// Adds the items of another list.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counted.merge(&other.counted);
        self.shared.extend(other.shared.iter().cloned());
        self.shared_count += other.shared_count;
        self.open.iter_mut().zip(&other.open).for_each(|(to, from)| to.extend(from));
        self.close();
    }

    /// Shares what is long, and counts what came since, once that is much: the work per item grows with the logarithm of their
    /// number only.
    pub(crate) fn close(&mut self) {
        let open_count: usize = self.open.iter().map(Loose::len).sum();
        if open_count >= SHARED_COUNT_MIN {
            self.shared.push(Arc::new(std::mem::take(&mut self.open)));
            self.shared_count += open_count;
        }
        if self.shared_count > LOOSE_COUNT_MAX.max(self.counted.len()) {
            *self = Self { counted: Tally::of(self.whole().into_owned()), ..Self::default() };
        }
    }

    /// Everything as one list, ascending, one entry per key: the same for every history of additions.
    pub(crate) fn whole(&self) -> Cow<'_, [Entry]> {
        let counted = self.counted.whole();
        let loose = || self.shared.iter().map(Arc::as_ref).chain([&self.open]);
        let narrow = [0, 1].map(|side| loose().map(|sides| &sides[side].narrow[..]).collect::<Vec<_>>());
        let wide = [0, 1].map(|side| loose().map(|sides| &sides[side].wide[..]).collect::<Vec<_>>());
        let (narrow, wide) = (counted_sides(&narrow, widened), counted_sides(&wide, |key| key));
        match [counted.is_empty(), narrow.is_empty(), wide.is_empty()] {
            [_, true, true] => counted,
            [true, false, true] => Cow::Owned(narrow),
            [true, true, false] => Cow::Owned(wide),
            _ => Cow::Owned(settled([&counted[..], &narrow, &wide].concat())),
        }
    }

    /// What is written: every key as its step from the one before.
    pub(crate) fn steps(&self) -> Vec<Entry> {
        tally::steps(&self.whole())
    }

    /// What [`Sides::steps`] wrote.
    ///
    /// # Errors
    /// As those of [`Tally::from_steps`].
    pub(crate) fn from_steps(
        steps: Vec<Entry>,
        possible: impl FnMut(u64, [u32; 2]) -> bool,
    ) -> Result<Self, MetricError> {
        Ok(Self { counted: Tally::from_steps(steps, possible)?, ..Self::default() })
    }
}

/// One entry per key of the lists of both sides. `key` orders as the lists' numbers do.
fn counted_sides<T: radix::Digits>(lists: &[Vec<&[T]>; 2], key: impl Fn(T) -> u64) -> Vec<Entry> {
    let [first, second] = lists.each_ref().map(|lists| radix::sorted(lists));
    let mut entries: Vec<Entry> = Vec::with_capacity(first.len() + second.len());
    let mut push = |number: T, counts: [u32; 2]| {
        let key = key(number);
        match entries.last_mut() {
            Some((last, to)) if *last == key => to.iter_mut().zip(counts).for_each(|(to, more)| *to += more),
            _ => entries.push((key, counts)),
        }
    };
    let (mut i, mut j) = (0, 0);
    while let (Some(&a), Some(&b)) = (first.get(i), second.get(j)) {
        let is_first = a <= b;
        push(if is_first { a } else { b }, [u32::from(is_first), u32::from(!is_first)]);
        i += usize::from(is_first);
        j += usize::from(!is_first);
    }
    first[i..].iter().for_each(|number| push(*number, [1, 0]));
    second[j..].iter().for_each(|number| push(*number, [0, 1]));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sides(items: &[(bool, f64)]) -> Sides {
        let mut sides = Sides::default();
        for (is_first, score) in items {
            sides.push(*is_first, *score);
        }
        sides.close();
        sides
    }

    #[test]
    fn what_came_is_shared_and_counted_before_it_is_too_much() {
        let parts = |sides: &Sides| (sides.counted.len(), sides.shared.len(), sides.shared_count);
        let mut few = sides(&vec![(true, 0.25); SHARED_COUNT_MIN - 1]);
        assert_eq!(parts(&few), (0, 0, 0));
        few.merge(&sides(&[(true, 0.25)]));
        assert_eq!(parts(&few), (0, 1, SHARED_COUNT_MIN));

        let half = sides(&vec![(true, 0.25); LOOSE_COUNT_MAX / 2]);
        let mut all = half.clone();
        all.merge(&half);
        assert_eq!(parts(&all), (0, 2, LOOSE_COUNT_MAX));
        all.merge(&sides(&vec![(false, 0.1); SHARED_COUNT_MIN]));
        assert_eq!(parts(&all), (2, 0, 0));
        assert_eq!(
            *all.whole(),
            [(key_of(0.1), [0, SHARED_COUNT_MIN as u32]), (key_of(0.25), [LOOSE_COUNT_MAX as u32, 0])]
        );
    }

    proptest! {
        /// Against a map, for scores of both widths, shards, and shards that were written and read.
        #[test]
        fn counts_are_those_of_a_map_for_any_sharding(
            items in prop::collection::vec((any::<bool>(), prop_oneof![
                Just(-0.0), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(1e-310),
                (-3_i8..3).prop_map(|score| f64::from(score) / 10.0),
                (-3_i8..3).prop_map(|score| f64::from(f32::from(score) / 10.0)),
            ]), 0..60),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..4),
        ) {
            let mut want = std::collections::BTreeMap::<u64, [u32; 2]>::new();
            for (is_first, score) in &items {
                want.entry(key_of(*score)).or_default()[usize::from(!is_first)] += 1;
            }
            let want: Vec<Entry> = want.into_iter().collect();
            let (mut all, mut rest) = (Sides::default(), &items[..]);
            for (cut, written) in cuts {
                let (shard, after) = rest.split_at(cut.index(rest.len() + 1));
                rest = after;
                let shard = sides(shard);
                let read = Sides::from_steps(shard.steps(), |_, _| true).unwrap();
                all.merge(if written { &read } else { &shard });
            }
            all.merge(&sides(rest));
            prop_assert_eq!(all.whole().into_owned(), want);
        }
    }
}
