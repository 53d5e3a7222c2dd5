//! The runner's side of the wall. For `egret-runner` alone.

use std::path::Path;

use crate::fault::FaultCode;
use crate::plan::RunPlan;
use crate::protocol::Command;

/// A layer that could not be put up. [`SetupError::exit`] tells the judge and ends the process.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct SetupError {
    detail: String,
}

impl SetupError {
    /// ONNX Runtime did not start.
    pub fn runtime(detail: impl ToString) -> Self {
        Self { detail: detail.to_string() }
    }

    /// Tells the judge and exits with the step's code.
    pub fn exit(self) -> ! {
        todo!()
    }
}

/// Behind the outer walls: no file, network or process of the host is left. Threads may still be started and libraries loaded.
pub struct Inside;

/// Steps R1 to R7. The first thing `main` does, while the process has one thread. Returns in pid 1 of the jail.
pub fn enter() -> Result<Inside, SetupError> {
    todo!()
}

impl Inside {
    /// The judge's plan.
    pub fn plan(&self) -> &RunPlan {
        todo!()
    }

    /// Where the ONNX Runtime library lies, as seen from in here.
    pub fn ort_lib(&self) -> &Path {
        todo!()
    }

    /// Steps R8 to R11, when all threads that will ever be exist: counts them, then closes the system-call filter over
    /// all of them and tells the judge. Only after this may the model's bytes be looked at.
    pub fn seal(self, expected_threads: u32) -> Result<Sealed, SetupError> {
        todo!("{expected_threads}")
    }
}

/// The wall is closed: compute and talk to the judge, nothing else.
pub struct Sealed;

impl Sealed {
    /// The judge's plan.
    pub fn plan(&self) -> &RunPlan {
        todo!()
    }

    /// The model's bytes, read-only.
    pub fn model(&self) -> &[u8] {
        todo!()
    }

    /// Blocks for the next command; `None` when the judge has no more.
    pub fn next_command(&self) -> Option<Command> {
        todo!()
    }

    /// An input slot, read-only.
    pub fn input(&self, slot: u32) -> &[u8] {
        todo!("{slot}")
    }

    /// An output slot.
    pub fn output(&mut self, slot: u32) -> &mut [u8] {
        todo!("{slot}")
    }

    /// An input slot and the output slot of the same number, at once.
    pub fn buffers(&mut self, slot: u32) -> (&[u8], &mut [u8]) {
        todo!("{slot}")
    }

    /// The model is loaded and will be fed like this.
    pub fn report_loaded(&self, summary: &str) {
        todo!("{summary}")
    }

    /// The first `bytes` bytes of the output slot are the answers.
    pub fn report_done(&self, slot: u32, bytes: u64) {
        todo!("{slot} {bytes}")
    }

    /// The model is at fault. Follow it with [`Sealed::exit`].
    pub fn report_fault(&self, code: FaultCode, detail: &str, remedy: &str) {
        todo!("{code} {detail} {remedy}")
    }

    /// Ends the process at once, without destructors of native libraries.
    pub fn exit(&self, code: i32) -> ! {
        todo!("{code}")
    }
}
