//! Where runners live, and what the operator has allowed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What this host starts runners with.
#[derive(Debug, Clone)]
pub struct Site {
    /// The `egret-runner` executable.
    pub runner: PathBuf,
    /// The ONNX Runtime library; its folder is what the runner sees of this host, beside the system's libraries.
    pub ort_lib: PathBuf,
    /// The least isolation the operator accepts.
    pub tier: TierPolicy,
}

/// The isolation the operator has settled on. There is no silent way down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TierPolicy {
    /// Namespaces, empty root, Landlock, seccomp, limits. The default.
    #[default]
    RequireA,
    /// The operator wrote that hidden data may be evaluated without namespaces: Landlock, seccomp and limits remain.
    AllowB,
    /// The operator declares an outer boundary, such as `gvisor` or `kata`; Landlock may be missing inside it.
    External(String),
}

impl TierPolicy {
    /// The tier that runners are set up for under this policy.
    #[must_use]
    pub fn tier(&self) -> Tier {
        match self {
            Self::RequireA => Tier::A,
            Self::AllowB => Tier::B,
            Self::External(_) => Tier::C,
        }
    }
}

/// How a runner is isolated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    /// Every layer.
    A,
    /// No namespaces.
    B,
    /// No namespaces, Landlock where there is one, inside a boundary that is not ours.
    C,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What one run may take. The load of the model is under the same clocks as its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time during which the runner loads or has work; waiting for the worker is not counted.
    pub wall: Duration,
    /// Processor seconds of all threads together.
    pub cpu_s: u32,
    /// Private writable memory.
    pub memory_mib: u32,
    /// Threads that compute.
    pub threads: u32,
}

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Time that counted against [`Limits::wall`].
    pub wall: Duration,
    /// Processor time of all threads.
    pub cpu: Duration,
    /// Largest resident size, the shared memory touched included.
    pub peak_rss_bytes: u64,
}

/// What the runner found in force when it sealed itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layers {
    /// New user, pid, network, mount, IPC, UTS and cgroup namespaces and an empty root.
    pub namespaces: bool,
    /// The Landlock ABI in force; 0 where the kernel has none (tier C only).
    pub landlock_abi: u8,
    /// The kernel refuses memory that becomes executable (Linux 6.3 and newer).
    pub mdwe: bool,
}
