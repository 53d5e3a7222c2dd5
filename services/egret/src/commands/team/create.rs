use anyhow::Result;
use egret_proto::v1::{CreateTeamRequest, Team};
use uuid::Uuid;

use crate::{Exit, cli::Context, names::CompetitionName, names::TeamName, view};

/// `egret team create COMPETITION --id ID --title TITLE`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Organizers found teams and invite to them. Where registration is open, every signed-in user may, \
and becomes the first member.\n\nExample:\n  egret team create my-contest --id egrets --title \"白鹭 Egrets\""
)]
pub(crate) struct Args {
    /// The competition
    competition: CompetitionName,
    /// The team's id: 3 to 63 of a-z, 0-9 and -, starting with a letter
    #[arg(long, value_name = "ID")]
    id: String,
    /// The team's name on the board
    #[arg(long, value_name = "TITLE")]
    title: String,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let request = CreateTeamRequest {
        parent: args.competition.full().to_owned(),
        team_id: args.id,
        team: Some(Team { title: args.title, ..Team::default() }),
        request_id: Uuid::new_v4().to_string(),
    };
    let team = client.create_team(request).await?;
    context.output.message("Team", &team, || {
        format!("{}\nNext: egret team invite {}\n", view::team::show(&team), TeamName::short(&team.name))
    })?;
    Ok(Exit::Ok)
}
