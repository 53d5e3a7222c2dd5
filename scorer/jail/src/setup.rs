//! The steps of putting a runner behind the wall, in their order: each can fail, none may fail open.

use std::fmt;

/// A step, by the exit code of a runner that failed at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SetupStep {
    /// The descriptors and the briefing from the judge.
    Descriptors = 70,
    /// The control group that the judge has put the runner into.
    Cgroup = 71,
    /// Leaving root for a user that owns nothing.
    Identity = 72,
    /// New namespaces.
    Namespaces = 73,
    /// The user mapped into the new user namespace.
    IdMaps = 74,
    /// The fork into waiter and pid 1, each tied to its parent's life.
    Waiter = 75,
    /// The new root's mounts.
    Mounts = 76,
    /// The change of root.
    PivotRoot = 77,
    /// Resource limits.
    Limits = 78,
    /// Privileges and capabilities.
    Privileges = 79,
    /// Landlock.
    Landlock = 80,
    /// The shared memory.
    Memory = 81,
    /// ONNX Runtime, its pool and the warm-up model.
    Runtime = 82,
    /// The count of threads after that.
    Threads = 83,
    /// Signal handlers.
    Signals = 84,
    /// Memory that never becomes executable.
    Mdwe = 85,
    /// The system-call filter.
    Seccomp = 86,
}

impl SetupStep {
    /// All of them, in order.
    pub const ALL: [Self; 17] = [
        Self::Descriptors,
        Self::Cgroup,
        Self::Identity,
        Self::Namespaces,
        Self::IdMaps,
        Self::Waiter,
        Self::Mounts,
        Self::PivotRoot,
        Self::Limits,
        Self::Privileges,
        Self::Landlock,
        Self::Memory,
        Self::Runtime,
        Self::Threads,
        Self::Signals,
        Self::Mdwe,
        Self::Seccomp,
    ];

    /// The step of an exit code.
    #[must_use]
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step as i32 == code)
    }

    /// The operator's next step on this host.
    #[must_use]
    pub fn remedy(self, errno: i32) -> &'static str {
        match (self, errno) {
            (Self::Namespaces, libc::EPERM) => {
                "this container's seccomp or capability profile refuses user namespaces: allow unshare and mount, or \
                 declare the outer boundary, or accept tier B in the worker's configuration"
            }
            (Self::Namespaces, libc::ENOSPC) => {
                "raise the sysctl user.max_user_namespaces (it is 0 or used up), or accept tier B in the configuration"
            }
            (Self::Namespaces, libc::EINVAL) => {
                "this kernel lacks one of the namespaces; Linux 5.13 or newer is needed"
            }
            (Self::IdMaps | Self::Mounts | Self::PivotRoot, libc::EPERM | libc::EACCES) => {
                "AppArmor restricts user namespaces here (kernel.apparmor_restrict_unprivileged_userns=1): load a profile \
                 with `userns,` for egret-runner, or accept tier B in the worker's configuration"
            }
            (Self::Identity, libc::EPERM) => {
                "run the worker as an ordinary user, or leave it CAP_SETUID and CAP_SETGID"
            }
            (Self::Identity, libc::EACCES | libc::ENOENT) => {
                "make the ONNX Runtime library's folder readable for all users"
            }
            (Self::Landlock, _) => {
                "enable Landlock (lsm=landlock,… on the kernel command line), or declare the outer boundary (gVisor, Kata)"
            }
            (Self::Runtime, _) => {
                "check that the ONNX Runtime library is the pinned one and readable for all users (EGRET_ORT_LIB)"
            }
            (Self::Threads, _) => "use the pinned ONNX Runtime library: this one starts threads of its own",
            (Self::Seccomp, _) => "this kernel lacks seccomp filters (CONFIG_SECCOMP_FILTER)",
            _ => "see the operator's runbook: no evaluation runs on this host until it is solved",
        }
    }
}

impl fmt::Display for SetupStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Descriptors => "take over the judge's descriptors",
            Self::Cgroup => "find itself in its control group",
            Self::Identity => "leave root",
            Self::Namespaces => "enter new namespaces",
            Self::IdMaps => "map the user",
            Self::Waiter => "fork pid 1",
            Self::Mounts => "mount the new root",
            Self::PivotRoot => "change to the new root",
            Self::Limits => "set resource limits",
            Self::Privileges => "drop privileges",
            Self::Landlock => "enforce Landlock",
            Self::Memory => "map the shared memory",
            Self::Runtime => "start ONNX Runtime",
            Self::Threads => "count threads",
            Self::Signals => "set signal handlers",
            Self::Mdwe => "keep written memory from becoming code",
            Self::Seccomp => "close the system-call filter",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_own_code_and_a_remedy() {
        for (step, code) in SetupStep::ALL.into_iter().zip(70..) {
            assert_eq!(step as i32, code);
            assert_eq!(SetupStep::from_code(code), Some(step));
            assert!(!step.remedy(libc::EPERM).is_empty());
        }
    }
}
