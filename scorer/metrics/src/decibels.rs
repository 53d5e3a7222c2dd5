//! The mean of terms in decibels, of which each may also be infinite or undefined.

use serde::{Deserialize, Serialize};

use crate::fixed::FixedSum;

/// Largest magnitude of a finite term: powers lie between 5e-324 and 1e308, so ratios within 6400 dB.
pub(crate) const TERM_DB_MAX: f64 = 6400.0;

/// An order-free sum of terms, with counts of those that are no finite number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decibels {
    /// Of the finite terms.
    sum: FixedSum,
    infinite: u64,
    minus_infinite: u64,
    undefined: u64,
}

impl Decibels {
    /// Adds a term: finite and at most [`TERM_DB_MAX`] in magnitude, infinite, or NaN for undefined.
    pub(crate) fn add(&mut self, term: f64) {
        if term.is_finite() {
            self.sum.add(term);
        } else if term.is_nan() {
            self.undefined += 1;
        } else if term > 0.0 {
            self.infinite += 1;
        } else {
            self.minus_infinite += 1;
        }
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: Self) {
        self.sum.merge(other.sum);
        self.infinite += other.infinite;
        self.minus_infinite += other.minus_infinite;
        self.undefined += other.undefined;
    }

    /// The mean of so many terms. `None` if one is undefined, or if infinite ones have both signs.
    pub(crate) fn mean(self, count: f64) -> Option<f64> {
        match (self.undefined, self.infinite, self.minus_infinite) {
            (0, 0, 0) => Some(self.sum.to_f64() / count),
            (0, _, 0) => Some(f64::INFINITY),
            (0, 0, _) => Some(f64::NEG_INFINITY),
            _ => None,
        }
    }

    /// Whether so many terms can have given this.
    pub(crate) fn fits(self, count: u64) -> bool {
        let counts = [self.infinite, self.minus_infinite, self.undefined];
        let rest = counts.iter().try_fold(count, |rest, count| rest.checked_sub(*count));
        rest.is_some_and(|finite| self.sum.to_f64().abs() <= finite as f64 * TERM_DB_MAX)
    }
}

/// 10·log10 of a ratio of powers, both finite and not negative: −∞ for nothing over something, ∞ for something over nothing,
/// NaN for nothing over nothing.
pub(crate) fn decibels(power: f64, over: f64) -> f64 {
    // A difference of logarithms, for the ratio itself could overflow.
    10.0 * (libm::log10(power) - libm::log10(over))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(terms: &[f64]) -> Option<f64> {
        let mut sum = Decibels::default();
        for term in terms {
            sum.add(*term);
        }
        assert!(sum.fits(terms.len() as u64));
        sum.mean(terms.len() as f64)
    }

    #[test]
    fn infinite_terms_stay_infinite_and_undefined_ones_undefined() {
        let (most, least) = (f64::INFINITY, f64::NEG_INFINITY);
        assert_eq!(mean(&[1.0, 2.0]), Some(1.5));
        assert_eq!((mean(&[1.0, most]), mean(&[least, 1.0])), (Some(most), Some(least)));
        assert_eq!((mean(&[most, least]), mean(&[f64::NAN, 1.0])), (None, None));
    }

    #[test]
    fn ratios_of_the_largest_and_least_powers_are_within_the_bound() {
        let widest = decibels(f64::MAX, f64::from_bits(1));
        assert!((6300.0..TERM_DB_MAX).contains(&widest), "{widest}");
        assert_eq!((decibels(0.0, 1.0), decibels(1.0, 0.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(decibels(0.0, 0.0).is_nan());
        assert!((decibels(100.0, 1.0) - 20.0).abs() < 1e-12);
    }

    #[test]
    fn a_sum_larger_than_its_terms_does_not_fit() {
        let mut sum = Decibels::default();
        sum.add(TERM_DB_MAX);
        assert!(sum.fits(1) && !sum.fits(0));
        sum.add(f64::NAN);
        assert!(sum.fits(2) && !sum.fits(1));
    }
}
