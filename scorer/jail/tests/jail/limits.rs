//! What a run may take, and what happens at the limit.

use std::time::{Duration, Instant};

use egret_jail::{Event, FaultCode, TierPolicy, spawn};

use crate::stage::{fault_of, limits, plan, site, start};

#[test]
fn memory_ends_at_the_limit() {
    let report = fault_of(start("memory")).unwrap();
    assert_eq!(report.code, FaultCode::MemoryLimit);
    let taken: u32 = report.detail.parse().unwrap();
    assert!((200..=256).contains(&taken), "{taken} MiB of 256");
    assert_eq!(fault_of(start("out-of-memory-exit")).unwrap().code, FaultCode::MemoryLimit);
}

#[test]
fn processor_time_ends_at_the_limit_heeded_or_not() {
    for (attack, spent_s) in [("cpu", 1.0), ("cpu-deaf", 2.0)] {
        let mut limits = limits();
        limits.cpu_s = 1;
        limits.wall = Duration::from_mins(1);
        let mut running = spawn(&site(TierPolicy::RequireA), &plan(), attack.as_bytes(), &limits).unwrap();
        running.submit(0, 1).unwrap();
        let report = loop {
            if let Event::Faulted(report) = running.next().unwrap() {
                break report;
            }
        };
        assert_eq!(report.code, FaultCode::CpuLimit, "{attack}: {report:?}");
        let cpu = running.finish().usage.cpu.as_secs_f64();
        assert!((cpu - spent_s).abs() < 0.3, "{attack} took {cpu} s");
    }
}

#[test]
fn the_wall_clock_ends_sleepers_and_spinners_soon_after_the_limit() {
    for tier in [TierPolicy::RequireA, TierPolicy::AllowB] {
        for attack in ["sleep", "cpu"] {
            let mut limits = limits();
            limits.wall = Duration::from_millis(300);
            let mut running = spawn(&site(tier.clone()), &plan(), attack.as_bytes(), &limits).unwrap();
            running.submit(0, 1).unwrap();
            assert!(matches!(running.next(), Ok(Event::Ready { .. })));
            let begin = Instant::now();
            let report = fault_of_rest(&mut running);
            let late = begin.elapsed().saturating_sub(limits.wall);
            assert_eq!(report.code, FaultCode::TimeLimit, "{attack}: {report:?}");
            assert!(late < Duration::from_millis(200), "{attack} was killed {late:?} late");
            let usage = running.finish().usage;
            assert!(usage.wall >= limits.wall && usage.wall < limits.wall + Duration::from_millis(200));
            assert!(usage.peak_rss_bytes > 0, "the waiter reports killed runners too");
        }
    }
}

fn fault_of_rest(running: &mut egret_jail::Running) -> egret_jail::FaultReport {
    loop {
        if let Event::Faulted(report) = running.next().unwrap() {
            return report;
        }
    }
}

#[test]
fn crashes_are_crashes() {
    for (attack, how) in [
        ("segv", "SIGSEGV"),
        ("overflow", "SIGSEGV"),
        ("abort", "it aborted"),
        ("fpe", "it aborted"),
        ("panic", "code 101"),
    ] {
        let report = fault_of(start(attack)).unwrap();
        assert_eq!(report.code, FaultCode::Crash, "{attack}: {report:?}");
        assert!(report.operator_note.contains(how), "{attack}: {report:?}");
        assert!(!report.seccomp_violation, "{attack}");
    }
}
