//! Weights of tasks: whole thousandths, so that weighted sums are exact.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a task weighs in thousandths: 0.001 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Weight(u32);

/// Why a number is not a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a weight must be 0.001 to 1000, with at most three decimals")]
pub struct BadWeight;

/// The heaviest weight, in thousandths.
const WEIGHT_MILLI_MAX: u32 = 1_000_000;
/// How far a number as it was read may be from its thousandth: the nearest double of 0.001 to 1000 times 1000 is nearer.
const MILLI_TOLERANCE: f64 = 1e-6;

impl Weight {
    /// Reads a weight as people write it.
    pub fn new(value: f64) -> Result<Self, BadWeight> {
        let milli = (value * 1_000.0).round();
        let exact = (value * 1_000.0 - milli).abs() < MILLI_TOLERANCE;
        if exact && (1.0..=f64::from(WEIGHT_MILLI_MAX)).contains(&milli) {
            Ok(Self(milli as u32))
        } else {
            Err(BadWeight)
        }
    }

    /// In thousandths.
    pub const fn milli(self) -> u32 {
        self.0
    }

    /// As people write it.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self(1_000)
    }
}

impl TryFrom<u32> for Weight {
    type Error = BadWeight;

    fn try_from(milli: u32) -> Result<Self, BadWeight> {
        if (1..=WEIGHT_MILLI_MAX).contains(&milli) { Ok(Self(milli)) } else { Err(BadWeight) }
    }
}

impl From<Weight> for u32 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_thousandths_of_one_to_a_thousand() {
        for (value, milli) in [(0.001, 1), (1.0, 1_000), (2.5, 2_500), (0.1 + 0.2, 300), (1_000.0, 1_000_000)]
        {
            assert_eq!(Weight::new(value).map(Weight::milli), Ok(milli), "{value}");
        }
        for bad in [0.0, -1.0, 0.000_9, 0.000_4, 1.000_5, 1_000.001, f64::NAN, f64::INFINITY] {
            assert_eq!(Weight::new(bad), Err(BadWeight), "{bad}");
        }
        assert_eq!(Weight::default(), Weight::new(1.0).unwrap());
        assert_eq!(Weight::new(2.5).unwrap().to_string(), "2.5");
    }

    #[test]
    fn every_weight_reads_back() {
        for milli in (1..=WEIGHT_MILLI_MAX).step_by(7).chain([WEIGHT_MILLI_MAX]) {
            let weight = Weight::try_from(milli).unwrap();
            assert_eq!(Weight::new(weight.value()), Ok(weight), "{milli}");
        }
        assert!(Weight::try_from(0).is_err() && Weight::try_from(WEIGHT_MILLI_MAX + 1).is_err());
    }
}
