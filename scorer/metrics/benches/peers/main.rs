//! Our side of `cargo xtask bench metrics`: one goal per process, on data that `tests/bench/peer_metrics.py` has written.
//!
//! usage: peers FOLDER GOAL
//! The data are read before the first measurement. Every line on standard input starts one; what it gave is one line of JSON:
//! its seconds, its values, the seconds of other work of ours to compare it with, and the most memory that this process ever held.

mod boxes;
mod classes;
mod copies;
mod finalists;
mod measure;
mod merging;
mod more;
mod pairs;
mod rankings;
mod read;
mod texts;
mod yes_no;

use std::{
    error::Error,
    io::{Write as _, stdin, stdout},
    path::{Path, PathBuf},
};

use measure::Measurement;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Reads the data of a goal.
fn load(folder: &Path, goal: &str) -> Result<Measurement> {
    Ok(match goal {
        "G1" => yes_no::all_four(folder)?,
        "G2" => classes::hard(folder)?,
        "G3" => classes::scores(folder)?,
        "G4" => pairs::narrow(folder)?,
        "G4-f64" => pairs::wide(folder)?,
        "G5" => boxes::coco(folder)?,
        "G6" => texts::words(folder)?,
        "G7" => copies::micro_precision(folder)?,
        "G8" => rankings::four(folder)?,
        "G9-binary" => merging::yes_no(folder)?,
        "G9-pairs" => merging::pairs(folder)?,
        "G9-copies" => merging::copies(folder)?,
        "G9-classes" => merging::classes(folder)?,
        "G9-boxes" => merging::boxes(folder)?,
        "G9-texts" => merging::texts(folder)?,
        "G9-rankings" => merging::rankings(folder)?,
        "more-sounds" => more::sounds(folder)?,
        "more-ranks" => more::ranks(folder)?,
        "more-pixels" => more::pixels(folder)?,
        "more-texts" => more::translations(folder)?,
        "finals" => finalists::compared(folder, 200)?,
        "finals-10000" => finalists::compared(folder, 10_000)?,
        _ => return Err(format!("no goal is called {goal}").into()),
    })
}

fn main() -> Result<()> {
    // Cargo adds `--bench` for harnesses that ask.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [folder, goal] = args.as_slice() else { return Err("usage: peers FOLDER GOAL".into()) };
    let measure = load(&PathBuf::from(folder), goal)?;
    for line in stdin().lines() {
        line?;
        writeln!(stdout(), "{}", measure()?.to_json()?)?;
        stdout().flush()?;
    }
    Ok(())
}
