//! Bytes by digest, on an object store, and the partial files of uploads beside it.
//!
//! `DIR/blobs/ab/abcdef…` holds what is verified, by content: a blob that is there is right, whatever the database says of
//! it. `DIR/staging/UPLOAD` holds what is still coming: an append-only file, longer than the committed size only while its
//! one writer lives. A finished file is renamed into its place, on the same file system, so that no byte is copied.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use egret_contest::{BlobRef, Sha256Hex, UploadId};
use futures::stream::{BoxStream, StreamExt};
use object_store::ObjectStoreExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;

/// Bytes per chunk that [`Blobs::read`] yields.
const CHUNK_BYTES: u64 = 1 << 20;
const STAGING: &str = "staging";

/// Bytes could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob.
    #[error("no such blob")]
    NotFound,
    /// The blob store failed.
    #[error("blob store: {0}")]
    Store(object_store::Error),
    /// A partial file failed.
    #[error("partial file: {0}")]
    Partial(#[from] std::io::Error),
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::NotFound,
            other => Self::Store(other),
        }
    }
}

/// The blobs and partial files of one data directory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    objects: Arc<LocalFileSystem>,
    staging: Arc<Path>,
    writing: Arc<Mutex<HashSet<UploadId>>>,
}

impl Blobs {
    /// Opens the blobs in a data directory, which is created if missing.
    pub async fn open(data_dir: PathBuf) -> Result<Self, BlobError> {
        let staging = data_dir.join(STAGING);
        tokio::fs::create_dir_all(&staging).await?;
        let objects = LocalFileSystem::new_with_prefix(&data_dir)?.with_fsync(true);
        Ok(Self { objects: Arc::new(objects), staging: staging.into(), writing: Arc::default() })
    }

    /// The size of a blob, if it is here.
    pub async fn size(&self, sha256: &Sha256Hex) -> Result<Option<u64>, BlobError> {
        match self.objects.head(&object_path(sha256)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The bytes from `offset` on, as they are read, in chunks of at most 1 MiB. Nothing at or after the end.
    pub async fn read(
        &self,
        sha256: &Sha256Hex,
        offset: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
        let size = self.size(sha256).await?.ok_or(BlobError::NotFound)?;
        let (objects, path) = (self.objects.clone(), object_path(sha256));
        let chunks = futures::stream::try_unfold(offset, move |at| {
            let (objects, path) = (objects.clone(), path.clone());
            async move {
                if at >= size {
                    return Ok(None);
                }
                let end = size.min(at + CHUNK_BYTES);
                let chunk = objects.get_range(&path, at..end).await?;
                Ok(Some((chunk, end)))
            }
        });
        Ok(chunks.boxed())
    }

    /// Takes the right to write an upload's partial file; `None` while somebody else has it.
    pub(crate) fn claim(&self, upload: &UploadId) -> Option<PartialClaim> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        writing.insert(upload.clone()).then(|| PartialClaim {
            upload: upload.clone(),
            path: self.staging.join(upload.as_str()),
            blobs: self.clone(),
        })
    }

    /// The uploads that have a partial file.
    pub(crate) async fn staged(&self) -> Result<Vec<UploadId>, BlobError> {
        let mut entries = tokio::fs::read_dir(&*self.staging).await?;
        let mut staged = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            // What is not named like an upload is not ours to remove.
            if let Some(Ok(upload)) = entry.file_name().to_str().map(UploadId::parse) {
                staged.push(upload);
            }
        }
        Ok(staged)
    }

    /// Moves a verified partial file to its place among the blobs, durably.
    pub(crate) async fn adopt(&self, claim: &PartialClaim, blob: &BlobRef) -> Result<(), BlobError> {
        let staged = ObjectPath::from_iter([STAGING, claim.upload.as_str()]);
        Ok(self.objects.rename(&staged, &object_path(&blob.sha256)).await?)
    }
}

/// The right to write one partial file; dropping it gives the right back.
#[derive(Debug)]
pub(crate) struct PartialClaim {
    upload: UploadId,
    path: PathBuf,
    blobs: Blobs,
}

impl PartialClaim {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the partial file, if there is one.
    pub async fn discard(&self) -> Result<(), BlobError> {
        match tokio::fs::remove_file(&self.path).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for PartialClaim {
    fn drop(&mut self) {
        self.blobs.writing.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.upload);
    }
}

/// Two hex digits of fan-out, so that no directory gets too large.
fn object_path(sha256: &Sha256Hex) -> ObjectPath {
    ObjectPath::from_iter(["blobs", &sha256.as_str()[..2], sha256.as_str()])
}
