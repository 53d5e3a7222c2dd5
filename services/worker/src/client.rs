//! The worker's side of `WorkerService`: a bearer token on every call, deadlines, retries of what may be repeated.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use egret_proto::{
    WORKER_MESSAGE_BYTES_MAX,
    worker::v1::{
        CompleteRequest, FailRequest, Fence, HeartbeatRequest, HeartbeatResponse, Lease, LeaseRequest,
        ReadBlobRequest, ReadBlobResponse, ReadOutcomesRequest, ReleaseRequest, lease_request::SlotKind,
        worker_service_client::WorkerServiceClient,
    },
};
use tonic::{
    Code, Request, Status, Streaming,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use crate::{BlobId, ControlPlane, WorkerConfig, WorkerError};

/// Every call but a long poll answers within this.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// A download that sends nothing for this long is broken.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(20);
/// Sealed outcomes of a unit, in bytes.
const OUTCOMES_BYTES_MAX: usize = 64 << 20;
/// Text sent with a failure, in bytes.
const CAUSE_BYTES_MAX: usize = 2000;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The fence is old: the unit is somebody else's.
    #[error("the lease is lost")]
    LeaseLost,
    /// The token is not (or no longer) a worker's.
    #[error(
        "the control plane refuses this worker's token ({0:?}); make a new one with `egret token create`"
    )]
    Denied(Code),
    /// The control plane cannot be reached or cannot answer now; worth repeating.
    #[error("the control plane is not available ({code:?}: {message})")]
    Unavailable {
        /// Code of the last answer.
        code: Code,
        /// Its text.
        message: String,
    },
    /// The control plane refuses the request itself.
    #[error("the control plane refuses the request ({code:?}: {message})")]
    Rejected {
        /// Code of the answer.
        code: Code,
        /// Its text.
        message: String,
    },
    /// A download was longer or other than its name says.
    #[error("blob {0:?} arrived with other bytes than its name says")]
    WrongBytes(BlobId),
}

impl From<Status> for CallError {
    fn from(status: Status) -> Self {
        let (code, message) = (status.code(), status.message().to_owned());
        match code {
            Code::Aborted => Self::LeaseLost,
            Code::Unauthenticated | Code::PermissionDenied => Self::Denied(code),
            // Hyper reports a broken connection as Unknown, Internal or Cancelled, depending on the moment.
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Unknown
            | Code::Internal
            | Code::Cancelled
            | Code::ResourceExhausted => Self::Unavailable { code, message },
            _ => Self::Rejected { code, message },
        }
    }
}

impl CallError {
    /// Whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// Doubling pauses from 50 ms to 5 s with jitter, so that a fleet does not return in step.
pub(crate) fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(5))
        .with_jitter()
}

#[derive(Clone)]
pub(crate) struct Token(MetadataValue<Ascii>);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A connection that is made at the first call.
fn dial(url: &str, ca_pem: Option<&[u8]>) -> Result<Channel, WorkerError> {
    let bad = |what: &str| WorkerError::Config(format!("{what}: {url:?}"));
    let mut endpoint = Endpoint::from_shared(url.to_owned())
        .map_err(|_| bad("the endpoint is not a URL such as http://127.0.0.1:8471"))?
        .connect_timeout(Duration::from_secs(5))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(10))
        .keep_alive_while_idle(true)
        // Blobs arrive in large chunks; the default windows of 64 KiB would wait for a round trip per chunk.
        .initial_stream_window_size(8 << 20)
        .initial_connection_window_size(16 << 20);
    if let Some(pem) = ca_pem {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
        endpoint = endpoint.tls_config(tls).map_err(|_| bad("the certificate authority is not usable"))?;
    }
    Ok(endpoint.connect_lazy())
}

/// Cheap to clone; all clones share one HTTP/2 connection, which reconnects by itself.
#[derive(Clone)]
pub(crate) struct Client(WorkerServiceClient<InterceptedService<Channel, Token>>);

impl Client {
    /// Prepares the connection; it is made at the first call.
    pub fn connect(config: &WorkerConfig) -> Result<Self, WorkerError> {
        let channel = match &config.control_plane {
            ControlPlane::Url { url, ca_pem } => dial(url, ca_pem.as_deref())?,
            ControlPlane::InProcess(channel) => channel.clone(),
        };
        let mut token = MetadataValue::try_from(format!("Bearer {}", config.token))
            .map_err(|_| WorkerError::Config("the worker token has characters no token has".into()))?;
        token.set_sensitive(true);
        let service = WorkerServiceClient::with_interceptor(channel, Token(token))
            .max_decoding_message_size(WORKER_MESSAGE_BYTES_MAX)
            .max_encoding_message_size(WORKER_MESSAGE_BYTES_MAX);
        Ok(Self(service))
    }

    /// One long poll. The caller repeats it with the same `request_id` until an answer arrives.
    pub async fn lease(
        &self,
        worker: &str,
        slot: SlotKind,
        wait: Duration,
        request_id: &str,
    ) -> Result<Option<Lease>, CallError> {
        let wait_ms = wait.as_millis() as u32;
        let (worker, request_id, slot_kind) = (worker.into(), request_id.into(), slot.into());
        let message = LeaseRequest { worker, wait_ms, request_id, slot_kind };
        let request = within(wait + CALL_TIMEOUT, message);
        Ok(self.0.clone().lease(request).await?.into_inner().lease)
    }

    /// Tells that the work goes on; once, without retries: the next beat comes anyway.
    pub async fn heartbeat(&self, fence: &Fence) -> Result<HeartbeatResponse, CallError> {
        let request = within(CALL_TIMEOUT, HeartbeatRequest { fence: Some(fence.clone()) });
        Ok(self.0.clone().heartbeat(request).await?.into_inner())
    }

    /// Hands in a result, repeated until the control plane has answered. Safe: the fence makes it one effect.
    pub async fn complete(&self, message: CompleteRequest) -> Result<(), CallError> {
        let call = || async {
            self.0.clone().complete(within(CALL_TIMEOUT, message.clone())).await?;
            Ok(())
        };
        call.retry(backoff().with_max_times(20)).when(CallError::is_transient).await
    }

    /// Reports our own failure.
    pub async fn fail(&self, fence: &Fence, cause: &str) -> Result<(), CallError> {
        let cause: String = truncated(cause, CAUSE_BYTES_MAX).into();
        let message = FailRequest { fence: Some(fence.clone()), cause };
        let call = || async {
            self.0.clone().fail(within(CALL_TIMEOUT, message.clone())).await?;
            Ok(())
        };
        call.retry(backoff().with_max_times(8)).when(CallError::is_transient).await
    }

    /// Gives the unit back untried.
    pub async fn release(&self, fence: &Fence) -> Result<(), CallError> {
        let message = ReleaseRequest { fence: Some(fence.clone()) };
        let call = || async {
            self.0.clone().release(within(CALL_TIMEOUT, message.clone())).await?;
            Ok(())
        };
        call.retry(backoff().with_max_times(4)).when(CallError::is_transient).await
    }

    /// A whole blob of the lease, verified. A broken stream is taken up where it broke.
    pub async fn read_blob(&self, fence: &Fence, blob: BlobId) -> Result<Vec<u8>, CallError> {
        let mut bytes = Vec::with_capacity(blob.size_bytes as usize);
        loop {
            let before = bytes.len();
            // Every round of retries starts anew once the download has advanced.
            let opened = (|| self.open_blob(fence, blob, before as u64))
                .retry(backoff().with_max_times(8))
                .when(CallError::is_transient)
                .await?;
            match append(opened, &mut bytes, blob).await {
                Ok(()) => break,
                Err(error) if error.is_transient() && bytes.len() > before => {
                    tracing::debug!(%error, blob = %blob.digest, offset = bytes.len(), "download resumes");
                }
                Err(error) => return Err(error),
            }
        }
        if blob.names(&bytes) { Ok(bytes) } else { Err(CallError::WrongBytes(blob)) }
    }

    /// The sealed outcomes of a unit. A stream that breaks is begun again: it has no more than [`OUTCOMES_BYTES_MAX`].
    pub async fn outcomes(&self, fence: &Fence, unit: &str) -> Result<Vec<u8>, CallError> {
        let message = ReadOutcomesRequest { fence: Some(fence.clone()), unit: unit.into() };
        let read = || async {
            let opening = async { self.0.clone().read_outcomes(message.clone()).await };
            let opened = tokio::time::timeout(CALL_TIMEOUT, opening).await;
            let mut stream =
                opened.map_err(|_| Status::deadline_exceeded("the outcomes did not start"))??.into_inner();
            let mut bytes = Vec::new();
            while let Some(chunk) = tokio::time::timeout(CHUNK_TIMEOUT, stream.message())
                .await
                .map_err(|_| Status::deadline_exceeded("the outcomes stalled"))??
            {
                if bytes.len() + chunk.data.len() > OUTCOMES_BYTES_MAX {
                    return Err(Status::invalid_argument("outcomes are larger than any are").into());
                }
                bytes.extend_from_slice(&chunk.data);
            }
            Ok(bytes)
        };
        read.retry(backoff().with_max_times(8)).when(CallError::is_transient).await
    }

    async fn open_blob(
        &self,
        fence: &Fence,
        blob: BlobId,
        offset: u64,
    ) -> Result<Streaming<ReadBlobResponse>, CallError> {
        let message = ReadBlobRequest { fence: Some(fence.clone()), sha256: blob.digest.to_string(), offset };
        // No deadline on the whole stream: a large model on a slow line is legitimate. Each chunk has one.
        let opening = tokio::time::timeout(CALL_TIMEOUT, async { self.0.clone().read_blob(message).await });
        Ok(opening.await.map_err(|_| Status::deadline_exceeded("the download did not start"))??.into_inner())
    }
}

/// Appends the stream's chunks to `bytes` until the blob is complete.
async fn append(
    mut stream: Streaming<ReadBlobResponse>,
    bytes: &mut Vec<u8>,
    blob: BlobId,
) -> Result<(), CallError> {
    while (bytes.len() as u64) < blob.size_bytes {
        let chunk = tokio::time::timeout(CHUNK_TIMEOUT, stream.message())
            .await
            .map_err(|_| Status::deadline_exceeded("the download stalled"))??
            .ok_or_else(|| Status::unavailable("the download ended early"))?;
        if bytes.len() as u64 + chunk.data.len() as u64 > blob.size_bytes {
            return Err(CallError::WrongBytes(blob));
        }
        bytes.extend_from_slice(&chunk.data);
    }
    Ok(())
}

fn within<T>(deadline: Duration, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(deadline);
    request
}

/// The longest prefix of at most `bytes_max` bytes that ends between characters.
fn truncated(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
