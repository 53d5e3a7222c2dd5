//! Attacks of our own, carried out by the very runner that evaluates, to prove that the walls stop them.
//!
//! A drill takes the place of a model: the runner puts up the walls that the briefing names, tries one thing, and says what
//! came of it. It needs no ONNX Runtime and gets nothing of a team's.

mod attacks;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use attacks::carry_out;

/// A descriptor that a drill's runner is started with, as if the worker had leaked it.
pub(crate) const STRAY_FD: i32 = 40;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Attack {
    /// Nothing, which works.
    Nothing,
    /// To read a file of the host.
    ReadFile,
    /// To write one byte to it.
    WriteFile,
    /// To make a file.
    MakeFile,
    /// To run another program.
    Execute,
    /// To become two processes.
    Fork,
    TcpSocket,
    UdpSocket,
    /// The channel of virtual machines, which a network namespace does not stop.
    VsockSocket,
    /// A socket, from a thread that was there before the last wall.
    SocketFromThread,
    /// To reach a port of the host.
    ConnectTcp,
    SendUdp,
    /// System calls past system calls.
    IoUring,
    /// To be traced, or to trace.
    Trace,
    /// A system call of the 32-bit table.
    #[cfg(target_arch = "x86_64")]
    Compat,
    /// Memory that can be executed.
    MapCode,
    /// Memory that becomes executable.
    ProtectCode,
    /// A mount, as root of one's own namespace may.
    Mount,
    /// Privileges by running a set-user-id program.
    GainPrivileges,
    /// To leave the memory behind, in a core file.
    DumpCore,
    /// More memory than the limit.
    Allocate,
    /// More memory than the limit, in a form that limits of a process do not count.
    AllocateShared,
    /// More processor time than the limit, where there is one.
    Spin,
    Sleep,
    Segfault,
    Abort,
    /// A thread that nobody has counted.
    ExtraThread,
    /// To find a descriptor that the worker leaked.
    StrayDescriptor,
    /// To find one that every runner has.
    KnownDescriptor,
    SignalWaiter,
    SignalWorker,
    ReadWaiterMemory,
    ReadWorkerMemory,
    ReadWaiterEnvironment,
    ReadWorkerEnvironment,
    TraceWaiter,
    TraceWorker,
}

/// An attack and what it is aimed at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Drill {
    pub attack: Attack,
    pub target: Target,
}

/// What of the host is attacked: all of it is there to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    /// The judge's process.
    pub worker: u32,
    /// A folder that anyone may write to.
    pub folder: PathBuf,
    /// A file in it that anyone may write to.
    pub file: PathBuf,
    /// Ports of the loopback that are listened to.
    pub tcp_port: u16,
    pub udp_port: u16,
}

/// What came of an attack that did not end the runner, as it crosses the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Worked,
    Refused { errno: i32 },
}

impl From<io::Result<()>> for Answer {
    fn from(result: io::Result<()>) -> Self {
        match result {
            Ok(()) => Self::Worked,
            Err(error) => Self::Refused { errno: error.raw_os_error().unwrap_or(0) },
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worked => f.write_str("worked"),
            Self::Refused { errno } => write!(f, "errno {errno}"),
        }
    }
}

impl FromStr for Answer {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match (text, text.strip_prefix("errno ")) {
            ("worked", _) => Ok(Self::Worked),
            (_, Some(errno)) => Ok(Self::Refused { errno: errno.parse().map_err(|_| ())? }),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_survive_the_crossing() {
        for answer in [Answer::Worked, Answer::Refused { errno: 13 }] {
            assert_eq!(answer.to_string().parse(), Ok(answer));
        }
        assert_eq!("errno x".parse::<Answer>(), Err(()));
    }
}
