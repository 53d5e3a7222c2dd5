//! `egret task …`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use egret_proto::v1::GetTaskRequest;
use serde_json::json;

use crate::{Exit, cli::Context, names::TaskName, numbers, progress, view};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows a task: input, answer, metrics, limits
    Show(Show),
    /// Downloads the public sample: inputs as models see them, and labels
    Sample(Sample),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  egret task sample my-contest/digits --to sample.zip\n\n\
JSON: {\"path\", \"sha256\", \"size_bytes\"}")]
pub(crate) struct Sample {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
    /// Where it goes [default: COMPETITION-TASK-sample.zip]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Show(args) => show(args, context).await,
        Verb::Sample(args) => sample(args, context).await,
    }
}

async fn show(args: Show, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let task = client.get_task(GetTaskRequest { name: args.task.full().to_owned() }).await?;
    context.output.message("Task", &task, || view::task::show(&task))?;
    Ok(Exit::Ok)
}

async fn sample(args: Sample, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let short = TaskName::short(args.task.full()).replace('/', "-");
    let path = args.to.unwrap_or_else(|| PathBuf::from(format!("{short}-sample.zip")));
    let bar = progress::bytes("sample", 0);
    let heard = |bytes, size| {
        bar.set_length(size);
        bar.set_position(bytes);
    };
    let found = client.download_sample(args.task.full(), &path, heard).await?;
    bar.finish_and_clear();
    let value = json!({ "path": path, "sha256": found.sha256, "size_bytes": found.bytes });
    context.output.value(&value, || {
        format!("{} ({}), SHA-256 {}", path.display(), numbers::bytes(found.bytes), found.sha256)
    })?;
    Ok(Exit::Ok)
}
