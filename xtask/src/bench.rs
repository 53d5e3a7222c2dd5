//! Benchmarks run in release mode, one process each, and print ratios measured side by side in one run.

use anyhow::{Result, bail};

use crate::{
    build::cargo,
    onnxruntime,
    postgres::{Durability, Server},
    process, python,
};

const NAMES: [&str; 11] = [
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
];

/// Builds and runs one benchmark.
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
    let server = (name == "ledger").then(|| Server::start(Durability::Kept)).transpose()?;
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
        if let Err(error) = run_one(name) {
            println!("FAILED: {name}: {error:#}");
            failed.push(name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// `name` is one of the benchmarks, or `all`.
pub fn run(name: &str) -> Result<()> {
    match name {
        "all" => run_all(),
        _ if NAMES.contains(&name) => run_one(name),
        _ => bail!("no benchmark is called {name}; there are {} and all", NAMES.join(", ")),
    }
}
