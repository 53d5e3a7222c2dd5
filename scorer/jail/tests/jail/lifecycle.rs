//! Runs from their start to their end, ours and theirs.

use std::time::{Duration, Instant};

use egret_jail::answers::{Answers, decode};
use egret_jail::{Event, JailError, Layer, SetupStep, Tier, TierPolicy, harden, spawn};

use crate::stage::{children_of, is_root, judge, limits, plan, runs, site, start};

/// Waits, without sleeping, for something that must come to pass.
fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn an_honest_run_answers_slot_after_slot() {
    for tier in [TierPolicy::RequireA, TierPolicy::AllowB, TierPolicy::External("kata".into())] {
        let mut running = spawn(&site(tier.clone()), &plan(), b"honest", &limits()).unwrap();
        let Ok(Event::Ready { layers, landlock_abi }) = running.next() else { panic!("not ready") };
        assert!(layers.cover(tier.tier().requires()), "{layers}");
        assert_eq!(layers.has(Layer::Namespaces), tier.tier() == Tier::A);
        assert!(landlock_abi >= 1);
        assert_eq!(running.next().unwrap(), Event::Loaded { summary: "probe".into() });
        assert!(matches!(running.next(), Err(JailError::Idle)));

        // Both slots are filled ahead, and each is refilled while the other is computed.
        for slot in [0, 1] {
            running.slot_mut(slot).fill(slot as u8 + 3);
            running.submit(slot, 4).unwrap();
        }
        for round in 0..20 {
            let Ok(Event::Done { slot, answers }) = running.next() else { panic!("not done") };
            assert_eq!(slot, round % 2);
            let expected = if round < 2 { slot as u8 + 3 } else { (round - 2) as u8 % 10 };
            let found = decode(&answers, &plan().answer, &plan().input, 4).unwrap();
            assert_eq!(found, Answers::Indices(vec![expected.into(); 4]), "round {round}");
            running.slot_mut(slot).fill(round as u8 % 10);
            running.submit(slot, 4).unwrap();
        }
        for _ in 0..2 {
            assert!(matches!(running.next(), Ok(Event::Done { .. })));
        }
        let pid = running.pid();
        let usage = running.finish().usage;
        assert!(usage.wall > Duration::ZERO && usage.peak_rss_bytes > 0);
        assert!(!runs(pid));
    }
}

#[test]
fn slots_are_guarded() {
    let mut running = start("honest");
    assert!(matches!(running.submit(2, 1), Err(JailError::Slot { .. })));
    assert!(matches!(running.submit(0, 5), Err(JailError::Slot { .. })));
    running.submit(0, 4).unwrap();
    assert!(matches!(running.submit(0, 4), Err(JailError::Slot { .. })));
    let filling = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| running.slot_mut(0).fill(1)));
    assert!(filling.is_err(), "a submitted slot could be changed");
}

#[test]
fn nothing_is_left_of_a_run_that_is_dropped() {
    let mut running = start("sleep");
    while !matches!(running.next(), Ok(Event::Loaded { .. })) {}
    let pids: Vec<u32> = children_of(running.pid()).into_iter().chain([running.pid()]).collect();
    assert_eq!(pids.len(), 2);
    drop(running);
    assert!(!pids.into_iter().any(runs));
}

#[test]
fn a_run_can_be_cancelled_from_elsewhere() {
    let mut running = start("sleep");
    running.submit(0, 1).unwrap();
    while !matches!(running.next(), Ok(Event::Loaded { .. })) {}
    let handle = running.kill_handle();
    std::thread::spawn(move || handle.kill());
    assert!(matches!(running.next(), Err(JailError::Cancelled)));
    assert!(matches!(running.next(), Err(JailError::Over)));
}

#[test]
fn a_runner_killed_by_others_is_not_the_teams_fault() {
    let mut running = start("sleep");
    running.submit(0, 1).unwrap();
    while !matches!(running.next(), Ok(Event::Loaded { .. })) {}
    let inner = children_of(running.pid())[0];
    // SAFETY: plain integers.
    unsafe { libc::kill(inner as i32, libc::SIGKILL) };
    assert!(matches!(running.next(), Err(JailError::KilledFromOutside { .. })));

    let mut running = start("sleep");
    running.submit(0, 1).unwrap();
    while !matches!(running.next(), Ok(Event::Loaded { .. })) {}
    let (waiter, inner) = (running.pid(), children_of(running.pid())[0]);
    // SAFETY: plain integers.
    unsafe { libc::kill(waiter as i32, libc::SIGKILL) };
    assert!(matches!(running.next(), Err(JailError::WaiterLost)));
    soon("pid 1 outlived its waiter", || !runs(inner));
}

#[test]
fn the_runner_dies_with_its_judge() {
    let (mut judge, mut lines) = judge(["sleep", "plain", "A"], None);
    let waiter: u32 = lines.next().unwrap().strip_prefix("waiter ").unwrap().parse().unwrap();
    assert!(lines.any(|line| line.starts_with("Loaded")));
    let inner = children_of(waiter)[0];
    assert!(runs(waiter) && runs(inner));
    judge.kill().unwrap();
    judge.wait().unwrap();
    soon("the runner outlived its judge", || !runs(waiter) && !runs(inner));
}

#[test]
fn an_ordinary_user_has_the_whole_jail() {
    if !std::path::Path::new("/proc/self/uid_map").exists() || !is_root() {
        return; // The other tests then are that test.
    }
    for (attack, said) in [("open", "errno 1"), ("vsock", "seccomp_violation: true"), ("segv", "SIGSEGV")] {
        let (mut judge, lines) = judge([attack, "plain", "A"], Some(12345));
        let lines: Vec<String> = lines.collect();
        judge.wait().unwrap();
        assert!(lines.iter().any(|line| line.starts_with("Ready { layers: {namespaces + ")), "{lines:?}");
        assert!(lines.last().unwrap().contains(said), "{lines:?}");
    }
}

#[test]
fn a_library_with_threads_of_its_own_is_found_out() {
    let (mut plan, mut limits) = (plan(), limits());
    plan.adapter.layout = Some("one too many".into());
    plan.threads = 2;
    limits.threads = 2;
    let mut running = spawn(&site(TierPolicy::RequireA), &plan, b"honest", &limits).unwrap();
    let error = running.next().unwrap_err();
    assert!(matches!(error, JailError::Setup { step: SetupStep::Threads, .. }), "{error}");
    assert!(error.to_string().contains("2 threads are running, expected 1"), "{error}");
}

#[test]
fn what_is_missing_is_named() {
    let mut without_runner = site(TierPolicy::RequireA);
    without_runner.runner = "/nowhere/egret-runner".into();
    let error = spawn(&without_runner, &plan(), b"", &limits()).err().unwrap();
    assert!(error.to_string().contains("EGRET_RUNNER"), "{error}");

    let mut without_library = site(TierPolicy::RequireA);
    without_library.ort_lib = "/nowhere/libonnxruntime.so".into();
    let error = spawn(&without_library, &plan(), b"", &limits()).err().unwrap();
    assert!(error.to_string().contains("EGRET_ORT_LIB"), "{error}");

    let mut not_a_runner = site(TierPolicy::RequireA);
    not_a_runner.runner = "/bin/true".into();
    let error = spawn(&not_a_runner, &plan(), b"", &limits()).unwrap().next().unwrap_err();
    assert!(matches!(error, JailError::DiedInSetup { .. }), "{error}");
}

#[test]
fn a_hardened_process_is_not_dumpable() {
    harden().unwrap();
    // SAFETY: plain integers.
    assert_eq!(unsafe { libc::prctl(libc::PR_GET_DUMPABLE) }, 0);
}
