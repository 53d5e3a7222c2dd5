use anyhow::Result;
use egret_proto::v1::RevokeTokenRequest;

use crate::{Exit, cli::Context, names::TokenName, view};

/// `egret token revoke TOKEN`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The token's name, as `egret token list` shows it; never its secret
    #[arg(value_name = "tokens/ID")]
    token: TokenName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let token = client.revoke_token(RevokeTokenRequest { name: args.token.full().to_owned() }).await?;
    context.output.message("Token", &token, || view::token::list(std::slice::from_ref(&token)))?;
    Ok(Exit::Ok)
}
