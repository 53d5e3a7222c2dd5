//! Scores as integers of the same order, and lists of them as few bytes.

use serde::{Deserialize, Serialize};

use crate::MetricError;

/// Below every finite score.
pub(super) const LOWEST: i64 = -HIGHEST;
/// Above every finite score.
pub(super) const HIGHEST: i64 = f64::INFINITY.to_bits() as i64;

/// An integer of the score's order; −0.0 and 0.0 are one. A widened f32 is a multiple of 2^29.
pub(super) fn key(score: f64) -> i64 {
    let magnitude = score.abs().to_bits() as i64;
    if score.is_sign_negative() { -magnitude } else { magnitude }
}

/// Keys in any order. Their serialisation is sorted: the steps from each to the next, in the largest unit that measures
/// them all, at most 10 bytes each, and about 4 for widened f32 scores.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(into = "Steps", try_from = "Steps")]
pub(super) struct Keys(pub(super) Vec<i64>);

#[derive(Serialize, Deserialize)]
struct Steps {
    /// The unit is 2^this.
    unit_bits: u32,
    /// From [`LOWEST`] on.
    steps: Vec<u64>,
}

impl Keys {
    /// In ascending order.
    pub(super) fn into_sorted(mut self) -> Vec<i64> {
        self.0.sort_unstable();
        self.0
    }
}

impl From<Keys> for Steps {
    fn from(keys: Keys) -> Self {
        let keys = keys.into_sorted();
        // LOWEST is a multiple of every unit that measures the keys: 2^52 divides it.
        let unit_bits = keys.iter().map(|key| key.trailing_zeros()).min().unwrap_or(0).min(52);
        let mut last = LOWEST;
        let step = |key: i64| {
            let step = key.wrapping_sub(last) as u64 >> unit_bits;
            last = key;
            step
        };
        Self { unit_bits, steps: keys.into_iter().map(step).collect() }
    }
}

impl TryFrom<Steps> for Keys {
    type Error = MetricError;

    fn try_from(Steps { unit_bits, steps }: Steps) -> Result<Self, MetricError> {
        let unit = 1_u64.checked_shl(unit_bits).ok_or(MetricError::Corrupt)?;
        let span = LOWEST.abs_diff(HIGHEST);
        let mut offset = 0_u64;
        let key = |step: u64| {
            let next = step.checked_mul(unit).and_then(|step| offset.checked_add(step));
            offset = next.filter(|offset| *offset <= span).ok_or(MetricError::Corrupt)?;
            Ok(LOWEST.wrapping_add_unsigned(offset))
        };
        steps.into_iter().map(key).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{pack, unpack};
    use proptest::prelude::*;

    #[test]
    fn the_order_is_that_of_the_scores() {
        let scores =
            [f64::NEG_INFINITY, -1e300, -1.0, -f64::MIN_POSITIVE / 2.0, 0.0, 1e-320, 0.1, 2.0, f64::MAX];
        assert!(scores.map(key).is_sorted_by(|a, b| a < b));
        assert_eq!((key(-0.0), key(f64::INFINITY), key(f64::NEG_INFINITY)), (key(0.0), HIGHEST, LOWEST));
    }

    #[test]
    fn widened_scores_take_few_bytes() {
        let scores = (0..10_000).map(|i| f64::from((i as f32 / 10_000.0).sin()));
        let bytes = pack(1, &Keys(scores.map(key).collect())).len();
        assert!(bytes <= 40_000, "{bytes} bytes");
    }

    proptest! {
        #[test]
        fn bytes_bring_the_sorted_keys_back(
            wide in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL, 0..40),
            narrow in prop::collection::vec(prop::num::f32::NORMAL | prop::num::f32::SUBNORMAL, 0..40),
            ends in any::<bool>(),
        ) {
            let narrow: Vec<f64> = narrow.into_iter().map(f64::from).collect();
            for scores in [wide, narrow] {
                let mut keys: Vec<i64> = scores.into_iter().map(key).collect();
                if ends {
                    keys.extend([HIGHEST, LOWEST, HIGHEST]);
                }
                let keys = Keys(keys);
                let read: Keys = unpack(1, &pack(1, &keys)).unwrap();
                prop_assert_eq!(read.0, keys.into_sorted());
            }
        }

        #[test]
        fn steps_that_leave_the_scores_are_refused(unit_bits in 0_u32..80, steps in prop::collection::vec(any::<u64>(), 0..4)) {
            if let Ok(Keys(keys)) = Keys::try_from(Steps { unit_bits, steps }) {
                prop_assert!(keys.is_sorted() && keys.iter().all(|key| (LOWEST..=HIGHEST).contains(key)));
            }
        }
    }
}
