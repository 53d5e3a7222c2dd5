use anyhow::Result;
use egret_proto::v1::ListTeamsRequest;

use crate::{Exit, cli::Context, client::all, names::CompetitionName, view};

/// `egret team list COMPETITION`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The competition
    competition: CompetitionName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let page = async |page_token| {
        let parent = args.competition.full().to_owned();
        let page = client.list_teams(ListTeamsRequest { parent, page_size: 200, page_token }).await?;
        Ok((page.teams, page.next_page_token))
    };
    let teams = all(page).await?;
    context.output.messages("Team", &teams, || view::team::list(&teams))?;
    Ok(Exit::Ok)
}
