use anyhow::Result;
use egret_proto::v1::CreateInviteRequest;

use crate::{Exit, cli::Context, moment, names::TeamName, view};

/// `egret team invite TEAM`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  egret team invite my-contest/egrets")]
pub(crate) struct Args {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let parent = args.team.full().to_owned();
    let invite = client.create_invite(CreateInviteRequest { parent }).await?;
    context.output.message("CreateInviteResponse", &invite, || {
        let facts = [("code", invite.code.clone()), ("expires", moment::show(invite.expire_time))];
        format!(
            "{}\nIt is shown once and lets one person in: egret team join {} --name NAME\n",
            view::facts(facts),
            invite.code
        )
    })?;
    Ok(Exit::Ok)
}
