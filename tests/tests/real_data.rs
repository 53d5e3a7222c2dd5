//! Real media and real models whose scores are known from plain onnxruntime: Egret must find the same.
//!
//! The data lie in `../shared/data` beside the repository, with their licences, and are read in place. Where the folder is
//! absent the tests say `SKIPPED` on standard output.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use egret_tests::{Actor, Database, Site, path, write_competition};
use serde_json::Value;

/// A model of the data's own list, how it is fed, and how many of all items it gets right.
struct Known {
    model: &'static str,
    adapter: &'static [&'static str],
    accuracy: f64,
}

/// A set of real media: the folder, the task's contract, and models with known scores.
struct Set {
    id: &'static str,
    items: usize,
    input: &'static str,
    known: &'static [Known],
}

const MNIST: Set = Set {
    id: "image-mnist",
    items: 500,
    input: "kind = \"image\"\nwidth = 28\nheight = 28\nchannels = 1\nfit = \"stretch\"",
    // Pixels as they are, 0 to 255; the batch is fixed at 1.
    known: &[
        Known { model: "mnist-7.onnx", adapter: &["--scale", "1"], accuracy: 0.986 },
        Known { model: "opt-mnist.onnx", adapter: &["--scale", "1"], accuracy: 0.986 },
    ],
};

const SPOKEN_DIGITS: Set = Set {
    id: "audio-fsdd",
    items: 300,
    input: "kind = \"audio\"\nsample_rate_hz = 8000\nsample_count_max = 8000",
    known: &[
        Known { model: "fsdd_bad.onnx", adapter: &[], accuracy: 0.52 },
        Known { model: "fsdd_ok.onnx", adapter: &[], accuracy: 0.9067 },
        Known { model: "fsdd_good.onnx", adapter: &[], accuracy: 0.9567 },
    ],
};

#[test]
fn real_digits_score_as_plain_onnxruntime_scores_them() -> Result<()> {
    scores_are_the_known_ones(&MNIST)
}

#[test]
fn real_speech_scores_as_plain_onnxruntime_scores_it() -> Result<()> {
    scores_are_the_known_ones(&SPOKEN_DIGITS)
}

fn scores_are_the_known_ones(set: &Set) -> Result<()> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !data.join(set.id).is_dir() {
        // Past the test runner's capture: a skipped test is not silent.
        use std::io::Write as _;
        writeln!(std::io::stdout(), "SKIPPED: ../shared/data/{} is not here", set.id)?;
        return Ok(());
    }
    let site = Site::start(Database::Sqlite, 1)?;
    let package = site.scratch().join("package");
    let splits = write_package(&package, &data.join(set.id).join("test"), set)?;
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    let team = site.team(set.id, "gulls", "Gulls")?;
    for known in set.known {
        let model = data.join("models").join(set.id).join(known.model);
        let right = right(&team, set, known, &model, splits)?;
        let expected = (known.accuracy * set.items as f64).round() as u64;
        assert_eq!(right, expected, "{} of {} items", known.model, set.items);
    }
    Ok(())
}

/// How many of all items the model gets right: those of the sample, told exactly, and the hidden ones.
fn right(team: &Actor, set: &Set, known: &Known, model: &Path, splits: [usize; 2]) -> Result<u64> {
    let task = format!("{}/items", set.id);
    let args = [&["submit", path(model)?, "--task", &task, "--watch"], known.adapter].concat();
    let last = team.json(&args)?;
    let count = |report: &Value, items: usize| -> Result<u64> {
        let accuracy = report["metrics"][0]["value"].as_f64().context("an accuracy")?;
        let right = accuracy * items as f64;
        assert!((right - right.round()).abs() < 0.05, "{accuracy} of {items} items is no whole number");
        Ok(right.round() as u64)
    };
    Ok(count(&last["check"], splits[0])? + count(&last["release"], splits[1])?)
}

/// Writes the package: every tenth item is public sample, the rest is hidden. Returns how many there are of each.
fn write_package(package: &Path, from: &Path, set: &Set) -> Result<[usize; 2]> {
    let task = package.join("tasks/items");
    let media = task.join("media");
    fs::create_dir_all(&media)?;
    write_competition(package, set.id)?;
    fs::write(
        task.join("task.toml"),
        format!(
            "title = \"Items\"\nmetrics = [\"accuracy\"]\n\n[input]\n{}\n\n[answer]\nkind = \"classes\"\n",
            set.input
        ),
    )?;
    let mut labels = String::from("file,label,split\n");
    let mut counts = [0; 2];
    let text = fs::read_to_string(from.join("labels.csv"))?;
    for (i, line) in text.lines().skip(1).enumerate() {
        let (file, label) = line.split_once(',').context("a row has two columns")?;
        let hidden = i % 10 != 0;
        counts[usize::from(hidden)] += 1;
        writeln!(labels, "{file},{label},{}", if hidden { "public" } else { "sample" })?;
        bring(&from.join(file), media.join(file))?;
    }
    assert_eq!(counts.iter().sum::<usize>(), set.items);
    fs::write(task.join("labels.csv"), labels)?;
    Ok(counts)
}

/// Copies a file; a sound is cut after one second, as the known scores were measured.
fn bring(from: &Path, to: PathBuf) -> Result<()> {
    const HEAD: usize = 44;
    const DATA_MAX: usize = 8_000 * 2;
    let mut bytes = fs::read(from)?;
    if from.extension().is_some_and(|extension| extension == "wav") && bytes.len() > HEAD + DATA_MAX {
        assert_eq!(&bytes[36..40], b"data", "a plain WAV file of 16 bits");
        bytes.truncate(HEAD + DATA_MAX);
        bytes[4..8].copy_from_slice(&((HEAD - 8 + DATA_MAX) as u32).to_le_bytes());
        bytes[40..44].copy_from_slice(&(DATA_MAX as u32).to_le_bytes());
    }
    Ok(fs::write(to, bytes)?)
}
