use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_datasets::{Checked, Progress};
use indicatif::ProgressBar;
use serde_json::json;

use super::{problems, summary};
use crate::{Exit, cli::Context, failure::Failure, progress};

/// `egret competition check DIR`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the manifests and decodes every file; nothing is uploaded. Exit code 3 if there is a \
problem.\n\nExample:\n  egret competition check ./my-contest\n\n\
JSON: {\"problems\": [{\"file\", \"line\" or null, \"what\", \"remedy\"}], \"tasks\": [{\"id\", \"items_per_class\", …}]}"
)]
pub(crate) struct Args {
    /// The package: a folder with competition.toml and tasks/
    #[arg(value_name = "DIR")]
    package: PathBuf,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let checked = check(&args.package).await?;
    tell(&checked, context)?;
    Ok(if checked.problems.is_empty() { Exit::Ok } else { Exit::Refused })
}

/// Prints every problem, or what the package holds.
pub(super) fn tell(Checked { problems, tasks, .. }: &Checked, context: &Context) -> Result<()> {
    let value = json!({ "problems": problems::as_json(problems), "tasks": summary::as_json(tasks) });
    let text = || {
        let count = problems.len();
        let verdict = match count {
            0 => "No problems.\n".to_owned(),
            1 => "\n1 problem.\n".to_owned(),
            _ => format!("\n{count} problems.\n"),
        };
        let found = if count == 0 { summary::as_text(tasks) + "\n" } else { problems::as_text(problems) };
        found + &verdict
    };
    Ok(context.output.value(&value, text)?)
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
