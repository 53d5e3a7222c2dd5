//! The organizer's side: media are decoded here once, and leave this machine sealed.

mod blob;
mod order;
mod sample;
mod writer;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::check::missing_splits;
use crate::import::{Importer, Meter};
use crate::labels::{self, Item};
use crate::shard::items_per_shard;
use crate::{DataKey, Problem, Progress, Split, TaskManifest, twins};
use sample::SampleArchive;
use writer::Writer;

pub use blob::LocalBlob;

/// Inputs and labels of the same items, sealed separately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedShard {
    /// The split of its items.
    pub split: Split,
    /// Its place in the split, from 0.
    pub index: u32,
    /// How many items it has.
    pub item_count: u32,
    /// Sealed inputs.
    pub inputs: LocalBlob,
    /// Sealed labels.
    pub labels: LocalBlob,
    /// Plaintext bytes of the items.
    pub inputs_plain_bytes: u64,
}

/// A test set, ready for upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedTestSet {
    /// Sample, then public, then private; within a split by index.
    pub shards: Vec<SealedShard>,
    /// The data key, sealed to each pool: (pool, age ciphertext).
    pub keys: Vec<(String, Vec<u8>)>,
    /// Plain zip of the public sample.
    pub sample_archive: LocalBlob,
}

/// Decodes a task's media once and writes sealed shards into `out`, to be opened by any of `pools` (name, age recipient).
///
/// Memory stays flat: two shards of inputs (at most 32 MiB each, or one item), what decoding one picture per core takes,
/// and about a hundred bytes per item for names and digests. With problems there is no test set, and what lies in `out`
/// is of no use.
pub fn seal(
    package_dir: &Path,
    task: &TaskManifest,
    pools: &[(String, String)],
    out: &Path,
    progress: &dyn Progress,
) -> Result<SealedTestSet, Vec<Problem>> {
    let mut problems = Vec::new();
    let key = DataKey::generate();
    let keys = wrap(&key, task, pools, &mut problems);
    let items = labels::read(package_dir, task, &mut problems);
    if items.is_empty() || !problems.is_empty() {
        // Decoding goes on, so that all problems come at once; nothing is written.
        problems.extend(inspect(package_dir, task, &items, progress));
        return Err(sorted(problems));
    }
    problems.extend(missing_splits(task, &items, &BTreeSet::from([Split::Sample])));
    let sealed = write(package_dir, task, &key, &items, out, progress, &mut problems);
    match sealed {
        Ok((shards, sample_archive)) if problems.is_empty() => {
            Ok(SealedTestSet { shards, keys, sample_archive })
        }
        Ok(_) => Err(sorted(problems)),
        Err(error) => {
            problems.push(Problem::of_file(
                out,
                format!("cannot be written: {error}"),
                "make room or choose another folder",
            ));
            Err(sorted(problems))
        }
    }
}

fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort();
    problems.dedup();
    problems
}

fn wrap(
    key: &DataKey,
    task: &TaskManifest,
    pools: &[(String, String)],
    problems: &mut Vec<Problem>,
) -> Vec<(String, Vec<u8>)> {
    let mut note = |what: String| {
        let remedy = "ask the operator of the server for its worker pools";
        problems.push(Problem::of_file(task.folder(), what, remedy));
    };
    if pools.is_empty() {
        note("there is no worker pool to seal to".into());
    }
    let mut keys = Vec::new();
    for (pool, recipient) in pools {
        match key.wrap(recipient) {
            Ok(sealed) => keys.push((pool.clone(), sealed)),
            Err(bad) => note(format!("the key of the pool \"{pool}\" is {bad}")),
        }
    }
    keys
}

fn inspect(dir: &Path, task: &TaskManifest, items: &[Item], progress: &dyn Progress) -> Vec<Problem> {
    let meter = Meter::new(progress, items.len() as u64);
    let importer = Importer { dir, task, meter: &meter };
    importer.inspect(items).into_iter().filter_map(Result::err).collect()
}

fn write(
    dir: &Path,
    task: &TaskManifest,
    key: &DataKey,
    items: &[Item],
    out: &Path,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
) -> std::io::Result<(Vec<SealedShard>, LocalBlob)> {
    fs::create_dir_all(out)?;
    let meter = Meter::new(progress, items.len() as u64);
    let importer = Importer { dir, task, meter: &meter };
    let mut archive = SampleArchive::create(&PathBuf::from(out).join("sample.zip"), task)?;
    let mut writer = Writer::new(out, key, task.input.item_bytes());
    let mut digests = Vec::with_capacity(items.len());
    let per_shard = items_per_shard(task.input.item_bytes());
    for split in Split::ALL {
        let ordered = order::of(split, items)?;
        for (index, chunk) in (0u32..).zip(ordered.chunks(per_shard)) {
            let mut inputs = vec![0; chunk.len() * importer.item_bytes()];
            // The shard before this one is sealed and written while this one is decoded.
            let (written, imported) = rayon::join(|| writer.flush(), || importer.fill(chunk, &mut inputs));
            written?;
            for (item, result) in chunk.iter().zip(imported) {
                match result {
                    Ok(digest) => digests.push((digest, *item)),
                    Err(problem) => problems.push(problem),
                }
            }
            if split == Split::Sample {
                archive.add(chunk, &inputs)?;
            }
            writer.hold(split, index, chunk.to_vec(), inputs);
        }
    }
    writer.flush()?;
    twins::check(task, digests, problems);
    Ok((writer.into_shards(), archive.finish()?))
}
