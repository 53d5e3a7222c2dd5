//! `egret team …`.

mod create;
mod entries;
mod history;
mod invite;
mod invites;
mod join;
mod list;
mod members;
mod merge;
mod rename;
mod show;
mod standing;

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
    /// Shows a team, what it has entered, and who wishes to merge with it
    Show(show::Args),
    /// Gives a team another title
    Rename(rename::Args),
    /// Lists the invites of a team that can still be used
    Invites(invites::ListArgs),
    /// Ends an invite
    Revoke(invites::RevokeArgs),
    /// Leaves a team
    Leave(members::LeaveArgs),
    /// Takes a member out of a team
    Remove(members::OtherArgs),
    /// Makes another member the captain
    Captain(members::OtherArgs),
    /// Shows who came and went, and what was done to a team
    History(history::Args),
    /// Lets a team in that waits for approval (organizers)
    Approve(standing::ApproveArgs),
    /// Takes a team out, or does not let it in (organizers)
    Disqualify(standing::DisqualifyArgs),
    /// Lets a disqualified team in again (organizers)
    Restore(standing::RestoreArgs),
    /// Says whether a team competes (organizers)
    Kind(standing::KindArgs),
    /// Makes one team of two
    #[command(subcommand)]
    Merge(merge::Verb),
    /// Enters a team in a task
    Enter(entries::EntryArgs),
    /// Takes an entry back, before the first submission
    Withdraw(entries::EntryArgs),
    /// Lists which teams take part in which tasks
    Entries(entries::ListArgs),
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Create(args) => create::run(args, context).await,
        Verb::Invite(args) => invite::run(args, context).await,
        Verb::Join(args) => join::run(args, context).await,
        Verb::List(args) => list::run(args, context).await,
        Verb::Show(args) => show::run(args, context).await,
        Verb::Rename(args) => rename::run(args, context).await,
        Verb::Invites(args) => invites::list(args, context).await,
        Verb::Revoke(args) => invites::revoke(args, context).await,
        Verb::Leave(args) => members::leave(args, context).await,
        Verb::Remove(args) => members::remove(args, context).await,
        Verb::Captain(args) => members::captain(args, context).await,
        Verb::History(args) => history::run(args, context).await,
        Verb::Approve(args) => standing::approve(args, context).await,
        Verb::Disqualify(args) => standing::disqualify(args, context).await,
        Verb::Restore(args) => standing::restore(args, context).await,
        Verb::Kind(args) => standing::kind(args, context).await,
        Verb::Merge(verb) => merge::run(verb, context).await,
        Verb::Enter(args) => entries::enter(args, context).await,
        Verb::Withdraw(args) => entries::withdraw(args, context).await,
        Verb::Entries(args) => entries::list(args, context).await,
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
