use anyhow::Result;
use egret_proto::v1::RenameTeamRequest;

use crate::{Exit, cli::Context, names::TeamName, view};

/// `egret team rename TEAM --title TITLE`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The captain may until the merge deadline, if the competition has one; an organizer at any time.\n\n\
Example:\n  egret team rename my-contest/egrets --title \"白鹭 Egrets\""
)]
pub(crate) struct Args {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// The team's name on the board
    #[arg(long, value_name = "TITLE")]
    title: String,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let request = RenameTeamRequest { name: args.team.full().to_owned(), title: args.title };
    let team = client.rename_team(request).await?;
    context.output.message("Team", &team, || view::team::show(&team))?;
    Ok(Exit::Ok)
}
