//! Leases and completions per second of the work ledger, on both databases: the store's own example, which drives it without
//! the network. There is no bound: the figures say how many workers a database feeds.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::table::{Bound, Row};

const WORKERS: [u32; 2] = [1, 4];

/// Every database with one worker and with several.
pub fn run() -> Result<Vec<Row>> {
    let server = std::env::var("EGRET_TEST_POSTGRES_URL").context(
        "EGRET_TEST_POSTGRES_URL is not set; `cargo xtask bench` starts a private server and sets it",
    )?;
    let home = tempfile::tempdir()?;
    let mut rows = Vec::new();
    for workers in WORKERS {
        let sqlite = format!("sqlite://{}", home.path().join(format!("rate-{workers}.db")).display());
        rows.push(row("SQLite", &sqlite, workers)?);
        rows.push(row("PostgreSQL", &fresh_database(&server, workers)?, workers)?);
    }
    Ok(rows)
}

fn row(database: &str, url: &str, workers: u32) -> Result<Row> {
    let per_second = rate(url, workers)?;
    Ok(Row {
        what: format!("leases + completions per second, {database}, workers: {workers}"),
        egret: format!("{per_second:.0} /s"),
        baseline: String::new(),
        figure: per_second,
        bound: Bound::None,
    })
}

/// Runs the example in the profile that this program has, and reads `… s: RATE leases + …` off its last line.
fn rate(url: &str, workers: u32) -> Result<f64> {
    let mut example = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    example.args(["run", "--quiet", "--package", "egret-store", "--example", "ledger_rate"]);
    if !cfg!(debug_assertions) {
        example.arg("--release");
    }
    let output = example.args(["--", url, &workers.to_string()]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("ledger_rate ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    print!("{url}: {said}");
    let figure = said.rsplit("s: ").next().and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    figure.parse().with_context(|| format!("ledger_rate said {said:?}"))
}

fn fresh_database(server: &str, workers: u32) -> Result<String> {
    let (base, _) = server.rsplit_once('/').context("a database URL ends in /database")?;
    let name = format!("rate_{}_{workers}", std::process::id());
    let made =
        Command::new("psql").args([server, "-q", "-c", &format!("create database {name}")]).output()?;
    if !made.status.success() {
        bail!("cannot create a database: {}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(format!("{base}/{name}"))
}
