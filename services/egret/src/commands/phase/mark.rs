use anyhow::Result;
use egret_proto::v1::{FinalizePhaseRequest, ThawPhaseRequest};

use super::changed;
use crate::{Exit, cli::Context, names::PhaseName};

/// `egret phase thaw COMPETITION/PHASE`, `egret phase finalize COMPETITION/PHASE`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A phase is finalized once it is over for every team and all of its submissions are evaluated; until then the refusal says what is \
missing. Both are recorded, and neither can be taken back.

JSON: Competition")]
pub(crate) struct Args {
    /// The phase
    #[arg(value_name = "COMPETITION/PHASE")]
    phase: PhaseName,
}

pub(super) async fn thaw(args: Args, context: &Context) -> Result<Exit> {
    let name = args.phase.full().to_owned();
    let competition = context.client().await?.thaw_phase(ThawPhaseRequest { name }).await?;
    changed(context, &competition, &args.phase)
}

pub(super) async fn finalize(args: Args, context: &Context) -> Result<Exit> {
    let name = args.phase.full().to_owned();
    let competition = context.client().await?.finalize_phase(FinalizePhaseRequest { name }).await?;
    changed(context, &competition, &args.phase)
}
