//! Benchmarks run in release mode, one process each, and print ratios measured side by side in one run.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    build::{self, cargo},
    onnxruntime,
    postgres::{Durability, Server},
    process, python,
};

/// The one that takes goals: the metric suite beside its peers.
const METRICS: &str = "metrics";
const NAMES: [&str; 13] = [
    "evaluation",
    "evaluation-all-cores",
    "evaluation-sounds",
    "evaluation-texts",
    "import",
    "search",
    "many",
    "submit",
    "upload",
    "ledger",
    "jail",
    "deadline",
    METRICS,
];

/// Measures the metric suite, which needs no server: only these goals, as `G1,G4`, or all.
fn run_metrics(goals: &str) -> Result<()> {
    let mut build = cargo();
    process::run(build.args([
        "bench",
        "--quiet",
        "--package",
        "egret-metrics",
        "--bench",
        "peers",
        "--no-run",
    ]))?;
    let mut peers = Command::new(python::ensure_with("metrics.txt")?);
    peers.current_dir(process::root()).arg("tests/bench/peer_metrics.py").args(["--goals", goals, "--"]);
    peers.arg(cargo().get_program());
    process::run(peers.args(["bench", "--quiet", "--package", "egret-metrics", "--bench", "peers", "--"]))
}

/// Builds and runs one benchmark.
fn run_one(name: &str, goals: &str) -> Result<()> {
    if name == METRICS {
        return run_metrics(goals);
    }
    let library = onnxruntime::ensure()?;
    let python = python::ensure_with("bench.txt")?;
    // Together, so that all have the same features and nothing is built twice.
    let packages = ["egret", "egret-runner", "egret-tests"].map(|package| ["--package", package]);
    process::run(cargo().args(["build", "--release", "--quiet", "--bins"]).args(packages.as_flattened()))?;
    let mut bench = Command::new(build::target().join("release/bench"));
    bench.current_dir(process::root()).arg(name);
    let server =
        ["ledger", "deadline"].contains(&name).then(|| Server::start(Durability::Kept)).transpose()?;
    if let Some(server) = &server {
        bench.env("EGRET_TEST_POSTGRES_URL", server.url());
    }
    process::run(
        bench
            .env("EGRET_ORT_LIB", library)
            .env("EGRET_BENCH_PYTHON", python)
            .env("ORT_DISABLE_TELEMETRY", "1"),
    )
}

/// Every benchmark, the ones after a failed one too.
fn run_all() -> Result<()> {
    let mut failed = Vec::new();
    for name in NAMES {
        println!("== {name}");
        if let Err(error) = run_one(name, "") {
            println!("FAILED: {name}: {error:#}");
            failed.push(name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// `name` is one of the benchmarks, or `all`; `goals` are some of those of `metrics`.
pub fn run(name: &str, goals: Option<&str>) -> Result<()> {
    match name {
        _ if goals.is_some() && name != METRICS => bail!("only the benchmark {METRICS} has goals"),
        "all" => run_all(),
        _ if NAMES.contains(&name) => run_one(name, goals.unwrap_or_default()),
        _ => bail!("no benchmark is called {name}; there are {} and all", NAMES.join(", ")),
    }
}
