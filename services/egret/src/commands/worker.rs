use std::path::PathBuf;

use anyhow::{Context as _, Result};
use egret_datasets::PoolIdentity;
use egret_worker::ControlPlane;

use crate::config::jail::Isolation;
use crate::config::{Token, cache_home};
use crate::serve::{signals, workers::Setup};
use crate::{Exit, cli::Context, failure::Failure, logs::LogFormat};

/// `egret worker --endpoint URL --identity FILE`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A worker dials out to the server's workers' port. It needs no database and no object store, but the identity of its \
pool: keep that file as you keep the test data. Its token comes from EGRET_WORKER_TOKEN or --token-file; an operator \
makes one:
  egret token create --role worker --scope pools/default --name gpu-1

EGRET_RUNNER and EGRET_ORT_LIB name the runner and ONNX Runtime where they are not beside egret and in the cache.
The first SIGTERM lets it finish its lease; the second ends it.

Example:
  egret worker --endpoint https://egret.example:8471 --identity pool.key --token-file worker.token")]
pub(crate) struct Args {
    /// The server's workers' port
    #[arg(long, value_name = "URL", env = "EGRET_WORKER_ENDPOINT")]
    endpoint: String,
    /// The pool's identity, as `egret init` wrote it to worker/pool.key
    #[arg(long, value_name = "FILE", env = "EGRET_WORKER_IDENTITY")]
    identity: PathBuf,
    /// Sealed blobs are kept here between leases; one worker per folder [default: ~/.cache/egret/worker]
    #[arg(long, value_name = "DIR", env = "EGRET_WORKER_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
    /// Bound on that folder, in GiB
    #[arg(long, value_name = "GIB", env = "EGRET_WORKER_CACHE_GIB_MAX", default_value_t = 20)]
    cache_gib_max: u64,
    /// Submissions evaluated at once; each takes its task's threads and memory
    #[arg(long, value_name = "COUNT", env = "EGRET_WORKER_SLOTS", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=256))]
    slots: u32,
    /// Further slots, which run checks alone; with any, the others run none. With 0 a check waits for hidden runs, and so tells
    /// how long they took
    #[arg(long, value_name = "COUNT", env = "EGRET_WORKER_CHECK_SLOTS", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=256))]
    check_slots: u32,
    /// The least isolation of models: `full`, `no-namespaces`, or `external:NAME` of an outer boundary
    #[arg(long, value_name = "LEVEL", env = "EGRET_WORKER_ISOLATION", default_value = "full")]
    isolation: Isolation,
    /// This worker's name in the server's logs [default: worker-PID]
    #[arg(long, value_name = "NAME", env = "EGRET_WORKER_NAME")]
    name: Option<String>,
    /// The shape of the log
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", env = "EGRET_LOG_FORMAT")]
    pub log_format: LogFormat,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let shutdown = signals::watch()?;
    let identity = PoolIdentity::load(&args.identity).with_context(|| args.identity.display().to_string())?;
    let cache_dir = match args.cache_dir {
        Some(directory) => directory,
        None => cache_home()?.join("worker"),
    };
    let ca_file = context.connection.ca_file.as_ref();
    let ca_pem =
        ca_file.map(|file| std::fs::read(file).with_context(|| file.display().to_string())).transpose()?;
    let setup = Setup {
        control_plane: ControlPlane::Url { url: args.endpoint.clone(), ca_pem },
        token: token(context)?,
        identity,
        cache_dir,
        cache_gib_max: args.cache_gib_max,
        isolation: args.isolation,
        slots: args.slots,
        check_slots: args.check_slots,
        name: args.name.unwrap_or_else(|| format!("worker-{}", std::process::id())),
    };
    let config = setup.settle()?;
    tracing::info!(
        endpoint = args.endpoint,
        slots = config.slots,
        check_slots = config.check_slots,
        name = config.name,
        "ready to prove the jail and lease"
    );
    egret_worker::run(config, shutdown).await?;
    tracing::info!("the worker has drained");
    Ok(Exit::Ok)
}

fn token(context: &Context) -> Result<Token> {
    if let Some(file) = &context.connection.token_file {
        return Token::read(file);
    }
    std::env::var("EGRET_WORKER_TOKEN").ok().as_deref().and_then(Token::new).ok_or_else(|| {
        let failure = Failure::new(Exit::Usage, "a worker needs a token");
        failure
            .next("set EGRET_WORKER_TOKEN or pass --token-file; `egret token create --role worker` makes one")
            .into()
    })
}
