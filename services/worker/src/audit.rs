//! What is proved before hidden work is taken.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use egret_jail::Site;
use sha2::{Digest as _, Sha256};

use crate::WorkerError;

/// Digests that a score is pinned to.
#[derive(Clone, Debug)]
pub struct Pins {
    /// The runner's version and the beginning of its binary's SHA-256.
    pub runner_version: String,
    /// SHA-256 of the ONNX Runtime library.
    pub runtime_sha256: String,
}

impl Pins {
    /// Hashes the runner and the library; refuses a library other than the pinned one. Blocks.
    pub fn take(site: &Site, ort_sha256: &str) -> Result<Self, WorkerError> {
        let runtime_sha256 = sha256(&site.ort_lib)?;
        if runtime_sha256 != ort_sha256 {
            let path = site.ort_lib.clone();
            return Err(WorkerError::WrongLibrary { path, found: runtime_sha256, pinned: ort_sha256.into() });
        }
        let runner = sha256(&site.runner)?;
        let runner_version = format!("{}+{}", env!("CARGO_PKG_VERSION"), &runner[..16]);
        Ok(Self { runner_version, runtime_sha256 })
    }
}

fn sha256(path: &Path) -> Result<String, WorkerError> {
    let unreadable = |cause| WorkerError::Unreadable { path: PathBuf::from(path), cause };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(unreadable)?;
    Ok(hex::encode(hasher.finalize()))
}
