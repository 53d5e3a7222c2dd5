use num_bigint::BigInt;

use crate::exact::ratio;

/// A sum over a sum, of numbers of items that are added up by group: which is all that a replicate tells apart.
pub(super) struct Ratio {
    /// Of each group, in units of 2^(exponent − [`BITS`]).
    groups: Vec<[i128; 2]>,
    /// Above all magnitudes of each kind.
    exponents: [i32; 2],
}

/// A number takes so many bits, so that 2^27 of them, more than 2^22 items of weight 12, fit an `i128`. What is cut off is far
/// below the standard error, in which the largest number has its part.
const BITS: i32 = 90;

impl Ratio {
    /// Of finite numbers, each with the place of its group.
    pub fn of(items: impl Iterator<Item = (u32, [f64; 2])> + Clone, group_count: usize) -> Self {
        let exponents = [0, 1].map(|of| exponent(items.clone().map(|(_, numbers)| numbers[of])));
        let mut groups = vec![[0; 2]; group_count];
        for (place, numbers) in items {
            for of in 0..2 {
                groups[place as usize][of] += scaled(numbers[of], exponents[of]);
            }
        }
        Self { groups, exponents }
    }

    /// `None` where the denominator is 0.
    pub fn value(&self, weights: &[u8]) -> Option<f64> {
        let (mut above, mut below) = (0, 0);
        for ([a, b], weight) in self.groups.iter().zip(weights) {
            above += a * i128::from(*weight);
            below += b * i128::from(*weight);
        }
        let quotient = (below != 0).then(|| ratio(&BigInt::from(above), &BigInt::from(below)))?;
        Some(libm::scalbn(quotient, self.exponents[0] - self.exponents[1]))
    }
}

/// The least e for which all magnitudes are below 2^e.
fn exponent(numbers: impl Iterator<Item = f64>) -> i32 {
    libm::frexp(numbers.map(f64::abs).fold(0.0, f64::max)).1
}

/// A number below 2^exponent in units of 2^(exponent − [`BITS`]), towards zero.
fn scaled(number: f64, exponent: i32) -> i128 {
    libm::scalbn(number, BITS - exponent) as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_at_any_magnitude() {
        for scale in [1.0, 2_f64.powi(-1000), 2_f64.powi(600)] {
            let items = [[3.0, 1.0], [1.0, 1.0], [0.5, 0.0]].map(|[a, b]| [a * scale, b]);
            let ratio = Ratio::of((0..).zip(items), 3);
            assert_eq!(ratio.value(&[1, 1, 1]), Some(4.5 * scale / 2.0), "{scale}");
            assert_eq!(ratio.value(&[0, 12, 2]), Some(13.0 * scale / 12.0), "{scale}");
            assert_eq!(ratio.value(&[0, 0, 1]), None);
        }
        let nothing = Ratio::of([(0, [0.0, 0.0])].into_iter(), 1);
        assert_eq!(nothing.value(&[1]), None);
    }

    #[test]
    fn the_largest_sums_fit() {
        let (item_count, weight) = (super::super::COMPARED_ITEM_COUNT_MAX, super::super::weights::WEIGHT_MAX);
        let below = 1.0 - f64::EPSILON / 2.0;
        let ratio = Ratio::of(std::iter::repeat_n((0, [below, -below]), item_count), 1);
        assert_eq!(ratio.value(&[weight]), Some(-1.0));
    }
}
