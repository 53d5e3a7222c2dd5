//! `tracing` on standard error. Servers and workers log from `info` on; the verbs of people only warn.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The shape of logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line per event, for people
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

/// Starts the log of a server or worker. `EGRET_LOG` replaces the `default` filter.
pub(crate) fn start(format: LogFormat, default: &str) {
    let registry = tracing_subscriber::registry().with(filter(default));
    let layer = fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Text => registry.with(layer.with_ansi(io::stderr().is_terminal())).init(),
        LogFormat::Json => registry.with(layer.json()).init(),
    }
}

/// Starts the warnings of a verb of people.
pub(crate) fn start_plain(default: &str) {
    let layer = fmt::layer().with_writer(io::stderr).without_time().with_target(false);
    let layer = layer.with_ansi(io::stderr().is_terminal());
    tracing_subscriber::registry().with(filter(default)).with(layer).init();
}

fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_env("EGRET_LOG").unwrap_or_else(|_| EnvFilter::new(default))
}
