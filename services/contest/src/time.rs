//! Moments as the database keeps them: whole microseconds since 1970 in UTC, always read from the database's clock.

use std::fmt;
use std::time::Duration;

/// A moment in microseconds since the Unix epoch.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// The moment `by` later, saturating at the end of time.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The moment as jiff has it; moments beyond its range (year 9999) saturate.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// From whole seconds and nanoseconds, as protobuf has it; `None` beyond the range. Nanoseconds are cut to microseconds.
    pub fn from_parts(seconds: i64, nanos: i32) -> Option<Self> {
        seconds.checked_mul(1_000_000)?.checked_add(i64::from(nanos) / 1_000).map(Self)
    }

    /// Whole seconds, rounded down, and the nanoseconds above them, as protobuf has it.
    pub fn parts(self) -> (i64, i32) {
        (self.0.div_euclid(1_000_000), (self.0.rem_euclid(1_000_000) * 1_000) as i32)
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<jiff::Timestamp> for Micros {
    fn from(at: jiff::Timestamp) -> Self {
        Self(at.as_microsecond())
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

impl fmt::Debug for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_round_trip_before_and_after_the_epoch() {
        for at in [0, 1, -1, 1_700_000_000_123_456, -1_500_000] {
            let (seconds, nanos) = Micros(at).parts();
            assert!((0..1_000_000_000).contains(&nanos));
            assert_eq!(Micros::from_parts(seconds, nanos), Some(Micros(at)));
        }
        assert_eq!(Micros::from_parts(i64::MAX, 0), None);
    }
}
