use std::path::{Path, PathBuf};

use crate::{Problem, Progress, Split, TaskManifest};

/// A file made here, to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalBlob {
    /// Where it lies.
    pub path: PathBuf,
    /// Lower-case hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

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

/// Decodes a task's media once and writes sealed shards into `out`.
pub fn seal(
    _package_dir: &Path,
    _task: &TaskManifest,
    _pools: &[(String, String)],
    _out: &Path,
    _progress: &dyn Progress,
) -> Result<SealedTestSet, Vec<Problem>> {
    todo!()
}
