//! Bytes by digest, on an object store, and the partial files of uploads beside it.

use std::path::PathBuf;

use bytes::Bytes;
use egret_contest::Sha256Hex;
use futures::stream::BoxStream;

/// Bytes could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob.
    #[error("no such blob")]
    NotFound,
    /// The blob store failed.
    #[error("blob store: {0}")]
    Store(#[from] object_store::Error),
    /// A partial file failed.
    #[error("partial file: {0}")]
    Partial(#[from] std::io::Error),
}

/// `DIR/blobs/ab/abcdef…` by content, and `DIR/staging/UPLOAD` for what is still coming. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {}

impl Blobs {
    /// Opens the blobs in a data directory, which is created if missing.
    pub async fn open(_data_dir: PathBuf) -> Result<Self, BlobError> {
        todo!()
    }

    /// The bytes from `offset` on, as they are read. Chunks are at most 1 MiB.
    pub async fn read(
        &self,
        _sha256: &Sha256Hex,
        _offset: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
        todo!()
    }
}
