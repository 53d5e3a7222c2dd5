//! libFuzzer on the parsers of hostile bytes (`tests/fuzz`), on stable Rust.
//!
//! Coverage is compiled into our own crates alone: Cargo runs this very program in the compiler's place for crates of the
//! workspace, and it adds the flags ([`as_compiler`]). So all dependencies are those of ordinary builds.
//!
//! Everything lies in `target/fuzz`: per target what was found to be of interest (kept from run to run), seeds, logs, and
//! `crashes`.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    build::{self, cargo},
    debian,
    process::{on_path, root, run, run_quietly},
    python,
};

/// Seconds of one target in `cargo xtask test`.
const CHECK_SECONDS: u32 = 5;
/// One input: a parser that takes longer hangs.
const INPUT_SECONDS_MAX: u32 = 10;
/// The whole process: a parser that needs more has a leak, or believes a length.
const MEMORY_MIB_MAX: u32 = 1024;
/// One input. Longer seeds are cut.
const INPUT_BYTES_MAX: u32 = 16 << 10;

/// Set where Cargo runs this program as a compiler.
const COMPILING: &str = "EGRET_FUZZ_COMPILING";
/// What libFuzzer counts, and enough optimisation that there is something to count. The last level given is taken.
const COVERAGE: [&str; 6] = [
    "-Copt-level=2",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Where Cargo has put us in the compiler's place: compiles with coverage, and returns the exit code.
pub fn as_compiler() -> Result<Option<i32>> {
    if std::env::var_os(COMPILING).is_none() {
        return Ok(None);
    }
    let mut args = std::env::args_os().skip(1);
    let compiler = args.next().context("Cargo names the compiler")?;
    let status = Command::new(compiler).args(args).args(COVERAGE).status()?;
    Ok(Some(status.code().unwrap_or(1)))
}

/// A built fuzzer.
pub struct Fuzzer {
    program: PathBuf,
    folder: PathBuf,
    targets: Vec<String>,
}

impl Fuzzer {
    /// Builds it, and makes the seeds.
    pub fn build() -> Result<Self> {
        if !["c++", "g++", "clang++"].into_iter().any(on_path) {
            debian::install("libFuzzer is written in C++", &["g++"])?;
        }
        run(cargo().args(["build", "--quiet", "--package", "egret-fuzz", "--bin", "egret-fuzz"]))?;
        let plain = build::target().join("debug/egret-fuzz");
        let folder = build::target().join("fuzz");
        let list = run_quietly(Command::new(&plain).arg("list"))?;
        let targets: Vec<String> = list.lines().map(str::to_owned).collect();
        for target in &targets {
            run_quietly(Command::new(&plain).args(["seeds", target]).arg(folder.join("seeds").join(target)))?;
        }
        let corpus = folder.join("seeds/admission");
        run_quietly(
            Command::new(python::ensure()?).arg("-B").arg(root().join("tests/hostile/make.py")).arg(corpus),
        )?;

        let features = ["--package", "egret-fuzz", "--features", "libfuzzer", "--bin", "fuzz"];
        let mut instrumented = cargo();
        instrumented.args(["build", "--quiet"]).args(features);
        run(instrumented.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?).env(COMPILING, "1"))?;
        let program = build::target().join("debug/fuzz");
        Ok(Self { program, folder, targets })
    }

    /// What can be fuzzed.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// Runs one target for so long. What breaks it is kept, and named in the error.
    pub fn run(&self, target: &str, seconds: u32) -> Result<String> {
        let [interesting, seeds] = ["interesting", "seeds"].map(|part| self.folder.join(part).join(target));
        let crashes = self.folder.join("crashes");
        for folder in [&interesting, &crashes] {
            fs::create_dir_all(folder)?;
        }
        let log = self.folder.join(format!("{target}.log"));
        let output = File::create(&log)?;
        let status = Command::new(&self.program)
            .env("EGRET_FUZZ_TARGET", target)
            .args([&interesting, &seeds])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
            .arg(format!("-max_len={INPUT_BYTES_MAX}"))
            .arg(prefixed("-artifact_prefix=", &crashes.join(format!("{target}-"))))
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()?;
        let said = fs::read(&log)?;
        let said = String::from_utf8_lossy(&said);
        if !status.success() {
            let found = said.lines().rev().find_map(|line| line.split_once("Test unit written to "));
            let found = found.map_or("nothing was kept", |(_, path)| path);
            bail!(
                "{target}: the parser broke; see {}, and replay with\n  cargo run -p egret-fuzz --bin egret-fuzz -- \
                 replay {target} {found}",
                log.display()
            );
        }
        let done = said
            .lines()
            .rev()
            .find(|line| line.starts_with("Done "))
            .context("libFuzzer says what it did")?;
        Ok(done.to_owned())
    }

    /// The bounded run of a landing: each target for some seconds.
    pub fn check(&self) -> impl Iterator<Item = (&str, Result<String>)> {
        self.targets.iter().map(|target| (target.as_str(), self.run(target, CHECK_SECONDS)))
    }
}

fn prefixed(prefix: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(prefix);
    argument.push(path);
    argument
}

/// Fuzzes one target, or each of them, for so many seconds.
pub fn fuzz(target: Option<&str>, seconds: u32) -> Result<()> {
    let fuzzer = Fuzzer::build()?;
    let all = fuzzer.targets();
    let chosen: Vec<&String> =
        all.iter().filter(|name| target.is_none_or(|target| target == **name)).collect();
    if chosen.is_empty() {
        bail!("no target is called {}; there are {}", target.unwrap_or_default(), all.join(", "));
    }
    for name in chosen {
        println!("{name}: {}", fuzzer.run(name, seconds)?);
    }
    Ok(())
}
