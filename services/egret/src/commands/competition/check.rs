//! `egret competition check`: every problem of a package; what models will see of it; what a baseline scores on it.

mod baseline;
mod sheet;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_datasets::{Checked, Package, Progress, TaskManifest};
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{outlook, problems, summary};
use crate::commands::submit::adapter;
use crate::config::jail::Isolation;
use crate::{Exit, cli::Context, failure::Failure, progress};
use baseline::Baseline;

/// `egret competition check DIR`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the manifests and decodes every file; nothing is uploaded. Lists every problem with file, line and remedy; for a \
package without problems, items, bytes and shards of each task, all times in the competition's zone, and what the ladders come \
to: levels, bits, and how far a released score may be from the true one.

--preview draws the first items as models will get them, after cropping, scaling and resampling: pictures, the first, middle \
and last frame of a clip, the spectrum of a sound. Texts are printed.

--model runs a model on every split as the workers will, and prints its scores and how long it takes: the task is sealed to a \
throw-away key in ~/.cache/egret (which needs room for its inputs), and opened shard by shard. Hidden splits are scored by the \
rules for hidden data, so that a score here is the one that a submission gets, before rounding.

Examples:
  egret competition check ./my-contest
  egret competition check ./my-contest --preview sheet.png
  egret competition check ./my-contest --task digits --model baseline.onnx --scale 1/255

JSON: {\"problems\": [{\"file\", \"line\" or null, \"what\", \"remedy\"}], \"tasks\": [{\"id\", \"items_per_class\", …}], \
\"phases\": [{\"phase\", \"task\" or null, \"start\", \"freeze\" or null, \"end\"}], \"ladders\": [{\"phase\", \"task\", \"items\", \"levels\", \
\"step\", \"budget_millibits\", \"tau\", \"honest_run_millibits\"}], \"previews\": [{\"task\", \"path\" or null, \"captions\"}], \"baseline\": null or {\"task\", \"model\", \"splits\": [{\"split\", \
\"check\": as in `egret submissions`}]}}

Exit code 3: there is a problem; 6: the model fails on a split; 8: the jail is not to be had here.")]
pub(crate) struct Args {
    /// The package: a folder with competition.toml and tasks/
    #[arg(value_name = "DIR")]
    package: PathBuf,
    /// Writes a sheet of the first items; of several tasks, one for each: FILE-TASK.png
    #[arg(long, value_name = "FILE.png")]
    preview: Option<PathBuf>,
    /// Runs this model on all of a task
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// The task of --preview and --model [default: every task; the only one]
    #[arg(long, value_name = "TASK")]
    task: Option<String>,
    /// The least isolation of models: `full`, `no-namespaces`, or `external:NAME` of an outer boundary
    #[arg(long, value_name = "LEVEL", env = "EGRET_WORKER_ISOLATION", default_value = "full")]
    isolation: Isolation,
    #[command(flatten)]
    adapter: adapter::Flags,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let checked = check(&args.package).await?;
    let package = match &checked.package {
        Some(package) if checked.problems.is_empty() => package,
        _ => {
            tell(&checked, context)?;
            return Ok(Exit::Refused);
        }
    };
    let tasks = chosen(package, args.task.as_deref())?;
    let previews = match &args.preview {
        Some(file) => sheet::draw(package, &tasks, file).await?,
        None => Vec::new(),
    };
    let baseline = match &args.model {
        Some(model) => {
            let [task] = tasks[..] else {
                let failure = Failure::new(Exit::Usage, "the package has several tasks");
                return Err(failure.next("say with --task which one the model is for").into());
            };
            let adapter = args.adapter.declared(model)?;
            Some(baseline::run(package, task, model, adapter, args.isolation).await?)
        }
        None => None,
    };
    let mut value = found(&checked);
    value["previews"] = previews.iter().map(sheet::Sheet::json).collect();
    value["baseline"] = baseline.as_ref().map_or(Value::Null, Baseline::json);
    let text = || {
        let sheets = previews.iter().map(sheet::Sheet::text);
        let scores = baseline.iter().map(Baseline::text);
        let parts: Vec<String> = [as_text(&checked)].into_iter().chain(sheets).chain(scores).collect();
        parts.join("\n")
    };
    context.output.value(&value, text)?;
    Ok(if baseline.is_none_or(|baseline| baseline.passed()) { Exit::Ok } else { Exit::Rejected })
}

/// The named task, or all of them.
fn chosen<'a>(package: &'a Package, named: Option<&str>) -> Result<Vec<&'a TaskManifest>> {
    let tasks: Vec<_> =
        package.tasks.iter().filter(|task| named.is_none_or(|named| task.id == named)).collect();
    if tasks.is_empty() {
        let ids: Vec<&str> = package.tasks.iter().map(|task| task.id.as_str()).collect();
        let what = format!("the package has no task `{}`", named.unwrap_or_default());
        return Err(Failure::new(Exit::Usage, what).next(format!("name one of {}", ids.join(", "))).into());
    }
    Ok(tasks)
}

/// Prints every problem, or what the package holds.
pub(super) fn tell(checked: &Checked, context: &Context) -> Result<()> {
    Ok(context.output.value(&found(checked), || as_text(checked))?)
}

fn found(Checked { package, problems, tasks }: &Checked) -> Value {
    let (phases, ladders) =
        package.as_ref().map(|package| outlook::as_json(package, tasks)).unwrap_or_default();
    json!({
        "problems": problems::as_json(problems), "tasks": summary::as_json(tasks), "phases": phases, "ladders": ladders,
    })
}

fn as_text(Checked { package, problems, tasks }: &Checked) -> String {
    let count = problems.len();
    let verdict = match count {
        0 => "No problems.\n".to_owned(),
        1 => "\n1 problem.\n".to_owned(),
        _ => format!("\n{count} problems.\n"),
    };
    let found = match package {
        Some(package) if count == 0 => {
            summary::as_text(tasks) + "\n" + &outlook::as_text(package, tasks, Timestamp::now()) + "\n"
        }
        _ => problems::as_text(problems),
    };
    found + &verdict
}

/// Checks a package on all cores, with a progress bar.
pub(super) async fn check(package: &Path) -> Result<Checked> {
    if !package.is_dir() {
        let what = format!("{} is not a folder", package.display());
        return Err(Failure::new(Exit::Usage, what)
            .next("name the folder that holds competition.toml")
            .into());
    }
    let (package, bar) = (package.to_path_buf(), Bar(progress::items("check")));
    tokio::task::spawn_blocking(move || egret_datasets::check(&package, &bar))
        .await
        .context("checking stopped")
}

/// Shows a package's progress.
pub(super) struct Bar(pub ProgressBar);

impl Progress for Bar {
    fn tick(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
