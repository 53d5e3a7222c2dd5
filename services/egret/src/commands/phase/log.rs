use anyhow::Result;
use egret_proto::v1::ListPhaseChangesRequest;

use crate::{Exit, cli::Context, names::CompetitionName, view};

/// `egret phase log COMPETITION`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Newest first, at most 1,000. JSON: [PhaseChange]")]
pub(crate) struct Args {
    /// The competition
    competition: CompetitionName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let request = ListPhaseChangesRequest { parent: args.competition.full().to_owned() };
    let changes = client.list_phase_changes(request).await?.changes;
    context.output.messages("PhaseChange", &changes, || view::phase::log(&changes))?;
    Ok(Exit::Ok)
}
