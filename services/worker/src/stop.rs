//! One way to stop a lease's work, whoever asks: cancellation, a lost lease, or a drain.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// Why the work was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The evaluation was cancelled: drop the work.
    Cancelled,
    /// The lease belongs to another worker now: drop the work.
    Lost,
    /// This worker is shutting down and cannot wait any longer: give the unit back.
    Draining,
}

type Kill = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct State {
    reason: Option<Stopped>,
    kill: Option<Kill>,
}

/// Shared by the lease keeper, the downloads and the thread that drives the runner.
#[derive(Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    state: Arc<Mutex<State>>,
}

impl Stop {
    /// Stops the work: downloads end, a running runner is killed. The first reason stays.
    pub fn trip(&self, reason: Stopped) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.reason.get_or_insert(reason);
        self.token.cancel();
        if let Some(kill) = &state.kill {
            kill();
        }
    }

    /// Why the work was stopped, if it was.
    pub fn reason(&self) -> Option<Stopped> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).reason
    }

    /// Completes once the work is stopped.
    pub async fn tripped(&self) {
        self.token.cancelled().await;
    }

    /// Registers how to kill the runner that now works; kills it at once if the stop came first.
    pub fn arm(&self, kill: Box<dyn Fn() + Send + Sync>) -> Armed {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.reason.is_some() {
            kill();
        }
        state.kill = Some(kill);
        Armed(self.clone())
    }
}

/// While this lives, a stop kills the runner.
pub struct Armed(Stop);

impl Drop for Armed {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).kill = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn counted() -> (Arc<AtomicU32>, Box<dyn Fn() + Send + Sync>) {
        let kills = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&kills);
        (
            kills,
            Box::new(move || {
                seen.fetch_add(1, Ordering::SeqCst);
            }),
        )
    }

    #[test]
    fn a_stop_kills_the_armed_runner_and_keeps_the_first_reason() {
        let stop = Stop::default();
        let (kills, kill) = counted();
        let _armed = stop.arm(kill);
        stop.trip(Stopped::Cancelled);
        stop.trip(Stopped::Draining);
        assert_eq!(stop.reason(), Some(Stopped::Cancelled));
        assert!(kills.load(Ordering::SeqCst) >= 1);
    }

    #[test]
    fn a_runner_that_starts_after_the_stop_is_killed_at_once() {
        let stop = Stop::default();
        stop.trip(Stopped::Lost);
        let (kills, kill) = counted();
        drop(stop.arm(kill));
        assert_eq!(kills.load(Ordering::SeqCst), 1);
        stop.trip(Stopped::Lost);
        assert_eq!(kills.load(Ordering::SeqCst), 1, "a runner that ended is not killed");
    }
}
