use anyhow::Result;
use egret_proto::v1::GetCompetitionRequest;
use jiff::Timestamp;

use crate::{Exit, cli::Context, names::CompetitionName, view};

/// `egret phase list COMPETITION`.
#[derive(Debug, clap::Args)]
#[command(after_help = "JSON: Competition")]
pub(crate) struct Args {
    /// The competition
    competition: CompetitionName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let name = args.competition.full().to_owned();
    let competition = client.get_competition(GetCompetitionRequest { name }).await?;
    context.output.message("Competition", &competition, || {
        let table = view::phase::table(&competition.phases, Timestamp::now());
        format!("{table}{}", view::phase::notes(&competition))
    })?;
    Ok(Exit::Ok)
}
