//! Exact cosine search against numpy, in turns, on the same data with the same number of threads.
//!
//! numpy's data lie in memory before the clock starts; ours are read from a file, part by part, while it runs. Both normalise.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use egret_search::{Similarity, TopK, memory_bytes};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use crate::{
    makers,
    table::{Bound, Row, median},
};

/// Gallery bytes that are read and added at once, as a shard would be.
const PART_BYTES: usize = 8 << 20;
/// Code, stacks and numpy's scores: in the process, but not of the search.
const PROCESS_BYTES: usize = 4 << 20;
/// Largest difference between our scores and numpy's, which adds in f32.
const TOLERANCE: f32 = 1e-5;

struct Setting {
    queries: usize,
    gallery: usize,
    dim: usize,
    k: usize,
    threads: usize,
    rounds: usize,
}

/// Ten thousand queries in a gallery of a million, on every core.
pub fn run() -> Result<Vec<Row>> {
    let threads = std::thread::available_parallelism()?.get();
    measure(&Setting { queries: 10_000, gallery: 1_000_000, dim: 128, k: 10, threads, rounds: 2 })
}

fn measure(setting: &Setting) -> Result<Vec<Row>> {
    let home = tempfile::tempdir()?;
    let (queries, gallery) = (home.path().join("queries.f32"), home.path().join("gallery.f32"));
    let mut rng = SmallRng::seed_from_u64(1);
    write_rows(&queries, setting.queries * setting.dim, &mut rng)?;
    write_rows(&gallery, setting.gallery * setting.dim, &mut rng)?;
    let mut numpy = Numpy::start(&queries, &gallery, setting)?;
    let before = memory("VmRSS:")?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=setting.rounds {
        let began = Instant::now();
        let lists = search(&queries, &gallery, setting)?;
        ours.push(began.elapsed().as_secs_f64());
        let (seconds, scores) = numpy.search()?;
        theirs.push(seconds);
        let found = lists.iter().flatten().map(|(_, score)| *score);
        ensure!(
            scores.len() == lists.iter().map(Vec::len).sum::<usize>(),
            "numpy found another number of items"
        );
        let apart = found.zip(&scores).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        ensure!(apart <= TOLERANCE, "a score is {apart} from numpy's");
        println!("round {round}: egret {:.2} s, numpy {seconds:.2} s", ours[round - 1]);
    }
    let peak = (memory("VmHWM:")? - before) >> 20;
    // The part of the gallery that is being added, as it was read and as numbers; the queries, as they were read.
    let around = PROCESS_BYTES + 2 * PART_BYTES + setting.queries * setting.dim * size_of::<f32>();
    let search = memory_bytes(setting.queries as u64, setting.dim, setting.k, setting.threads);
    let bound = (search + around as u64) >> 20;
    let (ours, theirs) = (median(&ours), median(&theirs));
    let Setting { queries, gallery, dim, k, .. } = setting;
    Ok(vec![
        Row {
            what: format!("exact search, {queries} × {gallery} × {dim}, top {k} / numpy"),
            egret: format!("{ours:.1} s"),
            baseline: format!("{theirs:.1} s"),
            figure: theirs / ours,
            bound: Bound::AtLeast(1.0),
        },
        Row {
            what: "its memory / what is stated".into(),
            egret: format!("{peak} MiB"),
            baseline: format!("{bound} MiB"),
            figure: peak as f64 / bound as f64,
            bound: Bound::AtMost(1.0),
        },
    ])
}

fn search(queries: &Path, gallery: &Path, setting: &Setting) -> Result<Vec<Vec<(u32, f32)>>> {
    let queries = floats(&fs::read(queries)?);
    let mut search = TopK::new(queries, setting.dim, setting.k, Similarity::Cosine, setting.threads)?;
    let row_bytes = setting.dim * size_of::<f32>();
    let part_rows = (PART_BYTES / row_bytes).max(1);
    let (file, mut first_id) = (File::open(gallery)?, 0);
    let mut part = Vec::with_capacity(part_rows * row_bytes);
    loop {
        part.clear();
        (&file).take((part_rows * row_bytes) as u64).read_to_end(&mut part)?;
        if part.is_empty() {
            return Ok(search.finish());
        }
        search.add(&floats(&part), first_id)?;
        first_id += (part.len() / row_bytes) as u32;
    }
}

/// numpy in a process of its own.
struct Numpy {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Numpy {
    fn start(queries: &Path, gallery: &Path, setting: &Setting) -> Result<Self> {
        let mut command = makers::script("tests/bench/peer_search.py")?;
        command.args([queries, gallery]);
        command.args([setting.dim.to_string(), setting.k.to_string()]);
        command.env("OPENBLAS_NUM_THREADS", setting.threads.to_string());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let to = process.stdin.take().context("standard input is piped")?;
        let from = BufReader::new(process.stdout.take().context("standard output is piped")?);
        Ok(Self { process, to, from })
    }

    /// Seconds, and the scores of all queries.
    fn search(&mut self) -> Result<(f64, Vec<f32>)> {
        writeln!(self.to, "search")?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        let (seconds, file) = line.trim().split_once(' ').context("peer_search.py ended early")?;
        Ok((seconds.parse()?, floats(&fs::read(file)?)))
    }
}

impl Drop for Numpy {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn write_rows(path: &Path, count: usize, rng: &mut SmallRng) -> Result<()> {
    let mut file = std::io::BufWriter::new(File::create(path)?);
    for _ in 0..count {
        file.write_all(&rng.random_range(-1.0_f32..1.0).to_le_bytes())?;
    }
    Ok(file.flush()?)
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// Bytes, as the kernel tells them of this process.
fn memory(line: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kib = status.lines().find_map(|l| l.strip_prefix(line)).context("the kernel tells memory")?;
    Ok(kib.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
}
