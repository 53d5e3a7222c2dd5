use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use super::FEATURE_MAGNITUDE_MAX;
use crate::{exact::ratio, items::ITEM_COUNT_MAX};

/// Features are whole multiples of 2 to the minus this.
const UNIT_BITS: u32 = 32;
/// Rows that are added at once.
const ROW_COUNT: usize = 16;
/// Largest feature in units: 2^49. Its square, added up for 2^26 rows, is below 2^125.
const FEATURE_UNITS_MAX: i128 = (FEATURE_MAGNITUDE_MAX as i128) << UNIT_BITS;

/// The exact sums of the features of a set, and of all products of two of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moments {
    pub(super) count: u64,
    sums: Vec<i128>,
    /// Of the features i and j ≤ i at i·(i + 1)/2 + j.
    products: Vec<i128>,
}

impl Moments {
    pub(super) fn new(feature_count: usize) -> Self {
        Self {
            count: 0,
            sums: vec![0; feature_count],
            products: vec![0; feature_count * (feature_count + 1) / 2],
        }
    }

    /// Adds rows of features within the bound, each feature rounded once.
    pub(super) fn add(&mut self, rows: &[&[f64]]) {
        let n = self.sums.len();
        let mut units = vec![[0; ROW_COUNT]; n];
        for rows in rows.chunks(ROW_COUNT) {
            // Feature by feature, and 0 where there is no row: a product is read and written once for all of them.
            for (i, units) in units.iter_mut().enumerate() {
                let unit = |row: &&[f64]| libm::rint(row[i] * (1_u64 << UNIT_BITS) as f64) as i64;
                *units = std::array::from_fn(|place| rows.get(place).map_or(0, unit));
                self.sums[i] += units.iter().map(|unit| i128::from(*unit)).sum::<i128>();
            }
            self.count += rows.len() as u64;
            let mut products = self.products.iter_mut();
            for (i, a) in units.iter().enumerate() {
                let product = |(a, b): (&i64, &i64)| i128::from(*a) * i128::from(*b);
                let row = products.by_ref().take(i + 1).zip(&units);
                row.for_each(|(sum, b)| *sum += a.iter().zip(b).map(product).sum::<i128>());
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sums.iter_mut().zip(&other.sums).for_each(|(to, from)| *to += from);
        self.products.iter_mut().zip(&other.products).for_each(|(to, from)| *to += from);
    }

    /// Whether these can be sums of so many features.
    pub(super) fn fits(&self, feature_count: usize) -> bool {
        let empty = Self::new(feature_count);
        if self.count > ITEM_COUNT_MAX {
            return false;
        }
        let count = i128::from(self.count);
        let within = |values: &[i128], most: i128| values.iter().all(|value| (-most..=most).contains(value));
        (self.sums.len(), self.products.len()) == (empty.sums.len(), empty.products.len())
            && within(&self.sums, count * FEATURE_UNITS_MAX)
            && within(&self.products, count * FEATURE_UNITS_MAX * FEATURE_UNITS_MAX)
    }

    /// |mean − other mean|².
    pub(super) fn mean_distance(&self, other: &Self) -> f64 {
        let divisor = (BigInt::from(self.count) * other.count) << UNIT_BITS;
        let difference = |(a, b): (&i128, &i128)| {
            let numerator: BigInt = BigInt::from(*a) * other.count - BigInt::from(*b) * self.count;
            ratio(&numerator, &divisor)
        };
        self.sums.iter().zip(&other.sums).map(difference).map(|d| d * d).sum()
    }

    /// The sample covariance, row-major, each entry rounded once; of two rows or more.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let n = self.sums.len();
        let pairs = self.count * (self.count - 1);
        let divisor = BigInt::from(pairs) << (2 * UNIT_BITS);
        let mut covariance = vec![0.0; n * n];
        let mut products = self.products.iter();
        for i in 0..n {
            for (j, product) in products.by_ref().take(i + 1).enumerate() {
                let (a, b) = (self.sums[i], self.sums[j]);
                let small = || product.checked_mul(i128::from(self.count))?.checked_sub(a.checked_mul(b)?);
                let value = if let Some(numerator) = small() {
                    libm::scalbn(quotient(numerator, pairs), -2 * UNIT_BITS as i32)
                } else {
                    let numerator: BigInt = BigInt::from(*product) * self.count - BigInt::from(a) * b;
                    ratio(&numerator, &divisor)
                };
                (covariance[i * n + j], covariance[j * n + i]) = (value, value);
            }
        }
        covariance
    }
}

/// A quotient by 1 to 2^52, rounded once to the nearest f64: [`ratio`] without integers of any size.
fn quotient(numerator: i128, denominator: u64) -> f64 {
    let (shift, denominator) = (numerator.unsigned_abs().leading_zeros().min(127), u128::from(denominator));
    let shifted = numerator.unsigned_abs() << shift;
    // Of 76 bits or more. The last one also says "and a little more", which keeps the rounding to 53 right.
    let quotient = shifted / denominator;
    let inexact = quotient * denominator != shifted;
    let magnitude = libm::scalbn((quotient | u128::from(inexact)) as f64, -(shift as i32));
    if numerator < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotients_are_those_of_integers(numerator in any::<i128>(), bits in 0_u32..=127, denominator in 1_u64..=1 << 52) {
            let numerator = numerator >> bits;
            let want = ratio(&BigInt::from(numerator), &BigInt::from(denominator));
            prop_assert_eq!(quotient(numerator, denominator).to_bits(), want.to_bits());
        }
    }

    #[test]
    fn quotients_at_the_ends_of_the_range() {
        for numerator in [0, 1, -1, i128::MAX, i128::MIN, (1 << 53) + 1, (1 << 54) - 1, (1 << 54) + 1] {
            for denominator in [1, 2, 3, (1 << 52) - 1, 1 << 52] {
                let want = ratio(&BigInt::from(numerator), &BigInt::from(denominator));
                assert_eq!(
                    quotient(numerator, denominator).to_bits(),
                    want.to_bits(),
                    "{numerator} / {denominator}"
                );
            }
        }
    }
}
