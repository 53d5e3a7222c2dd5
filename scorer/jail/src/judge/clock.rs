//! The wall clock of a run, which stops while the runner waits for the worker.

use std::time::{Duration, Instant};

/// Time allowed and time used.
#[derive(Debug)]
pub(super) struct Clock {
    limit: Duration,
    used: Duration,
    since: Option<Instant>,
}

impl Clock {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, used: Duration::ZERO, since: None }
    }

    /// Starts, if it stands.
    pub(super) fn start(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Stops, if it runs.
    pub(super) fn stop(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.used += now.saturating_duration_since(since);
        }
    }

    /// Time used so far.
    pub(super) fn used(&self, now: Instant) -> Duration {
        self.used + self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// Time left; zero when it is over.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.limit.saturating_sub(self.used(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_the_worker_costs_the_team_nothing() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut clock = Clock::new(Duration::from_secs(10));
        clock.start(at(0));
        clock.stop(at(4));
        assert_eq!(clock.left(at(100)), Duration::from_secs(6));
        clock.start(at(100));
        clock.start(at(103));
        assert_eq!(clock.left(at(105)), Duration::from_secs(1));
        assert_eq!(clock.left(at(107)), Duration::ZERO);
    }
}
