//! The organizer's side: media are decoded here once, and leave this machine sealed.

mod blob;
mod sealer;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::check::missing_splits;
use crate::commitment::{Commitment, Hash, Salts};
use crate::import::{Importer, Meter};
use crate::labels::{self, ItemSet};
use crate::pack::pack;
use crate::sample::Archive;
use crate::units::Units;
use crate::{Card, DataKey, Problem, Progress, Split, TaskManifest, bounds, twins};
use sealer::Sealer;

pub(crate) use blob::BlobFile;
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
    /// Root of the commitments to its items: which shard it is that does not fit, where the commitment to the set does not.
    pub root: Hash,
}

/// A test set, ready for upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedTestSet {
    /// Sample, then public, then private; within a split by index.
    pub shards: Vec<SealedShard>,
    /// The data key, sealed to each pool: (pool, age ciphertext).
    pub keys: Vec<(String, Vec<u8>)>,
    /// Plain zip of the public sample, which [`crate::read_sample`] reads.
    pub sample_archive: LocalBlob,
    /// To be published before the test set is used.
    pub commitment: Commitment,
    /// To be shown to everybody.
    pub card: Card,
}

/// How an organizer's own recipient is called among the pools.
pub const ORGANIZER: &str = "organizer";

/// Decodes a task's media once and writes sealed shards into `out`, to be opened by any of `pools` (name, age recipient). An
/// organizer who gives a recipient of their own, named [`ORGANIZER`], can give the key to further pools later ([`crate::rewrap`]).
///
/// Memory stays flat: two shards (at most 32 MiB of inputs each, or one item), a batch of decoded items, what decoding one item
/// per core takes, and about a hundred bytes per item for names, labels and digests. With problems there is no test set, and what
/// lies in `out` is of no use.
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
    let set = labels::read(package_dir, task, &mut problems);
    if set.is_empty() || !problems.is_empty() {
        // Decoding goes on, so that all problems come at once; nothing is written.
        let meter = Meter::new(progress, set.len() as u64);
        Importer::new(package_dir, task, &set, &meter).inspect(|_| (), &mut problems);
        return Err(sorted(problems));
    }
    problems.extend(missing_splits(task, &set, &BTreeSet::from([Split::Sample])));
    let sealed = write(package_dir, task, &key, &set, out, progress, &mut problems);
    match sealed {
        Ok((shards, sample_archive, commitment)) if problems.is_empty() => {
            let card = Card::of(task, &set);
            Ok(SealedTestSet { shards, keys, sample_archive, commitment, card })
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

fn write(
    dir: &Path,
    task: &TaskManifest,
    key: &DataKey,
    set: &ItemSet,
    out: &Path,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
) -> std::io::Result<(Vec<SealedShard>, LocalBlob, Commitment)> {
    fs::create_dir_all(out)?;
    let meter = Meter::new(progress, set.len() as u64);
    let importer = Importer::new(dir, task, set, &meter);
    let archive = Archive::create(&out.join("sample.zip"), task)?;
    let twins = Vec::with_capacity(set.len());
    let mut sealer = Sealer { out, key, set, archive, twins, full: None, shards: Vec::new() };
    let salts = Salts::of(key);
    let splits = pack(task, set, &importer, Some(&salts), &mut sealer, problems)?;
    let Sealer { archive, twins, shards, .. } = sealer;
    twins::check(task, set, twins, problems);
    problems.extend(bounds::check(task, set, |split| {
        let items = shards.iter().filter(|shard| shard.split == split).map(|shard| shard.item_count);
        Units::of_shards(&items.collect::<Vec<_>>())
    }));
    Ok((shards, archive.finish()?, Commitment::of(splits)))
}
