//! A worker with a scripted jail, ready for its steps.

use std::{sync::Arc, time::Duration};

use egret_datasets::PoolIdentity;
use egret_jail::{Site, TierPolicy};
use egret_proto::worker::v1::lease_request::SlotKind;
use egret_worker::{Bench, Jail, Pins, Step, Verdict, Worker, WorkerConfig, WorkerError};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{control::TOKEN, scripted::report};

/// A worker, its thread and its stop signal.
pub struct Station<J>(Arc<Parts<J>>);

struct Parts<J> {
    worker: Worker<J>,
    bench: Bench,
    shutdown: CancellationToken,
    cache: TempDir,
}

impl<J: Jail> Station<J> {
    pub fn new(endpoint: &str, identity: PoolIdentity, jail: J) -> Self {
        Self::with_token(endpoint, identity, jail, TOKEN)
    }

    pub fn with_token(endpoint: &str, identity: PoolIdentity, jail: J, token: &str) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let nowhere = Site { runner: "none".into(), ort_lib: "none".into(), tier: TierPolicy::default() };
        let mut config = WorkerConfig::new(endpoint, token, identity, cache.path(), nowhere);
        config.drain = Duration::from_millis(50);
        let pins = Pins { runner_version: "1.2.3".into(), runtime_sha256: "ab".repeat(32) };
        let worker = Worker::new(config, jail, pins, &report(&Verdict::Proved)).unwrap();
        let (bench, shutdown) = (Bench::start(0).unwrap(), CancellationToken::new());
        Self(Arc::new(Parts { worker, bench, shutdown, cache }))
    }

    pub async fn step(&self) -> Result<Step, WorkerError> {
        self.0.worker.step(SlotKind::Unspecified, &self.0.bench, &self.0.shutdown).await
    }

    /// An examination; says whether the jail holds.
    pub async fn check_up(&self) -> bool {
        self.0.worker.check_up().await.unwrap()
    }

    /// The report that an operator finds.
    pub fn report_file(&self) -> String {
        std::fs::read_to_string(self.0.cache.path().join("doctor.json")).unwrap()
    }

    /// A step beside the test.
    pub fn start_step(&self) -> JoinHandle<Result<Step, WorkerError>> {
        let station = Self(Arc::clone(&self.0));
        tokio::spawn(async move { station.step().await })
    }

    pub fn shut_down(&self) {
        self.0.shutdown.cancel();
    }
}
