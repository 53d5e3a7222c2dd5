use anyhow::Result;
use egret_worker::ORT_SHA256;

use crate::config::jail::{self, Isolation};
use crate::{Exit, cli::Context, view};

/// `egret doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Attacks every layer of the jail, with that layer alone and with none, by the runner that evaluates; scores a model of \
our own; checks ONNX Runtime's digest. Needs no server, no token and no data, and changes nothing. Takes a second or two.
A worker does the same at its start and once a day, and takes no lease while it fails: its last report is doctor.json in \
its cache directory.

Ends with 0 if hidden data may be evaluated here, with 8 if not. Run it as the user that the worker runs as, where the \
worker runs: in its container, under its unit.

Example:
  egret doctor
  egret doctor --isolation no-namespaces --output json")]
pub(crate) struct Args {
    /// The least isolation of models: `full`, `no-namespaces`, or `external:NAME` of an outer boundary
    #[arg(long, value_name = "LEVEL", env = "EGRET_WORKER_ISOLATION", default_value = "full")]
    isolation: Isolation,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let site = jail::site(args.isolation)?;
    let report = tokio::task::spawn_blocking(move || egret_worker::examine(&site, ORT_SHA256)).await?;
    context.output.value(&serde_json::to_value(&report)?, || view::doctor::report(&report))?;
    Ok(if report.holds { Exit::Ok } else { Exit::Unsound })
}
