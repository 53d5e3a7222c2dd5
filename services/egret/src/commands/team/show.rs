use anyhow::Result;
use egret_proto::v1::{GetTeamRequest, ListEntriesRequest, ListMergeProposalsRequest};

use crate::{Exit, cli::Context, names::TeamName, view};

/// `egret team show TEAM`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let name = args.team.full().to_owned();
    let team = client.get_team(GetTeamRequest { name: name.clone() }).await?;
    let request = ListEntriesRequest {
        parent: args.team.competition().full().to_owned(),
        team: name.clone(),
        page_size: 200,
        ..ListEntriesRequest::default()
    };
    let entries = client.list_entries(request).await?.entries;
    // Proposals are the team's and the organizers' to see, who are those that see its members.
    let proposals = if team.roster.is_empty() {
        Vec::new()
    } else {
        client.list_merge_proposals(ListMergeProposalsRequest { parent: name }).await?.proposals
    };
    context.output.message("Team", &team, || {
        let mut text = format!("{}\n{}", view::team::show(&team), view::team::entered(&entries));
        if !proposals.is_empty() {
            text.push('\n');
            text.push_str(&view::team::proposals(&proposals));
        }
        text
    })?;
    Ok(Exit::Ok)
}
