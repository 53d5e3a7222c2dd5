use anyhow::Result;
use egret_contest::{Direction, reveal_millibits};
use egret_contract::AnswerContract;
use egret_metrics::Shape;
use egret_proto::v1::{
    GetCompetitionRequest, GetTaskRequest, MetricRef, RevealPhaseRequest, Task, submission::State,
};
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
        return changed(context, &client.reveal_phase(request).await?, &args.phase);
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
        let columns = columns(&client.get_task(GetTaskRequest { name: task.full().to_owned() }).await?);
        let all = submissions::list(client, &task, "", usize::MAX).await?;
        let released = all.iter().filter(|s| s.phase == args.phase.id() && s.state() == State::Released);
        let releases = released.count();
        charges.push(Charge { task, releases, each_millibits: reveal_millibits(args.decimals, &columns) });
    }
    Ok(charges)
}

/// A task's columns with what their values can be, as far as this program's registry knows it; the rule needs nothing else of them.
fn columns(task: &Task) -> Vec<egret_contest::MetricRef> {
    let answer = task.answer.as_ref().and_then(|answer| AnswerContract::try_from(answer).ok());
    let range = |column: &MetricRef| {
        if task.metrics.iter().all(|metric| metric.id != column.id) {
            // The composite, which is none of the registry's.
            return Some((0.0, 1.0));
        }
        let (low, high) = egret_metrics::find(Shape::of(answer.as_ref()?).kind(), &column.id)?.range();
        (low.is_finite() && high.is_finite()).then_some((low, high))
    };
    let column = |column: &MetricRef| egret_contest::MetricRef {
        id: column.id.clone(),
        direction: Direction::HigherIsBetter,
        title: column.title.clone(),
        range: range(column),
    };
    task.columns.iter().map(column).collect()
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
    fn columns_have_the_bounds_of_the_registry() {
        let answer = egret_contract::AnswerContract::one_of(10);
        let input = egret_contract::InputContract::images(8, 8, 1);
        let column = |id: &str| MetricRef { id: id.into(), ..MetricRef::default() };
        let task = Task {
            answer: Some(egret_proto::contract::answer_to_wire(&answer, &input)),
            metrics: vec![column("accuracy"), column("log_loss")],
            columns: vec![column("composite"), column("accuracy"), column("log_loss")],
            ..Task::default()
        };
        let ranges: Vec<_> = super::columns(&task).iter().map(|column| column.range).collect();
        let log_loss = egret_metrics::find(Shape::of(&answer).kind(), "log_loss").unwrap().range();
        assert_eq!(ranges, [Some((0.0, 1.0)), Some((0.0, 1.0)), Some(log_loss)]);
    }

    #[test]
    fn a_preview_says_what_each_task_costs() {
        let charges = [Charge { task: "c/digits".parse().unwrap(), releases: 1_000, each_millibits: 14_874 }];
        let text = as_text(&charges);
        assert!(text.contains("c/digits     1,000  14.874 bits     14,874 bits  1,860 bytes"), "{text}");
        assert_eq!(as_json(&charges)["charges"][0]["charge_millibits"], 14_874_000);
    }
}
