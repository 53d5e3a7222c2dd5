use anyhow::Result;
use egret_proto::v1::{ListInvitesRequest, RevokeInviteRequest};

use crate::{
    Exit,
    cli::Context,
    names::{InviteName, TeamName},
    view,
};

/// `egret team invites TEAM`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Codes are shown once, when they are made. For the captain and organizers.")]
pub(crate) struct ListArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

/// `egret team revoke INVITE`.
#[derive(Debug, clap::Args)]
pub(crate) struct RevokeArgs {
    /// The invite, as `egret team invites` shows it
    #[arg(value_name = "COMPETITION/TEAM/INVITE")]
    invite: InviteName,
}

pub(crate) async fn list(args: ListArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let parent = args.team.full().to_owned();
    let invites = client.list_invites(ListInvitesRequest { parent }).await?.invites;
    context.output.messages("Invite", &invites, || view::team::invites(&invites))?;
    Ok(Exit::Ok)
}

pub(crate) async fn revoke(args: RevokeArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let name = args.invite.full().to_owned();
    let revoked = client.revoke_invite(RevokeInviteRequest { name }).await?;
    let text = || format!("The invite {} lets nobody in any more.\n", InviteName::short(args.invite.full()));
    context.output.message("RevokeInviteResponse", &revoked, text)?;
    Ok(Exit::Ok)
}
