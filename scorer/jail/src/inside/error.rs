//! A layer that could not be put up.

use std::io;

use crate::kernel::process;
use crate::protocol::{Record, fds};
use crate::setup::SetupStep;

/// Which step failed, and why. [`SetupError::exit`] tells the judge and ends the process.
#[derive(Debug, thiserror::Error)]
#[error("could not {step}: {detail}")]
pub struct SetupError {
    step: SetupStep,
    errno: i32,
    detail: String,
}

impl SetupError {
    pub(super) fn new(step: SetupStep, detail: String) -> Self {
        Self { step, errno: 0, detail }
    }

    /// ONNX Runtime did not start: the step of R8 that is the runner's own.
    #[must_use]
    pub fn runtime(error: impl Into<Box<dyn std::error::Error>>) -> Self {
        Self::new(SetupStep::Runtime, error.into().to_string())
    }

    /// Tells the judge and exits with the step's code.
    pub fn exit(self) -> ! {
        let Self { step, errno, detail } = self;
        let record = Record::SetupFailed { step, errno, detail };
        process::write_to(fds::STATUS, &record.encode());
        process::leave(step as i32)
    }
}

/// Names the step that an error belongs to.
pub(super) trait At<T> {
    fn at(self, step: SetupStep) -> Result<T, SetupError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, step: SetupStep) -> Result<T, SetupError> {
        self.map_err(|error| SetupError {
            step,
            errno: error.raw_os_error().unwrap_or(0),
            detail: error.to_string(),
        })
    }
}
