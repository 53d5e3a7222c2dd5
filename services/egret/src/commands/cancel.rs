use anyhow::Result;
use egret_proto::v1::CancelSubmissionRequest;

use crate::view::ledger::Grids;
use crate::{Exit, cli::Context, names::SubmissionName, view};

/// `egret cancel SUBMISSION`.
#[derive(Debug, clap::Args)]
#[command(after_help = "The quota is refunded while the submission is checking or queued.\n\n\
Example:\n  egret cancel my-contest/digits/0199c2a4")]
pub(crate) struct Args {
    /// The submission, as `egret submissions` shows it
    #[arg(value_name = "COMPETITION/TASK/SUBMISSION")]
    submission: SubmissionName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let name = args.submission.full().to_owned();
    let submission = client.cancel_submission(CancelSubmissionRequest { name }).await?;
    context
        .output
        .message("Submission", &submission, || view::submission::show(&submission, &Grids::default()))?;
    Ok(Exit::Ok)
}
