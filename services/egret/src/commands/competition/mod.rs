//! `egret competition …`.

mod check;
mod export;
mod list;
mod new;
mod organizers;
mod outlook;
mod problems;
mod publish;
mod show;
mod summary;

use anyhow::Result;
use clap::Subcommand;

use crate::{Exit, cli::Context};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Writes a package to begin with, for any kind of input and answer
    New(new::Args),
    /// Lists every problem of a package, with file, line and remedy; shows what models will see; scores a baseline
    Check(Box<check::Args>),
    /// Checks a package, seals it on this machine, uploads and publishes it
    Publish(publish::Args),
    /// Lists competitions
    List(list::Args),
    /// Shows a competition with its phases and tasks
    Show(show::Args),
    /// Writes everything public of a competition as files: CSV, JSON, and pages that need no server
    Export(export::Args),
    /// Who runs a competition, and who may read what they read
    #[command(subcommand)]
    Organizers(organizers::Verb),
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::New(args) => new::run(args, context),
        Verb::Check(args) => check::run(*args, context).await,
        Verb::Publish(args) => publish::run(args, context).await,
        Verb::List(args) => list::run(args, context).await,
        Verb::Show(args) => show::run(args, context).await,
        Verb::Export(args) => export::run(args, context).await,
        Verb::Organizers(verb) => organizers::run(verb, context).await,
    }
}
