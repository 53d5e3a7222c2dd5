//! `egret token …`.

mod create;
mod list;
mod revoke;

use anyhow::Result;
use clap::Subcommand;

use crate::{Exit, cli::Context};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Makes a token, shown once
    Create(create::Args),
    /// Lists your tokens; everybody's for operators
    List(list::Args),
    /// Ends a token
    Revoke(revoke::Args),
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Create(args) => create::run(args, context).await,
        Verb::List(args) => list::run(args, context).await,
        Verb::Revoke(args) => revoke::run(args, context).await,
    }
}
