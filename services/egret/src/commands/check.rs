//! `egret check`: what the server's check would say of a file before it runs, on this machine.

mod contract;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_admission::package::unpack;
use egret_admission::{admit, admit_size};
use egret_contract::Adapter;
use egret_proto::v1::GetTaskRequest;
use serde_json::Value;

use self::contract::Contract;
use self::report::{Accepted, Refused, Report};
use crate::cli::Context;
use crate::commands::submit::adapter;
use crate::names::TaskName;
use crate::{Exit, failure::Failure};

/// Bytes of a model where no task says how many: the most that an ONNX file can have.
const MODEL_BYTES_MAX: u64 = 2 << 30;

/// `egret check MODEL… [--task TASK]`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the files as the server's check does before anything runs: the same rules, the same words. Nothing is uploaded, \
run or counted. With --task it fetches the task's contract and limits and says how a model would be fed; without, it \
needs no server.

Examples:
  egret check model.onnx
  egret check model.onnx --task my-contest/digits --mean 0.5 --std 0.5

JSON: [{\"file\", \"accepted\", \"refusal\": {\"fault\", \"rule\", \"detail\", \"remedy\"} or null, \
\"model\": {…} or null, \"feeding\" or null}]

Exit code 6: a model is refused.")]
pub(crate) struct Args {
    /// The ONNX models
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,
    /// The task that they are for
    #[arg(long, short, value_name = "COMPETITION/TASK")]
    task: Option<TaskName>,
    #[command(flatten)]
    adapter: adapter::Flags,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let contract = contract(&args, context).await?;
    let checked = tokio::task::spawn_blocking(move || -> Result<Vec<Report>> {
        let check = |file: &PathBuf| {
            let declared = args.adapter.declared(file)?;
            check(file, contract.as_ref(), declared)
        };
        args.models.iter().map(check).collect()
    });
    let reports = checked.await.context("checking stopped")??;
    let value: Value = reports.iter().map(Report::json).collect();
    context.output.value(&value, || {
        let texts: Vec<String> = reports.iter().map(Report::text).collect();
        texts.join("\n")
    })?;
    let accepted = reports.iter().all(|report| report.outcome.is_ok());
    Ok(if accepted { Exit::Ok } else { Exit::Rejected })
}

async fn contract(args: &Args, context: &Context) -> Result<Option<Contract>> {
    let Some(task) = &args.task else {
        if args.adapter.any()? {
            let failure = Failure::new(Exit::Usage, "an adapter says how a task's items are fed");
            return Err(failure.next("name the task with --task, or leave the adapter flags out").into());
        }
        return Ok(None);
    };
    let client = context.client().await?;
    let task = client.get_task(GetTaskRequest { name: task.full().to_owned() }).await?;
    Ok(Some(Contract::new(task)?))
}

/// One file. A file that cannot be read is a wrong command line.
fn check(file: &Path, contract: Option<&Contract>, declared: Adapter) -> Result<Report> {
    let unreadable = |error: std::io::Error| {
        Failure::new(Exit::Usage, format!("{}: {error}", file.display())).next("name files with ONNX models")
    };
    let bytes = fs::metadata(file).map_err(unreadable)?.len();
    let sized = contract.map_or(Ok(()), |contract| contract.fits(bytes)).and_then(|()| {
        admit_size(bytes)?;
        Ok(())
    });
    let outcome = match sized {
        Ok(()) => read(&fs::read(file).map_err(unreadable)?, contract, declared),
        Err(refused) => Err(refused),
    };
    Ok(Report { file: file.to_owned(), outcome })
}

fn read(bytes: &[u8], contract: Option<&Contract>, declared: Adapter) -> Result<Accepted, Refused> {
    let package = unpack(bytes, contract.map_or(MODEL_BYTES_MAX, Contract::model_bytes_max))?;
    let model = admit(&package.model)?;
    let adapter = declared.over(package.adapter);
    let tokenizer = package.tokenizer.is_some();
    match contract.map(|contract| contract.feeding(&model, &adapter, tokenizer)).transpose() {
        Ok(feeding) => Ok(Accepted { model, feeding }),
        Err(mismatch) => Err(Refused::mismatch(mismatch, model)),
    }
}

#[cfg(test)]
mod tests;
