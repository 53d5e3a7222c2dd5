use anyhow::Result;
use egret_proto::v1::ListTokensRequest;

use crate::{Exit, cli::Context, client::all, view};

/// `egret token list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(_: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let page = async |page_token| {
        let page = client.list_tokens(ListTokensRequest { page_size: 200, page_token }).await?;
        Ok((page.tokens, page.next_page_token))
    };
    let tokens = all(page).await?;
    context.output.messages("Token", &tokens, || view::token::list(&tokens))?;
    Ok(Exit::Ok)
}
