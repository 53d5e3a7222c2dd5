//! The worker's life: prove the jail, watch over it, and one step after the other in every slot, until the shutdown.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use egret_jail::JailError;
use egret_proto::worker::v1::lease_request::SlotKind;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    Bench, CallError, Jail, Step, Worker, WorkerConfig,
    audit::Pins,
    doctor::{self, PinnedSite, Schedule},
};

/// Why a worker cannot work. The text names the remedy; the binary prints it.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A setting cannot be used.
    #[error("{0}")]
    Config(String),
    /// A file or folder the worker needs is missing or not permitted.
    #[error("{}: {cause}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The ONNX Runtime library is not the one scores are pinned to.
    #[error(
        "{} has SHA-256 {found}, but {pinned} is pinned; run `cargo xtask setup` or point EGRET_ORT_LIB at the pinned library",
        .path.display()
    )]
    WrongLibrary {
        /// The library.
        path: PathBuf,
        /// Its digest.
        found: String,
        /// The digest it must have.
        pinned: String,
    },
    /// This process could not be closed to others.
    #[error("this worker could not be hardened: {0}")]
    Hardening(#[source] JailError),
    /// A layer of the jail does not hold on this machine. Each problem with its remedy.
    #[error("the jail does not hold here, so hidden evaluation is refused: {}; `egret doctor` shows all of it", .0.join("; "))]
    Unsound(Vec<String>),
    /// The control plane refuses this worker.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The control plane or this worker broke the protocol between them.
    #[error("the protocol was broken: {0}; run the same version of egret everywhere")]
    Protocol(&'static str),
}

/// Works until `shutdown`; the current leases are then finished, or given back after [`WorkerConfig::drain`].
///
/// Returns an error when no lease can be worked on: a layer of the jail fails at the start, the library is not the pinned
/// one, the token is refused. An unreachable control plane is waited for, and so is a jail that held once.
pub async fn run(config: WorkerConfig, shutdown: CancellationToken) -> Result<(), WorkerError> {
    // Nobody reads this process's memory from outside: it will hold hidden inputs and labels.
    egret_jail::harden().map_err(WorkerError::Hardening)?;
    let (site, ort_sha256) = (config.site.clone(), config.ort_sha256.clone());
    let pins = tokio::task::spawn_blocking(move || Pins::take(&site, &ort_sha256)).await;
    let pins = pins.map_err(|_| WorkerError::Protocol("the audit panicked"))??;
    let jail = Arc::new(config.site.clone());
    let report = tokio::select! {
        report = doctor::off_runtime(&jail) => report?,
        () = shutdown.cancelled() => return Ok(()),
    };
    doctor::tell(&report);
    if !report.holds {
        return Err(WorkerError::Unsound(report.problems()));
    }
    let jail = PinnedSite { site: config.site.clone(), ort_sha256: config.ort_sha256.clone() };
    let slots = slot_kinds(config.slots, config.check_slots);
    let worker = Arc::new(Worker::new(config, jail, pins, &report)?);
    // One slot that cannot go on stops the others: they share the jail, the token and the disk.
    let (mut serving, all) = (JoinSet::new(), shutdown.child_token());
    for (index, slot) in slots.enumerate() {
        let (worker, shutdown) = (Arc::clone(&worker), all.clone());
        serving.spawn(async move { serve(&worker, slot, index, &shutdown).await });
    }
    let ending = all.clone();
    serving.spawn(async move { watch_over(&worker, &ending).await });
    let mut result = Ok(());
    while let Some(ended) = serving.join_next().await {
        let ended = ended.unwrap_or(Err(WorkerError::Protocol("a slot panicked")));
        if let Err(error) = ended {
            tracing::error!(%error, "the worker stops");
            all.cancel();
            result = result.and(Err(error));
        }
    }
    result
}

/// Examines the jail daily, at once after a doubt, and again and again while it does not hold.
async fn watch_over<J: Jail>(worker: &Worker<J>, shutdown: &CancellationToken) -> Result<(), WorkerError> {
    let mut schedule = Schedule::default();
    let mut pause = schedule.after(true);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            doubted = worker.health().doubted(shutdown) => {
                if !doubted {
                    return Ok(());
                }
            }
        }
        pause = schedule.after(worker.check_up().await?);
    }
}

/// What each slot takes: where some run checks alone, the others run none.
fn slot_kinds(slots: usize, check_slots: usize) -> impl Iterator<Item = SlotKind> {
    let other = if check_slots == 0 { SlotKind::Unspecified } else { SlotKind::AllButChecks };
    std::iter::repeat_n(other, slots).chain(std::iter::repeat_n(SlotKind::Checks, check_slots))
}

/// One slot's loop.
async fn serve<J: Jail>(
    worker: &Worker<J>,
    slot: SlotKind,
    index: usize,
    shutdown: &CancellationToken,
) -> Result<(), WorkerError> {
    let bench = Bench::start(index)
        .map_err(|cause| WorkerError::Config(format!("no thread can be started: {cause}")))?;
    let mut failures = 0;
    while !shutdown.is_cancelled() {
        match worker.step(slot, &bench, shutdown).await? {
            Step::Idle | Step::Dropped(_) => {}
            Step::Completed => failures = 0,
            Step::Failed(_) => {
                failures += 1;
                // A worker with a full disk must not burn the attempts of every unit in the queue.
                tokio::select! {
                    () = tokio::time::sleep(pause(failures)) => {}
                    () = shutdown.cancelled() => {}
                }
            }
        }
    }
    Ok(())
}

/// Doubles from 100 ms to about a minute with every failure in a row.
fn pause(failures: u32) -> Duration {
    Duration::from_millis(50 << failures.min(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_run_no_checks_where_some_run_checks_alone() {
        let kinds = |slots, check_slots| slot_kinds(slots, check_slots).collect::<Vec<_>>();
        assert_eq!(kinds(2, 0), [SlotKind::Unspecified; 2]);
        assert_eq!(kinds(2, 1), [SlotKind::AllButChecks, SlotKind::AllButChecks, SlotKind::Checks]);
        assert_eq!(kinds(0, 1), [SlotKind::Checks]);
    }
}
