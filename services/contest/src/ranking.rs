//! The published total order: released values in the order of the task's columns, each in its direction, then earliest accepted,
//! then submission id.

use std::cmp::Ordering;

use crate::{MetricRef, MetricValue, Micros, SubmissionId, text_enum::text_enum};

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

/// What ranks: a submission whose first released value is finite. It cannot be made of an undefined or non-finite one.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    value: f64,
    sort_key: f64,
    tie_key: Vec<u8>,
    accepted_at: Micros,
    submission: SubmissionId,
}

impl Standing {
    /// A standing, or `None` where the first value is missing, undefined or not finite and so never ranks. `values` are those of
    /// `columns`, in their order.
    pub fn new(
        columns: &[MetricRef],
        values: &[MetricValue],
        accepted_at: Micros,
        submission: SubmissionId,
    ) -> Option<Self> {
        let (first, others) = columns.split_first()?;
        let value = finite(values.first())?;
        let mut tie_key = Vec::with_capacity(others.len() * size_of::<u64>());
        for (at, column) in (1..).zip(others) {
            let key =
                finite(values.get(at)).map_or(UNDEFINED, |value| ordered(column.direction.sort_key(value)));
            tie_key.extend(key.to_be_bytes());
        }
        let sort_key = first.direction.sort_key(value);
        Some(Self { value, sort_key, tie_key, accepted_at, submission })
    }

    /// Smaller is better.
    pub fn sort_key(&self) -> f64 {
        self.sort_key
    }

    /// Orders equal sort keys by the other columns: 8 bytes each, compared byte by byte, smaller is better. An undefined value is
    /// worse than any other.
    pub fn tie_key(&self) -> &[u8] {
        &self.tie_key
    }

    /// The value that ranks.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Whether this ranks above `other`.
    pub fn beats(&self, other: &Self) -> bool {
        self < other
    }
}

/// Greater than [`ordered`] of any finite number.
const UNDEFINED: u64 = u64::MAX;

fn finite(value: Option<&MetricValue>) -> Option<f64> {
    value.and_then(|metric| metric.value).filter(|value| value.is_finite())
}

/// The bits of a number in the order of `f64::total_cmp`: those of negative numbers turned, of others with the sign set.
fn ordered(key: f64) -> u64 {
    let bits = key.to_bits();
    if key.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

impl Eq for Standing {}

impl Ord for Standing {
    /// Better is less, so that a sorted list starts with the winner.
    fn cmp(&self, other: &Self) -> Ordering {
        self.sort_key
            .total_cmp(&other.sort_key)
            .then_with(|| self.tie_key.cmp(&other.tie_key))
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

    fn columns(directions: &[Direction]) -> Vec<MetricRef> {
        let column =
            |&direction| MetricRef { id: String::new(), direction, title: String::new(), range: None };
        directions.iter().map(column).collect()
    }

    fn row(values: &[Option<f64>]) -> Vec<MetricValue> {
        values.iter().map(|&value| MetricValue { id: String::new(), value }).collect()
    }

    fn standing(direction: Direction, value: f64, at: i64, id: &str) -> Standing {
        let id = SubmissionId::parse(id).unwrap();
        Standing::new(&columns(&[direction]), &row(&[Some(value)]), Micros(at), id).unwrap()
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
            let columns = columns(&[Direction::LowerIsBetter]);
            assert_eq!(Standing::new(&columns, &row(&[value]), Micros(0), id.clone()), None);
        }
    }

    #[test]
    fn other_columns_decide_between_equals_in_their_order_and_direction() {
        use Direction::{HigherIsBetter as Up, LowerIsBetter as Down};
        let columns = columns(&[Up, Down, Up]);
        let make = |values: [Option<f64>; 3], at, id| {
            Standing::new(&columns, &row(&values), Micros(at), SubmissionId::parse(id).unwrap()).unwrap()
        };
        let best = [
            make([Some(0.9), Some(-1.0), Some(0.1)], 9, "z"),
            make([Some(0.9), Some(0.2), Some(0.1)], 9, "z"),
            make([Some(0.9), Some(0.3), Some(1.0)], 9, "z"),
            make([Some(0.9), Some(0.3), Some(-0.5)], 9, "z"),
            make([Some(0.9), Some(0.3), None], 1, "b"),
            make([Some(0.9), Some(0.3), Some(f64::NAN)], 2, "a"),
            make([Some(0.9), None, Some(1.0)], 1, "a"),
            make([Some(0.8), Some(-9.0), Some(9.0)], 1, "a"),
        ];
        assert!(best.windows(2).all(|pair| pair[0].beats(&pair[1])));
        assert_eq!(best[0].tie_key().len(), 16);
        // Fewer values than columns: those that are missing are undefined.
        let short = Standing::new(&columns, &row(&[Some(0.9)]), Micros(0), SubmissionId::parse("a").unwrap());
        assert_eq!(short.unwrap().tie_key(), [0xff; 16]);
    }

    proptest! {
        #[test]
        fn bytes_are_in_the_order_of_numbers(a in any::<f64>(), b in any::<f64>()) {
            prop_assert_eq!(ordered(a).cmp(&ordered(b)), a.total_cmp(&b));
            prop_assert!(!a.is_finite() || ordered(a) < UNDEFINED);
        }

        #[test]
        fn the_order_is_total(a in any::<(i8, u8)>(), b in any::<(i8, u8)>(), c in any::<(i8, u8)>()) {
            let make = |(v, t): (i8, u8), id: &str| standing(Direction::HigherIsBetter, f64::from(v), i64::from(t), id);
            let (a, b, c) = (make(a, "a"), make(b, "b"), make(c, "c"));
            prop_assert!(a.beats(&b) != b.beats(&a));
            if a.beats(&b) && b.beats(&c) { prop_assert!(a.beats(&c)); }
        }
    }
}
