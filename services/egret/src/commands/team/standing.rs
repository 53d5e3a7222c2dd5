use anyhow::Result;
use clap::ValueEnum;
use egret_proto::v1::{
    ApproveTeamRequest, DisqualifyTeamRequest, RestoreTeamRequest, SetTeamKindRequest, Team, team,
};

use crate::{Exit, cli::Context, names::TeamName, view};

/// `egret team approve TEAM`.
#[derive(Debug, clap::Args)]
pub(crate) struct ApproveArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

/// `egret team disqualify TEAM --reason WHY`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A disqualified team may not submit, and boards do not show it, frozen ones neither.\n\nExample:\n  \
egret team disqualify my-contest/egrets --reason \"two accounts of one person\""
)]
pub(crate) struct DisqualifyArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// Why: recorded, and shown to the team
    #[arg(long, value_name = "WHY")]
    reason: String,
}

/// `egret team restore TEAM`.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// Why: recorded
    #[arg(long, value_name = "WHY", default_value = "")]
    reason: String,
}

/// Whether a team competes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// It does, and ranks
    Regular,
    /// The organizer's reference: shown, not ranked
    Baseline,
    /// Out of competition: shown, not ranked
    Guest,
}

/// `egret team kind TEAM KIND`.
#[derive(Debug, clap::Args)]
pub(crate) struct KindArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// Whether it competes
    #[arg(value_enum)]
    kind: Kind,
}

pub(crate) async fn approve(args: ApproveArgs, context: &Context) -> Result<Exit> {
    let name = args.team.full().to_owned();
    shown(&context.client().await?.approve_team(ApproveTeamRequest { name }).await?, context)
}

pub(crate) async fn disqualify(args: DisqualifyArgs, context: &Context) -> Result<Exit> {
    let request = DisqualifyTeamRequest { name: args.team.full().to_owned(), reason: args.reason };
    shown(&context.client().await?.disqualify_team(request).await?, context)
}

pub(crate) async fn restore(args: RestoreArgs, context: &Context) -> Result<Exit> {
    let request = RestoreTeamRequest { name: args.team.full().to_owned(), reason: args.reason };
    shown(&context.client().await?.restore_team(request).await?, context)
}

pub(crate) async fn kind(args: KindArgs, context: &Context) -> Result<Exit> {
    let kind = match args.kind {
        Kind::Regular => team::Kind::Regular,
        Kind::Baseline => team::Kind::Baseline,
        Kind::Guest => team::Kind::Guest,
    };
    let request = SetTeamKindRequest { name: args.team.full().to_owned(), kind: kind.into() };
    shown(&context.client().await?.set_team_kind(request).await?, context)
}

fn shown(team: &Team, context: &Context) -> Result<Exit> {
    context.output.message("Team", team, || view::team::show(team))?;
    Ok(Exit::Ok)
}
