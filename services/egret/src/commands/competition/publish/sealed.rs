//! What this machine keeps of a sealed test set, under its content's digest: first the sealed files, so that an
//! interrupted upload goes on instead of sealing anew; afterwards a receipt. Nothing in it is plaintext but the sample.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_datasets::{LocalBlob, SealedTestSet};
use egret_proto::v1::{BlobRef, TestSet, WrappedKey};
use prost::Message as _;

use super::convert;
use crate::{client::FileDigest, config};

const DESCRIPTION: &str = "test_set.pb";
const RECEIPT: &str = "published";

/// One content's folder.
pub(super) struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// In this user's cache.
    pub fn of(content: &str) -> Result<Self> {
        Self::at(config::cache_home()?.join("sealed").join(content))
    }

    fn at(folder: PathBuf) -> Result<Self> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.with_context(|| folder.display().to_string())?;
        Ok(Self { folder })
    }

    /// Where to seal to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The test set's name, once it is published.
    pub fn receipt(&self) -> Option<String> {
        fs::read_to_string(self.folder.join(RECEIPT)).ok().filter(|name| !name.is_empty())
    }

    /// The sealed test set and its files, if an earlier run sealed all of it.
    pub fn sealed(&self) -> Option<(TestSet, Vec<(PathBuf, FileDigest)>)> {
        let bytes = fs::read(self.folder.join(DESCRIPTION)).ok()?;
        let test_set = TestSet::decode(bytes.as_slice()).ok()?;
        let files = self.files(&test_set);
        let whole = files
            .iter()
            .all(|(path, digest)| fs::metadata(path).is_ok_and(|file| file.len() == digest.bytes));
        whole.then_some((test_set, files))
    }

    /// Keeps a test set that was sealed into this folder.
    pub fn keep(&self, sealed: &SealedTestSet) -> Result<(TestSet, Vec<(PathBuf, FileDigest)>)> {
        let rename = |blob: &LocalBlob| fs::rename(&blob.path, self.path(&blob.sha256));
        for shard in &sealed.shards {
            rename(&shard.inputs)?;
            rename(&shard.labels)?;
        }
        rename(&sealed.sample_archive)?;
        let archive = &sealed.sample_archive;
        let test_set = TestSet {
            shards: sealed.shards.iter().map(convert::shard).collect(),
            keys: sealed
                .keys
                .iter()
                .map(|(pool, key)| WrappedKey { pool: pool.clone(), sealed_key: key.clone() })
                .collect(),
            sample_archive: Some(BlobRef { sha256: archive.sha256.clone(), size_bytes: archive.bytes }),
            card: Some(convert::card(&sealed.card, &sealed.commitment)),
            shard_roots: sealed.shards.iter().map(|shard| hex::encode(shard.root)).collect(),
            ..TestSet::default()
        };
        // Last, and whole: its presence says that the files are.
        config::write_private(&self.folder.join(DESCRIPTION), test_set.encode_to_vec())?;
        let files = self.files(&test_set);
        Ok((test_set, files))
    }

    /// Notes that it is published; the sealed files have served.
    pub fn finish(&self, test_set: &str) -> Result<()> {
        config::write_private(&self.folder.join(RECEIPT), test_set.as_bytes())?;
        self.clear(&[RECEIPT])
    }

    /// Forgets all of it: the server it was published to has lost it.
    pub fn forget(&self) -> Result<()> {
        self.clear(&[])
    }

    fn clear(&self, but: &[&str]) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !but.iter().any(|name| entry.file_name() == *name) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256)
    }

    fn files(&self, test_set: &TestSet) -> Vec<(PathBuf, FileDigest)> {
        let shards = test_set.shards.iter().flat_map(|shard| [&shard.inputs, &shard.labels]);
        let blobs = shards.chain([&test_set.sample_archive]).flatten();
        let file = |blob: &BlobRef| {
            let digest = FileDigest { sha256: blob.sha256.clone(), bytes: blob.size_bytes };
            (self.path(&blob.sha256), digest)
        };
        blobs.map(file).collect()
    }
}

#[cfg(test)]
mod tests {
    use egret_datasets::{Card, Commitment, SealedShard, Split};

    use super::*;

    fn blob(folder: &Path, name: &str) -> LocalBlob {
        let path = folder.join(name);
        fs::write(&path, name).unwrap();
        let digest = FileDigest::of(&path, |_| {}).unwrap();
        LocalBlob { path, sha256: digest.sha256, bytes: digest.bytes }
    }

    #[test]
    fn what_was_sealed_is_found_again_until_it_is_published() {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::at(home.path().join("content")).unwrap();
        assert!(shelf.sealed().is_none() && shelf.receipt().is_none());
        let shard = SealedShard {
            split: Split::Sample,
            index: 0,
            item_count: 3,
            inputs: blob(shelf.folder(), "inputs"),
            labels: blob(shelf.folder(), "labels"),
            inputs_plain_bytes: 48,
            root: [0; 32],
        };
        let sealed = SealedTestSet {
            shards: vec![shard],
            keys: vec![("pools/default".into(), vec![1, 2])],
            sample_archive: blob(shelf.folder(), "sample.zip"),
            commitment: Commitment { root: [0; 32], splits: Vec::new() },
            card: Card::default(),
        };
        let kept = shelf.keep(&sealed).unwrap();
        assert_eq!(shelf.sealed().unwrap(), kept);
        assert_eq!(kept.1.len(), 3);
        assert_eq!(kept.0.shard_roots, ["00".repeat(32)]);
        assert_eq!(kept.0.card.as_ref().map(|card| card.root.as_str()), Some("00".repeat(32).as_str()));

        fs::write(&kept.1[0].0, "damaged").unwrap();
        assert!(shelf.sealed().is_none());

        shelf.finish("competitions/c/tasks/t/testSets/1").unwrap();
        assert_eq!(shelf.receipt().as_deref(), Some("competitions/c/tasks/t/testSets/1"));
        assert_eq!(fs::read_dir(shelf.folder()).unwrap().count(), 1);
        shelf.forget().unwrap();
        assert!(shelf.receipt().is_none());
    }
}
