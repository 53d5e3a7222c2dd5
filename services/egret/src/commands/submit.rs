//! `egret submit`: hash, reserve, upload, submit, watch.

pub(super) mod adapter;
mod follow;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_proto::v1::{
    CreateSubmissionRequest, GetTaskRequest, Submission, Task, WhoAmIRequest, submission::State,
    upload::Purpose,
};
use uuid::Uuid;

use crate::cli::Context;
use crate::client::{Client, FileDigest, Outgoing};
use crate::commands::team::my_team;
use crate::names::{SubmissionName, TaskName, TeamName};
use crate::view::ledger::Grids;
use crate::{Exit, failure::Failure, numbers, progress, view};

/// `egret submit MODEL --task TASK`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A model is tried on the public sample first, with every detail, and then evaluated on hidden data, of which you see \
the state and the release. What Egret feeds is inferred from the ONNX signature and shown; the adapter flags declare it.

Examples:
  egret submit model.onnx --task my-contest/digits --watch
  egret submit model.onnx --task my-contest/digits --scale 1/255 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225

Exit code 6: rejected, withheld, cancelled, or no score (with --watch).")]
pub(crate) struct Args {
    /// The ONNX model
    model: PathBuf,
    /// The task
    #[arg(long, short, value_name = "COMPETITION/TASK")]
    task: TaskName,
    /// The team [default: yours]
    #[arg(long, value_name = "COMPETITION/TEAM")]
    team: Option<TeamName>,
    /// A remark for your team, at most 200 characters
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// Follows the submission to its end
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    adapter: adapter::Flags,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let task = client.get_task(GetTaskRequest { name: args.task.full().to_owned() }).await?;
    let team = match &args.team {
        Some(team) => team.full().to_owned(),
        None => my_team(&client.who_am_i(WhoAmIRequest {}).await?, &args.task.competition())?,
    };
    let digest = digest(&args.model).await?;
    fits(&task, digest.bytes)?;
    let file = Outgoing { path: args.model.clone(), digest, purpose: Purpose::Model, parent: team.clone() };
    let upload = send(&client, file).await?;
    let request = CreateSubmissionRequest {
        parent: args.task.full().to_owned(),
        team,
        upload,
        adapter: Some((&args.adapter.declared(&args.model)?).into()),
        note: args.note,
        // Repeated by the client with every retry, so that one command is one submission.
        request_id: Uuid::new_v4().to_string(),
    };
    let submission = client.create_submission(request).await?;
    if !args.watch {
        let next = format!("Next: egret submissions {}\n", SubmissionName::short(&submission.name));
        let show = || format!("{}\n{next}", view::submission::show(&submission, &Grids::default()));
        context.output.message("Submission", &submission, show)?;
        return Ok(Exit::Ok);
    }
    let last = follow::to_the_end(&client, context, &args.task, &submission).await?;
    Ok(outcome(&last))
}

/// Hashes the model; a model that cannot be read is a wrong command line.
async fn digest(path: &Path) -> Result<FileDigest> {
    let bar = progress::bytes("hash", std::fs::metadata(path).map_or(0, |file| file.len()));
    let (heard, file) = (bar.clone(), path.to_path_buf());
    let hashed =
        tokio::task::spawn_blocking(move || FileDigest::of(&file, |bytes| heard.set_position(bytes)));
    let digest = hashed.await.context("hashing stopped")?;
    bar.finish_and_clear();
    digest.map_err(|error| {
        let failure = Failure::new(Exit::Usage, format!("{}: {error}", path.display()));
        failure.next("name a file with an ONNX model").into()
    })
}

/// Sizes that the server would refuse are refused before the bytes travel.
pub(super) fn fits(task: &Task, bytes: u64) -> Result<(), Failure> {
    let max_mib = task.limits.unwrap_or_default().model_mib_max;
    if bytes == 0 {
        return Err(Failure::new(Exit::Refused, "the file is empty").next("export the model again"));
    }
    if max_mib > 0 && bytes > u64::from(max_mib) << 20 {
        let what = format!("the model has {}; the task allows {max_mib} MiB", numbers::bytes(bytes));
        return Err(Failure::new(Exit::Refused, what).next("store its weights in fewer bits, or take fewer"));
    }
    Ok(())
}

async fn send(client: &Client, file: Outgoing) -> Result<String> {
    let bar = progress::bytes("upload", file.digest.bytes);
    let heard = bar.clone();
    let upload = client.upload(&file, move |bytes| heard.set_position(bytes)).await;
    bar.finish_and_clear();
    Ok(upload.with_context(|| file.path.display().to_string())?.name)
}

fn outcome(submission: &Submission) -> Exit {
    let scored = submission.release.as_ref().is_some_and(|release| release.scored);
    if submission.state() == State::Released && scored { Exit::Ok } else { Exit::Rejected }
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{Limits, Release};

    use super::*;

    #[test]
    fn only_a_score_is_success() {
        let ended = |state: State, release: Option<bool>| Submission {
            state: state.into(),
            release: release.map(|scored| Release { scored, ..Release::default() }),
            ..Submission::default()
        };
        assert_eq!(outcome(&ended(State::Released, Some(true))), Exit::Ok);
        assert_eq!(outcome(&ended(State::Released, Some(false))), Exit::Rejected);
        assert_eq!(outcome(&ended(State::Rejected, None)), Exit::Rejected);
        assert_eq!(outcome(&ended(State::Cancelled, None)), Exit::Rejected);
        assert_eq!(outcome(&ended(State::Withheld, None)), Exit::Rejected);
    }

    #[test]
    fn a_model_may_be_as_large_as_the_limit_and_no_larger() {
        let task = Task { limits: Some(Limits { model_mib_max: 1, ..Limits::default() }), ..Task::default() };
        assert!(fits(&task, 1 << 20).is_ok());
        for bytes in [0, (1 << 20) + 1] {
            assert_eq!(fits(&task, bytes).unwrap_err().exit, Exit::Refused);
        }
    }
}
