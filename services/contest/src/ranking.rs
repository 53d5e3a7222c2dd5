//! The published total order: ranking metric in its direction, then earliest accepted, then submission id.

use std::cmp::Ordering;

use crate::{Micros, SubmissionId, text_enum::text_enum};

text_enum! {
    /// Which way a metric is better. Part of the metric, never of a query.
    Direction {
        /// More is better.
        HigherIsBetter = "higher_is_better",
        /// Less is better.
        LowerIsBetter = "lower_is_better",
    }
}

impl Direction {
    /// A number that is smaller for better values: what the board sorts by. −0 is 0, so that equal scores tie.
    pub fn sort_key(self, value: f64) -> f64 {
        let key = match self {
            Self::HigherIsBetter => -value,
            Self::LowerIsBetter => value,
        };
        if key == 0.0 { 0.0 } else { key }
    }
}

/// What ranks: a finite value of a submission. It cannot be made of an undefined or non-finite value.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    sort_key: f64,
    value: f64,
    accepted_at: Micros,
    submission: SubmissionId,
}

impl Standing {
    /// A standing, or `None` where the value is undefined or not finite and so never ranks.
    pub fn new(
        direction: Direction,
        value: Option<f64>,
        accepted_at: Micros,
        submission: SubmissionId,
    ) -> Option<Self> {
        let value = value.filter(|v| v.is_finite())?;
        Some(Self { sort_key: direction.sort_key(value), value, accepted_at, submission })
    }

    /// Smaller is better.
    pub fn sort_key(&self) -> f64 {
        self.sort_key
    }

    /// The value that ranks.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Whether this ranks above `other`.
    pub fn beats(&self, other: &Self) -> bool {
        self < other
    }

    /// Whether the value alone is better: what makes a point in the score history.
    pub fn improves_on(&self, other: &Self) -> bool {
        self.sort_key < other.sort_key
    }
}

impl Eq for Standing {}

impl Ord for Standing {
    /// Better is less, so that a sorted list starts with the winner.
    fn cmp(&self, other: &Self) -> Ordering {
        self.sort_key
            .total_cmp(&other.sort_key)
            .then(self.accepted_at.cmp(&other.accepted_at))
            .then_with(|| self.submission.cmp(&other.submission))
    }
}

impl PartialOrd for Standing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standing(direction: Direction, value: f64, at: i64, id: &str) -> Standing {
        Standing::new(direction, Some(value), Micros(at), SubmissionId::parse(id).unwrap()).unwrap()
    }

    #[test]
    fn direction_decides_first_then_acceptance_then_id() {
        use Direction::{HigherIsBetter as Up, LowerIsBetter as Down};
        assert!(standing(Up, 0.9, 9, "z").beats(&standing(Up, 0.8, 1, "a")));
        assert!(standing(Down, 0.8, 9, "z").beats(&standing(Down, 0.9, 1, "a")));
        assert!(standing(Up, 0.9, 1, "z").beats(&standing(Up, 0.9, 2, "a")));
        assert!(standing(Up, 0.9, 1, "a").beats(&standing(Up, 0.9, 1, "b")));
        assert!(standing(Up, -0.0, 1, "a").beats(&standing(Up, 0.0, 2, "a")));
        assert!(standing(Up, 0.0, 1, "a").beats(&standing(Up, -0.0, 2, "a")));
    }

    #[test]
    fn what_is_not_a_number_never_ranks() {
        let id = SubmissionId::parse("a").unwrap();
        for value in [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY)] {
            assert_eq!(Standing::new(Direction::LowerIsBetter, value, Micros(0), id.clone()), None);
        }
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in any::<(i8, u8)>(), b in any::<(i8, u8)>(), c in any::<(i8, u8)>()) {
            let make = |(v, t): (i8, u8), id: &str| standing(Direction::HigherIsBetter, f64::from(v), i64::from(t), id);
            let (a, b, c) = (make(a, "a"), make(b, "b"), make(c, "c"));
            prop_assert!(a.beats(&b) != b.beats(&a));
            if a.beats(&b) && b.beats(&c) { prop_assert!(a.beats(&c)); }
        }
    }
}
