//! The limits of a task, each a little exceeded and a little stayed under, by models that are honest otherwise.

use std::fs;
use std::time::Duration;

use egret_jail::FaultCode;
use egret_onnx::DType;
use egret_onnx::build::Linear;

use crate::harness::{Case, images, rgb};

fn linear() -> Linear {
    Linear::new(DType::U8, &[-1, 2, 4, 3], 3)
}

/// `memory_mib_max` is the private writable memory of the whole process: the model's tensors, and some 30 MiB that the
/// runtime takes before the model is looked at.
#[test]
fn memory_is_limited_where_it_says() {
    const LIMIT_MIB: u32 = 512;
    const RUNTIME_MIB: i64 = 64;
    let taking = |mib: i64| Case::new(linear().memory_bomb_file(mib << 20), rgb()).memory_limit(LIMIT_MIB);
    taking(i64::from(LIMIT_MIB) - RUNTIME_MIB).answered(&images(1));
    assert_eq!(taking(i64::from(LIMIT_MIB) + 1).faulted(&images(1)).code, FaultCode::MemoryLimit);
}

/// A model that takes a second or two of processor time, whatever this machine is: what it took without a limit tells where
/// to put one.
#[test]
fn processor_and_wall_time_are_limited_where_they_say() {
    let mut turns = 1 << 18;
    let (case, usage) = loop {
        let case = Case::new(linear().turning_file(turns), rgb());
        let usage = case.usage(&images(1));
        if usage.cpu >= Duration::from_millis(1_500) {
            break (case, usage);
        }
        turns *= 2;
    };
    // Twice as much is enough, on a busy machine too; two thirds are not.
    let cpu_s = usage.cpu.as_secs_f64();
    let (enough, short) = ((cpu_s * 2.0).ceil() as u32, (cpu_s / 1.5).floor() as u32);
    let case = case.cpu_limit(enough);
    case.answered(&images(1));
    let case = case.cpu_limit(short);
    assert_eq!(case.faulted(&images(1)).code, FaultCode::CpuLimit, "{short} s for {cpu_s} s");
    let case = case.cpu_limit(60).wall_limit(usage.wall * 10);
    case.answered(&images(1));
    let case = case.wall_limit(usage.cpu / 2);
    assert_eq!(case.faulted(&images(1)).code, FaultCode::TimeLimit);
}

/// A model that never gets as far as an item is under the same clocks.
#[test]
fn loading_counts() {
    // Folded when the model is loaded: a product of 1,024 × 1,024 matrices, four hundred times.
    let case = Case::new(linear().folding_file(1 << 10, 400), rgb()).wall_limit(Duration::from_millis(500));
    let report = case.faulted(&images(1));
    assert_eq!(report.code, FaultCode::TimeLimit);
    assert!(report.detail.contains("while loading the model"), "{report:?}");
}

#[test]
fn a_runner_has_as_many_threads_as_the_task_says() {
    for threads in [1, 2, 4] {
        let case = Case::new(linear().file(), rgb()).threads(threads);
        let count = case.while_answering(&images(1), |inner| {
            fs::read_dir(format!("/proc/{inner}/task")).unwrap().count()
        });
        assert_eq!(count, threads as usize);
    }
}
