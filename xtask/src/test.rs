//! Everything that guards a landing, in one command. Nothing is skipped in silence.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    build::{self, cargo},
    debian,
    fuzz::Fuzzer,
    onnxruntime,
    postgres::{Durability, Server},
    process::on_path,
    python,
};

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    fn count(&mut self, step: &str, result: Result<()>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(error) => {
                self.failed += 1;
                println!("FAILED: {step}: {error:#}");
            }
        }
    }
}

/// Runs every check; the last line is `N passed, N failed`.
pub fn run(only: Option<&str>) -> Result<()> {
    let mut tally = Tally::default();
    let library = onnxruntime::ensure()?;
    let python = python::ensure()?;
    if !on_path("chromium") || !on_path("chromedriver") {
        debian::install("The browser tests need Chromium", &["chromium", "chromium-driver"])?;
    }
    if !on_path("ffmpeg") || !on_path("ffprobe") {
        debian::install("Videos are decoded by ffmpeg", &["ffmpeg"])?;
    }
    if only.is_some() {
        println!("skipped: format, lints and fuzzing (--only)");
    } else {
        println!("== format");
        tally.count("format", step(cargo().args(["fmt", "--all", "--check"])));
        println!("== lints");
        let lints = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
        tally.count("lints", step(cargo().args(lints)));
    }
    // The tests of the whole workspace build the programs themselves, all with the same features.
    let binaries = if only.is_some() { build::binaries()? } else { build::target().join("debug") };
    println!("== tests");
    let server = Server::start(Durability::WaivedForTests).context("cannot start a private PostgreSQL")?;
    let mut tests = cargo();
    tests.args(["test", "--no-fail-fast"]);
    match only {
        Some(package) => tests.args(["--package", package]),
        None => tests.arg("--workspace"),
    };
    tests
        .env("EGRET_TEST_POSTGRES_URL", server.url())
        .env("EGRET_TEST_PYTHON", &python)
        .env("EGRET_ORT_LIB", &library)
        .env("EGRET_RUNNER", binaries.join("egret-runner"))
        .env("EGRET_BIN", binaries.join("egret"))
        .env("ORT_DISABLE_TELEMETRY", "1");
    run_tests(&mut tests, &mut tally)?;
    drop(server);
    if only.is_none() {
        fuzz(&mut tally);
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

/// Each parser of hostile bytes under libFuzzer, for some seconds.
fn fuzz(tally: &mut Tally) {
    println!("== fuzzing");
    match Fuzzer::build() {
        Err(error) => tally.count("fuzzing", Err(error)),
        Ok(fuzzer) => {
            for (target, result) in fuzzer.check() {
                tally.count(&format!("fuzzing {target}"), result.map(|done| println!("{target}: {done}")));
            }
        }
    }
}

fn step(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    if !status.success() {
        bail!("ended with {status}");
    }
    Ok(())
}

/// Runs `cargo test`, passing its output on and adding up every `test result:` line.
fn run_tests(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let output = child.stdout.take().expect("stdout is piped");
    let failed_before = tally.failed;
    for line in BufReader::new(output).lines() {
        let line = line?;
        if let Some(counts) = line.strip_prefix("test result: ") {
            tally.passed += number_before(counts, " passed");
            tally.failed += number_before(counts, " failed");
        }
        println!("{line}");
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == failed_before {
        tally.failed += 1;
        println!(
            "FAILED: cargo test ended with {status} without naming a failed test (a build error, or a crash)"
        );
    }
    Ok(())
}

fn number_before(text: &str, word: &str) -> u64 {
    let head = text.split(word).next().unwrap_or_default();
    head.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_added_up() {
        let line = "FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.53s";
        assert_eq!((number_before(line, " passed"), number_before(line, " failed")), (12, 3));
    }
}
