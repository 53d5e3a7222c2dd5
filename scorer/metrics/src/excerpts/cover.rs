//! Time as whole numbers, and what intervals of it cover.

use super::data::Excerpt;

/// The unit is 2 to the minus this, in seconds: what f64 says of times above a quarter of a millisecond is kept to the last
/// bit, so that lengths add up exactly in any order.
pub(super) const UNIT_BITS: u32 = 64;

/// The part of one axis that intervals cover.
#[derive(Debug, Default)]
pub(super) struct Cover {
    /// Ascending, apart from each other.
    spans: Vec<[i128; 2]>,
    length: i128,
}

/// Starts and ends in the query and in the reference.
pub(super) type Spans = [[i128; 2]; 2];

pub(super) fn spans(excerpt: &Excerpt) -> Spans {
    // A power of two: scaling is exact. What is below the unit is cut off.
    let units = |seconds: f64| (seconds * (1_u128 << UNIT_BITS) as f64) as i128;
    [excerpt.in_query.map(units), excerpt.in_reference.map(units)]
}

/// Whether two excerpts of one reference share an area.
pub(super) fn overlap(a: &Spans, b: &Spans) -> bool {
    a.iter().zip(b).all(|(a, b)| a[0].max(b[0]) < a[1].min(b[1]))
}

impl Cover {
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.length = 0;
    }

    /// Covers an interval too.
    pub(super) fn add(&mut self, [mut start, mut end]: [i128; 2]) {
        let first = self.spans.partition_point(|span| span[1] < start);
        let behind = self.spans.partition_point(|span| span[0] <= end);
        let joined = &self.spans[first..behind];
        if let ([low, ..], [.., high]) = (joined, joined) {
            (start, end) = (start.min(low[0]), end.max(high[1]));
        }
        self.length += end - start - joined.iter().map(|span| span[1] - span[0]).sum::<i128>();
        self.spans.splice(first..behind, [[start, end]]);
    }

    pub(super) fn length(&self) -> i128 {
        self.length
    }

    /// The length that both cover.
    pub(super) fn shared(&self, other: &Self) -> i128 {
        let (mut a, mut b, mut shared) = (self.spans.iter().peekable(), other.spans.iter().peekable(), 0);
        while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
            shared += (left[1].min(right[1]) - left[0].max(right[0])).max(0);
            if left[1] <= right[1] {
                a.next()
            } else {
                b.next()
            };
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list of covered seconds.
        #[test]
        fn lengths_are_those_of_the_seconds_covered(
            ours in prop::collection::vec((0_i128..40, 0_i128..8), 0..12),
            theirs in prop::collection::vec((0_i128..40, 0_i128..8), 0..12),
        ) {
            let cover = |intervals: &[(i128, i128)]| {
                let (mut cover, mut seconds) = (Cover::default(), [false; 48]);
                for &(start, length) in intervals {
                    cover.add([start, start + length]);
                    seconds[start as usize..(start + length) as usize].fill(true);
                }
                (cover, seconds)
            };
            let ((a, in_a), (b, in_b)) = (cover(&ours), cover(&theirs));
            let count = |seconds: &mut dyn Iterator<Item = bool>| seconds.filter(|covered| *covered).count() as i128;
            prop_assert_eq!(a.length(), count(&mut in_a.into_iter()));
            let shared = count(&mut in_a.into_iter().zip(in_b).map(|(a, b)| a && b));
            prop_assert_eq!((a.shared(&b), b.shared(&a)), (shared, shared));
            prop_assert!(a.spans.windows(2).all(|pair| pair[0][1] < pair[1][0]));
        }
    }
}
