//! Files per second that one core brings to a contract, beside Pillow's decode and resize of the same files.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Result, anyhow};
use egret_contract::{Fit, ImageInput, InputContract, PartKind};
use egret_datasets::{Bench, Source};

use crate::{
    makers,
    table::{Bound, Row},
};

const FILES: usize = 200;
const ROUNDS: usize = 3;
const SIDE: u32 = 224;

/// In turns, one thread each; the best round of each counts.
pub fn run() -> Result<Vec<Row>> {
    let home = tempfile::tempdir()?;
    let folder = egret_tests::path(home.path())?;
    println!("making {FILES} photos of 500×375");
    let script = "tests/bench/peer_import.py";
    makers::python(script, &["make", folder, &FILES.to_string()])?;
    let mut rows = Vec::new();
    for (mode, channels) in [("RGB", 3), ("L", 1)] {
        let (mut egret, mut pillow) = (0.0_f64, 0.0_f64);
        for _ in 0..ROUNDS {
            egret = egret.max(rate(home.path(), channels)?);
            pillow = pillow.max(makers::python(script, &["rate", folder, mode])?.trim().parse()?);
        }
        rows.push(Row {
            what: format!("import, 500×375 JPEG to 224×224 {mode} / Pillow"),
            egret: format!("{egret:.0} files/s"),
            baseline: format!("{pillow:.0} files/s"),
            figure: egret / pillow,
            bound: Bound::AtLeast(2.0),
        });
    }
    Ok(rows)
}

fn rate(folder: &Path, channels: u32) -> Result<f64> {
    let image = ImageInput { width: SIDE, height: SIDE, channels, fit: Fit::Stretch };
    let contract = InputContract::single(PartKind::Image(image));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let (mut bench, mut item) = (Bench::default(), Vec::new());
    let mut import = |path: &PathBuf| {
        item.clear();
        let imported = bench.import(&[Source::File(path.clone())], &contract, &mut item);
        imported.map(drop).map_err(|wrong| anyhow!("{}: {} — {}", path.display(), wrong.what, wrong.remedy))
    };
    files.iter().try_for_each(&mut import)?;
    let start = Instant::now();
    files.iter().try_for_each(&mut import)?;
    Ok(files.len() as f64 / start.elapsed().as_secs_f64())
}
