use anyhow::Result;
use egret_proto::v1::ListTeamHistoryRequest;

use crate::{Exit, cli::Context, client::all, names::TeamName, view};

/// `egret team history TEAM`.
#[derive(Debug, clap::Args)]
#[command(after_help = "For members of the team, organizers and auditors.")]
pub(crate) struct Args {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let page = async |page_token| {
        let parent = args.team.full().to_owned();
        let request = ListTeamHistoryRequest { parent, page_size: 200, page_token };
        let page = client.list_team_history(request).await?;
        Ok((page.events, page.next_page_token))
    };
    let events = all(page).await?;
    context.output.messages("TeamEvent", &events, || view::team::history(&events))?;
    Ok(Exit::Ok)
}
