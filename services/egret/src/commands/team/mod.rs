//! `egret team …`.

mod create;
mod invite;
mod join;
mod list;

use anyhow::Result;
use clap::Subcommand;
use egret_proto::v1::WhoAmIResponse;

use crate::names::CompetitionName;
use crate::{Exit, cli::Context, failure::Failure};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Founds a team
    Create(create::Args),
    /// Makes a code with which one person joins a team
    Invite(invite::Args),
    /// Joins a team by code; signs you in if you are not
    Join(join::Args),
    /// Lists the teams of a competition
    List(list::Args),
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Create(args) => create::run(args, context).await,
        Verb::Invite(args) => invite::run(args, context).await,
        Verb::Join(args) => join::run(args, context).await,
        Verb::List(args) => list::run(args, context).await,
    }
}

/// The caller's team in a competition; there is at most one.
pub(crate) fn my_team(who: &WhoAmIResponse, competition: &CompetitionName) -> Result<String> {
    let prefix = format!("{competition}/teams/");
    let mine = who.teams.iter().find(|team| team.starts_with(&prefix));
    mine.cloned().ok_or_else(|| {
        let failure = if who.user.is_empty() {
            Failure::new(Exit::Denied, "you are not signed in")
        } else {
            Failure::new(Exit::Refused, format!("you are in no team of {}", competition.id()))
        };
        failure.next("`egret team join CODE` with the invite of a team, EGRET_TOKEN, or --token-file").into()
    })
}
