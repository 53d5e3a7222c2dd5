//! Prizes of a final, by places whose intervals may overlap: a tie within the noise is no order.
//!
//! Finalists come best first; each has a place, 1, 2, 3, …, and the interval of ranks that the comparison leaves it. Finalists
//! whose intervals overlap, directly or through others between them, are a group. A group of `k` always holds `k` places in a row:
//! each of them lies in the interval of the one who stands there, or is taken to. Under `split_evenly` a group shares its first rank,
//! and the prizes of its places evenly. (To share each prize among all whose interval holds its place would pay those more
//! whose interval is wider, which is to say whose result is less certain.)

use serde::{Deserialize, Serialize};

use crate::text_enum::text_enum;

/// Places that may have prizes.
pub const PRIZE_PLACES_MAX: usize = 100;
/// The greatest prize, in the organizer's unit. All prizes of a task together stay below 2^53, to which every reader counts exactly.
pub const PRIZE_AMOUNT_MAX: u64 = 1_000_000_000_000;
/// Bytes of a unit's name.
pub const PRIZE_UNIT_BYTES_MAX: usize = 32;

text_enum! {
    /// How prizes are given where the comparison leaves intervals.
    PrizeRule {
        /// Overlapping intervals share a rank, and the prizes of the places they cover.
        SplitEvenly = "split_evenly",
        /// Each place has its own rank and prize, whatever the intervals.
        ByOrder = "by_order",
    }
}

/// What the places of a final are worth. Without places ranks alone are shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prizes {
    /// How they are given.
    pub rule: PrizeRule,
    /// What amounts are counted in, in the organizer's words; empty where there are none.
    pub unit: String,
    /// Of the places 1, 2, 3, …; none is worth more than the one before it.
    pub places: Vec<u64>,
}

/// Why prizes cannot be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrizeProblem {
    /// More than [`PRIZE_PLACES_MAX`].
    #[error("at most {PRIZE_PLACES_MAX} places can have prizes, not {0}")]
    TooManyPlaces(usize),
    /// More than [`PRIZE_AMOUNT_MAX`] at this place, counted from 1.
    #[error("a prize can be {PRIZE_AMOUNT_MAX} at most, and that of place {0} is more")]
    TooMuch(usize),
    /// This place, counted from 1, is worth more than the one before it.
    #[error("place {0} is worth more than the place before it")]
    Rises(usize),
    /// Amounts of nothing.
    #[error("the prizes have no unit, such as `CNY`")]
    NoUnit,
    /// Longer than [`PRIZE_UNIT_BYTES_MAX`], or not one line.
    #[error("the unit of the prizes must be one line of at most {PRIZE_UNIT_BYTES_MAX} bytes")]
    BadUnit,
}

/// The ranks that a finalist may have: `first..=last`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankInterval {
    /// The best.
    pub first: u32,
    /// The worst.
    pub last: u32,
}

impl RankInterval {
    /// The same among those who are left. `places` says of each finalist, best first, where it stands now, 0 for one who does not
    /// compete any more; `own` is where that stands whose interval it is.
    pub(crate) fn at(self, places: &[u32], own: u32) -> Self {
        let (first, last) = (self.first.max(1) as usize - 1, (self.last as usize).min(places.len()));
        let counted = || places.get(first..last).into_iter().flatten().copied().filter(|place| *place > 0);
        Self { first: counted().min().unwrap_or(own), last: counted().max().unwrap_or(own) }
    }
}

/// What a finalist gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award {
    /// The rank to show; finalists of a group have the same.
    pub rank: u32,
    /// In the unit of the prizes.
    pub amount: u64,
}

/// The awards, and what nobody gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awards {
    /// In the order of the finalists.
    pub awards: Vec<Award>,
    /// What cannot be divided, and the prizes of places where nobody stands: with the awards it is the sum of the prizes.
    pub kept: u64,
}

impl Prizes {
    /// Whether they can be declared.
    pub fn check(&self) -> Result<(), PrizeProblem> {
        if self.places.len() > PRIZE_PLACES_MAX {
            return Err(PrizeProblem::TooManyPlaces(self.places.len()));
        }
        if let Some((place, _)) = (1..).zip(&self.places).find(|(_, amount)| **amount > PRIZE_AMOUNT_MAX) {
            return Err(PrizeProblem::TooMuch(place));
        }
        if let Some((place, _)) = (2..).zip(self.places.windows(2)).find(|(_, pair)| pair[0] < pair[1]) {
            return Err(PrizeProblem::Rises(place));
        }
        if !self.places.is_empty() && self.unit.trim().is_empty() {
            return Err(PrizeProblem::NoUnit);
        }
        if self.unit.len() > PRIZE_UNIT_BYTES_MAX || self.unit.contains(char::is_control) {
            return Err(PrizeProblem::BadUnit);
        }
        Ok(())
    }

    /// Awards for finalists, best first. An interval that does not hold its place is taken to reach to it.
    pub fn award(&self, intervals: &[RankInterval]) -> Awards {
        let mut awards = Vec::with_capacity(intervals.len());
        let mut kept = self.places.iter().skip(intervals.len()).sum();
        for size in self.rule.groups(intervals) {
            let start = awards.len();
            let sum: u64 = self.places.iter().skip(start).take(size).sum();
            kept += sum % size as u64;
            awards.resize(start + size, Award { rank: start as u32 + 1, amount: sum / size as u64 });
        }
        Awards { awards, kept }
    }
}

impl PrizeRule {
    /// How many finalists each group has, best first.
    fn groups(self, intervals: &[RankInterval]) -> Vec<usize> {
        // The best rank that anybody from a place on may have.
        let mut firsts: Vec<u32> = intervals.iter().map(|interval| interval.first).collect();
        for above in (1..firsts.len()).rev() {
            firsts[above - 1] = firsts[above - 1].min(firsts[above]);
        }
        let mut sizes: Vec<usize> = Vec::new();
        // The worst that anybody above may have.
        let mut last = 0;
        for (above, (interval, first)) in (0u32..).zip(intervals.iter().zip(firsts)) {
            let reached = last > above || first <= above;
            match sizes.last_mut() {
                Some(size) if self == Self::SplitEvenly && reached => *size += 1,
                _ => sizes.push(1),
            }
            last = last.max(interval.last);
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn intervals(pairs: &[(u32, u32)]) -> Vec<RankInterval> {
        pairs.iter().map(|&(first, last)| RankInterval { first, last }).collect()
    }

    fn prizes(rule: PrizeRule, places: &[u64]) -> Prizes {
        Prizes { rule, unit: "CNY".into(), places: places.to_vec() }
    }

    fn awarded(rule: PrizeRule, pairs: &[(u32, u32)], places: &[u64]) -> (Vec<(u32, u64)>, u64) {
        let awards = prizes(rule, places).award(&intervals(pairs));
        (awards.awards.iter().map(|award| (award.rank, award.amount)).collect(), awards.kept)
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
        assert_eq!(awarded(split, &[(1, 2), (1, 2)], &[]), (vec![(1, 0), (1, 0)], 0));
        let all = vec![PRIZE_AMOUNT_MAX; PRIZE_PLACES_MAX];
        let sum = PRIZE_AMOUNT_MAX * PRIZE_PLACES_MAX as u64;
        assert_eq!(awarded(split, &[], &all), (vec![], sum));
        assert!(sum < 1 << 53);
    }

    #[test]
    fn an_interval_reaches_to_its_place() {
        let split = PrizeRule::SplitEvenly;
        assert_eq!(awarded(split, &[(2, 2), (1, 1), (3, 3)], &[90, 60, 30]).0, [(1, 75), (1, 75), (3, 30)]);
        assert_eq!(awarded(split, &[(3, 3), (2, 2), (3, 3)], &[90, 60, 30]).0, [(1, 60), (1, 60), (1, 60)]);
        assert_eq!(awarded(split, &[(1, 1), (1, 1)], &[90, 60]).0, [(1, 75), (1, 75)]);
    }

    #[test]
    fn what_can_be_declared_has_bounds() {
        let split = |places: &[u64]| prizes(PrizeRule::SplitEvenly, places);
        let unit = |unit: &str, places: &[u64]| Prizes { unit: unit.into(), ..split(places) }.check();
        assert_eq!(split(&[PRIZE_AMOUNT_MAX; PRIZE_PLACES_MAX]).check(), Ok(()));
        assert_eq!(split(&[1; PRIZE_PLACES_MAX + 1]).check(), Err(PrizeProblem::TooManyPlaces(101)));
        assert_eq!(split(&[PRIZE_AMOUNT_MAX + 1]).check(), Err(PrizeProblem::TooMuch(1)));
        assert_eq!((split(&[3, 3, 1, 0, 0]).check(), split(&[]).check()), (Ok(()), Ok(())));
        assert_eq!(split(&[3, 2, 2, 3]).check(), Err(PrizeProblem::Rises(4)));
        assert_eq!((unit("", &[]), unit(" ", &[1])), (Ok(()), Err(PrizeProblem::NoUnit)));
        let long = "x".repeat(PRIZE_UNIT_BYTES_MAX);
        assert_eq!((unit(&long, &[1]), unit("分（人民币）", &[1])), (Ok(()), Ok(())));
        for bad in [&format!("{long}x"), "CNY\n"] {
            assert_eq!(unit(bad, &[]), Err(PrizeProblem::BadUnit));
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
            intervals in any_intervals(), mut places in proptest::collection::vec(0u64..10_000, 0..12),
        ) {
            places.sort_unstable_by_key(|&prize| std::cmp::Reverse(prize));
            for &rule in PrizeRule::ALL {
                let found = prizes(rule, &places).award(&intervals);
                prop_assert_eq!(found.awards.len(), intervals.len());
                let paid: u64 = found.awards.iter().map(|award| award.amount).sum();
                prop_assert_eq!(paid + found.kept, places.iter().sum::<u64>());
                for (place, pair) in (1..).zip(found.awards.windows(2)) {
                    prop_assert!(pair[0].amount >= pair[1].amount);
                    // Of two in one group both get the same; a new group begins with the rank of its place.
                    prop_assert!(pair[0] == pair[1] || pair[1].rank == place + 1);
                }
                if rule == PrizeRule::ByOrder {
                    let ranks: Vec<u32> = found.awards.iter().map(|award| award.rank).collect();
                    prop_assert_eq!(ranks, (1..=intervals.len() as u32).collect::<Vec<_>>());
                }
            }
        }

        #[test]
        fn groups_are_those_whose_intervals_touch(intervals in any_intervals()) {
            let found = prizes(PrizeRule::SplitEvenly, &[]).award(&intervals).awards;
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
