//! Very many small items, imported, sealed and evaluated by one command: what an item takes in time and memory, for a million and for
//! six million.

use std::{
    fs,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use egret_tests::{Actor, path};

use crate::{
    makers,
    table::{Bound, Row},
};

const FEW: usize = 1_000_000;
const MANY: usize = 6_000_000;

/// What a run took.
struct Took {
    items: usize,
    seconds: f64,
    peak_mib: u64,
}

/// `egret competition check --model` of a million items, and of six.
pub fn run() -> Result<Vec<Row>> {
    let (few, many) = (measure(FEW)?, measure(MANY)?);
    let each = |took: &Took| took.seconds / took.items as f64;
    let bytes = |took: &Took| (took.peak_mib << 20) as f64 / took.items as f64;
    let row = |what: &str, egret: String, baseline: String, figure: f64, bound: Bound| Row {
        what: what.to_owned(),
        egret,
        baseline,
        figure,
        bound,
    };
    let rate = |took: &Took| format!("{:.0} items/s", 1.0 / each(took));
    let memory = |took: &Took| format!("{} MiB", took.peak_mib);
    Ok(vec![
        row(
            "time of one of 6,000,000 items / of one of 1,000,000",
            rate(&many),
            rate(&few),
            each(&many) / each(&few),
            Bound::AtMost(1.25),
        ),
        row(
            "peak memory for an item, the same",
            memory(&many),
            memory(&few),
            bytes(&many) / bytes(&few),
            Bound::AtMost(1.0),
        ),
        row(
            "bytes of memory for an item, of 6,000,000",
            memory(&many),
            String::new(),
            bytes(&many),
            Bound::AtMost(200.0),
        ),
    ])
}

fn measure(items: usize) -> Result<Took> {
    let home = tempfile::tempdir()?;
    println!("making {items} items");
    let (package, model) = makers::many(home.path(), items, 1)?;
    let organizer = Actor::new("http://127.0.0.1:9", None)?;
    let mut command =
        organizer.command(&["competition", "check", path(&package)?, "--model", path(&model)?])?;
    let began = Instant::now();
    let mut check = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let peak_mib = watch(&mut check)?;
    let seconds = began.elapsed().as_secs_f64();
    let told = check.wait_with_output()?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.contains("accuracy 0.5"), "the check ended otherwise:\n{told}");
    println!("{items} items: {seconds:.1} s, {peak_mib} MiB");
    Ok(Took { items, seconds, peak_mib })
}

/// The highest resident memory until the process ends, in MiB, looked at ten times a second.
fn watch(process: &mut Child) -> Result<u64> {
    let mut peak = 0;
    let file = format!("/proc/{}/status", process.id());
    while process.try_wait()?.is_none() {
        let status = fs::read_to_string(&file).unwrap_or_default();
        if let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            let kib: u64 = line.trim().trim_end_matches(" kB").parse().context("the kernel tells memory")?;
            peak = peak.max(kib >> 10);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(peak)
}
