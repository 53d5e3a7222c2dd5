//! ONNX Runtime, once per process.

use std::path::Path;
use std::sync::Arc;

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::logging::LogLevel;

use crate::failure::guarded;
use crate::threads::Roster;
use crate::warmup;

/// Official builds since 1.29 phone home unless this is `1` in the environment before the library initialises.
const TELEMETRY_SWITCH: &str = "ORT_DISABLE_TELEMETRY";

/// ONNX Runtime could not be started. Never a model's fault.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The telemetry switch is not set; the library was not touched.
    #[error("{TELEMETRY_SWITCH}=1 is not set: ONNX Runtime would phone home")]
    TelemetryOn,
    /// Zero threads, or more than ONNX Runtime can count.
    #[error("{0} threads is not a thread count")]
    ThreadCount(u32),
    /// `dlopen` failed, or the library is too old.
    #[error("the ONNX Runtime library did not load: {0}")]
    Library(String),
    /// The environment or its pool was refused; also when one was started before in this process.
    #[error("the ONNX Runtime environment did not start: {0}")]
    Environment(String),
    /// The pool has another number of threads than was asked for.
    #[error("the pool runs {found} threads beside the caller's, expected {expected}")]
    Pool {
        /// The threads asked for, less the caller's own.
        expected: u32,
        /// Those that run.
        found: u32,
    },
    /// Our own model did not run.
    #[error("the warm-up model failed: {0}")]
    WarmUp(String),
}

/// A started ONNX Runtime with its thread pool: everything that needs files or new threads has happened.
///
/// One per process, for the life of the process: ONNX Runtime's environment cannot be started twice.
pub struct Runtime {
    pub(crate) environment: Environment,
    threads: u32,
}

impl Runtime {
    /// Loads the library at `lib`, starts one pool of `threads` threads (the caller's included) that all sessions share,
    /// waits until every one of them runs, and runs the warm-up model.
    ///
    /// Output bytes of a model may differ between thread counts; with the same count they are equal run to run.
    pub fn start(lib: &Path, threads: u32) -> Result<Self, StartError> {
        if std::env::var_os(TELEMETRY_SWITCH).is_none_or(|value| value != "1") {
            return Err(StartError::TelemetryOn);
        }
        let intra = match usize::try_from(threads) {
            Ok(count) if (1..=1024).contains(&count) => count,
            _ => return Err(StartError::ThreadCount(threads)),
        };
        let builder = ort::init_from(lib).map_err(|error| StartError::Library(error.to_string()))?;
        let roster = Roster::default();
        let environment = guarded(|| {
            let pool = GlobalThreadPoolOptions::default()
                .with_intra_threads(intra)?
                .with_inter_threads(1)?
                // Equal CPU accounting for all: waiting threads must not burn a team's CPU limit.
                .with_spin_control(false)?
                .with_thread_manager(roster.clone())?;
            builder
                .with_name("egret")
                .with_telemetry(false)
                .with_logger(Arc::new(|_, _, _, _, _| {}))
                .with_global_thread_pool(pool)
                .build()
        })
        .map_err(StartError::Environment)?;
        // With a logger of one's own `ort` asks for every message; formatting them is not free.
        environment.set_log_level(LogLevel::Fatal);

        let found = roster.wait();
        if found != threads - 1 {
            return Err(StartError::Pool { expected: threads - 1, found });
        }
        let runtime = Self { environment, threads };
        warmup::run(&runtime)?;
        Ok(runtime)
    }

    /// Threads that compute, the caller's included.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.threads
    }
}
