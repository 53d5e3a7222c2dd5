//! `egret phase …`: contest control.

mod extend;
mod list;
mod log;
mod mark;
mod pause;
mod remove;
mod reveal;

use anyhow::Result;
use clap::Subcommand;
use egret_proto::v1::Competition;
use jiff::Timestamp;

use crate::{Exit, cli::Context, names::PhaseName, view};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists the phases of a competition with their times, rules and changes
    List(list::Args),
    /// Pauses submitting, evaluating, or both
    Pause(pause::Args),
    /// Resumes what was paused
    Resume(pause::Args),
    /// Moves a phase's end, for all teams or one
    Extend(extend::Args),
    /// Takes an interval out of a phase after an outage: deadlines and the days of quotas move by its length
    Remove(remove::Args),
    /// Lets the public boards of a frozen phase move again
    Thaw(mark::Args),
    /// Says the last word on a phase that is over: shows what waited for it, and closes its boards
    Finalize(mark::Args),
    /// Shows the exact scores of a final phase to their teams, each charged to its account
    Reveal(reveal::Args),
    /// Lists every change, with who and why
    Log(log::Args),
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::List(args) => list::run(args, context).await,
        Verb::Pause(args) => pause::run(args, true, context).await,
        Verb::Resume(args) => pause::run(args, false, context).await,
        Verb::Extend(args) => extend::run(args, context).await,
        Verb::Remove(args) => remove::run(args, context).await,
        Verb::Thaw(args) => mark::thaw(args, context).await,
        Verb::Finalize(args) => mark::finalize(args, context).await,
        Verb::Reveal(args) => reveal::run(args, context).await,
        Verb::Log(args) => log::run(args, context).await,
    }
}

/// Shows a phase as a change has left it.
fn changed(context: &Context, competition: &Competition, phase: &PhaseName) -> Result<Exit> {
    let show = || view::phase::show(competition, phase, Timestamp::now());
    context.output.message("Competition", competition, show)?;
    Ok(Exit::Ok)
}
