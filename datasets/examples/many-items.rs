//! Seals a synthetic set of many small items and says what it took: memory of the process, and time by the million.
//!
//! `cargo run --release -p egret-datasets --example many-items -- 6000000` writes a table of as many texts, seals it, and prints the
//! peak of the resident memory (`VmHWM` of /proc/self/status) as a whole and per item. Run it with a sixth of the items too: time and
//! memory per item must stay as they are.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use egret_datasets::{DataKey, PoolIdentity, Progress, Split, load, seal, verify};

const COMPETITION: &str = "id = \"many\"\ntitle = \"Many\"\ntime_zone = \"UTC\"\n[[phases]]\nid = \"live\"\nkind = \"live\"\n\
    start = 2026-01-01T00:00:00Z\nend = 2027-01-01T00:00:00Z\nsplit = \"public\"\n";
const TASK: &str = "title = \"Many\"\nmetrics = [\"accuracy\"]\n[input]\nkind = \"text\"\nbytes_max = 64\n[answer]\n\
    kind = \"classes\"\nclasses = [\"even\", \"odd\"]\n";
/// Items of the split `sample`: it is unpacked by every team.
const SAMPLE: u64 = 1000;
const MILLION: u64 = 1_000_000;

/// Notes the time at every million.
struct Millions {
    start: Instant,
    times: Mutex<Vec<Duration>>,
}

impl Progress for Millions {
    fn tick(&self, done: u64, _total: u64) {
        if done > 0 && done.is_multiple_of(MILLION) {
            self.times.lock().unwrap().push(self.start.elapsed());
        }
    }
}

/// `VmHWM`, in MiB.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024
}

fn write(dir: &Path, count: u64) -> std::io::Result<()> {
    let task = dir.join("tasks/many");
    fs::create_dir_all(&task)?;
    fs::write(dir.join("competition.toml"), COMPETITION)?;
    fs::write(task.join("task.toml"), TASK)?;
    let mut labels = BufWriter::new(File::create(task.join("labels.csv"))?);
    writeln!(labels, "text,label,split")?;
    for item in 0..count {
        let split = if item < SAMPLE { Split::Sample } else { Split::Public };
        let label = if item % 2 == 0 { "even" } else { "odd" };
        writeln!(labels, "the item of number {item} of many,{label},{split}")?;
    }
    labels.flush()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(MILLION), |count| count.parse())?;
    let dir = tempfile::tempdir()?;
    write(dir.path(), count)?;
    let before = peak_mib();
    let problems = |found: Vec<egret_datasets::Problem>| format!("{found:?}");
    let task = load(dir.path()).map_err(problems)?.tasks.remove(0);
    let pool = PoolIdentity::generate();
    let pools = [("main".to_owned(), pool.recipient())];
    let millions = Millions { start: Instant::now(), times: Mutex::default() };
    let set = seal(dir.path(), &task, &pools, &dir.path().join("out"), &millions).map_err(problems)?;
    let (took, peak) = (millions.start.elapsed(), peak_mib());
    let start = Instant::now();
    verify(&DataKey::unwrap(&pool, &set.keys[0].1)?, &task.input, &set.shards, &set.commitment)?;
    println!(
        "{count} items in {} shards: sealed in {took:.1?}, verified in {:.1?}",
        set.shards.len(),
        start.elapsed()
    );
    let mut last = Duration::ZERO;
    for (million, time) in (1..).zip(millions.times.into_inner()?) {
        println!("  million {million}: {:.1?}", time.saturating_sub(last));
        last = time;
    }
    println!(
        "peak of the memory: {peak} MiB, {before} before; {} bytes per item",
        (peak - before) * (1 << 20) / count
    );
    Ok(())
}
