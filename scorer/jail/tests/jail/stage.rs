//! A site, a plan, and runs of the probe on them.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use egret_jail::plan::{AnswerContract, InputContract, RunPlan};
use egret_jail::{Event, FaultReport, JailError, Limits, Running, Site, TierPolicy, spawn};

/// The example of this package, which `cargo test` builds beside the tests.
pub fn probe() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.parent().unwrap().parent().unwrap().join("examples/jail-probe");
    assert!(
        path.exists(),
        "{} is missing: run `cargo test -p egret-jail`, which builds examples",
        path.display()
    );
    path
}

pub fn site(tier: TierPolicy) -> Site {
    Site { runner: probe(), ort_lib: probe(), tier }
}

pub fn plan() -> RunPlan {
    let plan = RunPlan::new(InputContract::images(3, 3, 3), AnswerContract::one_of(10), 4);
    RunPlan { slot_count: 2, ..plan }
}

pub fn limits() -> Limits {
    Limits { wall: Duration::from_secs(20), cpu_s: 20, memory_mib: 256, threads: 1 }
}

/// A run of `attack` in tier A with nothing unusual.
pub fn start(attack: &str) -> Running {
    spawn(&site(TierPolicy::RequireA), &plan(), attack.as_bytes(), &limits()).unwrap()
}

/// Submits one slot and follows the run to its fault.
pub fn fault_of(mut running: Running) -> Result<FaultReport, JailError> {
    running.submit(0, 1)?;
    loop {
        if let Event::Faulted(report) = running.next()? {
            return Ok(report);
        }
    }
}

/// Pid 1 of the jail below a waiter, by its number on this host.
pub fn children_of(waiter: u32) -> Vec<u32> {
    let path = format!("/proc/{waiter}/task/{waiter}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

/// Whether a process still runs; a zombie does not.
pub fn runs(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z') && !line.contains('X'))
}

/// Starts a judge in a process of its own, perhaps as another user, and returns its lines. What it is to do: an attack, the
/// host it finds itself on, and the tier.
pub fn judge(words: [&str; 3], user: Option<u32>) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut command = Command::new(probe());
    command.arg("judge").args(words).stdout(Stdio::piped()).current_dir("/");
    if let Some(id) = user {
        command.uid(id).gid(id);
    }
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    (child, lines)
}

pub fn is_root() -> bool {
    // SAFETY: touches no memory.
    unsafe { libc::geteuid() == 0 }
}
