//! The number of items of a state, bounded, so that sums of bounded terms cannot overflow.

use serde::{Deserialize, Serialize};

use crate::MetricError;

/// Most items of one state: 67 million.
pub const ITEM_COUNT_MAX: u64 = 1 << 26;
/// Most metrics of one state.
const KIND_COUNT_MAX: usize = 32;

/// How many items were added: 0 to [`ITEM_COUNT_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct ItemCount(u64);

impl ItemCount {
    /// With that many more.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] beyond [`ITEM_COUNT_MAX`].
    pub(crate) fn plus(self, more: u64) -> Result<Self, MetricError> {
        Self::try_from(self.0.saturating_add(more))
    }

    pub(crate) fn get(self) -> u64 {
        self.0
    }

    /// The number to divide by.
    ///
    /// # Errors
    /// [`MetricError::Empty`] for none.
    pub(crate) fn divisor(self) -> Result<f64, MetricError> {
        if self.0 == 0 { Err(MetricError::Empty) } else { Ok(self.0 as f64) }
    }
}

impl TryFrom<u64> for ItemCount {
    type Error = MetricError;

    fn try_from(count: u64) -> Result<Self, MetricError> {
        if count > ITEM_COUNT_MAX {
            let what = format!("{count} items in one state; allowed are {ITEM_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        Ok(Self(count))
    }
}

/// Refuses a list of metrics that is empty or longer than a task's may be.
pub(crate) fn check_kind_count(count: usize) -> Result<(), MetricError> {
    if (1..=KIND_COUNT_MAX).contains(&count) {
        return Ok(());
    }
    Err(MetricError::Invalid(format!("{count} metrics; allowed are 1 to {KIND_COUNT_MAX}")))
}

/// Refuses lists of different lengths.
pub(crate) fn check_length(expected: usize, found: usize) -> Result<(), MetricError> {
    if expected == found { Ok(()) } else { Err(MetricError::LengthMismatch { expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_bounded_on_both_sides() {
        let full = ItemCount::default().plus(ITEM_COUNT_MAX).unwrap();
        assert_eq!(full.get(), ITEM_COUNT_MAX);
        assert!(full.plus(1).is_err() && full.plus(u64::MAX).is_err());
        let bytes = |count: u64| crate::bytes::pack(1, &count);
        assert_eq!(crate::bytes::unpack(1, &bytes(ITEM_COUNT_MAX)), Ok(full));
        assert!(crate::bytes::unpack::<ItemCount>(1, &bytes(ITEM_COUNT_MAX + 1)).is_err());
        assert_eq!(ItemCount::default().divisor(), Err(MetricError::Empty));

        assert!(check_kind_count(1).is_ok() && check_kind_count(KIND_COUNT_MAX).is_ok());
        assert!(check_kind_count(0).is_err() && check_kind_count(KIND_COUNT_MAX + 1).is_err());
    }
}
