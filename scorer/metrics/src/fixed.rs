//! Sums of bounded real terms that do not depend on the order of addition.
//!
//! A term is scaled by 2^80 and kept as an integer; what is left over is dropped term by term, so that it is the same for every
//! sharding. An `i128` holds sums below 2^47: 2^41 terms of up to 64 (log loss is at most 36.05 nats), or 2^26 items
//! ([`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX)) of up to 2^20 each.

use serde::{Deserialize, Serialize};

const SCALE_BITS: i32 = 80;

/// An exact running sum of terms rounded once each to a multiple of 2^-80.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedSum(i128);

impl FixedSum {
    /// Adds a finite term. The sum's magnitude must stay below 2^47; metrics bound their terms far below.
    pub fn add(&mut self, term: f64) {
        debug_assert!(term.is_finite());
        self.0 += scaled(term);
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

/// The term times 2^80, towards zero: `(term * scale()) as i128`, several times as fast.
fn scaled(term: f64) -> i128 {
    let bits = term.to_bits();
    // Subnormal terms are far below the unit, so that the bit which they lack does not matter.
    let mantissa = i128::from(bits & ((1 << 52) - 1) | 1 << 52);
    let shift = (bits >> 52 & 0x7FF) as i32 - 1075 + SCALE_BITS;
    debug_assert!(shift <= 74, "the magnitude is below 2^47");
    let magnitude = if shift >= 0 { mantissa << shift.min(74) } else { mantissa >> (-shift).min(127) };
    if term.is_sign_negative() { -magnitude } else { magnitude }
}

fn scale() -> f64 {
    f64::from_bits(((1023 + SCALE_BITS) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_term_is_cut_off_at_the_unit(exponent in -1100_i32..=46, fraction in 1.0..2.0_f64, negative in any::<bool>()) {
            let term = libm::scalbn(if negative { -fraction } else { fraction }, exponent);
            prop_assert_eq!(scaled(term), (term * scale()) as i128);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_whole() {
        for term in
            [0.0, -0.0, f64::MIN_POSITIVE, f64::from_bits(1), 2_f64.powi(-80), -(2_f64.powi(47) - 1.0)]
        {
            assert_eq!(scaled(term), (term * scale()) as i128, "{term}");
        }
    }

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
