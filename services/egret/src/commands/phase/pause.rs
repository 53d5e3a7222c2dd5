use anyhow::Result;
use egret_proto::v1::SetPausedRequest;

use crate::{Exit, cli::Context, names::CompetitionName};

/// `egret phase pause COMPETITION`, `egret phase resume COMPETITION`.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true).multiple(true),
    after_help = "\
A pause is of the whole competition. It does not move deadlines: time that was lost is given back with `egret phase remove`.

Examples:
  egret phase pause my-contest --submitting --reason \"the server is being moved\"
  egret phase resume my-contest --submitting --evaluating

JSON: Competition"
)]
pub(crate) struct Args {
    /// The competition
    competition: CompetitionName,
    /// Whether submissions are taken
    #[arg(long, group = "what")]
    submitting: bool,
    /// Whether work is handed to workers; what they have, they finish
    #[arg(long, group = "what")]
    evaluating: bool,
    /// Why, at most 200 characters; everybody reads it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

pub(super) async fn run(args: Args, pause: bool, context: &Context) -> Result<Exit> {
    let request = SetPausedRequest {
        name: args.competition.full().to_owned(),
        submitting: args.submitting.then_some(pause),
        evaluating: args.evaluating.then_some(pause),
        reason: args.reason,
    };
    let competition = context.client().await?.set_paused(request).await?;
    context.output.message("Competition", &competition, || {
        let word = |paused: bool| if paused { "paused" } else { "goes on" };
        format!(
            "Submitting {}; evaluating {}.\n",
            word(competition.submitting_paused),
            word(competition.evaluating_paused)
        )
    })?;
    Ok(Exit::Ok)
}
