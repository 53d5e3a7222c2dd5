//! The control plane as a value: what the services share, and the reaper's one pass.

use std::{sync::Arc, time::Duration};

use egret_contest::PoolId;
use egret_proto::{
    MESSAGE_BYTES_MAX, WORKER_MESSAGE_BYTES_MAX,
    v1::{
        competition_service_server::CompetitionServiceServer, control_service_server::ControlServiceServer,
        identity_service_server::IdentityServiceServer, leaderboard_service_server::LeaderboardServiceServer,
        ledger_service_server::LedgerServiceServer, metric_service_server::MetricServiceServer,
        submission_service_server::SubmissionServiceServer, task_service_server::TaskServiceServer,
        team_service_server::TeamServiceServer, test_set_service_server::TestSetServiceServer,
        upload_service_server::UploadServiceServer,
    },
    worker::v1::worker_service_server::WorkerServiceServer,
};
use egret_store::{BlobError, Blobs, Grant, NewToken, Secret, Store, StoreConfig, StoreError, Token};
use futures::{Stream, StreamExt as _, future::ready, stream::BoxStream};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Status, service::Routes};

use crate::{ControlConfig, PoolConfig, crowd::Crowd, status};

/// The package of the public services.
const PUBLIC: &str = "/egret.v1.";
/// Streams to clients at once: watchers, downloads, workers' blobs.
const STREAMS_MAX: usize = 4_096;
/// Calls at once that are not streams, over all connections.
const CALLS_MAX: usize = 1_024;
const OPERATOR_TOKEN_TTL: Duration = Duration::from_hours(366 * 24);
const EMBEDDED_WORKER_TOKEN_TTL: Duration = Duration::from_hours(366 * 24);

/// Why a control plane does not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The database does not open or cannot be brought up to date.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// The data directory cannot be used.
    #[error("the data directory: {0}")]
    Blobs(#[from] BlobError),
    /// The descriptors of the API are damaged: a broken build.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// The control plane. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) pools: Arc<[PoolConfig]>,
    /// Ends streams and long-polls when the server drains.
    pub(crate) closing: CancellationToken,
    pub(crate) calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    pub(crate) crowd: Crowd,
}

/// What one pass of the reaper did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Units whose lease had expired and that wait again.
    pub returned: u32,
    /// Units that became dead letters.
    pub dead: u32,
    /// Abandoned uploads that are gone.
    pub uploads: u64,
}

impl Control {
    /// Opens database and blobs, and brings the schema up to date.
    pub async fn open(config: ControlConfig) -> Result<Self, OpenError> {
        let store =
            Store::open(StoreConfig { database_url: config.database_url, limits: config.limits }).await?;
        let blobs = Blobs::open(config.data_dir).await?;
        Ok(Self {
            store,
            blobs,
            pools: config.pools.into(),
            closing: CancellationToken::new(),
            calls: Arc::new(Semaphore::new(CALLS_MAX)),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            crowd: Crowd::default(),
        })
    }

    /// The store, for tests and for the binary's own verbs.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The first operator's token, if there is no operator yet. Shown once.
    pub async fn bootstrap(&self) -> Result<Option<Secret>, StoreError> {
        if self.store.has_operator().await? {
            return Ok(None);
        }
        let new = NewToken {
            grant: Grant::Operator,
            user: None,
            display_name: "operator".to_owned(),
            ttl: OPERATOR_TOKEN_TTL,
        };
        let (token, secret) = self.store.create_token(new).await?;
        tracing::info!(token = %token.name, "made the first operator token");
        Ok(Some(secret))
    }

    /// A token for a worker in this process; to be revoked when the process ends.
    pub async fn worker_token(&self, pool: PoolId) -> Result<(Token, Secret), StoreError> {
        let new = NewToken {
            grant: Grant::Worker(pool),
            user: None,
            display_name: "embedded worker".to_owned(),
            ttl: EMBEDDED_WORKER_TOKEN_TTL,
        };
        self.store.create_token(new).await
    }

    /// An answer that is a stream: counted, and ended with `UNAVAILABLE` when the server drains, so that the client asks
    /// another one, or this one again.
    pub(crate) fn watched<T: Send + 'static>(
        &self,
        stream: impl Stream<Item = Result<T, Status>> + Send + 'static,
    ) -> Result<BoxStream<'static, Result<T, Status>>, Status> {
        let place = self.streams.clone().try_acquire_owned().map_err(|_| status::crowded())?;
        let closing = self.closing.clone();
        let farewell = futures::stream::once({
            let closing = closing.clone();
            async move { closing.is_cancelled() }
        });
        let farewell = farewell.filter_map(|closed| ready(closed.then(|| Err(status::closing()))));
        let stream = stream.take_until(closing.cancelled_owned()).chain(farewell);
        Ok(stream.inspect(move |_| _ = &place).boxed())
    }

    /// One pass of the reaper: expired leases go back or become dead letters, releases that are due are shown, abandoned uploads go.
    pub async fn reaper_step(&self) -> Result<Swept, StoreError> {
        let leases = self.store.sweep_leases().await?;
        self.store.sweep_patience().await?;
        self.store.sweep_nominations().await?;
        self.store.sweep_releases().await?;
        self.store.sweep_waiting().await?;
        let uploads = self.store.sweep_uploads(&self.blobs).await?;
        self.store.sweep_requests().await?;
        for backlog in self.store.backlog().await? {
            let pool = backlog.pool.to_string();
            metrics::gauge!("egret_units_ready", "pool" => pool.clone()).set(backlog.ready as f64);
            metrics::gauge!("egret_units_leased", "pool" => pool.clone()).set(backlog.leased as f64);
            metrics::gauge!("egret_oldest_ready_unit_seconds", "pool" => pool)
                .set(backlog.oldest_ready.as_secs_f64());
        }
        Ok(Swept { returned: leases.returned, dead: leases.dead, uploads })
    }

    /// Every public service, health and reflection, behind the gate.
    pub async fn routes(&self) -> Result<Routes, OpenError> {
        let (health, health_service) = tonic_health::server::health_reporter();
        let mut reflection = tonic_reflection::server::Builder::configure()
            .with_service_name(tonic_health::pb::health_server::SERVICE_NAME)
            .with_service_name("grpc.reflection.v1.ServerReflection");
        let services = crate::policy::services(PUBLIC);
        for service in &services {
            reflection = reflection.with_service_name(*service);
        }
        // The empty name is the server as a whole.
        for service in services.into_iter().chain([""]) {
            health.set_service_status(service, tonic_health::ServingStatus::Serving).await;
        }
        let reflection = reflection
            .register_encoded_file_descriptor_set(egret_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        macro_rules! limited {
            ($service:ident) => {
                $service::new(self.clone())
                    .max_decoding_message_size(MESSAGE_BYTES_MAX)
                    .max_encoding_message_size(MESSAGE_BYTES_MAX)
            };
        }
        let routes = Routes::new(limited!(CompetitionServiceServer))
            .add_service(limited!(TaskServiceServer))
            .add_service(limited!(MetricServiceServer))
            .add_service(limited!(TestSetServiceServer))
            .add_service(limited!(TeamServiceServer))
            .add_service(limited!(UploadServiceServer))
            .add_service(limited!(SubmissionServiceServer))
            .add_service(limited!(LeaderboardServiceServer))
            .add_service(limited!(ControlServiceServer))
            .add_service(limited!(LedgerServiceServer))
            .add_service(limited!(IdentityServiceServer))
            .add_service(health_service)
            .add_service(reflection);
        Ok(routes)
    }

    /// The workers' service, for a port of its own.
    pub fn worker_routes(&self) -> Routes {
        let service = WorkerServiceServer::new(self.clone())
            .max_decoding_message_size(WORKER_MESSAGE_BYTES_MAX)
            .max_encoding_message_size(WORKER_MESSAGE_BYTES_MAX);
        Routes::new(service)
    }
}
