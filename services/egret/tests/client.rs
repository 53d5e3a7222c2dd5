//! The client against a small server that breaks on purpose.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use egret::client::{Access, Client, FileDigest, Outgoing, UploadError};
use egret_proto::v1::{
    CancelSubmissionRequest, CancelUploadRequest, CancelUploadResponse, CreateSubmissionRequest,
    CreateUploadRequest, GetQuotaRequest, GetSubmissionRequest, GetUploadRequest, ListSubmissionsRequest,
    ListSubmissionsResponse, Quota, Submission, Upload, WatchSubmissionRequest, WriteUploadRequest,
    submission::State as SubmissionState,
    submission_service_server::{SubmissionService, SubmissionServiceServer},
    upload::{Purpose, State},
    upload_service_server::{UploadService, UploadServiceServer},
};
use tokio::net::TcpListener;
use tokio_stream::{Stream, wrappers::TcpListenerStream};
use tonic::{Code, Request, Response, Status, Streaming, transport::Server};

/// One upload's worth of a server, and what it does wrong.
#[derive(Default)]
struct Plan {
    /// How many bytes each stream takes before it breaks; when the list is empty, streams hold.
    breaks: Vec<usize>,
    /// The blob is there already.
    known: bool,
    /// This request id leads to an upload that was swept.
    swept: bool,
    /// How the last byte is answered.
    refusal: Option<Status>,
    /// What is committed.
    bytes: Vec<u8>,
    /// Offsets at which streams began.
    offsets: Vec<u64>,
    /// Tokens that came with calls.
    tokens: Vec<String>,
    upload: Upload,
    /// How often the submission was watched.
    watches: usize,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Plan>>);

#[tonic::async_trait]
impl UploadService for Fake {
    async fn create_upload(&self, request: Request<CreateUploadRequest>) -> Result<Response<Upload>, Status> {
        let mut plan = self.0.lock().unwrap();
        let token = request.metadata().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        plan.tokens.extend(token);
        if std::mem::take(&mut plan.swept) {
            return Err(Status::not_found("there is no such upload"));
        }
        plan.upload = request.into_inner().upload.unwrap();
        plan.upload.name = "uploads/u".into();
        let state = if plan.known { State::Complete } else { State::Open };
        plan.upload.set_state(state);
        Ok(Response::new(plan.upload.clone()))
    }

    async fn get_upload(&self, _: Request<GetUploadRequest>) -> Result<Response<Upload>, Status> {
        Ok(Response::new(self.0.lock().unwrap().upload.clone()))
    }

    async fn write_upload(
        &self,
        request: Request<Streaming<WriteUploadRequest>>,
    ) -> Result<Response<Upload>, Status> {
        let mut stream = request.into_inner();
        let first = stream.message().await?.unwrap();
        let limit = {
            let mut plan = self.0.lock().unwrap();
            assert_eq!(first.offset, plan.bytes.len() as u64, "the stream begins at the committed byte");
            plan.offsets.push(first.offset);
            if plan.breaks.is_empty() { usize::MAX } else { plan.breaks.remove(0) }
        };
        let mut taken = 0;
        while let Some(message) = stream.message().await? {
            let mut plan = self.0.lock().unwrap();
            let room = message.data.len().min(limit - taken);
            plan.bytes.extend_from_slice(&message.data[..room]);
            plan.upload.committed_bytes = plan.bytes.len() as u64;
            taken += room;
            if taken == limit {
                return Err(Status::unavailable("broken on purpose"));
            }
        }
        let mut plan = self.0.lock().unwrap();
        if let Some(refusal) = plan.refusal.take() {
            return Err(refusal);
        }
        if plan.bytes.len() as u64 == plan.upload.size_bytes {
            plan.upload.set_state(State::Complete);
        }
        Ok(Response::new(plan.upload.clone()))
    }

    async fn cancel_upload(
        &self,
        _: Request<CancelUploadRequest>,
    ) -> Result<Response<CancelUploadResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

#[tonic::async_trait]
impl SubmissionService for Fake {
    type WatchSubmissionStream = Pin<Box<dyn Stream<Item = Result<Submission, Status>> + Send>>;

    async fn watch_submission(
        &self,
        request: Request<WatchSubmissionRequest>,
    ) -> Result<Response<Self::WatchSubmissionStream>, Status> {
        let name = request.into_inner().name;
        let mut plan = self.0.lock().unwrap();
        plan.watches += 1;
        let now = |state: SubmissionState| {
            Ok(Submission { name: name.clone(), state: state.into(), ..Submission::default() })
        };
        let sent = match plan.watches {
            1 => vec![now(SubmissionState::Checking), Err(Status::unavailable("broken on purpose"))],
            2 => vec![now(SubmissionState::Queued)],
            _ => vec![now(SubmissionState::Evaluating), now(SubmissionState::Released)],
        };
        Ok(Response::new(Box::pin(tokio_stream::iter(sent))))
    }

    async fn create_submission(
        &self,
        _: Request<CreateSubmissionRequest>,
    ) -> Result<Response<Submission>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_submission(&self, _: Request<GetSubmissionRequest>) -> Result<Response<Submission>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn list_submissions(
        &self,
        _: Request<ListSubmissionsRequest>,
    ) -> Result<Response<ListSubmissionsResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn cancel_submission(
        &self,
        _: Request<CancelSubmissionRequest>,
    ) -> Result<Response<Submission>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_quota(&self, _: Request<GetQuotaRequest>) -> Result<Response<Quota>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

impl Fake {
    fn new(plan: Plan) -> Self {
        Self(Arc::new(Mutex::new(plan)))
    }

    /// Serves on a free port until the test's runtime ends; returns a client with a token.
    async fn serve(&self) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap().to_string();
        let routes = Server::builder()
            .add_service(UploadServiceServer::new(self.clone()))
            .add_service(SubmissionServiceServer::new(self.clone()));
        tokio::spawn(routes.serve_with_incoming(TcpListenerStream::new(listener)));
        let access = Access { server: &server, token: Some("egret_test"), ca_pem: None };
        Client::connect(access).await.unwrap()
    }
}

/// A file of some megabytes.
struct Model {
    _home: tempfile::TempDir,
    bytes: Vec<u8>,
    file: Outgoing,
}

fn model() -> Model {
    let home = tempfile::tempdir().unwrap();
    let path: PathBuf = home.path().join("model.onnx");
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let digest = FileDigest::of(&path, |_| {}).unwrap();
    let file = Outgoing { path, digest, purpose: Purpose::Model, parent: "competitions/c/teams/t".into() };
    Model { _home: home, bytes, file }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_resumes_at_the_committed_byte() {
    let fake = Fake::new(Plan { breaks: vec![1_500_000, 700_001], ..Plan::default() });
    let (client, model) = (fake.serve().await, model());
    let heard = Arc::new(Mutex::new(0));
    let hears = Arc::clone(&heard);
    let upload = client.upload(&model.file, move |bytes| *hears.lock().unwrap() = bytes).await.unwrap();
    assert_eq!(upload.state(), State::Complete);
    let plan = fake.0.lock().unwrap();
    assert!(plan.bytes == model.bytes, "every byte arrived once");
    assert_eq!(plan.offsets, [0, 1_500_000, 2_200_001]);
    assert_eq!(*heard.lock().unwrap(), 3_000_000);
    assert_eq!(plan.tokens, ["Bearer egret_test"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_has_is_not_sent() {
    let fake = Fake::new(Plan { known: true, ..Plan::default() });
    let upload = fake.serve().await.upload(&model().file, |_| {}).await.unwrap();
    assert_eq!(upload.state(), State::Complete);
    assert!(fake.0.lock().unwrap().offsets.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_swept_is_reserved_anew() {
    let fake = Fake::new(Plan { swept: true, ..Plan::default() });
    let upload = fake.serve().await.upload(&model().file, |_| {}).await.unwrap();
    assert_eq!(upload.state(), State::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_the_upload() {
    let refusal = Some(Status::invalid_argument("the bytes have another digest"));
    let fake = Fake::new(Plan { refusal, ..Plan::default() });
    let error = fake.serve().await.upload(&model().file, |_| {}).await.unwrap_err();
    let UploadError::Status(status) = error else { panic!("{error}") };
    assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "the bytes have another digest"));
    assert_eq!(fake.0.lock().unwrap().offsets.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_goes_on_after_the_stream_breaks_or_ends() {
    let fake = Fake::default();
    let mut seen = Vec::new();
    let client = fake.serve().await;
    let watched = client.watch_submission::<Status>("competitions/c/tasks/t/submissions/s", |submission| {
        seen.push(submission.state());
        Ok(())
    });
    let last = watched.await.unwrap();
    assert_eq!(last.state(), SubmissionState::Released);
    let states = [
        SubmissionState::Checking,
        SubmissionState::Queued,
        SubmissionState::Evaluating,
        SubmissionState::Released,
    ];
    assert_eq!(seen, states);
}
