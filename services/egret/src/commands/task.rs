//! `egret task …`.

mod download;

use anyhow::Result;
use clap::Subcommand;
use egret_proto::v1::GetTaskRequest;

use crate::{Exit, cli::Context, names::TaskName, view};

pub(super) use download::sample;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows a task: input, answer, metrics, limits
    Show(Show),
    /// Downloads the contract, the class names and the public sample: inputs as models see them, and labels
    Download(download::Args),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Show(args) => show(args, context).await,
        Verb::Download(args) => download::run(args, context).await,
    }
}

async fn show(args: Show, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let task = client.get_task(GetTaskRequest { name: args.task.full().to_owned() }).await?;
    context.output.message("Task", &task, || view::task::show(&task))?;
    Ok(Exit::Ok)
}
