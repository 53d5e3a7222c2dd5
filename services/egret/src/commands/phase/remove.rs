use anyhow::Result;
use egret_proto::v1::RemoveIntervalRequest;
use jiff::Timestamp;
use uuid::Uuid;

use super::changed;
use crate::{Exit, cli::Context, moment, names::PhaseName};

/// `egret phase remove COMPETITION/PHASE --from TIME --to TIME`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Contest time stood still in the interval: what came after it, the end, the freeze and the days of quotas, moves by its length. The \
interval must be over and begin in the phase. Submissions that were made in it stay.

Example:
  egret phase remove my-contest/live --from 2026-03-01T20:10:00+08:00 --to 2026-03-01T20:25:00+08:00 --reason \"power cut\"

JSON: Competition")]
pub(crate) struct Args {
    /// The phase
    #[arg(value_name = "COMPETITION/PHASE")]
    phase: PhaseName,
    /// When it began: RFC 3339 with its offset
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    from: Timestamp,
    /// When it was over: RFC 3339 with its offset
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    to: Timestamp,
    /// Why, at most 200 characters; everybody reads it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let request = RemoveIntervalRequest {
        name: args.phase.full().to_owned(),
        start_time: Some(moment::to_wire(args.from)),
        end_time: Some(moment::to_wire(args.to)),
        reason: args.reason,
        request_id: Uuid::new_v4().to_string(),
    };
    let competition = context.client().await?.remove_interval(request).await?;
    changed(context, &competition, &args.phase)
}
