//! A small, real control plane for workers: it serves `WorkerService` on a loopback port from memory and keeps what it
//! was told. It misbehaves on request.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use egret_proto::worker::v1::{
    CompleteRequest, CompleteResponse, FailRequest, FailResponse, Fence, HeartbeatRequest, HeartbeatResponse,
    Lease, LeaseRequest, LeaseResponse, ReadBlobRequest, ReadBlobResponse, ReadOutcomesRequest,
    ReadOutcomesResponse, ReleaseRequest, ReleaseResponse, Usage, Verdict, complete_request, lease,
    worker_service_server::{WorkerService, WorkerServiceServer},
};
use egret_worker::BlobId;
use futures::Stream;
use tokio::{net::TcpListener, sync::Notify};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// The only token it accepts.
pub const TOKEN: &str = "egret-worker-token";
const CHUNK_BYTES: usize = 4096;

#[derive(Clone, Default)]
pub struct Control(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
pub struct State {
    waiting: VecDeque<Lease>,
    granted: HashMap<String, Lease>,
    blobs: HashMap<String, Bytes>,
    /// Heartbeats answer that the evaluation was cancelled.
    pub cancelled: bool,
    /// Every fence is old.
    pub lost: bool,
    /// This many downloads break in the middle.
    pub broken_downloads: u32,
    /// This many lease replies are lost after the lease was granted.
    pub lost_replies: u32,
    /// This many completions are recorded but not acknowledged.
    pub lost_acknowledgements: u32,
    /// Downloads, with the offset they started at.
    pub reads: Vec<(String, u64)>,
    pub beats: u32,
    pub leases: u32,
    /// Lease calls that have arrived.
    pub polls: u32,
    /// The last unit that was leased.
    pub last_work: Option<lease::Work>,
    /// Sealed outcomes by unit, for who compares them.
    pub compared: HashMap<String, Vec<u8>>,
    /// This many streams of outcomes break after their first message.
    pub broken_outcomes: u32,
    pub results: Vec<complete_request::Result>,
    pub usages: Vec<Usage>,
    /// Of each result: the sealed outcomes, perhaps empty.
    pub outcomes: Vec<Vec<u8>>,
    pub failures: Vec<String>,
    pub releases: u32,
}

impl Control {
    /// Serves on a free port of the loopback; returns the endpoint.
    pub async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder().add_service(WorkerServiceServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        endpoint
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// Stores a blob that leases may name.
    pub fn put(&self, bytes: &[u8]) -> BlobId {
        let id = BlobId::of(bytes);
        self.state().blobs.insert(id.digest.to_string(), Bytes::copy_from_slice(bytes));
        id
    }

    /// Offers a unit of work.
    pub fn offer(&self, work: lease::Work) {
        let mut state = self.state();
        let unit = format!("units/{}", state.leases + state.waiting.len() as u32);
        let fence = Some(Fence { unit, epoch: 1, nonce: vec![7; 16] });
        let evaluation = "evaluations/1".into();
        state.waiting.push_back(Lease {
            fence,
            expire_time: None,
            heartbeat_ms: 20,
            evaluation,
            work: Some(work),
        });
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// Completes once a result was handed in.
    pub async fn completed(&self) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if !self.state().results.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// The only verdict so far.
    pub fn verdict(&self) -> Verdict {
        match self.state().results.as_slice() {
            [complete_request::Result::Verdict(verdict)] => verdict.clone(),
            other => panic!("not exactly one verdict: {other:?}"),
        }
    }

    /// Takes the sealed partial states handed in so far.
    pub fn take_states(&self) -> Vec<Vec<u8>> {
        let results = std::mem::take(&mut self.state().results);
        let states = results.into_iter().map(|result| match result {
            complete_request::Result::SealedState(state) => state,
            other => panic!("no sealed state: {other:?}"),
        });
        states.collect()
    }

    fn admit<T>(&self, request: Request<T>) -> Result<(T, MutexGuard<'_, State>), Status> {
        let token = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        if token != Some(&format!("Bearer {TOKEN}")) {
            return Err(Status::unauthenticated("no such token"));
        }
        Ok((request.into_inner(), self.state()))
    }

    fn admit_fenced<T>(&self, request: Request<T>) -> Result<(T, MutexGuard<'_, State>), Status> {
        let (message, state) = self.admit(request)?;
        if state.lost { Err(Status::aborted("LEASE_LOST")) } else { Ok((message, state)) }
    }

    /// The wish's lease: the one it already has, or the next.
    fn grant(&self, request_id: &str) -> Option<Lease> {
        let mut state = self.state();
        if let Some(lease) = state.granted.get(request_id) {
            return Some(lease.clone());
        }
        let lease = state.waiting.pop_front()?;
        state.leases += 1;
        state.last_work.clone_from(&lease.work);
        state.granted.insert(request_id.into(), lease.clone());
        Some(lease)
    }
}

#[tonic::async_trait]
impl WorkerService for Control {
    type ReadOutcomesStream = Pin<Box<dyn Stream<Item = Result<ReadOutcomesResponse, Status>> + Send>>;

    async fn read_outcomes(
        &self,
        request: Request<ReadOutcomesRequest>,
    ) -> Result<Response<Self::ReadOutcomesStream>, Status> {
        let (message, mut state) = self.admit_fenced(request)?;
        let sealed = state.compared.get(&message.unit).cloned();
        let sealed = sealed.ok_or_else(|| Status::not_found("not outcomes of this lease"))?;
        let chunk = |chunk: &[u8]| Ok(ReadOutcomesResponse { data: Bytes::copy_from_slice(chunk) });
        let mut chunks: Vec<_> = sealed.chunks(CHUNK_BYTES / 16).map(chunk).collect();
        if state.broken_outcomes > 0 {
            state.broken_outcomes -= 1;
            chunks.truncate(1);
            chunks.push(Err(Status::unavailable("the connection broke")));
        }
        Ok(Response::new(Box::pin(tokio_stream::iter(chunks))))
    }

    type ReadBlobStream = Pin<Box<dyn Stream<Item = Result<ReadBlobResponse, Status>> + Send>>;

    async fn lease(&self, request: Request<LeaseRequest>) -> Result<Response<LeaseResponse>, Status> {
        let message = {
            let (message, mut state) = self.admit(request)?;
            state.polls += 1;
            message
        };
        let granted = async {
            loop {
                let changed = self.0.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(lease) = self.grant(&message.request_id) {
                    return lease;
                }
                changed.await;
            }
        };
        let lease = tokio::time::timeout(Duration::from_millis(message.wait_ms.into()), granted).await.ok();
        let mut state = self.state();
        if lease.is_some() && state.lost_replies > 0 {
            state.lost_replies -= 1;
            return Err(Status::unavailable("the reply was lost"));
        }
        Ok(Response::new(LeaseResponse { lease }))
    }

    async fn heartbeat(
        &self,
        request: Request<HeartbeatRequest>,
    ) -> Result<Response<HeartbeatResponse>, Status> {
        let (_, mut state) = self.admit_fenced(request)?;
        state.beats += 1;
        Ok(Response::new(HeartbeatResponse { expire_time: None, cancelled: state.cancelled }))
    }

    async fn complete(
        &self,
        request: Request<CompleteRequest>,
    ) -> Result<Response<CompleteResponse>, Status> {
        let (message, mut state) = self.admit_fenced(request)?;
        if state.lost_acknowledgements > 0 {
            state.lost_acknowledgements -= 1;
            return Err(Status::unavailable("the acknowledgement was lost"));
        }
        state.usages.extend(message.usage);
        state.outcomes.push(message.sealed_outcomes);
        self.0.changed.notify_waiters();
        state.results.push(message.result.ok_or_else(|| Status::invalid_argument("no result"))?);
        Ok(Response::new(CompleteResponse {}))
    }

    async fn fail(&self, request: Request<FailRequest>) -> Result<Response<FailResponse>, Status> {
        let (message, mut state) = self.admit_fenced(request)?;
        state.failures.push(message.cause);
        Ok(Response::new(FailResponse {}))
    }

    async fn release(&self, request: Request<ReleaseRequest>) -> Result<Response<ReleaseResponse>, Status> {
        let (_, mut state) = self.admit_fenced(request)?;
        state.releases += 1;
        Ok(Response::new(ReleaseResponse {}))
    }

    async fn read_blob(
        &self,
        request: Request<ReadBlobRequest>,
    ) -> Result<Response<Self::ReadBlobStream>, Status> {
        let (message, mut state) = self.admit_fenced(request)?;
        let blob = state.blobs.get(&message.sha256).cloned();
        let blob = blob.ok_or_else(|| Status::not_found("not a blob of this lease"))?;
        state.reads.push((message.sha256, message.offset));
        let mut rest = blob.slice(message.offset as usize..);
        let broken = state.broken_downloads > 0 && rest.len() > CHUNK_BYTES;
        if broken {
            state.broken_downloads -= 1;
            rest.truncate(CHUNK_BYTES);
        }
        let chunks = rest
            .chunks(CHUNK_BYTES)
            .map(|chunk| Ok(ReadBlobResponse { data: Bytes::copy_from_slice(chunk) }));
        let mut chunks: Vec<_> = chunks.collect();
        if broken {
            chunks.push(Err(Status::unavailable("the connection broke")));
        }
        Ok(Response::new(Box::pin(tokio_stream::iter(chunks))))
    }
}
