//! Prizes of a final, by places whose intervals may overlap: a tie within the noise is no order.
//!
//! Finalists come best first; each has a place, 1, 2, 3, …, and the interval of ranks that the comparison leaves it. Finalists
//! whose intervals overlap, directly or through others between them, are a group. A group of `k` always holds `k` places in a row,
//! because each of them lies in the interval of the one who stands there. Under `split_evenly` a group shares its first rank,
//! and the prizes of its places evenly. (To share each prize among all whose interval holds its place would pay those more
//! whose interval is wider, which is to say whose result is less certain.)

use crate::text_enum::text_enum;

text_enum! {
    /// How prizes are given where the comparison leaves intervals.
    PrizeRule {
        /// Overlapping intervals share a rank, and the prizes of the places they cover.
        SplitEvenly = "split_evenly",
        /// Each place has its own rank and prize, whatever the intervals.
        ByOrder = "by_order",
    }
}

/// The ranks that a finalist may have: `first..=last`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankInterval {
    /// The best.
    pub first: u32,
    /// The worst.
    pub last: u32,
}

/// Why intervals cannot be those of finalists in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the finalist at place {place} has an interval that does not hold it")]
pub struct BadInterval {
    /// Counted from 1.
    pub place: u32,
}

/// What a finalist gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award {
    /// The rank to show; finalists of a group have the same.
    pub rank: u32,
    /// In the currency's smallest unit.
    pub minor_units: u64,
}

/// The awards, and what nobody gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awards {
    /// In the order of the finalists.
    pub awards: Vec<Award>,
    /// What cannot be divided, and the prizes of places where nobody stands: with the awards it is the sum of the prizes.
    pub kept_minor_units: u128,
}

impl PrizeRule {
    /// Awards for finalists, best first. `prizes` are those of the places 1, 2, 3, … in the currency's smallest unit.
    pub fn award(self, intervals: &[RankInterval], prizes: &[u64]) -> Result<Awards, BadInterval> {
        let mut awards = Vec::with_capacity(intervals.len());
        let mut kept_minor_units = prizes.iter().skip(intervals.len()).copied().map(u128::from).sum();
        for size in self.groups(intervals)? {
            let start = awards.len();
            let covered = prizes.iter().skip(start).take(size);
            let sum: u128 = covered.copied().map(u128::from).sum();
            // An even share is at most the greatest of the prizes shared.
            let minor_units = u64::try_from(sum / size as u128).unwrap_or(u64::MAX);
            kept_minor_units += sum % size as u128;
            awards.resize(start + size, Award { rank: start as u32 + 1, minor_units });
        }
        Ok(Awards { awards, kept_minor_units })
    }

    /// How many finalists each group has, best first.
    fn groups(self, intervals: &[RankInterval]) -> Result<Vec<usize>, BadInterval> {
        let holds = |(place, interval): &(u32, &RankInterval)| {
            interval.first > 0 && (interval.first..=interval.last).contains(place)
        };
        if let Some((place, _)) = (1u32..).zip(intervals).find(|pair| !holds(pair)) {
            return Err(BadInterval { place });
        }
        let mut sizes: Vec<usize> = Vec::new();
        for above in 0..intervals.len() as u32 {
            // Whether an interval reaches over the border between this place and the one above it.
            let reaches = |interval: &RankInterval| interval.first <= above && interval.last > above;
            match sizes.last_mut() {
                Some(size) if self == Self::SplitEvenly && intervals.iter().any(reaches) => *size += 1,
                _ => sizes.push(1),
            }
        }
        Ok(sizes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn intervals(pairs: &[(u32, u32)]) -> Vec<RankInterval> {
        pairs.iter().map(|&(first, last)| RankInterval { first, last }).collect()
    }

    fn awarded(rule: PrizeRule, pairs: &[(u32, u32)], prizes: &[u64]) -> (Vec<(u32, u64)>, u128) {
        let awards = rule.award(&intervals(pairs), prizes).unwrap();
        (awards.awards.iter().map(|award| (award.rank, award.minor_units)).collect(), awards.kept_minor_units)
    }

    #[test]
    fn those_who_overlap_share_what_their_places_are_worth() {
        let split = PrizeRule::SplitEvenly;
        // A clear winner, then two who cannot be told apart, then a clear fourth.
        let pairs = [(1, 1), (2, 3), (2, 3), (4, 4)];
        assert_eq!(
            awarded(split, &pairs, &[1000, 501, 300]),
            (vec![(1, 1000), (2, 400), (2, 400), (4, 0)], 1)
        );
        // Overlap reaches through the one between them; no third prize makes the shares smaller.
        let chain = [(1, 2), (1, 3), (2, 3)];
        assert_eq!(awarded(split, &chain, &[100]), (vec![(1, 33), (1, 33), (1, 33)], 1));
        // It reaches from below as well as from above.
        let upward = [(1, 1), (2, 2), (1, 3)];
        assert_eq!(awarded(split, &upward, &[90, 60, 30]), (vec![(1, 60), (1, 60), (1, 60)], 0));
        assert_eq!(awarded(PrizeRule::ByOrder, &chain, &[100, 50]), (vec![(1, 100), (2, 50), (3, 0)], 0));
        assert_eq!(awarded(split, &[(1, 1)], &[100, 50]), (vec![(1, 100)], 50));
        assert_eq!(awarded(split, &[], &[100]), (vec![], 100));
        assert_eq!(awarded(split, &[(1, 2), (1, 2)], &[u64::MAX, u64::MAX]).0, [(1, u64::MAX); 2]);
    }

    #[test]
    fn an_interval_holds_its_place() {
        for (pairs, place) in [(&[(2, 3)][..], 1), (&[(1, 1), (1, 1)][..], 2), (&[(0, 1)][..], 1)] {
            let error = PrizeRule::ByOrder.award(&intervals(pairs), &[]).unwrap_err();
            assert_eq!(error, BadInterval { place });
        }
    }

    /// Intervals as a comparison gives them: each holds its place.
    fn any_intervals() -> impl Strategy<Value = Vec<RankInterval>> {
        proptest::collection::vec((0u32..3, 0u32..3), 0..12).prop_map(|widths| {
            let count = widths.len() as u32;
            let each = (1u32..).zip(widths).map(|(place, (below, above))| RankInterval {
                first: 1.max(place.saturating_sub(below)),
                last: count.min(place + above),
            });
            each.collect()
        })
    }

    proptest! {
        #[test]
        fn sums_are_exact_and_the_better_never_get_less(
            intervals in any_intervals(), mut prizes in proptest::collection::vec(0u64..10_000, 0..12),
        ) {
            prizes.sort_unstable_by_key(|&prize| std::cmp::Reverse(prize));
            let total: u128 = prizes.iter().copied().map(u128::from).sum();
            for &rule in PrizeRule::ALL {
                let found = rule.award(&intervals, &prizes).unwrap();
                prop_assert_eq!(found.awards.len(), intervals.len());
                let paid: u128 = found.awards.iter().map(|award| u128::from(award.minor_units)).sum();
                prop_assert_eq!(paid + found.kept_minor_units, total);
                for (place, pair) in (1..).zip(found.awards.windows(2)) {
                    prop_assert!(pair[0].minor_units >= pair[1].minor_units);
                    // Of two in one group both get the same; a new group begins with the rank of its place.
                    prop_assert!(pair[0] == pair[1] || pair[1].rank == place + 1);
                }
                if rule == PrizeRule::ByOrder {
                    let places: Vec<u32> = found.awards.iter().map(|award| award.rank).collect();
                    prop_assert_eq!(places, (1..=intervals.len() as u32).collect::<Vec<_>>());
                }
            }
        }

        #[test]
        fn groups_are_those_whose_intervals_touch(intervals in any_intervals()) {
            let found = PrizeRule::SplitEvenly.award(&intervals, &[]).unwrap().awards;
            for (i, a) in intervals.iter().enumerate() {
                for (j, b) in intervals.iter().enumerate() {
                    if a.first <= b.last && b.first <= a.last {
                        prop_assert_eq!(found[i].rank, found[j].rank);
                    }
                }
            }
            // Nothing holds two neighbours together over whose border no interval reaches.
            for border in 1..intervals.len() {
                let reaches = intervals.iter().any(|x| x.first as usize <= border && x.last as usize > border);
                prop_assert_eq!(found[border - 1].rank == found[border].rank, reaches);
            }
        }
    }
}
