//! `egret check`: what the server's check would say of a model, on this machine.

mod contract;
mod report;
mod trial;

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
use self::trial::Trial;
use crate::cli::Context;
use crate::commands::submit::adapter;
use crate::commands::task;
use crate::config::{cache_home, jail::Isolation};
use crate::names::TaskName;
use crate::{Exit, failure::Failure};

/// Bytes of a model where no task says how many: the most that an ONNX file can have.
const MODEL_BYTES_MAX: u64 = 2 << 30;

/// `egret check MODEL… [--task TASK | --sample ZIP]`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Runs the models as the server's check will: the same admission, jail, adapter and metrics, on the task's public sample. The \
scores are those that the server will print, to the last digit. Nothing is uploaded or counted.

--task fetches the sample (into ~/.cache/egret/samples, once); --sample reads the zip of `egret task download` and needs no \
server. With neither, or with --static-only, nothing runs: the file is read by the rules of admission, and with a task also \
by its contract.

Running needs what a worker needs: Linux with user namespaces, egret-runner beside egret, and ONNX Runtime; `egret doctor` \
tells whether the jail holds here. Where it does not, --static-only is what is left.

Examples:
  egret check model.onnx
  egret check model.onnx --task my-contest/digits --mean 0.5 --std 0.5
  egret check a.onnx b.onnx --sample my-contest-digits-sample.zip

JSON: [{\"file\", \"accepted\", \"refusal\": {\"fault\", \"rule\", \"detail\", \"remedy\"} or null, \
\"model\": {…} or null, \"feeding\" or null, \"check\": as in `egret submissions`, or null where nothing ran}]

Exit code 6: a model is refused, or failed on the sample; 8: the jail is not to be had here.")]
pub(crate) struct Args {
    /// The ONNX models, or packages (zip)
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,
    /// The task that they are for
    #[arg(long, short, value_name = "COMPETITION/TASK")]
    task: Option<TaskName>,
    /// The task's public sample, as `egret task download` leaves it
    #[arg(long, value_name = "ZIP", conflicts_with = "task")]
    sample: Option<PathBuf>,
    /// Reads the files and runs nothing
    #[arg(long)]
    static_only: bool,
    /// The least isolation of models: `full`, `no-namespaces`, or `external:NAME` of an outer boundary
    #[arg(long, value_name = "LEVEL", env = "EGRET_WORKER_ISOLATION", default_value = "full")]
    isolation: Isolation,
    #[command(flatten)]
    adapter: adapter::Flags,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let (contract, trial) = prepare(&args, context).await?;
    let mut reports = Vec::new();
    for file in args.models {
        let declared = args.adapter.declared(&file)?;
        let adapter = declared.clone();
        let contract = contract.clone();
        let checked = tokio::task::spawn_blocking(move || check(&file, contract.as_ref(), declared));
        let mut report = checked.await.context("checking stopped")??;
        // What the server would not take is not run by it.
        if let (Some(trial), true) = (&trial, report.travels()) {
            report.check = Some(trial.run(&report.file, adapter).await?);
        }
        reports.push(report);
    }
    let value: Value = reports.iter().map(Report::json).collect();
    context.output.value(&value, || {
        let texts: Vec<String> = reports.iter().map(Report::text).collect();
        texts.join("\n")
    })?;
    Ok(if reports.iter().all(Report::passes) { Exit::Ok } else { Exit::Rejected })
}

/// What the models must fit, and what they are run on.
async fn prepare(args: &Args, context: &Context) -> Result<(Option<Contract>, Option<Trial>)> {
    let sample = match (&args.task, &args.sample) {
        (_, Some(sample)) => sample.clone(),
        (Some(task), None) if args.static_only => {
            let client = context.client().await?;
            let task = client.get_task(GetTaskRequest { name: task.full().to_owned() }).await?;
            return Ok((Some(Contract::new(task)?), None));
        }
        (Some(task), None) => {
            let client = context.client().await?;
            let (sample, _) = task::sample(&client, task, &cache_home()?.join("samples")).await?;
            sample
        }
        (None, None) => {
            if args.adapter.any()? {
                let failure = Failure::new(Exit::Usage, "an adapter says how a task's items are fed");
                let next = "name the task with --task or --sample, or leave the adapter flags out";
                return Err(failure.next(next).into());
            }
            return Ok((None, None));
        }
    };
    let sample = trial::open(&sample).await?;
    let contract = Contract::new(trial::task(&sample))?;
    let trial = if args.static_only { None } else { Some(Trial::on(sample, args.isolation.clone()).await?) };
    Ok((Some(contract), trial))
}

/// One file, unrun. A file that cannot be read is a wrong command line.
fn check(file: &Path, contract: Option<&Contract>, declared: Adapter) -> Result<Report> {
    let bytes = fs::metadata(file).map_err(|error| unreadable(file, &error))?.len();
    let outcome = match sized(bytes, contract) {
        Ok(()) => read(&fs::read(file).map_err(|error| unreadable(file, &error))?, contract, declared),
        Err(refused) => Err(refused),
    };
    Ok(Report { file: file.to_owned(), outcome, check: None })
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Usage, format!("{}: {error}", file.display())).next("name files with ONNX models")
}

/// Whether the server takes a file of this size.
fn sized(bytes: u64, contract: Option<&Contract>) -> Result<(), Refused> {
    if bytes == 0 {
        return Err(Refused::empty());
    }
    contract.map_or(Ok(()), |contract| contract.fits(bytes))?;
    Ok(admit_size(bytes)?)
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
