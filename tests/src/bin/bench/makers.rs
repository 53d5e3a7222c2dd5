//! Packages and models to measure with, made by the Python scripts of this repository.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use jiff::{Timestamp, ToSpan as _};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the root").to_owned()
}

/// A script of this repository, to be run in the environment that `cargo xtask bench` has made.
pub fn script(name: &str) -> Result<Command> {
    let interpreter = std::env::var_os("EGRET_BENCH_PYTHON")
        .context("EGRET_BENCH_PYTHON is not set; `cargo xtask bench` makes the environment and sets it")?;
    let mut command = Command::new(interpreter);
    command.arg(root().join(name));
    Ok(command)
}

/// Runs a script; returns what it prints.
pub fn python(name: &str, args: &[&str]) -> Result<String> {
    let output = script(name)?.args(args).output()?;
    if !output.status.success() {
        bail!("{name} ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Writes a `competition.toml` with one open phase and no quota.
pub fn write_competition(dir: &Path, id: &str) -> Result<()> {
    let hours = |hours: i64| -> Result<Timestamp> { Ok(Timestamp::now().checked_add(hours.hours())?) };
    let (start, end) = (hours(-1)?, hours(48)?);
    fs::create_dir_all(dir)?;
    let text = format!(
        "id = \"{id}\"\ntitle = \"Benchmark\"\ntime_zone = \"UTC\"\n\n\
         [[phases]]\nid = \"live\"\nkind = \"live\"\nstart = \"{start}\"\nend = \"{end}\"\nsplit = \"public\"\n\
         release = {{ policy = \"exact\" }}\n"
    );
    Ok(fs::write(dir.join("competition.toml"), text)?)
}

/// The digits of the demo and its logistic model, without the demo's quotas: the package and the model.
pub fn digits(dir: &Path) -> Result<(PathBuf, PathBuf)> {
    python("xtask/python/make_demo.py", &[egret_tests::path(dir)?])?;
    let package = dir.join("competition");
    write_competition(&package, "digits")?;
    Ok((package, dir.join("models/logistic.onnx")))
}

/// Photos and a model of MobileNetV2's shape: the package and the model. `threads` is what an evaluation may use.
pub fn photos(dir: &Path, items: usize, threads: u32) -> Result<(PathBuf, PathBuf)> {
    python("tests/bench/make_bench.py", &[egret_tests::path(dir)?, &items.to_string()])?;
    let package = dir.join("competition");
    write_competition(&package, "photos")?;
    let task = package.join("tasks/photos");
    let classes = fs::read_to_string(task.join("classes.txt"))?;
    let classes: Vec<String> = classes.lines().map(|class| format!("\"{class}\"")).collect();
    let text = format!(
        "title = \"Photos\"\nmetrics = [\"accuracy\", \"log_loss\"]\n\n\
         [input]\nkind = \"image\"\nwidth = 224\nheight = 224\nchannels = 3\nfit = \"stretch\"\n\n\
         [answer]\nkind = \"classes\"\nclasses = [{}]\n\n\
         [limits]\nwall_s_max = 600\nthread_count = {threads}\n",
        classes.join(", ")
    );
    fs::write(task.join("task.toml"), text)?;
    Ok((package, dir.join("mobilenet.onnx")))
}

/// Seconds of sound and a small network on them.
pub fn sounds(dir: &Path, items: usize, threads: u32) -> Result<(PathBuf, PathBuf)> {
    set(dir, "sounds", items, threads).map(|package| (package, dir.join("model.onnx")))
}

/// Texts, and a zip with a network and its tokenizer; the network alone lies beside it.
pub fn texts(dir: &Path, items: usize, threads: u32) -> Result<(PathBuf, PathBuf)> {
    set(dir, "texts", items, threads).map(|package| (package, dir.join("model.zip")))
}

/// A table of short texts, and a model with nearly nothing in it.
pub fn many(dir: &Path, items: usize, threads: u32) -> Result<(PathBuf, PathBuf)> {
    set(dir, "many", items, threads).map(|package| (package, dir.join("model.onnx")))
}

fn set(dir: &Path, kind: &str, items: usize, threads: u32) -> Result<PathBuf> {
    let (folder, items, threads) = (egret_tests::path(dir)?, items.to_string(), threads.to_string());
    python("tests/bench/make_sets.py", &[kind, folder, &items, &threads])?;
    let package = dir.join("competition");
    write_competition(&package, kind)?;
    Ok(package)
}
