//! Uploads.

use egret_contest::{CompetitionName, TeamName, UserId};
use egret_proto::v1;
use egret_store::{NewUpload, Upload, UploadPurpose, UploadState};
use tonic::Status;

use super::timestamp;
use crate::status::Violations;

/// An upload, in bytes: the largest model a task may allow, or a sealed shard, whichever is more.
const UPLOAD_BYTES_MAX: u64 = 16 << 30;

pub(crate) fn upload(upload: &Upload) -> v1::Upload {
    let state = match upload.state {
        UploadState::Open => v1::upload::State::Open,
        UploadState::Complete => v1::upload::State::Complete,
    };
    let (purpose, parent) = match &upload.purpose {
        UploadPurpose::Model(team) => (v1::upload::Purpose::Model, team.to_string()),
        UploadPurpose::TestSet(competition) => {
            (v1::upload::Purpose::TestSet, format!("competitions/{competition}"))
        }
    };
    v1::Upload {
        name: upload.name.to_string(),
        state: state.into(),
        size_bytes: upload.size_bytes,
        sha256: upload.sha256.to_string(),
        committed_bytes: upload.committed_bytes,
        expire_time: timestamp(upload.expires_at),
        purpose: purpose.into(),
        parent,
    }
}

pub(crate) fn new_upload(given: &v1::Upload, owner: UserId) -> Result<NewUpload, Status> {
    let mut v = Violations::default();
    let fits = (1..=UPLOAD_BYTES_MAX).contains(&given.size_bytes);
    v.expect(fits, "upload.size_bytes", format!("must be 1 to {UPLOAD_BYTES_MAX}"));
    let sha256 = v.take("upload.sha256", given.sha256.parse());
    let purpose = match given.purpose() {
        v1::upload::Purpose::Model => {
            v.take("upload.parent", given.parent.parse::<TeamName>()).map(UploadPurpose::Model)
        }
        v1::upload::Purpose::TestSet => {
            let competition = v.take("upload.parent", given.parent.parse::<CompetitionName>());
            competition.map(|name| UploadPurpose::TestSet(name.competition))
        }
        v1::upload::Purpose::Unspecified => {
            v.add("upload.purpose", "must be MODEL or TEST_SET");
            None
        }
    };
    let new =
        (|| Some(NewUpload { owner, purpose: purpose?, size_bytes: given.size_bytes, sha256: sha256? }))();
    v.finish(new)
}
