//! From how a process ended to whose fault it was.

use std::fmt;
use std::time::Duration;

use crate::error::JailError;
use crate::fault::FaultCode;
use crate::protocol::{Obituary, exit};
use crate::site::Limits;

/// What a team can do about a crash.
pub(super) const CRASH_REMEDY: &str = "run the model with the ONNX Runtime version of this platform on the public sample; it does not survive there either";

/// How a sealed runner ended that was not asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, with a code.
    Exit(i32),
    /// By a signal.
    Signal(i32),
    /// By the kernel, when the processor time was spent and the warning not heeded.
    CpuSpent,
    /// By the kernel, when its control group had no more memory.
    MemorySpent,
    /// Nobody was left to tell.
    Unknown,
}

/// A fault of the model with its words.
pub(super) struct Verdict {
    pub code: FaultCode,
    pub text: String,
    pub remedy: &'static str,
}

impl Ending {
    pub(super) fn of(obituary: Option<Obituary>, limits: &Limits) -> Self {
        let Some(Obituary { status, cpu, .. }) = obituary else {
            return Self::Unknown;
        };
        if libc::WIFEXITED(status) {
            return Self::Exit(libc::WEXITSTATUS(status));
        }
        match libc::WTERMSIG(status) {
            libc::SIGKILL if cpu >= Duration::from_secs(limits.cpu_s.into()) => Self::CpuSpent,
            signal => Self::Signal(signal),
        }
    }

    /// The kernel killed it for a system call.
    pub(crate) fn is_seccomp_violation(self) -> bool {
        self == Self::Signal(libc::SIGSYS)
    }

    /// Ours or theirs. A sealed process cannot send a signal to itself but `SIGABRT`, nor be reached by another model.
    pub(super) fn verdict(self) -> Result<Verdict, JailError> {
        let (code, text, remedy) = match self {
            Self::Unknown => return Err(JailError::WaiterLost),
            Self::Signal(libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP | libc::SIGQUIT) => {
                return Err(JailError::KilledFromOutside { how: self.to_string() });
            }
            Self::CpuSpent | Self::Exit(exit::CPU_LIMIT) | Self::Signal(libc::SIGXCPU) => (
                FaultCode::CpuLimit,
                "the limit of processor time was reached".to_owned(),
                "make the model faster or smaller",
            ),
            Self::MemorySpent | Self::Exit(exit::MEMORY_LIMIT) => (
                FaultCode::MemoryLimit,
                "the memory limit was reached".to_owned(),
                "make the model or its intermediate tensors smaller",
            ),
            Self::Exit(_) | Self::Signal(_) => {
                (FaultCode::Crash, format!("the model crashed the runtime: {self}"), CRASH_REMEDY)
            }
        };
        Ok(Verdict { code, text, remedy })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Unknown => f.write_str("it ended unseen"),
            Self::MemorySpent => f.write_str("it was killed when its memory was spent"),
            Self::CpuSpent => f.write_str("it was killed when its processor time was spent"),
            Self::Exit(exit::ABORTED) => f.write_str("it aborted"),
            Self::Exit(code) => write!(f, "it left with code {code}"),
            Self::Signal(signal) => match NAMES.iter().find(|(number, _)| *number == signal) {
                Some((_, name)) => write!(f, "it died of {name}"),
                None => write!(f, "it died of signal {signal}"),
            },
        }
    }
}

const NAMES: [(i32, &str); 8] = [
    (libc::SIGSEGV, "SIGSEGV (a memory access)"),
    (libc::SIGBUS, "SIGBUS (a memory access)"),
    (libc::SIGFPE, "SIGFPE (an integer division)"),
    (libc::SIGILL, "SIGILL (an illegal instruction)"),
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGSYS, "SIGSYS (a forbidden system call)"),
    (libc::SIGXCPU, "SIGXCPU"),
    (libc::SIGKILL, "SIGKILL"),
];
