//! From `egret submit` to the score, for a model that takes no time: what a team waits for beyond its own inference.

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context as _, Result, ensure};
use egret_onnx::{Input, InputData, Model, Runtime};
use egret_tests::{Database, Site, path};

use crate::{
    makers,
    table::{Bound, Row, median},
};

const SUBMISSIONS: usize = 21;
/// Digits of sample and public split: what one submission is run on.
const ITEMS: usize = 597 + 600;
const BATCH: usize = 32;

/// Each submission is one run of the command line client, from its start to its end.
pub fn run() -> Result<Vec<Row>> {
    let home = tempfile::tempdir()?;
    let (package, model) = makers::digits(home.path())?;
    let pure = inference_seconds(&model)?;
    let site = Site::start(Database::Sqlite, 1)?;
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    let team = site.team("digits", "bench", "Bench")?;
    let mut beyond = Vec::new();
    for _ in 0..SUBMISSIONS {
        let began = Instant::now();
        let last = team.json(&["submit", path(&model)?, "--task", "digits/digits", "--watch"])?;
        let seconds = began.elapsed().as_secs_f64();
        ensure!(last["release"]["scored"] == true, "a submission got no score: {last}");
        beyond.push(seconds - pure);
    }
    let worst = beyond.iter().copied().fold(0.0, f64::max);
    Ok(vec![
        Row {
            what: format!("submit to score beyond inference, seconds, median of {SUBMISSIONS}"),
            egret: format!("{:.3} s", median(&beyond)),
            baseline: format!("{pure:.4} s inference"),
            figure: median(&beyond),
            bound: Bound::Below(1.0),
        },
        Row {
            what: "the slowest of them, seconds".into(),
            egret: format!("{worst:.3} s"),
            baseline: String::new(),
            figure: worst,
            bound: Bound::None,
        },
    ])
}

/// What the model itself takes for all items, loading included, in a bare loop.
fn inference_seconds(model: &std::path::Path) -> Result<f64> {
    let library =
        std::env::var_os("EGRET_ORT_LIB").context("EGRET_ORT_LIB is not set; `cargo xtask bench` sets it")?;
    let runtime = Runtime::start(&PathBuf::from(library), 1)?;
    let file = fs::read(model)?;
    let pixels = [7_u8; BATCH * 64];
    let began = Instant::now();
    let mut model = Model::load(&runtime, &file)?;
    let (input, output) = (model.inputs()[0].name.clone(), model.outputs()[0].name.clone());
    for _ in 0..ITEMS.div_ceil(BATCH) {
        let input = Input { name: &input, shape: &[BATCH as i64, 8, 8, 1], data: InputData::U8(&pixels) };
        model.run(&[input], &[&output], |_| ())?;
    }
    Ok(began.elapsed().as_secs_f64())
}
