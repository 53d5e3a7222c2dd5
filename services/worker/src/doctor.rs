//! Whether this worker may take hidden work.
//!
//! The whole jail is examined at the start, once a day, and whenever a step of it has failed. While an examination is due
//! after a failure, or the last one has not held, nothing is leased; the worker stays, says why, and looks again.

use std::{path::Path, sync::Arc, time::Duration};

use egret_jail::{
    Site,
    doctor::{Probe, Report, Subject, Verdict},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Jail, WorkerError, audit::Pins};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

/// Examines a site: its jail by attacks, and its library by the digest that scores are pinned to. Blocks.
#[must_use]
pub fn examine(site: &Site, ort_sha256: &str) -> Report {
    let (verdict, found) = match Pins::take(site, ort_sha256) {
        Ok(pins) => (Verdict::Proved, pins.runtime_sha256),
        Err(error) => (Verdict::Failed(error.to_string()), error.to_string()),
    };
    egret_jail::doctor::examine(site).with(Probe {
        subject: Subject::Runtime,
        attack: "be another ONNX Runtime than the pinned one".into(),
        expected: ort_sha256.into(),
        found,
        without: String::new(),
        verdict,
    })
}

/// What the last examination came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sound,
    /// A step of the jail has failed since.
    Doubted,
    Unsound,
}

/// Shared by the slots of a worker and whoever examines it.
pub(crate) struct Health(watch::Sender<State>);

impl Health {
    /// Begins with an examination: a worker that was not examined cannot be had.
    pub fn new(report: &Report) -> Self {
        Self(watch::Sender::new(Self::state(report)))
    }

    fn state(report: &Report) -> State {
        if report.holds { State::Sound } else { State::Unsound }
    }

    /// Takes note of an examination and tells the operator.
    pub fn note(&self, report: &Report) {
        tell(report);
        self.0.send_replace(Self::state(report));
    }

    /// Stops leases until the next examination, which is due now.
    pub fn doubt(&self) {
        self.0.send_if_modified(|state| {
            let sound = *state == State::Sound;
            if sound {
                *state = State::Doubted;
            }
            sound
        });
    }

    /// Completes once the jail holds; false if the shutdown came first.
    pub async fn sound(&self, shutdown: &CancellationToken) -> bool {
        self.reaches(State::Sound, shutdown).await
    }

    /// Completes once there is a doubt; false if the shutdown came first.
    pub async fn doubted(&self, shutdown: &CancellationToken) -> bool {
        self.reaches(State::Doubted, shutdown).await
    }

    async fn reaches(&self, wanted: State, shutdown: &CancellationToken) -> bool {
        let mut states = self.0.subscribe();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => false,
            reached = states.wait_for(|state| *state == wanted) => reached.is_ok(),
        }
    }
}

/// Logs a report, whole, and counts it.
pub(crate) fn tell(report: &Report) {
    metrics::gauge!("egret_worker_jail_holds").set(if report.holds { 1.0 } else { 0.0 });
    let json = report.to_json();
    if report.holds {
        tracing::info!(report = json, "the jail is proved");
    } else {
        let problems = report.problems().join("; ");
        tracing::error!(problems, report = json, "the jail does not hold: no lease is taken until it does");
    }
}

/// Leaves the report where an operator finds it, beside the cache. Best effort: the log has it as well.
pub(crate) fn keep(report: &Report, path: &Path) {
    if let Err(error) = std::fs::write(path, report.to_json()) {
        tracing::warn!(path = %path.display(), %error, "the report could not be kept");
    }
}

/// When to examine next.
#[derive(Default)]
pub(crate) struct Schedule {
    failures: u32,
}

impl Schedule {
    /// How long after an examination the next one is due: a day if it held; else a minute, doubling to an hour.
    pub fn after(&mut self, holds: bool) -> Duration {
        if holds {
            self.failures = 0;
            return DAY;
        }
        let pause = MINUTE * 2_u32.pow(self.failures.min(6));
        self.failures += 1;
        pause.min(HOUR)
    }
}

/// A site whose library is the pinned one, for as long as the worker runs.
pub(crate) struct PinnedSite {
    pub site: Site,
    pub ort_sha256: String,
}

impl Jail for PinnedSite {
    type Run = egret_jail::Running;

    fn examine(&self) -> Report {
        examine(&self.site, &self.ort_sha256)
    }

    fn spawn(
        &self,
        plan: &egret_jail::plan::RunPlan,
        model: &[u8],
        limits: &egret_jail::Limits,
    ) -> Result<Self::Run, egret_jail::JailError> {
        egret_jail::spawn(&self.site, plan, model, limits)
    }
}

/// Runs an examination beside the async runtime.
pub(crate) async fn off_runtime<J: Jail>(jail: &Arc<J>) -> Result<Report, WorkerError> {
    let jail = Arc::clone(jail);
    let examined = tokio::task::spawn_blocking(move || jail.examine()).await;
    examined.map_err(|_| WorkerError::Protocol("the examination panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jail_that_holds_is_examined_daily_and_one_that_does_not_ever_less_often() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.after(true), DAY);
        let pauses: Vec<u64> = (0..9).map(|_| schedule.after(false).as_secs() / 60).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(schedule.after(true), DAY);
        assert_eq!(schedule.after(false), MINUTE);
    }
}
