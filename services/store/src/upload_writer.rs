//! The stream that writes an upload. Bytes are acknowledged only once they are on disk *and* the row says so, in that order:
//! after a crash the file may be longer than the row says, never shorter.

use bytes::Bytes;
use egret_contest::UploadId;
use tokio::task::JoinHandle;

use crate::partial::Partial;
use crate::{BlobError, Blobs, Store, StoreError, Upload, UploadState};

/// Bytes between two commits within one stream. Each costs a flush to disk.
const COMMIT_BYTES: u64 = 32 << 20;

/// The one stream that writes an upload. Dropping it keeps what was committed; [`UploadWriter::finish`] after a broken
/// stream keeps all that came.
#[derive(Debug)]
pub struct UploadWriter {
    store: Store,
    blobs: Blobs,
    upload: Upload,
    /// Bytes handed to the file.
    written: u64,
    /// The size at which the append under way also flushes to disk: to be noted in the row once it has ended.
    flushing: Option<u64>,
    /// The last append, which runs while the next chunk is on its way. `None` where the upload was complete already.
    appending: Option<JoinHandle<std::io::Result<Partial>>>,
}

impl Store {
    /// Starts or resumes writing at `offset`, which must be the committed size (`WrongOffset`). One writer at a time
    /// (`UploadBusy`).
    pub async fn write_upload(
        &self,
        blobs: &Blobs,
        id: &UploadId,
        offset: u64,
    ) -> Result<UploadWriter, StoreError> {
        let mut upload = self.get_upload(id).await?;
        let claim = blobs.claim(id).ok_or(StoreError::UploadBusy)?;
        // A blob in its place that is not on record is this one, verified: a crash came between the rename and the rows. One
        // on record may be another team's, and these bytes must be shown first.
        if upload.state == UploadState::Open
            && blobs.size(&upload.sha256).await? == Some(upload.size_bytes)
            && !self.has_blob(&upload.sha256).await?
        {
            claim.discard().await?;
            upload = self.complete_upload(id).await?;
        }
        if offset != upload.committed_bytes {
            return Err(StoreError::WrongOffset { committed_bytes: upload.committed_bytes });
        }
        let appending = (upload.state == UploadState::Open)
            .then(|| tokio::task::spawn_blocking(move || Partial::resume(claim, offset)));
        Ok(UploadWriter {
            store: self.clone(),
            blobs: blobs.clone(),
            written: offset,
            flushing: None,
            upload,
            appending,
        })
    }
}

impl UploadWriter {
    /// The upload as it was at the last commit.
    pub fn upload(&self) -> &Upload {
        &self.upload
    }

    /// Appends a chunk. `TooLong` discards the upload.
    pub async fn write(&mut self, chunk: Bytes) -> Result<(), StoreError> {
        if chunk.is_empty() {
            return Ok(());
        }
        let size_bytes = self.upload.size_bytes;
        if chunk.len() as u64 > size_bytes - self.written {
            self.discard().await?;
            return Err(StoreError::TooLong { size_bytes });
        }
        let mut partial = self.settled().await?;
        if let Some(committed) = self.flushing.take() {
            self.upload = self.store.advance_upload(&self.upload.name.upload, committed).await?;
        }
        self.written += chunk.len() as u64;
        let flush = self.written - self.upload.committed_bytes >= COMMIT_BYTES;
        self.flushing = flush.then_some(self.written);
        self.appending = Some(tokio::task::spawn_blocking(move || {
            partial.append(&chunk)?;
            if flush {
                partial.sync()?;
            }
            Ok(partial)
        }));
        Ok(())
    }

    /// Commits what was written; with the last byte there, verifies the digest and completes the upload.
    /// `WrongDigest` discards the upload.
    pub async fn finish(mut self) -> Result<Upload, StoreError> {
        if self.appending.is_none() {
            return Ok(self.upload);
        }
        let partial = self.settled().await?;
        let id = self.upload.name.upload.clone();
        let partial = run_blocking(move || partial.sync().map(|()| partial)).await?;
        if self.written < self.upload.size_bytes {
            return self.store.advance_upload(&id, self.written).await;
        }
        let found = partial.sha256().ok_or(StoreError::Corrupt("digest"))?;
        if found != self.upload.sha256 {
            self.store.forget_upload(&id).await?;
            partial.claim.discard().await?;
            return Err(StoreError::WrongDigest { declared: self.upload.sha256, found });
        }
        self.blobs.adopt(&partial.claim, &self.upload.blob()).await?;
        self.store.complete_upload(&id).await
    }

    /// Waits for the append under way and takes the file. Fails where the upload was complete before it began.
    async fn settled(&mut self) -> Result<Partial, StoreError> {
        let appending = self.appending.take();
        let appending =
            appending.ok_or(StoreError::WrongOffset { committed_bytes: self.upload.committed_bytes })?;
        Ok(appending.await.map_err(std::io::Error::other).flatten().map_err(BlobError::from)?)
    }

    async fn discard(&mut self) -> Result<(), StoreError> {
        if self.appending.is_some() {
            let partial = self.settled().await?;
            self.store.forget_upload(&self.upload.name.upload).await?;
            partial.claim.discard().await?;
        }
        Ok(())
    }
}

async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, BlobError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)??)
}
