//! Exact sums of numbers and of products of two numbers, whatever their size and order.
//!
//! A superaccumulator (Kulisch; Neal 2015): one integer in two's complement, wide enough for every product of two finite f64
//! up to 1e100 in magnitude, of which the smallest step is 2^-2148. Nothing is rounded before [`ratio`], which rounds once.

use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use crate::MetricError;

/// Largest magnitude of a number or a factor.
pub(crate) const MAGNITUDE_MAX: f64 = 1e100;
/// The unit is 2 to the minus this: the product of the two least subnormals.
pub(crate) const UNIT_BITS: usize = 2 * 1074;
/// 2880 bits: 2148 below the point, 665 for a product above it, and 67 for the sign and for adding up.
const LIMBS: usize = 45;

/// An exact running sum. 360 bytes; at most 450 when serialised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>")]
pub(crate) struct ExactSum(Vec<u64>);

impl Default for ExactSum {
    fn default() -> Self {
        Self(vec![0; LIMBS])
    }
}

impl ExactSum {
    /// Adds a number of at most [`MAGNITUDE_MAX`]².
    pub(crate) fn add(&mut self, term: f64) {
        self.add_product(term, 1.0);
    }

    /// Adds a product of at most [`MAGNITUDE_MAX`]², without rounding it.
    pub(crate) fn add_product(&mut self, a: f64, b: f64) {
        debug_assert!(a.is_finite() && b.is_finite());
        let ((a_mantissa, a_shift), (b_mantissa, b_shift)) = (parts(a), parts(b));
        let product = u128::from(a_mantissa) * u128::from(b_mantissa);
        let shift = a_shift + b_shift;
        let (limb, bits) = (shift / 64, shift % 64);
        let (low, high) = (product << bits, if bits == 0 { 0 } else { product >> (128 - bits) });
        let addend = [low as u64, (low >> 64) as u64, high as u64];
        if a.is_sign_negative() == b.is_sign_negative() {
            carry_through(&mut self.0[limb..], &addend, u64::overflowing_add);
        } else {
            carry_through(&mut self.0[limb..], &addend, u64::overflowing_sub);
        }
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: &Self) {
        carry_through(&mut self.0, &other.0, u64::overflowing_add);
    }

    /// The sum in units of 2^-[`UNIT_BITS`].
    pub(crate) fn to_integer(&self) -> BigInt {
        let bytes: Vec<u8> = self.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigInt::from_signed_bytes_le(&bytes)
    }

    /// The sum divided by a count that is not 0, rounded once.
    pub(crate) fn over(&self, count: u64) -> f64 {
        ratio(&self.to_integer(), &(BigInt::from(count) << UNIT_BITS))
    }
}

impl TryFrom<Vec<u64>> for ExactSum {
    type Error = MetricError;

    fn try_from(limbs: Vec<u64>) -> Result<Self, MetricError> {
        if limbs.len() == LIMBS { Ok(Self(limbs)) } else { Err(MetricError::Corrupt) }
    }
}

/// The magnitude of a finite number is mantissa · 2^(shift − 1074).
fn parts(number: f64) -> (u64, usize) {
    let bits = number.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7FF) as usize, bits & ((1 << 52) - 1));
    if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) }
}

/// Adds or subtracts `addend` at the low end of `limbs`, and carries as far as it goes. Two's complement wraps.
fn carry_through(limbs: &mut [u64], addend: &[u64], combine: impl Fn(u64, u64) -> (u64, bool)) {
    let mut carry = false;
    for (i, limb) in limbs.iter_mut().enumerate() {
        if i >= addend.len() && !carry {
            return;
        }
        let (sum, first) = combine(*limb, addend.get(i).copied().unwrap_or(0));
        let (sum, second) = combine(sum, u64::from(carry));
        (*limb, carry) = (sum, first || second);
    }
}

/// The quotient of two integers, the second not 0, rounded once to the nearest f64 (twice where that is subnormal).
pub(crate) fn ratio(numerator: &BigInt, denominator: &BigInt) -> f64 {
    // A quotient of 65 or 66 bits. Its last bit also says "and a little more", which keeps the rounding to 53 right.
    let shift = 65 + denominator.bits() as i64 - numerator.bits() as i64;
    let (above, below) = (shift.max(0), (-shift).max(0));
    let (above, below) = (numerator.magnitude() << above, denominator.magnitude() << below);
    let quotient = &above / &below;
    let inexact = &quotient * &below != above;
    let quotient = u128::try_from(quotient).expect("66 bits fit") | u128::from(inexact);
    let magnitude = libm::scalbn(quotient as f64, -shift as i32);
    let negative = numerator.sign() != denominator.sign() && quotient != 0;
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(terms: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for term in terms {
            sum.add(*term);
        }
        sum
    }

    #[test]
    fn nothing_is_lost_between_the_ends_of_the_range() {
        let (large, small) = (MAGNITUDE_MAX, f64::from_bits(1));
        let mut products = ExactSum::default();
        for sign in [1.0, -1.0] {
            products.add_product(large, sign * large);
            products.add_product(small, small);
        }
        assert_eq!(products.to_integer(), BigInt::from(2));
        assert_eq!(sum(&[1e200, small, -1e200]).over(1).to_bits(), 1);
        assert_eq!(sum(&[1e16, 1.0, -1e16]).over(4).to_bits(), 0.25_f64.to_bits());
        // The largest terms leave room for 2^64 of them.
        let top: BigInt = BigInt::from(1) << (64 * LIMBS - 1);
        let mut largest = ExactSum::default();
        largest.add_product(-large, large);
        let many: BigInt = largest.to_integer() << 64;
        assert!(-many < top);
    }

    #[test]
    fn ratios_are_rounded_to_the_nearest() {
        let value = |a: i64, b: i64| ratio(&BigInt::from(a), &BigInt::from(b));
        for (a, b) in
            [(0, 7), (1, 3), (-2, 3), (10, -4), (i64::MAX, 1), (1, i64::MAX), (9_007_199_254_740_993, 1)]
        {
            assert_eq!(value(a, b).to_bits(), (a as f64 / b as f64 + 0.0).to_bits(), "{a} / {b}");
        }
        // One above half way between two neighbours, far below the quotient's bits.
        let power = |bits: u32| -> BigInt { BigInt::from(1) << bits };
        let half_way = power(200) + power(147);
        let neighbour = f64::from_bits(((1023 + 200) << 52) + 1);
        assert_eq!(ratio(&(half_way.clone() + 1), &BigInt::from(1)).to_bits(), neighbour.to_bits());
        assert_eq!(
            ratio(&half_way, &BigInt::from(1)).to_bits(),
            f64::from_bits((1023 + 200) << 52).to_bits()
        );
    }

    #[test]
    fn only_whole_sums_are_read() {
        let bytes = |limbs: usize| crate::bytes::pack(1, &vec![1_u64; limbs]);
        assert!(crate::bytes::unpack::<ExactSum>(1, &bytes(LIMBS)).is_ok());
        for limbs in [0, LIMBS - 1, LIMBS + 1] {
            assert!(crate::bytes::unpack::<ExactSum>(1, &bytes(limbs)).is_err());
        }
    }

    proptest! {
        /// Against integers of any size.
        #[test]
        fn products_are_those_of_integers(
            factors in prop::collection::vec((-1e100..1e100_f64, prop::num::f64::SUBNORMAL | prop::num::f64::ZERO | prop::num::f64::NORMAL), 0..20),
            cut in any::<prop::sample::Index>(),
        ) {
            let integer = |number: f64| {
                let (mantissa, shift) = parts(number);
                let magnitude = BigInt::from(mantissa) << shift;
                if number.is_sign_negative() { -magnitude } else { magnitude }
            };
            let factors: Vec<(f64, f64)> = factors.into_iter().map(|(a, b)| (a, b % 1e100)).collect();
            let want: BigInt = factors.iter().map(|(a, b)| integer(*a) * integer(*b)).sum();
            let add = |sum: &mut ExactSum, part: &[(f64, f64)]| {
                for (a, b) in part {
                    sum.add_product(*a, *b);
                }
            };
            let cut = cut.index(factors.len() + 1);
            let (mut left, mut right) = (ExactSum::default(), ExactSum::default());
            add(&mut left, &factors[cut..]);
            add(&mut right, &factors[..cut]);
            left.merge(&right);
            prop_assert_eq!(left.to_integer(), want);
        }
    }
}
