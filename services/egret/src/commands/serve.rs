use anyhow::{Context as _, Result};
use egret_control::{Control, Listeners, Tls};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::server::{ServeConfig, ServeFlags};
use crate::serve::{
    data_dir::{DataDir, parse},
    private, signals,
    workers::Setup,
};
use crate::{Exit, cli::Context, logs::LogFormat, output};

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
