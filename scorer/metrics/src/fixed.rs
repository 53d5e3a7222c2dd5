//! Sums of bounded real terms that do not depend on the order of addition.
//!
//! A term is scaled by 2^80 and kept as an integer. For terms up to 64 (log loss is at most 36.05 nats, Brier at most
//! `2·class_count`) an `i128` holds 2^41 of them; the rounding is per term, so it is the same for every sharding.

use serde::{Deserialize, Serialize};

const SCALE_BITS: i32 = 80;

/// An exact running sum of terms rounded once each to a multiple of 2^-80.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedSum(i128);

impl FixedSum {
    /// Adds a finite term. The magnitude must stay below 2^40 in total; metrics bound their terms far below.
    pub fn add(&mut self, term: f64) {
        debug_assert!(term.is_finite());
        self.0 += (term * scale()) as i128;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }

    /// The sum, rounded to the nearest f64.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / scale()
    }
}

fn scale() -> f64 {
    f64::from_bits(((1023 + SCALE_BITS) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_addition_does_not_matter() {
        let terms: Vec<f64> = (1..2000).map(|i| 1.0 / f64::from(i)).collect();
        let sum = |it: &mut dyn Iterator<Item = &f64>| {
            let mut s = FixedSum::default();
            it.for_each(|t| s.add(*t));
            s
        };
        let forward = sum(&mut terms.iter());
        assert_eq!(forward, sum(&mut terms.iter().rev()));
        let (mut a, b) = (sum(&mut terms[..700].iter()), sum(&mut terms[700..].iter()));
        a.merge(b);
        assert_eq!(forward, a);
        assert!((forward.to_f64() - 8.177_868_103_610_283).abs() < 1e-9);
    }
}
