use anyhow::Result;
use egret_proto::v1::{LeaveTeamRequest, RemoveMemberRequest, TransferCaptainRequest};

use crate::{
    Exit,
    cli::Context,
    names::{TeamName, UserName},
    view,
};

/// `egret team leave TEAM`.
#[derive(Debug, clap::Args)]
#[command(after_help = "A captain makes another member the captain first, unless nobody else is left.")]
pub(crate) struct LeaveArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

/// `egret team remove TEAM USER`, `egret team captain TEAM USER`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "For the captain and organizers.\n\nExample:\n  egret team captain my-contest/egrets users/0198c0de"
)]
pub(crate) struct OtherArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// The member, as `egret team show` has them
    #[arg(value_name = "users/ID")]
    user: UserName,
}

pub(crate) async fn leave(args: LeaveArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let team = client.leave_team(LeaveTeamRequest { name: args.team.full().to_owned() }).await?;
    let text = || format!("You are not in {} any more.\n", TeamName::short(&team.name));
    context.output.message("Team", &team, text)?;
    Ok(Exit::Ok)
}

pub(crate) async fn remove(args: OtherArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let (name, user) = (args.team.full().to_owned(), args.user.full().to_owned());
    let team = client.remove_member(RemoveMemberRequest { name, user }).await?;
    context.output.message("Team", &team, || view::team::show(&team))?;
    Ok(Exit::Ok)
}

pub(crate) async fn captain(args: OtherArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let (name, user) = (args.team.full().to_owned(), args.user.full().to_owned());
    let team = client.transfer_captain(TransferCaptainRequest { name, user }).await?;
    context.output.message("Team", &team, || view::team::show(&team))?;
    Ok(Exit::Ok)
}
