//! Where runners live, and what the operator has allowed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::layers::{Layer, Layers};

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

/// A set of layers that must be in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    /// Every layer.
    A,
    /// No namespaces.
    B,
    /// No namespaces, Landlock where there is one, inside a boundary that is not ours.
    C,
}

impl Tier {
    /// The best first.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::C];

    /// Without any one of these nothing hidden is evaluated.
    #[must_use]
    pub const fn requires(self) -> Layers {
        match self {
            Self::A => Self::B.requires().and(Layer::Namespaces),
            Self::B => Self::C.requires().and(Layer::Landlock),
            Self::C => Layers::of(&[Layer::Limits, Layer::Privileges, Layer::Seccomp]),
        }
    }

    /// What runners are asked for on a host that has `offered` of the layers that not every host has: MDWE is of Linux 6.3,
    /// gVisor has no Landlock, and a control group must be the worker's to make. What is asked for must be put up; none of
    /// it is dropped on the way.
    #[must_use]
    pub fn asks(self, offered: Layers) -> Layers {
        [Layer::Cgroup, Layer::Landlock, Layer::Mdwe]
            .into_iter()
            .filter(|layer| offered.has(*layer))
            .fold(self.requires(), Layers::and)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_asks_for_what_it_requires_and_what_the_kernel_adds() {
        let old = Layers::NONE;
        let new = Layers::of(&Layer::ALL);
        assert_eq!(Tier::A.asks(new), new);
        let required = Tier::A.asks(old);
        assert!(required.has(Layer::Landlock), "whatever the kernel says");
        assert_eq!(required.and(Layer::Mdwe).and(Layer::Cgroup), new);
        assert!(!Tier::B.asks(new).has(Layer::Namespaces));
        assert!(Tier::C.asks(new).has(Layer::Landlock) && !Tier::C.asks(old).has(Layer::Landlock));
        for tier in Tier::ALL {
            assert!(tier.requires().has(Layer::Seccomp), "{tier}: nothing else stops vsock");
        }
    }
}
