use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use egret_control::{Listeners, Tls};
use egret_datasets::PoolIdentity;
use egret_worker::{ControlPlane, WorkerConfig};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::config::server::{ServeConfig, ServeFlags};
use crate::serve::{
    data_dir::{DataDir, POOL_DEFAULT, lock, parse},
    private, signals,
    workers::Setup,
};
use crate::{Exit, cli::Context, config::Token, failure::Failure, logs::LogFormat};

/// `egret serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
On an empty data directory it does what `egret init` does, and prints the operator's token once on standard output. \
The first SIGINT or SIGTERM drains: running evaluations and calls end, none is lost. The second one ends at once.

Configuration, in rising order: egret.toml, EGRET_SERVE_… variables, flags. EGRET_RUNNER and EGRET_ORT_LIB name the \
runner and ONNX Runtime where they are not beside egret and in the cache. EGRET_LOG filters the log.

Examples:
  egret serve --data-dir ./site
  egret serve --data-dir /var/lib/egret --listen 0.0.0.0:443 --tls-certificate tls.crt --tls-key tls.key
  egret serve --data-dir /var/lib/egret --database-url postgres://egret@db/egret --workers 0 --log-format json")]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServeFlags,
    /// The shape of the log
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", env = "EGRET_LOG_FORMAT")]
    pub log_format: LogFormat,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let config = ServeConfig::load(&args.server)?;
    // The ports first: a command typed twice is told so before anything is touched.
    let public = bind(config.listen).await?;
    let worker = bind(config.worker_listen).await?;
    let private = bind(config.private_listen).await?;
    let (public_address, worker_address) = (public.local_addr()?, worker.local_addr()?);
    let tls = tls(&config)?;
    let metrics = private::collect()?;
    let shutdown = signals::watch()?;
    let DataDir { control, identity, operator_token } = DataDir::open(&config).await?;
    let _alone = lock(&config.data_dir)?;
    if let Some(token) = &operator_token {
        let value = serde_json::json!({ "operator_token": token.reveal() });
        context.output.value(&value, || format!("operator token, shown once: {}\n", token.reveal()))?;
    }
    let web = egret_web::router(control.in_process(control.routes().await?));
    let store = control.store().clone();

    // Workers drain while they can still hand in what they have; then the server does.
    let serving = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let private_address = private.local_addr()?;
    let private_routes = private::routes(control.clone(), metrics);
    let private_end = serving.clone().cancelled_owned();
    tasks.spawn(async move {
        axum::serve(private, private_routes)
            .with_graceful_shutdown(private_end)
            .await
            .context("the private port")
    });
    let scheme = if tls.is_some() { "https" } else { "http" };
    let embedded = match identity.filter(|_| config.workers > 0 || config.check_slots > 0) {
        Some(identity) => {
            let (token, secret) = control.worker_token(parse(POOL_DEFAULT)?).await?;
            let channel = control.in_process(control.worker_routes());
            Some((token, embedded_worker(&config, channel, secret.reveal(), identity)?))
        }
        None => None,
    };
    let listeners = Listeners { public, worker };
    tasks.spawn({
        let serving = serving.clone();
        async move { egret_control::serve(control, listeners, web, tls, serving).await.context("the server") }
    });
    let workers = tokio::spawn({
        let (shutdown, serving, store) = (shutdown.clone(), serving.clone(), store.clone());
        async move {
            let ended = match embedded {
                Some((token, config)) => {
                    let ended =
                        egret_worker::run(config, shutdown.clone()).await.context("the embedded worker");
                    let revoked = store.revoke_token(&token.name.token).await;
                    ended.and(revoked.context("the embedded worker's token").map(drop))
                }
                None => {
                    shutdown.cancelled().await;
                    Ok(())
                }
            };
            serving.cancel();
            ended
        }
    });
    tracing::info!(
        url = %format!("{scheme}://{public_address}"),
        workers = %worker_address,
        private = %private_address,
        version = env!("CARGO_PKG_VERSION"),
        "listening"
    );
    let mut ended = Ok(());
    while let Some(task) = tasks.join_next().await {
        serving.cancel();
        shutdown.cancel();
        ended = ended.and(task.context("a task of the server panicked").flatten());
    }
    let ended = ended.and(workers.await.context("the embedded worker panicked").flatten());
    store.close().await;
    ended?;
    tracing::info!("the server has drained");
    Ok(Exit::Ok)
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let next = "is another server running? choose another address with --listen, --worker-listen or --private-listen";
        Failure::new(Exit::Failed, format!("cannot listen on {address}: {error}")).next(next).into()
    })
}

fn tls(config: &ServeConfig) -> Result<Option<Tls>> {
    let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) else { return Ok(None) };
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    Ok(Some(Tls { certificate: read(certificate)?, key: read(key)? }))
}

/// The worker in this process: a client of the workers' service like any other.
fn embedded_worker(
    config: &ServeConfig,
    channel: Channel,
    secret: &str,
    identity: PoolIdentity,
) -> Result<WorkerConfig> {
    Setup {
        control_plane: ControlPlane::InProcess(channel),
        token: Token::new(secret).context("a token that was just made")?,
        identity,
        cache_dir: config.data_dir.join("worker").join("cache"),
        cache_gib_max: config.cache_gib_max,
        isolation: config.isolation.clone(),
        slots: config.workers,
        check_slots: config.check_slots,
        name: "embedded".to_owned(),
    }
    .settle()
}
