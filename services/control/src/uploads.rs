//! Uploads: reserve, write, resume.

use std::time::Duration;

use egret_contest::{TeamName, UploadName};
use egret_proto::{
    CHUNK_BYTES_MAX,
    v1::{self, upload_service_server::UploadService},
};
use egret_store::{Upload, UploadPurpose, UploadWriter};
use prost::Message as _;
use tokio::time::timeout;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::policy::Scope;
use crate::status::{closing, from_store, internal, invalid, not_found, refused};
use crate::{Caller, Control, convert, gate::caller};

/// How long a stream may be silent before its bytes are kept and it is closed.
const SILENCE_MAX: Duration = Duration::from_secs(60);

#[tonic::async_trait]
impl UploadService for Control {
    async fn create_upload(
        &self,
        request: Request<v1::CreateUploadRequest>,
    ) -> Result<Response<v1::Upload>, Status> {
        let caller = caller(&request)?;
        caller.permit(Scope::default())?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let given = request.into_inner().upload.unwrap_or_default();
        let new = convert::new_upload(&given, caller.require_user()?.clone())?;
        self.permit_purpose(&caller, &new.purpose).await?;
        let upload = self.store.create_upload(&wish, new).await.map_err(from_store)?;
        Ok(Response::new(convert::upload(&upload)))
    }

    async fn get_upload(
        &self,
        request: Request<v1::GetUploadRequest>,
    ) -> Result<Response<v1::Upload>, Status> {
        let caller = caller(&request)?;
        let upload = self.own_upload(&caller, &request.get_ref().name).await?;
        Ok(Response::new(convert::upload(&upload)))
    }

    async fn write_upload(
        &self,
        request: Request<Streaming<v1::WriteUploadRequest>>,
    ) -> Result<Response<v1::Upload>, Status> {
        let caller = caller(&request)?;
        let control = self.clone();
        // A task of its own: a client that goes away takes this call with it, but not the bytes that came.
        let receiving = tokio::spawn(async move { control.receive(caller, request.into_inner()).await });
        let upload = receiving.await.map_err(|error| internal(&error))??;
        Ok(Response::new(convert::upload(&upload)))
    }

    async fn cancel_upload(
        &self,
        request: Request<v1::CancelUploadRequest>,
    ) -> Result<Response<v1::CancelUploadResponse>, Status> {
        let caller = caller(&request)?;
        let upload = self.own_upload(&caller, &request.get_ref().name).await?;
        self.store.cancel_upload(&self.blobs, &upload.name.upload).await.map_err(from_store)?;
        Ok(Response::new(v1::CancelUploadResponse {}))
    }
}

/// Why a stream of chunks did not come to its end.
enum Broken {
    /// The stream: its bytes are good so far.
    Stream(Status),
    /// The bytes.
    Refused(Status),
}

impl Control {
    /// Models are uploaded by members of the team, test sets by organizers.
    async fn permit_purpose(&self, caller: &Caller, purpose: &UploadPurpose) -> Result<(), Status> {
        match purpose {
            UploadPurpose::Model(team) => {
                self.visible(caller, &team.competition).await?;
                permit_model(caller, team)
            }
            UploadPurpose::TestSet(competition) => {
                self.store.get_competition(competition).await.map_err(from_store)?;
                if caller.runs(competition) { Ok(()) } else { Err(crate::status::denied(true)) }
            }
        }
    }

    /// An upload of the caller's; another's is not there for them.
    async fn own_upload(&self, caller: &Caller, name: &str) -> Result<Upload, Status> {
        let name: UploadName = convert::name("name", name)?;
        let upload = self.store.get_upload(&name.upload).await.map_err(from_store)?;
        let owned = caller.user() == Some(&upload.owner);
        caller.permit(Scope { owned, ..Scope::default() }).map_err(|_| not_found("upload"))?;
        Ok(upload)
    }

    async fn receive(
        &self,
        caller: Caller,
        mut stream: Streaming<v1::WriteUploadRequest>,
    ) -> Result<Upload, Status> {
        let first = self.next_chunk(&mut stream).await?;
        let first = first.ok_or_else(|| invalid("name", "must be set in the first message"))?;
        let upload = self.own_upload(&caller, &first.name).await?;
        let writer = self.store.write_upload(&self.blobs, &upload.name.upload, first.offset).await;
        let mut writer = writer.map_err(from_store)?;
        match self.copy(first, &mut stream, &mut writer).await {
            Ok(()) => writer.finish().await.map_err(from_store),
            // Whatever came is kept: the client resumes from there.
            Err(Broken::Stream(status)) => {
                writer.finish().await.map_err(from_store)?;
                Err(status)
            }
            // The store has discarded it.
            Err(Broken::Refused(status)) => Err(status),
        }
    }

    async fn copy(
        &self,
        first: v1::WriteUploadRequest,
        stream: &mut Streaming<v1::WriteUploadRequest>,
        writer: &mut UploadWriter,
    ) -> Result<(), Broken> {
        let mut next = Some(first);
        let mut is_first = true;
        while let Some(chunk) = next {
            if chunk.data.len() > CHUNK_BYTES_MAX {
                let status = invalid("data", format!("must be at most {CHUNK_BYTES_MAX} bytes per message"));
                return Err(Broken::Stream(status));
            }
            if !is_first && !chunk.name.is_empty() {
                return Err(Broken::Stream(invalid("name", "must be set in the first message only")));
            }
            is_first = false;
            writer.write(chunk.data).await.map_err(|error| Broken::Refused(from_store(error)))?;
            next = self.next_chunk(stream).await.map_err(Broken::Stream)?;
        }
        Ok(())
    }

    async fn next_chunk(
        &self,
        stream: &mut Streaming<v1::WriteUploadRequest>,
    ) -> Result<Option<v1::WriteUploadRequest>, Status> {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => Err(closing()),
            next = timeout(SILENCE_MAX, stream.message()) => next.unwrap_or_else(|_| {
                let seconds = SILENCE_MAX.as_secs();
                let message = format!("no bytes came for {seconds} s; resume from the committed size");
                Err(refused(Code::Aborted, "UPLOAD_SILENT", message))
            }),
        }
    }
}

fn permit_model(caller: &Caller, team: &TeamName) -> Result<(), Status> {
    if caller.in_team(team) {
        Ok(())
    } else {
        Err(refused(
            Code::PermissionDenied,
            "NOT_A_MEMBER",
            "you are not a member of this team; name your own team",
        ))
    }
}
