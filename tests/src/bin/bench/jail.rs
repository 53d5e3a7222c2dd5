//! What the jail costs: a runner behind every wall of tier A against the same runner behind none.
//!
//! Both go through the same code of the judge, in turns, on the same inputs, with the public sample's permission to speak.
//! Processor time is the kernel's account of the whole runner, its start included; the wall clock is nobody's measure here
//! but the kill's.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use egret_jail::{
    Event, FaultCode, Layer, Layers, Limits, Running, Site, TierPolicy,
    plan::{AnswerContract, InputContract, RunPlan},
    spawn_behind,
};
use egret_onnx::{DType, build::Linear};
use egret_tests::{binary, path};

use crate::{
    makers,
    table::{Bound, Row, median},
};

/// Starts of either kind, and kills.
const STARTS: usize = 40;
/// Turns of the throughput measurement.
const ROUNDS: usize = 5;
const SLOT_ITEMS: u32 = 32;
/// Slots per turn: enough that the start is a small part.
const SLOTS: usize = 12;
const KILL_WALL: Duration = Duration::from_millis(100);

pub fn run() -> Result<Vec<Row>> {
    let home = tempfile::tempdir()?;
    let jail = Bench { site: site()?, every: Layers::of(&Layer::ALL) };
    println!("{STARTS} starts of either kind, one thread");
    let mut rows = vec![jail.starts()?];
    println!(
        "{ROUNDS} turns of {} images through a model of MobileNetV2's shape",
        SLOTS * SLOT_ITEMS as usize
    );
    rows.extend(jail.throughput(home.path())?);
    println!("{STARTS} kills at the wall limit");
    rows.push(jail.kills()?);
    Ok(rows)
}

/// The binaries and the library that `cargo xtask bench` has made ready.
fn site() -> Result<Site> {
    let ort_lib = std::env::var_os("EGRET_ORT_LIB")
        .context("EGRET_ORT_LIB is not set; `cargo xtask bench` sets it")?
        .into();
    Ok(Site { runner: binary("EGRET_RUNNER", "egret-runner")?, ort_lib, tier: TierPolicy::RequireA })
}

struct Bench {
    site: Site,
    every: Layers,
}

impl Bench {
    fn starts(&self) -> Result<Row> {
        let (plan, limits) = contract(1, 3, rgb(), Duration::from_secs(60));
        let ready = |layers| -> Result<f64> {
            let began = Instant::now();
            let mut running = spawn_behind(&self.site, layers, &plan, &[], &limits)?;
            ensure!(matches!(running.next()?, Event::Ready { .. }), "the runner is not ready");
            Ok(began.elapsed().as_secs_f64() * 1e3)
        };
        let (mut jailed, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..STARTS {
            jailed.push(ready(self.every)?);
            bare.push(ready(Layers::NONE)?);
        }
        let (jailed, bare) = (median(&jailed), median(&bare));
        Ok(Row {
            what: "spawn to ready, median, ms more".into(),
            egret: format!("{jailed:.1} ms"),
            baseline: format!("{bare:.1} ms"),
            figure: jailed - bare,
            bound: Bound::Below(10.0),
        })
    }

    /// Processor time on one model, and whether any answer of any model differs by a bit.
    fn throughput(&self, home: &Path) -> Result<[Row; 2]> {
        let (_, photos) = makers::photos(&home.join("photos"), 8, 1)?;
        let photos = fs::read(photos)?;
        let (mut jailed, mut bare) = (Vec::new(), Vec::new());
        let (mut models, mut different) = (1, 0);
        for round in 0..ROUNDS {
            let with = self.answers(self.every, &photos, photo(), 1000, SLOTS)?;
            let without = self.answers(Layers::NONE, &photos, photo(), 1000, SLOTS)?;
            if round == 0 {
                different += usize::from(with.bytes != without.bytes);
            }
            jailed.push(with.cpu_s);
            bare.push(without.cpu_s);
        }
        for model in honest(&home.join("digits"))? {
            let with = self.answers(self.every, &model, digit(), 10, 2)?;
            let without = self.answers(Layers::NONE, &model, digit(), 10, 2)?;
            models += 1;
            different += usize::from(with.bytes != without.bytes);
        }
        let (jailed, bare) = (median(&jailed), median(&bare));
        let cpu = Row {
            what: "processor time of the same work, % more".into(),
            egret: format!("{jailed:.2} s"),
            baseline: format!("{bare:.2} s"),
            figure: (jailed / bare - 1.0) * 100.0,
            bound: Bound::Below(2.0),
        };
        let bytes = Row {
            what: "models whose answers differ by a bit".into(),
            egret: format!("{different} of {models}"),
            baseline: String::new(),
            figure: different as f64,
            bound: Bound::Below(1.0),
        };
        Ok([cpu, bytes])
    }

    /// One run over items that are made up, but always the same.
    fn answers(
        &self,
        layers: Layers,
        model: &[u8],
        item: InputContract,
        classes: u32,
        slots: usize,
    ) -> Result<Answered> {
        let (plan, limits) = contract(SLOT_ITEMS, classes, item, Duration::from_secs(600));
        let mut running = spawn_behind(&self.site, layers, &plan, model, &limits)?;
        let mut bytes = Vec::new();
        for turn in 0..slots {
            fill(running.slot_mut(0), turn);
            running.submit(0, SLOT_ITEMS)?;
            bytes.push(done(&mut running)?);
        }
        Ok(Answered { bytes, cpu_s: running.finish().usage.cpu.as_secs_f64() })
    }

    fn kills(&self) -> Result<Row> {
        let model = Linear::new(DType::U8, &[-1, 2, 4, 3], 3).endless_file();
        let (plan, limits) = contract(1, 3, rgb(), KILL_WALL);
        let mut late = Vec::new();
        for _ in 0..STARTS {
            let mut running = spawn_behind(&self.site, self.every, &plan, &model, &limits)?;
            running.submit(0, 1)?;
            ensure!(matches!(running.next()?, Event::Ready { .. }), "the runner is not ready");
            let began = Instant::now();
            let report = loop {
                if let Event::Faulted(report) = running.next()? {
                    break report;
                }
            };
            ensure!(report.code == FaultCode::TimeLimit, "not the time limit: {report:?}");
            late.push(began.elapsed().saturating_sub(KILL_WALL).as_secs_f64() * 1e3);
        }
        Ok(Row {
            what: "gone after the wall limit, median, ms".into(),
            egret: format!("{:.1} ms", median(&late)),
            baseline: format!("{:.1} ms at worst", late.iter().copied().fold(0.0, f64::max)),
            figure: median(&late),
            bound: Bound::Below(20.0),
        })
    }
}

struct Answered {
    bytes: Vec<Vec<u8>>,
    cpu_s: f64,
}

fn rgb() -> InputContract {
    InputContract::images(4, 2, 3)
}

fn photo() -> InputContract {
    InputContract::images(224, 224, 3)
}

fn digit() -> InputContract {
    InputContract::images(8, 8, 1)
}

/// One thread, one slot of `items`, as on the public sample.
fn contract(items: u32, class_count: u32, input: InputContract, wall: Duration) -> (RunPlan, Limits) {
    let plan = RunPlan::new(input, AnswerContract::one_of(class_count), items);
    (plan, Limits { wall, cpu_s: 600, memory_mib: 2048, threads: 1 })
}

/// Bytes without a pattern that a model could find.
fn fill(slot: &mut [u8], turn: usize) {
    let mut state = turn as u64 + 1;
    for byte in slot {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state as u8;
    }
}

fn done(running: &mut Running) -> Result<Vec<u8>> {
    loop {
        match running.next()? {
            Event::Done { answers, .. } => return Ok(answers),
            Event::Faulted(report) => bail!("the model failed: {report:?}"),
            Event::Ready { .. } | Event::Loaded { .. } => {}
        }
    }
}

/// The demo's models.
fn honest(dir: &Path) -> Result<Vec<Vec<u8>>> {
    makers::python("xtask/python/make_demo.py", &[path(dir)?])?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(dir.join("models"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "onnx"));
    files.sort();
    ensure!(!files.is_empty(), "the demo makes models");
    files.iter().map(|file| Ok(fs::read(file)?)).collect()
}
