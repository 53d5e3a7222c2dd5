//! Uploads: reserved, written in order, resumed from the committed size, verified before they count.

use bytes::Bytes;
use egret_contest::{CompetitionId, Micros, Sha256Hex, TeamName, UploadId, UploadName, UserId};

use crate::{Blobs, Request, Store, StoreError};

/// What an upload is for, and so whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadPurpose {
    /// A model of a team.
    Model(TeamName),
    /// A sealed shard or sample archive of a competition.
    TestSet(CompetitionId),
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// Waiting for bytes.
    Open,
    /// All bytes are there and the digest holds.
    Complete,
}

/// An upload to reserve.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// Who reserves it.
    pub owner: UserId,
    /// What it is for.
    pub purpose: UploadPurpose,
    /// Declared size; at least 1.
    pub size_bytes: u64,
    /// Declared digest.
    pub sha256: Sha256Hex,
}

/// An upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name.
    pub name: UploadName,
    /// Who reserved it.
    pub owner: UserId,
    /// What it is for.
    pub purpose: UploadPurpose,
    /// How far it is.
    pub state: UploadState,
    /// Declared size.
    pub size_bytes: u64,
    /// Declared digest.
    pub sha256: Sha256Hex,
    /// Bytes that are safe on disk.
    pub committed_bytes: u64,
    /// When it was reserved.
    pub created_at: Micros,
    /// When it is swept unless complete.
    pub expires_at: Micros,
}

/// The one stream that writes an upload. Dropping it keeps what was committed.
#[derive(Debug)]
pub struct UploadWriter {}

impl UploadWriter {
    /// Appends a chunk. `TooLong` discards the upload.
    pub async fn write(&mut self, _chunk: Bytes) -> Result<(), StoreError> {
        todo!()
    }

    /// Commits what was written; with the last byte there, verifies the digest and completes the upload.
    /// `WrongDigest` discards the upload.
    pub async fn finish(self) -> Result<Upload, StoreError> {
        todo!()
    }
}

impl Store {
    /// Reserves an upload; complete at once if the blob is here already.
    pub async fn create_upload(&self, _request: &Request, _new: NewUpload) -> Result<Upload, StoreError> {
        todo!()
    }

    /// An upload.
    pub async fn get_upload(&self, _id: &UploadId) -> Result<Upload, StoreError> {
        todo!()
    }

    /// Starts or resumes writing at `offset`, which must be the committed size (`WrongOffset`). One writer at a time
    /// (`UploadBusy`).
    pub async fn write_upload(
        &self,
        _blobs: &Blobs,
        _id: &UploadId,
        _offset: u64,
    ) -> Result<UploadWriter, StoreError> {
        todo!()
    }

    /// Forgets an open upload and its bytes; a complete one is refused (`WrongState`).
    pub async fn cancel_upload(&self, _blobs: &Blobs, _id: &UploadId) -> Result<(), StoreError> {
        todo!()
    }

    /// One pass over abandoned uploads: expired rows go, and partial files without a row. Returns how many rows went.
    pub async fn sweep_uploads(&self, _blobs: &Blobs) -> Result<u64, StoreError> {
        todo!()
    }
}
