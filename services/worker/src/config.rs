//! What an operator decides about a worker.

use std::{path::PathBuf, time::Duration};

use egret_datasets::PoolIdentity;
use egret_jail::Site;
use tonic::transport::Channel;

/// The ONNX Runtime library every worker must run: version 1.31.1 for Linux x86-64, from the official wheel.
pub const ORT_SHA256: &str = "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3";

/// How a worker reaches the control plane.
#[derive(Clone, Debug)]
pub enum ControlPlane {
    /// Over the network.
    Url {
        /// The worker port, `http://host:port` or `https://host:port`.
        url: String,
        /// Certificate authority (PEM) that signed its certificate; needed with `https`.
        ca_pem: Option<Vec<u8>>,
    },
    /// In this process.
    InProcess(Channel),
}

impl<T: Into<String>> From<T> for ControlPlane {
    fn from(url: T) -> Self {
        Self::Url { url: url.into(), ca_pem: None }
    }
}

/// Everything a worker needs; the caller reads it from files, environment and flags.
pub struct WorkerConfig {
    /// The control plane.
    pub control_plane: ControlPlane,
    /// The worker's bearer token. Never logged.
    pub token: String,
    /// The pool's identity: opens test sets sealed to the pool.
    pub identity: PoolIdentity,
    /// Where sealed blobs are kept between leases. One worker process per folder.
    pub cache_dir: PathBuf,
    /// Bound on that folder's blobs; the least recently used go first.
    pub cache_bytes_max: u64,
    /// Runner binary, ONNX Runtime library and the required tier of isolation.
    pub site: Site,
    /// SHA-256 (lower-case hex) the library must have.
    pub ort_sha256: String,
    /// Leases worked on at once; each runs one model with the task's thread count. They run checks too, unless there are
    /// `check_slots`.
    pub slots: usize,
    /// Further ones, that run checks alone.
    pub check_slots: usize,
    /// This worker's name in logs of the control plane.
    pub name: String,
    /// How long a shutdown waits for the current lease before giving it back untried.
    pub drain: Duration,
}

impl WorkerConfig {
    /// One slot, a cache of 20 GiB, the pinned ONNX Runtime, 20 s to drain.
    pub fn new(
        control_plane: impl Into<ControlPlane>,
        token: impl Into<String>,
        identity: PoolIdentity,
        cache_dir: impl Into<PathBuf>,
        site: Site,
    ) -> Self {
        Self {
            control_plane: control_plane.into(),
            token: token.into(),
            identity,
            cache_dir: cache_dir.into(),
            cache_bytes_max: 20 << 30,
            site,
            ort_sha256: ORT_SHA256.into(),
            slots: 1,
            check_slots: 0,
            name: format!("worker-{}", std::process::id()),
            drain: Duration::from_secs(20),
        }
    }
}
