//! What a sealed runner may not do.

use egret_jail::{FaultCode, Layer, Layers, TierPolicy, spawn, spawn_behind};

use crate::stage::{fault_of, limits, plan, site, start};

/// Calls for which the kernel kills the process.
const DEADLY: [&str; 23] = [
    "inet",
    "udp",
    "unix",
    "netlink",
    "vsock",
    "fork",
    "thread",
    "exec",
    "ptrace",
    "read-process",
    "kill-parent",
    "kill-self",
    "unshare",
    "mount",
    "io-uring",
    "bpf",
    "userfaultfd",
    "memfd",
    "prctl",
    "handler",
    "mmap-exec",
    "mmap-shared",
    "mprotect-exec",
];

fn deadly() -> impl Iterator<Item = &'static str> {
    let here: &[&str] = if cfg!(target_arch = "x86_64") { &["int80", "x32"] } else { &[] };
    DEADLY.into_iter().chain(here.iter().copied())
}

#[track_caller]
fn expect_killed(attack: &str, tier: TierPolicy) {
    let running = spawn(&site(tier), &plan(), attack.as_bytes(), &limits()).unwrap();
    let report = fault_of(running).unwrap_or_else(|error| panic!("{attack}: {error}"));
    assert_eq!(report.code, FaultCode::Crash, "{attack}: {report:?}");
    assert!(report.seccomp_violation, "{attack}: {report:?}");
}

#[test]
fn forbidden_calls_kill_the_runner() {
    for attack in deadly() {
        expect_killed(attack, TierPolicy::RequireA);
    }
}

#[test]
fn forbidden_calls_kill_the_runner_without_namespaces_too() {
    for attack in ["inet", "vsock", "exec", "fork", "kill-parent", "mmap-exec", "ptrace"] {
        expect_killed(attack, TierPolicy::AllowB);
    }
}

#[test]
fn a_thread_started_before_the_seal_is_sealed_as_well() {
    let mut plan = plan();
    plan.threads = 2;
    let mut limits = limits();
    limits.threads = 2;
    let running = spawn(&site(TierPolicy::RequireA), &plan, b"other-thread", &limits).unwrap();
    assert!(fault_of(running).unwrap().seccomp_violation);
}

#[test]
fn an_honest_librarys_probes_are_refused_not_punished() {
    for tier in [TierPolicy::RequireA, TierPolicy::AllowB, TierPolicy::External("gvisor".into())] {
        for attack in ["open", "create", "stdout", "stdin"] {
            let running = spawn(&site(tier.clone()), &plan(), attack.as_bytes(), &limits()).unwrap();
            let report = fault_of(running).unwrap();
            assert_eq!(
                (report.code, report.detail.as_str()),
                (FaultCode::RuntimeError, "errno 1"),
                "{attack}"
            );
        }
    }
}

#[test]
fn ordinary_memory_is_allowed_so_the_probes_prove_something() {
    let report = fault_of(start("mmap-plain")).unwrap();
    assert_eq!(report.detail, "worked: 0");
}

#[test]
fn the_inputs_and_the_model_cannot_be_written() {
    for attack in ["write-input", "write-model"] {
        let report = fault_of(start(attack)).unwrap();
        assert_eq!(report.code, FaultCode::Crash, "{attack}");
        assert!(report.operator_note.contains("SIGSEGV"), "{attack}: {report:?}");
    }
    // The mapping cannot be made writable either: its file is sealed, EACCES.
    assert_eq!(fault_of(start("writable-input")).unwrap().detail, "errno 13");
}

#[test]
fn the_empty_root_has_no_host_files() {
    let mut plan = plan();
    plan.adapter.layout = Some("look around".into());
    let running = spawn(&site(TierPolicy::RequireA), &plan, b"open", &limits()).unwrap();
    assert_eq!(fault_of(running).unwrap().detail, "errno 1");
}

#[test]
fn a_model_that_names_a_file_beside_it_finds_none() {
    // Without the filter, which would refuse to look: in a root of its own, and in the host's.
    for layer in [Layer::Namespaces, Layer::Limits] {
        let layers = Layers::of(&[layer]);
        let running = spawn_behind(&site(TierPolicy::AllowB), layers, &plan(), b"list", &limits()).unwrap();
        assert_eq!(fault_of(running).unwrap().detail, "worked: 0", "{layers}");
    }
}

#[test]
fn a_runner_that_breaks_the_protocol_is_a_crash() {
    for attack in ["lie-done", "lie-loaded", "garbage", "half-a-record", "exit-as-setup"] {
        let report = fault_of(start(attack)).unwrap();
        assert_eq!(report.code, FaultCode::Crash, "{attack}: {report:?}");
        assert!(!report.seccomp_violation, "{attack}");
    }
}

#[test]
fn text_from_inside_is_cleaned_and_kept_from_the_team_without_detail() {
    let report = fault_of(start("escape-text")).unwrap();
    assert_eq!((report.detail.as_str(), report.remedy.as_str()), ("[2J text more", "do this"));

    let mut hidden = plan();
    hidden.detail = false;
    let running = spawn(&site(TierPolicy::RequireA), &hidden, b"escape-text", &limits()).unwrap();
    let report = fault_of(running).unwrap();
    assert_eq!((report.detail.as_str(), report.remedy.as_str()), ("", ""));
    assert_eq!(report.operator_note, "[2J text more");
}
