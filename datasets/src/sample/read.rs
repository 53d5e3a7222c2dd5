use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path};

use egret_contract::{AnswerContract, Grading, InputContract, Limits};
use tempfile::TempDir;
use zip::ZipArchive;

use super::Bounds;
use crate::check::missing_splits;
use crate::import::{Importer, Meter};
use crate::labels;
use crate::pack::{Packed, Shard, Sink, pack};
use crate::shard::read_records;
use crate::{Labels, Problem, Silent, Split, TaskManifest, manifest};

/// The public sample of a task, as a worker has it.
#[derive(Debug)]
pub struct Sample {
    /// What every model receives.
    pub input: InputContract,
    /// What a model answers, as teams may know it.
    pub answer: AnswerContract,
    /// Ids of the metric registry; the first one ranks.
    pub metrics: Vec<String>,
    /// What is made of their values.
    pub grading: Grading,
    /// Under which every model runs.
    pub limits: Limits,
    /// Inputs and labels of each shard: byte for byte those that were sealed, but for ids and groups, which the sample numbers or
    /// leaves out.
    pub shards: Vec<(Vec<u8>, Labels)>,
}

/// Why a sample cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// It cannot be read, or unpacked.
    #[error("the sample cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is not a zip, or holds what a sample does not hold.
    #[error("the file is not a sample: {0}")]
    Zip(String),
    /// It would take more room than a sample may.
    #[error("the sample is too large: {0}")]
    TooLarge(String),
    /// What it holds is not in order.
    #[error("the sample is not in order: {}", .0.first().map_or_else(String::new, ToString::to_string))]
    Problems(Vec<Problem>),
}

/// Reads the zip of a public sample, which anybody may have made: at most 2^20 files and 4 GiB, whatever it says of itself. It is
/// unpacked into a temporary folder, which is gone in the end.
pub fn read_sample(zip: &Path) -> Result<Sample, SampleError> {
    read(zip, Bounds::DEFAULT)
}

pub(super) fn read(zip: &Path, bounds: Bounds) -> Result<Sample, SampleError> {
    let folder = TempDir::new()?;
    unpack(File::open(zip)?, folder.path(), bounds)?;
    let file = Path::new("task.toml");
    let (task, mut problems) = manifest::load_task(folder.path(), file, "sample");
    let Some(task) = task.filter(|_| problems.is_empty()) else {
        return Err(SampleError::Problems(problems));
    };
    let set = labels::read(folder.path(), &task, &mut problems);
    problems.extend(missing_splits(&task, &set, &BTreeSet::from([Split::Sample])));
    if !problems.is_empty() {
        return Err(SampleError::Problems(problems));
    }
    let meter = Meter::new(&Silent, set.len() as u64);
    let importer = Importer::new(folder.path(), &task, &set, &meter);
    let mut shelf = Shelf { bounds, shards: Vec::new() };
    let packed = pack(&task, &set, &importer, None, &mut shelf, &mut problems);
    if !problems.is_empty() {
        return Err(SampleError::Problems(problems));
    }
    packed.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => SampleError::TooLarge(error.to_string()),
        _ => SampleError::Io(error),
    })?;
    let answer = task.public_answer();
    let TaskManifest { input, metrics, grading, limits, .. } = task;
    Ok(Sample { input, answer, metrics, grading, limits, shards: shelf.shards })
}

/// Keeps shards in memory.
struct Shelf {
    bounds: Bounds,
    shards: Vec<(Vec<u8>, Labels)>,
}

impl Sink for Shelf {
    fn item(&mut self, _: Split, packed: &Packed) -> io::Result<()> {
        self.bounds.take_bytes(packed.input.len() as u64)
    }

    fn shard(&mut self, shard: Shard) -> io::Result<()> {
        let Shard { split, index, first_item, item_count, inputs, labels, .. } = shard;
        let records = read_records(item_count, &mut labels.as_slice()).map_err(io::Error::other)?;
        self.shards.push((inputs, Labels::of(split, index, first_item, records)));
        Ok(())
    }

    fn meanwhile(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Unpacks a zip into a folder, and nothing outside of it.
fn unpack(zip: File, to: &Path, mut bounds: Bounds) -> Result<(), SampleError> {
    let odd = |error: zip::result::ZipError| SampleError::Zip(error.to_string());
    let mut archive = ZipArchive::new(zip).map_err(odd)?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(odd)?;
        let name = entry.name().map_err(odd)?.into_owned();
        let inside =
            |name: &str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside(&name) || entry.is_symlink() {
            return Err(SampleError::Zip(format!("\"{}\" leads out of it", name.escape_default())));
        }
        if entry.is_dir() {
            continue;
        }
        bounds.take_file().map_err(|error| SampleError::TooLarge(error.to_string()))?;
        let path = to.join(&name);
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        let mut file = File::create_new(&path)?;
        // What the archive says of its sizes is not believed.
        let copied = io::copy(&mut entry.take(bounds.bytes + 1), &mut file)?;
        bounds.take_bytes(copied).map_err(|error| SampleError::TooLarge(error.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A task and its table of labels, of so many bytes; and two texts of ten bytes.
    fn sample(folder: &Path) -> (std::path::PathBuf, u64) {
        let task = "title = \"A\"\nmetrics = [\"accuracy\"]\n[input]\nkind = \"text\"\n[answer]\nkind = \"classes\"\n\
                    classes = [\"a\", \"b\"]\n[split]\nsample = 1\nseed = 0\n";
        let labels = format!("text,label\n{},a\n{},b\n", "x".repeat(1000), "y".repeat(1000));
        let path = folder.join("sample.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        for (name, text) in [("task.toml", task), ("labels.csv", &labels)] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        (path, (task.len() + labels.len()) as u64)
    }

    #[test]
    fn bounds_hold_from_both_sides() {
        let folder = TempDir::new().unwrap();
        let (zip, bytes) = sample(folder.path());
        assert!(read(&zip, Bounds { files: 2, bytes }).is_ok());
        let files = read(&zip, Bounds { files: 1, bytes }).unwrap_err();
        assert!(matches!(files, SampleError::TooLarge(what) if what.contains("too many files")));
        let unpacked = read(&zip, Bounds { files: 2, bytes: bytes - 1 }).unwrap_err();
        assert!(matches!(unpacked, SampleError::TooLarge(what) if what.contains("too many bytes")));
    }

    #[test]
    fn what_is_in_memory_is_bounded_too() {
        let mut bounds = Bounds { files: 0, bytes: 7 };
        assert!(bounds.take_bytes(7).is_ok() && bounds.take_bytes(1).is_err());
    }
}
