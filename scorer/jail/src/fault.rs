//! What can be the model's fault: a closed set.

use std::fmt;

/// Why a model did not answer. The wire carries the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FaultCode {
    /// The bytes are not a model that the runtime accepts.
    InvalidModel = 1,
    /// The model's inputs or outputs do not fit the task.
    ContractMismatch = 2,
    /// The wall clock ran out.
    TimeLimit = 3,
    /// The processor time ran out.
    CpuLimit = 4,
    /// An allocation above the memory limit.
    MemoryLimit = 5,
    /// Answers of the wrong shape, type or range.
    OutputInvalid = 6,
    /// A NaN or an infinity among the answers.
    NonFinite = 7,
    /// The runner died, or did what only a broken one does.
    Crash = 8,
    /// The runtime gave up on an operator.
    RuntimeError = 9,
}

impl FaultCode {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::InvalidModel,
        Self::ContractMismatch,
        Self::TimeLimit,
        Self::CpuLimit,
        Self::MemoryLimit,
        Self::OutputInvalid,
        Self::NonFinite,
        Self::Crash,
        Self::RuntimeError,
    ];

    /// The code of a number from the wire.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u8 == number)
    }

    /// The name used in records and on pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidModel => "InvalidModel",
            Self::ContractMismatch => "ContractMismatch",
            Self::TimeLimit => "TimeLimit",
            Self::CpuLimit => "CpuLimit",
            Self::MemoryLimit => "MemoryLimit",
            Self::OutputInvalid => "OutputInvalid",
            Self::NonFinite => "NonFinite",
            Self::Crash => "Crash",
            Self::RuntimeError => "RuntimeError",
        }
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A fault with what may be said of it, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultReport {
    /// Which fault.
    pub code: FaultCode,
    /// For the team. Empty unless the plan allowed detail.
    pub detail: String,
    /// The team's next step. Empty unless the plan allowed detail.
    pub remedy: String,
    /// For the operator's restricted log alone: it may hold text made from hidden data.
    pub operator_note: String,
    /// The kernel killed the runner for a forbidden system call: run once more before anyone is accused.
    pub seccomp_violation: bool,
}
