use anyhow::Result;
use egret_proto::v1::{GetCompetitionRequest, GetTaskRequest, RevealPhaseRequest, submission::State};
use serde_json::{Value, json};

use super::changed;
use crate::cli::Context;
use crate::client::Client;
use crate::names::{PhaseName, TaskName};
use crate::view::Rows;
use crate::{Exit, commands::submissions, failure::Failure, numbers};

/// `egret phase reveal COMPETITION/PHASE`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each release of the phase is followed by its exact scores, rounded, or by the class of its fault, for its team alone. Each is charged \
to its team's account, and so counts in the sum that everybody reads; this may exceed a ladder's budget. What was withheld never ran, \
and is not revealed; nor is what was told again of the same model. Without --yes it only says what would be charged.

JSON: Competition; without --yes {\"charges\": [{\"task\", \"releases\", \"charge_millibits\"}]}")]
pub(crate) struct Args {
    /// The phase, which must be final
    #[arg(value_name = "COMPETITION/PHASE")]
    phase: PhaseName,
    /// Decimals of the scores
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=6))]
    decimals: u32,
    /// Reveals and charges
    #[arg(long)]
    yes: bool,
}

/// What is charged for a task.
struct Charge {
    task: TaskName,
    releases: usize,
    each_millibits: u64,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    if args.yes {
        let request = RevealPhaseRequest { name: args.phase.full().to_owned(), decimals: args.decimals };
        return changed(context, &client.reveal_phase(request).await?, args.phase.id());
    }
    let charges = charges(&client, &args).await?;
    context.output.value(&as_json(&charges), || as_text(&charges))?;
    let failure = Failure::new(Exit::Usage, "nothing was revealed");
    Err(failure.next("run the same command with --yes; it cannot be taken back").into())
}

async fn charges(client: &Client, args: &Args) -> Result<Vec<Charge>> {
    let name = args.phase.competition().full().to_owned();
    let competition = client.get_competition(GetCompetitionRequest { name }).await?;
    if !competition.phases.iter().any(|phase| phase.phase_id == args.phase.id()) {
        return Err(Failure::new(Exit::NotFound, format!("there is no phase {}", args.phase.id())).into());
    }
    let mut charges = Vec::new();
    for task in competition.tasks.iter().filter_map(|task| task.parse::<TaskName>().ok()) {
        let columns = client.get_task(GetTaskRequest { name: task.full().to_owned() }).await?.columns.len();
        let all = submissions::list(client, &task, "", usize::MAX).await?;
        let released = all.iter().filter(|s| s.phase == args.phase.id() && s.state() == State::Released);
        let releases = released.count();
        charges.push(Charge { task, releases, each_millibits: each_millibits(args.decimals, columns) });
    }
    Ok(charges)
}

/// As the server charges it: `⌈1000 · log2(10^d + 2)⌉` for each of the task's columns, which are rounded or not scored, and
/// `⌈1000 · log2 3⌉` for the class of a fault.
fn each_millibits(decimals: u32, columns: usize) -> u64 {
    let of = |states: f64| (1_000.0 * states.log2()).ceil() as u64;
    of(10f64.powi(decimals as i32) + 2.0) * columns as u64 + of(3.0)
}

fn as_json(charges: &[Charge]) -> Value {
    let each = charges.iter().map(|charge| {
        let all = charge.each_millibits * charge.releases as u64;
        json!({ "task": charge.task.full(), "releases": charge.releases, "charge_millibits": all })
    });
    json!({ "charges": each.collect::<Vec<_>>() })
}

fn as_text(charges: &[Charge]) -> String {
    let mut rows = Rows::new(["task", ">releases", ">each", ">at most in all", ">bytes"]);
    for charge in charges {
        let all = charge.each_millibits * charge.releases as u64;
        rows.row([
            TaskName::short(charge.task.full()),
            numbers::count(charge.releases as u64),
            numbers::bits(charge.each_millibits),
            numbers::bits(all),
            numbers::bytes_at_most(all),
        ]);
    }
    rows.or("The competition has no tasks.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charge_is_the_rules() {
        for decimals in 0..=6 {
            for columns in [1, 3] {
                let rule = egret_contest::exact_millibits(decimals, columns);
                assert_eq!(each_millibits(decimals, columns), rule + 1_585, "{decimals} {columns}");
            }
        }
    }

    #[test]
    fn a_preview_says_what_each_task_costs() {
        let charges = [Charge { task: "c/digits".parse().unwrap(), releases: 1_000, each_millibits: 14_874 }];
        let text = as_text(&charges);
        assert!(text.contains("c/digits     1,000  14.874 bits      14,874 bits  1,860 bytes"), "{text}");
        assert_eq!(as_json(&charges)["charges"][0]["charge_millibits"], 14_874_000);
    }
}
