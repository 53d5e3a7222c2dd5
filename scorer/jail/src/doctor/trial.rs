//! One runner, one attack, some walls: how it ends.

use std::fmt;
use std::time::{Duration, Instant};

use crate::drill::{Answer, Attack, Drill, Target};
use crate::error::JailError;
use crate::fault::{FaultCode, FaultReport};
use crate::judge::{Ending, Event, Running, spawn_drill};
use crate::layers::Layers;
use crate::plan::{AnswerContract, InputContract, RunPlan};
use crate::setup::SetupStep;
use crate::site::{Limits, Site};

/// An attack behind walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trial {
    pub attack: Attack,
    pub layers: Layers,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Worked,
    /// Refused with this error number.
    Errno(i32),
    /// The kernel killed the process for a forbidden system call.
    Forbidden,
    CpuLimit,
    MemoryLimit,
    TimeLimit,
    /// It crashed; in the judge's words.
    Died(String),
    /// The walls did not go up.
    NotUp {
        step: Option<SetupStep>,
        /// With the remedy. Two ends at one step are alike.
        why: String,
    },
}

impl Found {
    /// Whether it is the end that was expected.
    pub fn is(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::NotUp { step, .. }, Self::NotUp { step: expected, .. }) => step == expected,
            _ => self == expected,
        }
    }

    fn not_up(error: &JailError) -> Self {
        let step = if let JailError::Setup { step, .. } = error { Some(*step) } else { None };
        Self::NotUp { step, why: error.to_string() }
    }
}

impl Trial {
    /// Runs it. Also tells the Landlock ABI that was in force.
    pub fn run(self, site: &Site, target: &Target) -> (Found, u8) {
        let limits = Limits { wall: Duration::from_secs(20), cpu_s: 1, memory_mib: 64, threads: 1 };
        self.start(site, target, &limits)
            .and_then(|mut running| {
                let abi = ready(&mut running)?;
                Ok((ended(&mut running)?, abi))
            })
            .unwrap_or_else(|error| (Found::not_up(&error), 0))
    }

    /// How long after the wall limit a runner that sleeps is gone.
    pub fn kill_latency(self, site: &Site, target: &Target) -> Result<Duration, JailError> {
        let wall = Duration::from_millis(30);
        let limits = Limits { wall, cpu_s: 5, memory_mib: 64, threads: 1 };
        let mut running = self.start(site, target, &limits)?;
        ready(&mut running)?;
        let began = Instant::now();
        match ended(&mut running)? {
            Found::TimeLimit => Ok(began.elapsed().saturating_sub(wall)),
            other => Err(JailError::DiedInSetup { how: other.to_string() }),
        }
    }

    fn start(self, site: &Site, target: &Target, limits: &Limits) -> Result<Running, JailError> {
        let drill = Drill { attack: self.attack, target: target.clone() };
        spawn_drill(site, self.layers, drill, &plan(), limits)
    }
}

fn ready(running: &mut Running) -> Result<u8, JailError> {
    match running.next()? {
        Event::Ready { landlock_abi, .. } => Ok(landlock_abi),
        _ => Err(JailError::Over),
    }
}

fn ended(running: &mut Running) -> Result<Found, JailError> {
    loop {
        if let Event::Faulted(report) = running.next()? {
            return Ok(found(&report, running.ending()));
        }
    }
}

fn found(report: &FaultReport, ending: Ending) -> Found {
    match (report.code, report.detail.parse()) {
        (FaultCode::RuntimeError, Ok(Answer::Worked)) => Found::Worked,
        (FaultCode::RuntimeError, Ok(Answer::Refused { errno })) => Found::Errno(errno),
        (FaultCode::CpuLimit, _) => Found::CpuLimit,
        (FaultCode::MemoryLimit, _) => Found::MemoryLimit,
        (FaultCode::TimeLimit, _) => Found::TimeLimit,
        // Another program has taken the runner's place, and left content.
        (FaultCode::Crash, _) if ending == Ending::Exit(0) => Found::Worked,
        (FaultCode::Crash, _) if ending.is_seccomp_violation() => Found::Forbidden,
        (FaultCode::Crash, _) => Found::Died(ending.to_string()),
        _ => Found::Died(format!("{}: {}", report.code, report.operator_note)),
    }
}

/// The smallest plan there is.
pub(super) fn plan() -> RunPlan {
    RunPlan::new(InputContract::images(1, 1, 1), AnswerContract::one_of(1), 1)
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worked => f.write_str("worked"),
            Self::Errno(errno) => match NAMES.iter().find(|(number, _)| number == errno) {
                Some((_, name)) => f.write_str(name),
                None => write!(f, "error {errno}"),
            },
            Self::Forbidden => f.write_str("SIGSYS"),
            Self::CpuLimit => f.write_str("CPU limit"),
            Self::MemoryLimit => f.write_str("memory limit"),
            Self::TimeLimit => f.write_str("time limit"),
            Self::Died(how) => f.write_str(how),
            // As an expectation it has no words of its own.
            Self::NotUp { step: Some(step), why } if why.is_empty() => {
                write!(f, "no start: could not {step}")
            }
            Self::NotUp { why, .. } => f.write_str(why),
        }
    }
}

const NAMES: [(i32, &str); 13] = [
    (libc::EPERM, "EPERM"),
    (libc::ENOENT, "ENOENT"),
    (libc::ESRCH, "ESRCH"),
    (libc::EBADF, "EBADF"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::EACCES, "EACCES"),
    (libc::EINVAL, "EINVAL"),
    (libc::EROFS, "EROFS"),
    (libc::ENOSYS, "ENOSYS"),
    (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
    (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
    (libc::ENETUNREACH, "ENETUNREACH"),
    (libc::ECONNREFUSED, "ECONNREFUSED"),
];
