//! Our own failures. None of them is ever the team's fault.

use std::io;
use std::path::PathBuf;

use crate::layers::Layers;
use crate::setup::SetupStep;

/// A run that could not be made, or not be judged: a Mishap, one variant per step.
#[derive(Debug, thiserror::Error)]
pub enum JailError {
    /// The plan asks for what no run can be.
    #[error("the run plan is not sound: {0}")]
    Plan(&'static str),
    /// The runner's executable is missing.
    #[error("the runner is not at {path}: {source} (set EGRET_RUNNER or install egret-runner beside egret)")]
    RunnerMissing {
        /// Where it was looked for.
        path: PathBuf,
        /// Why it was not found.
        source: io::Error,
    },
    /// The ONNX Runtime library is missing.
    #[error("the ONNX Runtime library is not at {path}: {source} (set EGRET_ORT_LIB)")]
    LibraryMissing {
        /// Where it was looked for.
        path: PathBuf,
        /// Why it was not found.
        source: io::Error,
    },
    /// Sealed memory could not be made.
    #[error("shared memory for the {what}: {source}")]
    Memory {
        /// Which memory.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A pipe could not be made or written.
    #[error("a pipe to the runner: {0}")]
    Pipe(io::Error),
    /// The runner could not be started.
    #[error("the runner did not start: {0}")]
    Spawn(io::Error),
    /// The runner could not be waited for.
    #[error("the runner could not be watched: {0}")]
    Watch(io::Error),
    /// A layer of the jail could not be put up.
    #[error("the jail did not close: could not {step}: {detail}; {remedy}")]
    Setup {
        /// Which step.
        step: SetupStep,
        /// The system's error number, 0 where there is none.
        errno: i32,
        /// What happened.
        detail: String,
        /// What the operator can do on this host.
        remedy: &'static str,
    },
    /// The runner was not ready in time; no model was touched.
    #[error("the runner was not ready after {waited_s} s")]
    SetupTimeout {
        /// How long it had.
        waited_s: u64,
    },
    /// The runner ended before it was ready; no model was touched.
    #[error("the runner ended before the jail was closed: {how}")]
    DiedInSetup {
        /// How it ended, and what it wrote to stderr.
        how: String,
    },
    /// The runner has put up other walls than it was asked for.
    #[error(
        "the runner reports the layers {found}, asked for were {asked}: install egret-runner of this version"
    )]
    WrongLayers {
        /// Asked for.
        asked: Layers,
        /// Reported.
        found: Layers,
    },
    /// The runner's control group could not be made.
    #[error(
        "no control group for the runner: {0} (give the worker's unit Delegate=memory and DelegateSubgroup=main)"
    )]
    Cgroup(io::Error),
    /// Without a root of its own a runner needs an empty folder to stand in.
    #[error(
        "no empty folder can be made in {path}: {source} (set TMPDIR to a folder that the worker may write to)"
    )]
    NoEmptyFolder {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something other than the judge or a limit killed the runner.
    #[error("the runner was killed from outside ({how}): the host may be short of memory")]
    KilledFromOutside {
        /// How it ended.
        how: String,
    },
    /// The waiter ended without its report.
    #[error("the runner's waiter was lost")]
    WaiterLost,
    /// A slot that does not exist, is in use, or too many items.
    #[error("slot {slot} with {items} items cannot be submitted now")]
    Slot {
        /// The slot.
        slot: u32,
        /// Items.
        items: u32,
    },
    /// Nothing is submitted, so there is nothing to wait for.
    #[error("no slot is submitted")]
    Idle,
    /// The run was cancelled through its [`crate::KillHandle`].
    #[error("the run was cancelled")]
    Cancelled,
    /// The run has already ended.
    #[error("the run has already ended")]
    Over,
}
