//! Benchmarks run in release mode, one process each, and print ratios measured side by side in one run.

use anyhow::{Result, bail};

use crate::{build::cargo, onnxruntime, process, python};

const NAMES: [&str; 4] = ["evaluation", "submit", "upload", "ledger"];

/// Builds and runs one benchmark, or all of them in order.
fn run_one(name: &str) -> Result<()> {
    let library = onnxruntime::ensure()?;
    let python = python::ensure_with("bench.txt")?;
    process::run(cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "egret",
        "--package",
        "egret-runner",
    ]))?;
    let mut bench = cargo();
    bench.args(["run", "--release", "--quiet", "--package", "egret-tests", "--bin", "bench", "--", name]);
    process::run(
        bench
            .env("EGRET_ORT_LIB", library)
            .env("EGRET_BENCH_PYTHON", python)
            .env("ORT_DISABLE_TELEMETRY", "1"),
    )
}

/// `name` is one of the benchmarks, or `all`.
pub fn run(name: &str) -> Result<()> {
    match name {
        "all" => NAMES.into_iter().try_for_each(run_one),
        _ if NAMES.contains(&name) => run_one(name),
        _ => bail!("no benchmark is called {name}; there are {} and all", NAMES.join(", ")),
    }
}
