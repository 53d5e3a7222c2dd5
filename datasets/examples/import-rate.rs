//! Pictures per second on one thread: `import-rate FOLDER WIDTH HEIGHT CHANNELS`. `import-rate.py` compares it with Pillow.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use egret_contract::{Fit, ImageInput, InputContract, PartKind};
use egret_datasets::{Bench, Source};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, width, height, channels] = arguments.as_slice() else {
        return Err(anyhow!("usage: import-rate FOLDER WIDTH HEIGHT CHANNELS"));
    };
    let image = ImageInput {
        width: width.parse().context("the width")?,
        height: height.parse().context("the height")?,
        channels: channels.parse().context("the channels")?,
        fit: Fit::Stretch,
    };
    let contract = InputContract::single(PartKind::Image(image));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let (mut bench, mut item) = (Bench::default(), Vec::new());
    let mut import = |path: &PathBuf| {
        item.clear();
        let imported = bench.import(&[Source::File(path.clone())], &contract, &mut item);
        imported.map(|_| ()).map_err(|wrong| anyhow!("{}: {} — {}", path.display(), wrong.what, wrong.remedy))
    };
    files.iter().try_for_each(&mut import)?;
    let start = Instant::now();
    files.iter().try_for_each(&mut import)?;
    println!("{:.1}", files.len() as f64 / start.elapsed().as_secs_f64());
    Ok(())
}
