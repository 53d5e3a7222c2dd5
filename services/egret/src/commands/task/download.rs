use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_proto::v1::GetTaskRequest;
use serde_json::json;

use crate::client::{Client, FileDigest};
use crate::{Exit, cli::Context, names::TaskName, numbers, output, progress, view};

/// `egret task download COMPETITION/TASK [--out DIR]`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
One zip, which is a small task of its own: task.toml with the contract, metrics and limits, the class names where they are \
public, media/ with the exact inputs as lossless files, labels.csv. It appears once it is whole and its SHA-256 holds; one \
that is there already with the server's SHA-256 is kept.

Example:
  egret task download my-contest/digits --out data

JSON: {\"path\", \"sha256\", \"size_bytes\", \"task\": as `egret task show`}")]
pub(crate) struct Args {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
    /// The folder that it goes to, as COMPETITION-TASK-sample.zip
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let task = client.get_task(GetTaskRequest { name: args.task.full().to_owned() }).await?;
    let (path, found) = sample(&client, &args.task, &args.out).await?;
    let value = json!({
        "path": path,
        "sha256": found.sha256,
        "size_bytes": found.bytes,
        "task": output::to_json("Task", &task),
    });
    context.output.value(&value, || {
        let size = numbers::bytes(found.bytes);
        let sample = format!("{} ({size}), SHA-256 {}", path.display(), found.sha256);
        let next = format!("Next: egret check MODEL --sample {}", path.display());
        format!("{}\n{next}\n", view::facts([("sample", sample)]) + &view::task::show(&task))
    })?;
    Ok(Exit::Ok)
}

/// Brings a task's public sample into a folder, unless it is there already.
pub(in crate::commands) async fn sample(
    client: &Client,
    task: &TaskName,
    folder: &Path,
) -> Result<(PathBuf, FileDigest)> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let short = TaskName::short(task.full()).replace('/', "-");
    let path = folder.join(format!("{short}-sample.zip"));
    let bar = progress::bytes("sample", 0);
    let heard = |bytes, size| {
        bar.set_length(size);
        bar.set_position(bytes);
    };
    let found = client.download_sample(task.full(), &path, heard).await;
    bar.finish_and_clear();
    Ok((path, found?))
}
