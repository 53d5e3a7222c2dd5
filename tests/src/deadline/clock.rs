//! The simulated hour: its last moment is the real end of the phase, and all that happens in it is faster by one factor.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The minute in which the phase ends.
pub const END: f64 = 60.0;

/// Where simulated minutes lie in real time: minute 60 is the end of the phase.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    end: Instant,
    end_us: i64,
    hour: Duration,
}

impl Clock {
    /// An hour that takes `hour` and ends `remaining` from now.
    pub fn ending_in(remaining: Duration, hour: Duration) -> Self {
        Self { end: Instant::now() + remaining, end_us: now_us() + remaining.as_micros() as i64, hour }
    }

    /// The end of the phase, in microseconds since 1970: what the server gets as the end of the window.
    pub fn end_us(&self) -> i64 {
        self.end_us
    }

    /// When a simulated minute is; a moment that is over is now.
    pub fn at(&self, minute: f64) -> Instant {
        let before = self.real((END - minute).max(0.0) * 60.0);
        let after = self.real((minute - END).max(0.0) * 60.0);
        self.end.checked_sub(before).unwrap_or_else(Instant::now) + after
    }

    /// Which minute a moment is in.
    pub fn minute(&self, at: Instant) -> f64 {
        let from_end = at.saturating_duration_since(self.end).as_secs_f64()
            - self.end.saturating_duration_since(at).as_secs_f64();
        END + from_end / self.hour.as_secs_f64() * END
    }

    /// What a simulated time takes.
    pub fn real(&self, seconds: f64) -> Duration {
        self.hour.mul_f64(seconds / 3600.0)
    }
}

/// This machine's clock, which is also the database's: microseconds since 1970.
pub fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_moments_are_each_others_inverse() {
        let clock = Clock::ending_in(Duration::from_secs(100), Duration::from_secs(120));
        for minute in [0.0, 30.0, 59.0, 60.0, 61.5] {
            assert!((clock.minute(clock.at(minute)) - minute).abs() < 1e-6, "{minute}");
        }
        assert_eq!(clock.at(60.0) - clock.at(59.0), Duration::from_secs(2));
        assert_eq!(clock.real(60.0), Duration::from_secs(2));
    }
}
