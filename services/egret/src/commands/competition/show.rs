use anyhow::Result;
use egret_proto::v1::{GetCompetitionRequest, ListTasksRequest};
use jiff::Timestamp;

use crate::{Exit, cli::Context, client::all, names::CompetitionName, view};

/// `egret competition show COMPETITION`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The competition
    competition: CompetitionName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let name = args.competition.full().to_owned();
    let competition = client.get_competition(GetCompetitionRequest { name }).await?;
    if context.output.is_json() {
        context.output.message("Competition", &competition, String::new)?;
        return Ok(Exit::Ok);
    }
    let page = async |page_token| {
        let parent = args.competition.full().to_owned();
        let page = client.list_tasks(ListTasksRequest { parent, page_size: 200, page_token }).await?;
        Ok((page.tasks, page.next_page_token))
    };
    let tasks = all(page).await?;
    crate::output::print(&view::competition::show(&competition, &tasks, Timestamp::now()))?;
    Ok(Exit::Ok)
}
