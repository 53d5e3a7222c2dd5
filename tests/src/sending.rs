//! Uploads as a program makes them, with everything under the story's hand: what is declared, sent, and when it breaks.

use anyhow::Result;
use bytes::Bytes;
use egret_proto::{
    CHUNK_BYTES_MAX,
    v1::{CreateUploadRequest, GetUploadRequest, Upload, WriteUploadRequest, upload::Purpose},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::{iter, wrappers::ReceiverStream};
use tonic::Status;

use crate::Api;

impl Api {
    /// Reserves an upload of a model of this size and digest.
    pub async fn reserve(&self, team: &str, size_bytes: usize, sha256: &str) -> Result<Upload, Status> {
        self.reserve_for(Purpose::Model, team, size_bytes, sha256).await
    }

    /// The same of any bytes, for a team or a competition.
    pub async fn reserve_for(
        &self,
        purpose: Purpose,
        parent: &str,
        size_bytes: usize,
        sha256: &str,
    ) -> Result<Upload, Status> {
        let upload = Upload {
            size_bytes: size_bytes as u64,
            sha256: sha256.to_owned(),
            purpose: purpose.into(),
            parent: parent.to_owned(),
            ..Upload::default()
        };
        let request = CreateUploadRequest { upload: Some(upload), request_id: String::new() };
        Ok(self.uploads().create_upload(request).await?.into_inner())
    }

    /// How far the upload is.
    pub async fn upload(&self, name: &str) -> Result<Upload, Status> {
        Ok(self.uploads().get_upload(GetUploadRequest { name: name.to_owned() }).await?.into_inner())
    }

    /// Writes these bytes at this offset, in one stream that ends well.
    pub async fn write(&self, name: &str, offset: u64, data: &[u8]) -> Result<Upload, Status> {
        Ok(self.uploads().write_upload(iter(messages(name, offset, data))).await?.into_inner())
    }

    /// Writes these bytes at this offset in a stream that stays open until the returned handle is dropped: it then breaks.
    pub async fn write_open(&self, name: &str, offset: u64, data: &[u8]) -> Result<OpenWrite> {
        let (sender, receiver) = channel(1);
        let mut uploads = self.uploads();
        let call =
            tokio::spawn(async move { uploads.write_upload(ReceiverStream::new(receiver)).await.map(drop) });
        for message in messages(name, offset, data) {
            sender.send(message).await?;
        }
        Ok(OpenWrite { call, _sender: sender })
    }
}

/// A stream under way.
pub struct OpenWrite {
    call: tokio::task::JoinHandle<Result<(), Status>>,
    _sender: Sender<WriteUploadRequest>,
}

impl Drop for OpenWrite {
    fn drop(&mut self) {
        // The call goes before its stream ends, so the stream is reset, not finished.
        self.call.abort();
    }
}

fn messages(name: &str, offset: u64, data: &[u8]) -> Vec<WriteUploadRequest> {
    let first = WriteUploadRequest { name: name.to_owned(), offset, data: Bytes::new() };
    let chunks = data.chunks(CHUNK_BYTES_MAX);
    let rest = chunks.map(|chunk| WriteUploadRequest {
        data: Bytes::copy_from_slice(chunk),
        ..WriteUploadRequest::default()
    });
    std::iter::once(first).chain(rest).collect()
}

/// Lower-case hex of the SHA-256.
pub fn sha256(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}
