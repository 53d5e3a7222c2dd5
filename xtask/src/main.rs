//! The only automation of the repository: `cargo xtask setup | demo | test | bench | fuzz`.
//!
//! Each command does its own set-up on a fresh Debian-like machine with Rust, Python 3 and a C compiler: ONNX Runtime by a
//! pinned, hash-checked wheel, Python packages into a virtual environment, PostgreSQL and Chromium by Debian's package
//! name, and only what is missing.

mod bench;
mod build;
mod child;
mod debian;
mod demo;
mod fuzz;
mod onnxruntime;
mod postgres;
mod process;
mod python;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set up, try, test and measure Egret")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch ONNX Runtime and the Python packages into the cache
    Setup,
    /// Run a whole contest on real data: publish, submit three models, print the board, serve the page
    Demo {
        /// Stop by itself once the board is printed
        #[arg(long)]
        exit: bool,
    },
    /// Everything that guards a landing; ends with `N passed, N failed`
    Test {
        /// Only test targets whose package name contains this; skips format, lints and fuzzing, and says so
        #[arg(long)]
        only: Option<String>,
    },
    /// Look for bytes that break the parsers, with libFuzzer; what is found lies in target/fuzz/crashes
    Fuzz {
        /// Which parser: admission, predictions, inputs, labels, manifest; without it, each in turn
        target: Option<String>,
        /// For how long each
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Measure, in release mode: evaluation, evaluation-all-cores, evaluation-sounds, evaluation-texts, import, search, many, submit,
    /// upload, ledger, jail, deadline, metrics, or all
    Bench {
        /// Which benchmark
        #[arg(default_value = "all")]
        name: String,
        /// Only these goals of metrics: G1,G4
        goals: Option<String>,
    },
}

fn main() -> Result<()> {
    if let Some(code) = fuzz::as_compiler()? {
        std::process::exit(code);
    }
    match Cli::parse().command {
        Command::Setup => {
            println!("ONNX Runtime: {}", onnxruntime::ensure()?.display());
            println!("Python:       {}", python::ensure()?.display());
            Ok(())
        }
        Command::Demo { exit } => demo::run(exit),
        Command::Test { only } => test::run(only.as_deref()),
        Command::Fuzz { target, seconds } => fuzz::fuzz(target.as_deref(), seconds),
        Command::Bench { name, goals } => bench::run(&name, goals.as_deref()),
    }
}
