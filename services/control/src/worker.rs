//! The workers' service: leases by long-poll, results with a fence.

use std::time::Duration;

use bytes::Bytes;
use egret_contest::{PoolId, TokenId, UnitName};
use egret_proto::worker::v1::{self as wire, worker_service_server::WorkerService};
use egret_store::LeaseRequest;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{denied, from_store, invalid};
use crate::{Control, convert, gate::caller};

/// How long a worker may wait for a lease in one call.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// A worker's name and a request id, in bytes.
const WORD_BYTES_MAX: usize = 128;
/// A message of outcomes, in bytes.
const OUTCOMES_CHUNK_BYTES_MAX: usize = 1 << 20;
/// The cause of a failed attempt, in bytes.
const CAUSE_BYTES_MAX: usize = 2_000;

#[tonic::async_trait]
impl WorkerService for Control {
    async fn lease(
        &self,
        request: Request<wire::LeaseRequest>,
    ) -> Result<Response<wire::LeaseResponse>, Status> {
        let (holder, pool) = worker(&request)?;
        let request = request.into_inner();
        for (field, word) in [("worker", &request.worker), ("request_id", &request.request_id)] {
            let fits = word.len() <= WORD_BYTES_MAX && word.bytes().all(|b| (0x20..0x7f).contains(&b));
            if !fits {
                return Err(invalid(
                    field,
                    format!("must be at most {WORD_BYTES_MAX} printable ASCII characters"),
                ));
            }
        }
        let wait = Duration::from_millis(request.wait_ms.into());
        if wait > WAIT_MAX {
            return Err(invalid("wait_ms", format!("must be at most {}", WAIT_MAX.as_millis())));
        }
        let slot = convert::slot_kind(request.slot_kind)?;
        let (worker, request_id) = (request.worker, request.request_id);
        let wish = LeaseRequest { holder, pool, worker, request_id, slot };
        let lease =
            self.store.wait_for_lease(&wish, wait, self.closing.cancelled()).await.map_err(from_store)?;
        if let Some(lease) = &lease {
            tracing::debug!(unit = %lease.fence.unit, worker = %wish.worker, "leased");
        }
        let ttl = self.store.limits().lease_ttl;
        Ok(Response::new(wire::LeaseResponse { lease: lease.map(|lease| convert::lease(lease, ttl)) }))
    }

    async fn heartbeat(
        &self,
        request: Request<wire::HeartbeatRequest>,
    ) -> Result<Response<wire::HeartbeatResponse>, Status> {
        worker(&request)?;
        let fence = convert::fence(request.into_inner().fence)?;
        let beat = self.store.heartbeat(&fence).await.map_err(from_store)?;
        Ok(Response::new(wire::HeartbeatResponse {
            expire_time: convert::timestamp(beat.expires_at),
            cancelled: beat.cancelled,
        }))
    }

    async fn complete(
        &self,
        request: Request<wire::CompleteRequest>,
    ) -> Result<Response<wire::CompleteResponse>, Status> {
        worker(&request)?;
        let request = request.into_inner();
        let fence = convert::fence(request.fence)?;
        let result = convert::unit_result(request.result, request.usage)?;
        let outcomes = convert::sealed_outcomes(request.sealed_outcomes)?;
        let done = self.store.complete_with(&fence, result, outcomes).await.map_err(from_store)?;
        metrics::counter!("egret_units_completed_total").increment(1);
        tracing::debug!(unit = %fence.unit, ?done, "completed");
        Ok(Response::new(wire::CompleteResponse {}))
    }

    async fn fail(
        &self,
        request: Request<wire::FailRequest>,
    ) -> Result<Response<wire::FailResponse>, Status> {
        worker(&request)?;
        let request = request.into_inner();
        let fence = convert::fence(request.fence)?;
        let cause = &request.cause[..request.cause.floor_char_boundary(CAUSE_BYTES_MAX)];
        tracing::warn!(unit = %fence.unit, cause, "a worker failed");
        metrics::counter!("egret_units_failed_total").increment(1);
        self.store.fail(&fence, cause).await.map_err(from_store)?;
        Ok(Response::new(wire::FailResponse {}))
    }

    async fn release(
        &self,
        request: Request<wire::ReleaseRequest>,
    ) -> Result<Response<wire::ReleaseResponse>, Status> {
        worker(&request)?;
        let fence = convert::fence(request.into_inner().fence)?;
        self.store.release(&fence).await.map_err(from_store)?;
        Ok(Response::new(wire::ReleaseResponse {}))
    }

    type ReadBlobStream = BoxStream<'static, Result<wire::ReadBlobResponse, Status>>;

    async fn read_blob(
        &self,
        request: Request<wire::ReadBlobRequest>,
    ) -> Result<Response<Self::ReadBlobStream>, Status> {
        let (_, pool) = worker(&request)?;
        let request = request.into_inner();
        let fence = convert::fence(request.fence)?;
        let sha256 = convert::name("sha256", &request.sha256)?;
        let blob = self.store.leased_blob(&pool, &fence, &sha256).await.map_err(from_store)?;
        let chunks = self.blobs.read(&blob.sha256, request.offset).await;
        let chunks = chunks.map_err(|error| from_store(error.into()))?;
        let stream = chunks.map(|chunk| {
            let data = chunk.map_err(|error| from_store(error.into()))?;
            Ok(wire::ReadBlobResponse { data })
        });
        Ok(Response::new(self.watched(stream)?))
    }

    type ReadOutcomesStream = BoxStream<'static, Result<wire::ReadOutcomesResponse, Status>>;

    async fn read_outcomes(
        &self,
        request: Request<wire::ReadOutcomesRequest>,
    ) -> Result<Response<Self::ReadOutcomesStream>, Status> {
        let (_, pool) = worker(&request)?;
        let request = request.into_inner();
        let fence = convert::fence(request.fence)?;
        let unit: UnitName = convert::name("unit", &request.unit)?;
        let sealed = self.store.leased_outcomes(&pool, &fence, &unit.unit).await.map_err(from_store)?;
        let chunks = chunks(sealed).map(|data| Ok(wire::ReadOutcomesResponse { data }));
        Ok(Response::new(self.watched(stream::iter(chunks))?))
    }
}

/// Bytes as messages of a stream.
fn chunks(bytes: Vec<u8>) -> impl Iterator<Item = Bytes> {
    let mut rest = Bytes::from(bytes);
    std::iter::from_fn(move || {
        let chunk = rest.split_to(rest.len().min(OUTCOMES_CHUNK_BYTES_MAX));
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// The worker's token and pool.
fn worker<T>(request: &Request<T>) -> Result<(TokenId, PoolId), Status> {
    let caller = caller(request)?;
    caller.permit(Scope::default())?;
    let token = caller.principal().map(|principal| principal.token.clone());
    token.zip(caller.pool().cloned()).ok_or_else(|| denied(true))
}
