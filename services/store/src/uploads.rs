//! Uploads: reserved, written in order, resumed from the committed size, verified before they count.

use egret_contest::{
    BlobRef, CompetitionId, Micros, Refusal, Sha256Hex, TeamId, TeamName, UploadId, UploadName, UserId,
};

use crate::db::args;
use crate::identity::random_id;
use crate::request::Claim;
use crate::row::Row;
use crate::session::Session;
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

impl Upload {
    /// What it becomes.
    pub fn blob(&self) -> BlobRef {
        BlobRef { sha256: self.sha256.clone(), bytes: self.size_bytes }
    }
}

impl Store {
    /// Reserves an upload; complete at once if the same team, or the same competition, has uploaded these bytes before.
    /// Nobody gets what they have not had in hand: knowing a digest is not having the bytes.
    pub async fn create_upload(&self, request: &Request, new: NewUpload) -> Result<Upload, StoreError> {
        const METHOD: &str = "create_upload";
        if new.size_bytes == 0 || i64::try_from(new.size_bytes).is_err() {
            return Err(StoreError::Invalid("an upload has at least one byte, and fewer than 2^63".into()));
        }
        let mut s = self.write().await?;
        if let Claim::Done(name) = request.claim(&mut s, METHOD).await? {
            let name = UploadName::parse(&name).map_err(|_| StoreError::Corrupt("resource"))?;
            return read_upload(&mut s, &name.upload).await;
        }
        let (purpose, competition, team) = owner_columns(&new.purpose);
        let known = s
            .one(
                "select id from uploads where sha256 = $1 and size_bytes = $2 and state = 'complete' and purpose = $3
                     and competition = $4 and coalesce(team, '') = $5 limit 1",
                args![&new.sha256, new.size_bytes, purpose, competition, team.map_or("", TeamId::as_str)],
            )
            .await?;
        let id = insert_upload(&mut s, &new, known.is_some()).await?;
        request.settle(&mut s, METHOD, UploadName::new(id.clone())).await?;
        let upload = read_upload(&mut s, &id).await?;
        s.commit().await?;
        Ok(upload)
    }

    /// An upload.
    pub async fn get_upload(&self, id: &UploadId) -> Result<Upload, StoreError> {
        read_upload(&mut self.read().await?, id).await
    }

    /// Notes that bytes up to `committed_bytes` are safe on disk. They only ever grow.
    pub(crate) async fn advance_upload(
        &self,
        id: &UploadId,
        committed_bytes: u64,
    ) -> Result<Upload, StoreError> {
        let mut s = self.write().await?;
        let expires_at = s.now().await?.after(s.limits().upload_ttl);
        s.run(
            "update uploads set committed_bytes = $2, expires_at = $3
             where id = $1 and state = 'open' and committed_bytes <= $2",
            args![id, committed_bytes, expires_at],
        )
        .await?;
        let upload = read_upload(&mut s, id).await?;
        s.commit().await?;
        Ok(upload)
    }

    /// Notes that the blob is in its place: the upload is complete.
    pub(crate) async fn complete_upload(&self, id: &UploadId) -> Result<Upload, StoreError> {
        let mut s = self.write().await?;
        let upload = read_upload(&mut s, id).await?;
        let now = s.now().await?;
        s.run(
            "insert into blobs (sha256, bytes, created_at) values ($1, $2, $3) on conflict do nothing",
            args![&upload.sha256, upload.size_bytes, now],
        )
        .await?;
        s.run("update uploads set state = 'complete', committed_bytes = size_bytes where id = $1", args![id])
            .await?;
        let upload = read_upload(&mut s, id).await?;
        s.commit().await?;
        Ok(upload)
    }

    /// Whether a blob of this digest is on record.
    pub(crate) async fn has_blob(&self, sha256: &Sha256Hex) -> Result<bool, StoreError> {
        let row = self.read().await?.one("select bytes from blobs where sha256 = $1", args![sha256]).await?;
        Ok(row.is_some())
    }

    /// Forgets an open upload's row.
    pub(crate) async fn forget_upload(&self, id: &UploadId) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        s.run("delete from uploads where id = $1 and state = 'open'", args![id]).await?;
        s.commit().await
    }

    /// Forgets an open upload and its bytes; a complete one is refused (`WrongState`).
    pub async fn cancel_upload(&self, blobs: &Blobs, id: &UploadId) -> Result<(), StoreError> {
        if self.get_upload(id).await?.state == UploadState::Complete {
            return Err(Refusal::WrongState { what: "the upload", state: "complete" }.into());
        }
        let claim = blobs.claim(id).ok_or(StoreError::UploadBusy)?;
        self.forget_upload(id).await?;
        Ok(claim.discard().await?)
    }

    /// One pass over abandoned uploads: expired rows go, and partial files without a row. Returns how many rows went.
    pub async fn sweep_uploads(&self, blobs: &Blobs) -> Result<u64, StoreError> {
        let mut s = self.write().await?;
        let now = s.now().await?;
        let swept =
            s.run("delete from uploads where state = 'open' and expires_at <= $1", args![now]).await?;
        s.commit().await?;
        for upload in blobs.staged().await? {
            let open = self
                .read()
                .await?
                .one("select id from uploads where id = $1 and state = 'open'", args![&upload])
                .await?;
            // What has a row is not touched, not for a moment: its writer would be told of another one. A row that has gone never comes
            // back; who was writing then finds it gone at the next commit, and the file goes in the next pass.
            if open.is_none()
                && let Some(claim) = blobs.claim(&upload)
            {
                claim.discard().await?;
            }
        }
        Ok(swept)
    }
}

/// Whose an upload is, as its row has it.
fn owner_columns(purpose: &UploadPurpose) -> (&'static str, &CompetitionId, Option<&TeamId>) {
    match purpose {
        UploadPurpose::Model(team) => ("model", &team.competition, Some(&team.team)),
        UploadPurpose::TestSet(competition) => ("test_set", competition, None),
    }
}

async fn insert_upload(s: &mut Session, new: &NewUpload, complete: bool) -> Result<UploadId, StoreError> {
    let id: UploadId = random_id()?;
    let now = s.now().await?;
    let expires_at = now.after(s.limits().upload_ttl);
    let (purpose, competition, team) = owner_columns(&new.purpose);
    let (state, committed) = if complete { ("complete", new.size_bytes) } else { ("open", 0) };
    s.insert(
        "upload",
        "insert into uploads (id, owner, purpose, competition, team, size_bytes, sha256, committed_bytes, state,
             created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            &id,
            &new.owner,
            purpose,
            competition,
            team,
            new.size_bytes,
            &new.sha256,
            committed,
            state,
            now,
            expires_at,
        ],
    )
    .await?;
    Ok(id)
}

pub(crate) async fn read_upload(s: &mut Session, id: &UploadId) -> Result<Upload, StoreError> {
    let row = s
        .one(
            "select id, owner, purpose, competition, team, size_bytes, sha256, committed_bytes, state, created_at,
                 expires_at
             from uploads where id = $1",
            args![id],
        )
        .await?;
    upload_of_row(&row.ok_or(StoreError::NotFound("upload"))?)
}

fn upload_of_row(row: &Row) -> Result<Upload, StoreError> {
    let competition = row.id("competition")?;
    Ok(Upload {
        name: UploadName::new(row.id("id")?),
        owner: row.id("owner")?,
        purpose: match row.text("purpose")?.as_str() {
            "model" => UploadPurpose::Model(TeamName::new(competition, row.id("team")?)),
            _ => UploadPurpose::TestSet(competition),
        },
        state: if row.text("state")? == "complete" { UploadState::Complete } else { UploadState::Open },
        size_bytes: row.u64("size_bytes")?,
        sha256: row.id("sha256")?,
        committed_bytes: row.u64("committed_bytes")?,
        created_at: row.at("created_at")?,
        expires_at: row.at("expires_at")?,
    })
}
