//! Throughput of a hidden evaluation, end to end: jailed, sealed, scored; against a bare ONNX Runtime loop over tensors that
//! are in memory already, and against the Python script that a user would write instead.
//!
//! Egret's time runs from the moment a spectator of the submission sees it being evaluated to the moment its score is out:
//! it holds the start of the jail, loading the model, opening the sealed shards and scoring. The bare loop's holds the
//! model's runs alone; the script's does not hold Python's imports.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use egret_onnx::{Input, InputData, Model, Runtime};
use egret_tests::{Actor, Database, Process, Site, path};
use image::imageops::FilterType;
use serde_json::Value;

use crate::{
    makers,
    table::{Bound, Row},
};

/// What is evaluated: hidden photos, sounds or texts, about as many as one unit of work holds; eight more are sample and private.
#[derive(Clone, Copy)]
struct Set {
    /// The competition, the task, and what the script calls it.
    name: &'static str,
    items: usize,
}

const PHOTOS: Set = Set { name: "photos", items: 1664 };
const SOUNDS: Set = Set { name: "sounds", items: 8192 };
const TEXTS: Set = Set { name: "texts", items: 65_536 };

/// The worker's batch, which is the script's as well.
const BATCH: usize = 32;
/// Tensors kept in memory for the bare loop, which goes around them.
const TENSORS: usize = 256;
const ROUNDS: usize = 2;
const SIDE: u32 = 224;

/// A thread for the model, and the other cores for the worker, as a site is best set up: what is compared is Egret's own
/// cost, beside the bare loop.
pub fn run() -> Result<Vec<Row>> {
    let mut rows = measure(1)?;
    rows[0].bound = Bound::AtLeast(0.95);
    Ok(rows)
}

/// Every core for the model, as the script's user would have it. What fetching, deciphering and feeding take is then taken
/// from the model, so the bare loop is shown without a bound.
pub fn run_on_all_cores() -> Result<Vec<Row>> {
    let mut rows = measure(std::thread::available_parallelism()?.get() as u32)?;
    rows[1].bound = Bound::Above(1.0);
    rows[2].bound = Bound::AtLeast(1.5);
    Ok(rows)
}

/// A second of sound each, of 44.1 kHz and two channels, into a small network on the raw waveform; every core for the model.
pub fn run_on_sounds() -> Result<Vec<Row>> {
    compare(SOUNDS, makers::sounds)
}

/// Some forty words each, through a tokenizer, into a small network; every core for the model.
pub fn run_on_texts() -> Result<Vec<Row>> {
    compare(TEXTS, makers::texts)
}

/// Interleaved: bare loop, Egret, script; and once more, when the set is on the worker.
fn measure(threads: u32) -> Result<Vec<Row>> {
    let home = tempfile::tempdir()?;
    println!("making {} photos and a model of MobileNetV2's shape, for {threads} threads", PHOTOS.items);
    let (package, model) = makers::photos(home.path(), PHOTOS.items + 8, threads)?;
    let contest = Contest::publish(PHOTOS, &package)?;
    let mut bare_loop = BareLoop::new(&model, &contest.task.join("media"), threads)?;
    let (mut bare, mut egret, mut script) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(bare_loop.seconds(PHOTOS.items)?);
        egret.push(contest.evaluate(&model)?);
        script.push(contest.peer(&model, threads)?);
    }
    let mut rows = vec![row(PHOTOS, "evaluation / bare ONNX Runtime loop", best(&egret[1..]), best(&bare))];
    rows.extend(contest.rows(&egret, &script));
    Ok(rows)
}

/// Interleaved: Egret, script; and once more, when the set is on the worker.
fn compare(set: Set, make: fn(&Path, usize, u32) -> Result<(PathBuf, PathBuf)>) -> Result<Vec<Row>> {
    let threads = std::thread::available_parallelism()?.get() as u32;
    let home = tempfile::tempdir()?;
    println!("making {} {}, for {threads} threads", set.items, set.name);
    let (package, model) = make(home.path(), set.items, threads)?;
    let contest = Contest::publish(set, &package)?;
    let (mut egret, mut script) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        egret.push(contest.evaluate(&model)?);
        script.push(contest.peer(&model.with_extension("onnx"), threads)?);
    }
    let mut rows = contest.rows(&egret, &script);
    rows[0].bound = Bound::Above(1.0);
    rows[1].bound = Bound::AtLeast(1.5);
    Ok(rows)
}

/// What Egret is compared with gets its best round.
fn best(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(f64::INFINITY, f64::min)
}

fn row(set: Set, what: &str, seconds: f64, baseline: f64) -> Row {
    let rate = |seconds: f64| format!("{:.1} items/s", set.items as f64 / seconds);
    Row {
        what: format!("{}: {what}", set.name),
        egret: rate(seconds),
        baseline: rate(baseline),
        figure: baseline / seconds,
        bound: Bound::None,
    }
}

/// A set that is published, and a team.
struct Contest {
    set: Set,
    task: PathBuf,
    published: f64,
    team: Actor,
    _site: Site,
}

impl Contest {
    fn publish(set: Set, package: &Path) -> Result<Self> {
        let site = Site::start(Database::Sqlite, 1)?;
        let began = Instant::now();
        site.operator.ok(&["competition", "publish", path(package)?])?;
        let published = began.elapsed().as_secs_f64();
        let team = site.team(set.name, "bench", "Bench")?;
        Ok(Self { set, task: package.join("tasks").join(set.name), published, team, _site: site })
    }

    /// Submits, and times the hidden evaluation by what the team sees.
    fn evaluate(&self, model: &Path) -> Result<f64> {
        let task = format!("{0}/{0}", self.set.name);
        let mut line = self.team.command(&["submit", path(model)?, "--task", &task, "--watch"])?;
        let mut submit = Process::start("submit", &mut line)?;
        submit.wait_for("  evaluating")?;
        let began = Instant::now();
        submit.wait_for("  released: accuracy")?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// The script's own figure.
    fn peer(&self, model: &Path, threads: u32) -> Result<f64> {
        let args = [self.set.name, path(&self.task)?, path(model)?, &threads.to_string()];
        let said: Value = serde_json::from_str(&makers::python("tests/bench/peer_evaluation.py", &args)?)?;
        ensure!(said["items"] == self.set.items, "the script saw {} items", said["items"]);
        said["seconds"].as_f64().context("the script tells its seconds")
    }

    fn rows(&self, egret: &[f64], script: &[f64]) -> Vec<Row> {
        let (first, again, script) = (egret[0], best(&egret[1..]), best(script));
        vec![
            row(self.set, "first evaluation of the set / Python script", first, script),
            row(self.set, "evaluation, set on the worker / Python script", again, script),
            Row {
                what: format!("{}: publishing (decode, seal, upload), once", self.set.name),
                egret: format!("{:.1} s", self.published),
                baseline: String::new(),
                figure: self.published,
                bound: Bound::None,
            },
        ]
    }
}

/// A loaded model and its inputs, as plain as it gets.
struct BareLoop {
    model: Model,
    input: String,
    output: String,
    tensors: Vec<f32>,
}

impl BareLoop {
    fn new(model: &Path, media: &Path, threads: u32) -> Result<Self> {
        let library = std::env::var_os("EGRET_ORT_LIB")
            .context("EGRET_ORT_LIB is not set; `cargo xtask bench` sets it")?;
        let runtime = Runtime::start(&PathBuf::from(library), threads)?;
        let model = Model::load(&runtime, &fs::read(model)?)?;
        let (input, output) = (model.inputs()[0].name.clone(), model.outputs()[0].name.clone());
        let mut files: Vec<PathBuf> =
            fs::read_dir(media)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.sort();
        let mut tensors = Vec::new();
        for file in files.iter().take(TENSORS) {
            tensors.extend(planes(file)?);
        }
        Ok(Self { model, input, output, tensors })
    }

    fn seconds(&mut self, items: usize) -> Result<f64> {
        let item = 3 * (SIDE * SIDE) as usize;
        let shape = [BATCH as i64, 3, i64::from(SIDE), i64::from(SIDE)];
        let began = Instant::now();
        for batch in self.tensors.chunks_exact(BATCH * item).cycle().take(items / BATCH) {
            let input = Input { name: &self.input, shape: &shape, data: InputData::F32(batch) };
            let rows = self.model.run(&[input], &[&self.output], |scores| scores[0].shape[0])?;
            ensure!(rows == shape[0], "the model answered {rows} of {BATCH}");
        }
        Ok(began.elapsed().as_secs_f64())
    }
}

/// A photo as the model takes it: channels first, 0..=1.
fn planes(file: &Path) -> Result<Vec<f32>> {
    let photo = image::open(file)?.resize_exact(SIDE, SIDE, FilterType::Triangle).into_rgb8();
    let plane = |channel: usize| photo.pixels().map(move |pixel| f32::from(pixel.0[channel]) / 255.0);
    Ok((0..3).flat_map(plane).collect())
}
