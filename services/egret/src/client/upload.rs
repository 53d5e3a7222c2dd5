use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use egret_proto::CHUNK_BYTES_MAX;
use egret_proto::v1::{
    CreateUploadRequest, GetUploadRequest, Upload, WriteUploadRequest,
    upload::{Purpose, State},
    upload_service_client::UploadServiceClient,
};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{Client, FileDigest, request_id, retry};

/// Chunks read ahead of the wire.
const CHUNKS_AHEAD: usize = 4;

/// A file on its way to the server.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The file.
    pub path: PathBuf,
    /// Its size and digest, which the server verifies.
    pub digest: FileDigest,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is: a team's name for models, a competition's for test sets.
    pub parent: String,
}

/// Why an upload did not end.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The server refused it, or went away for good.
    #[error(transparent)]
    Status(#[from] Status),
    /// The file cannot be read (any more).
    #[error("{}: {cause}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl Client {
    /// Uploads a file and returns the complete upload. A broken connection or a restarted server costs what was not
    /// committed, nothing else. `progress` hears how many bytes are on the other side or on their way.
    pub async fn upload(
        &self,
        file: &Outgoing,
        progress: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Upload, UploadError> {
        let progress: Arc<dyn Fn(u64) + Send + Sync> = Arc::new(progress);
        let mut upload = self.reserve(file).await?;
        let mut pauses = retry::pauses();
        while upload.state() != State::Complete {
            let before = upload.committed_bytes;
            progress(before);
            let status = match self.write(&file.path, &upload, Arc::clone(&progress)).await {
                Ok(now) if now.state() == State::Complete => {
                    upload = now;
                    break;
                }
                Ok(_) => Status::unavailable("the stream ended early"),
                Err(UploadError::Status(status)) if resumable(&status) => status,
                Err(error) => return Err(error),
            };
            upload = self.get_upload(GetUploadRequest { name: upload.name }).await?;
            if upload.committed_bytes > before {
                pauses = retry::pauses();
            }
            let Some(pause) = pauses.next() else { return Err(status.into()) };
            retry::notify(&status, pause);
            tokio::time::sleep(pause).await;
        }
        progress(file.digest.bytes);
        Ok(upload)
    }

    /// The same file for the same purpose is the same upload: what an interrupted run has sent is there for the next one.
    async fn reserve(&self, file: &Outgoing) -> Result<Upload, Status> {
        let upload = Upload {
            size_bytes: file.digest.bytes,
            sha256: file.digest.sha256.clone(),
            purpose: file.purpose.into(),
            parent: file.parent.clone(),
            ..Upload::default()
        };
        let known =
            CreateUploadRequest { request_id: request_id(&[&upload.encode_to_vec()]), upload: Some(upload) };
        match self.create_upload(known.clone()).await {
            // It was swept, cancelled or discarded since.
            Err(status) if status.code() == Code::NotFound => {
                self.create_upload(CreateUploadRequest { request_id: Uuid::new_v4().to_string(), ..known })
                    .await
            }
            reserved => reserved,
        }
    }

    /// One stream, from what the server has to the end of the file.
    async fn write(
        &self,
        path: &Path,
        upload: &Upload,
        progress: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<Upload, UploadError> {
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        let (source, name, from) = (path.to_path_buf(), upload.name.clone(), upload.committed_bytes);
        let length = upload.size_bytes.saturating_sub(from);
        let reader = tokio::task::spawn_blocking(move || {
            read_chunks(&source, name, from, length, &sender, &*progress)
        });
        let mut service = UploadServiceClient::new(self.service.clone());
        let answer = service.write_upload(ReceiverStream::new(receiver)).await;
        // The reader ends when the stream does: its sends fail then.
        let read = reader.await.unwrap_or_else(|_| Err(io::Error::other("the reader panicked")));
        match (answer, read) {
            (_, Err(cause)) => Err(UploadError::File { path: path.to_path_buf(), cause }),
            (answer, Ok(())) => Ok(answer?.into_inner()),
        }
    }
}

/// Sends the opening message and then `length` bytes of the file, from `from` on.
fn read_chunks(
    path: &Path,
    name: String,
    from: u64,
    length: u64,
    sender: &mpsc::Sender<WriteUploadRequest>,
    progress: &dyn Fn(u64),
) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    if sender.blocking_send(WriteUploadRequest { name, offset: from, data: Bytes::new() }).is_err() {
        return Ok(());
    }
    let mut left = length;
    while left > 0 {
        let mut chunk = BytesMut::zeroed(left.min(CHUNK_BYTES_MAX as u64) as usize);
        file.read_exact(&mut chunk)?;
        left -= chunk.len() as u64;
        let data = WriteUploadRequest { data: chunk.freeze(), ..WriteUploadRequest::default() };
        if sender.blocking_send(data).is_err() {
            // The call has ended; its status says why.
            return Ok(());
        }
        progress(from + length - left);
    }
    Ok(())
}

/// The way broke, or the server's count and ours differ: ask it and go on from there.
fn resumable(status: &Status) -> bool {
    retry::transient(status) || matches!(status.code(), Code::OutOfRange | Code::Aborted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_start_at_the_committed_byte_and_are_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.onnx");
        let bytes: Vec<u8> = (0..CHUNK_BYTES_MAX * 2 + 10).map(|i| i as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let (sender, mut receiver) = mpsc::channel(16);
        let from = 5;
        read_chunks(&path, "uploads/u".into(), from, bytes.len() as u64 - from, &sender, &|_| {}).unwrap();
        drop(sender);
        let first = receiver.blocking_recv().unwrap();
        assert_eq!((first.name.as_str(), first.offset, first.data.len()), ("uploads/u", 5, 0));
        let mut sent = Vec::new();
        while let Some(message) = receiver.blocking_recv() {
            assert!(message.name.is_empty() && message.data.len() <= CHUNK_BYTES_MAX);
            sent.extend_from_slice(&message.data);
        }
        assert_eq!(sent, bytes[5..]);
    }

    #[test]
    fn a_file_that_shrank_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.onnx");
        std::fs::write(&path, b"abc").unwrap();
        let (sender, _receiver) = mpsc::channel(16);
        let error = read_chunks(&path, "uploads/u".into(), 0, 4, &sender, &|_| {}).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
