use anyhow::Result;
use egret_proto::v1::ListCompetitionsRequest;
use jiff::Timestamp;

use crate::{Exit, cli::Context, client::all, view};

/// `egret competition list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(_: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let page = async |page_token| {
        let page = client.list_competitions(ListCompetitionsRequest { page_size: 200, page_token }).await?;
        Ok((page.competitions, page.next_page_token))
    };
    let competitions = all(page).await?;
    let table = || view::competition::list(&competitions, Timestamp::now());
    context.output.messages("Competition", &competitions, table)?;
    Ok(Exit::Ok)
}
