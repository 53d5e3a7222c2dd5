use std::time::Duration;

use anyhow::Result;
use egret_proto::v1::ExtendPhaseRequest;
use uuid::Uuid;

use super::changed;
use crate::names::{PhaseName, TeamName};
use crate::{Exit, cli::Context, moment};

/// `egret phase extend COMPETITION/PHASE SPAN`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each extension is added to those before it, and recorded. A day has 24 hours.

Examples:
  egret phase extend my-contest/live 30m --reason \"the hall had no light\"
  egret phase extend my-contest/live 2h --team my-contest/egrets --reason \"their upload was lost\"

JSON: Competition")]
pub(crate) struct Args {
    /// The phase
    #[arg(value_name = "COMPETITION/PHASE")]
    phase: PhaseName,
    /// By how much: 30m, 2h, "1d 12h"; at most 31 days
    #[arg(value_name = "SPAN", value_parser = moment::parse_span)]
    by: Duration,
    /// Only for this team [default: for everybody]
    #[arg(long, value_name = "COMPETITION/TEAM")]
    team: Option<TeamName>,
    /// Why, at most 200 characters; everybody reads it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let request = ExtendPhaseRequest {
        name: args.phase.full().to_owned(),
        team: args.team.map(|team| team.full().to_owned()).unwrap_or_default(),
        // What is longer than the wire can say is longer than the server takes.
        extra_s: u32::try_from(args.by.as_secs()).unwrap_or(u32::MAX),
        reason: args.reason,
        request_id: Uuid::new_v4().to_string(),
    };
    let competition = context.client().await?.extend_phase(request).await?;
    changed(context, &competition, &args.phase)
}
