use anyhow::Result;
use egret_proto::v1::{GetNomineesRequest, NominateRequest, WhoAmIRequest};
use jiff::Timestamp;

use crate::cli::Context;
use crate::names::{SubmissionName, TaskName, TeamName};
use crate::{Exit, commands::team::my_team, failure::Failure, view};

/// `egret nominate TASK PHASE [SUBMISSION…]`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Until the phase closes, a team names the released submissions that stand for it there; then each of them is evaluated once, on \
data that nothing has run on. What is named replaces what was named before. Who names none is represented by its best released \
submission.

Examples:
  egret nominate my-contest/digits final                      shows who stands for your team
  egret nominate my-contest/digits final 0199c2a4 0199c2b7
  egret nominate my-contest/digits final --best               names none any more

JSON: Nominees")]
pub(crate) struct Args {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
    /// The phase that lives on nominations
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Released submissions, by id or full name; without any, what stands now is shown
    #[arg(value_name = "SUBMISSION")]
    submissions: Vec<String>,
    /// Leaves it to the best released submission again
    #[arg(long, conflicts_with = "submissions")]
    best: bool,
    /// The team [default: yours]
    #[arg(long, value_name = "COMPETITION/TEAM")]
    team: Option<TeamName>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let names: Vec<String> =
        args.submissions.iter().map(|text| submission(&args.task, text)).collect::<Result<_, Failure>>()?;
    let client = context.client().await?;
    let team = match &args.team {
        Some(team) => team.full().to_owned(),
        None => my_team(&client.who_am_i(WhoAmIRequest {}).await?, &args.task.competition())?,
    };
    let (parent, phase_id) = (args.task.full().to_owned(), args.phase);
    let nominees = if names.is_empty() && !args.best {
        client.get_nominees(GetNomineesRequest { parent, phase_id, team }).await?
    } else {
        client.nominate(NominateRequest { parent, phase_id, team, submissions: names }).await?
    };
    context.output.message("Nominees", &nominees, || view::nominees::show(&nominees, Timestamp::now()))?;
    Ok(Exit::Ok)
}

/// A submission by its id, or by its name, short or in full.
fn submission(task: &TaskName, text: &str) -> Result<String, Failure> {
    let name = if text.contains('/') { text.to_owned() } else { format!("{task}/submissions/{text}") };
    let name: SubmissionName = name.parse().map_err(|wrong: String| Failure::new(Exit::Usage, wrong))?;
    Ok(name.full().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_is_named_by_its_id_or_in_full() {
        let task: TaskName = "c/t".parse().unwrap();
        let full = "competitions/c/tasks/t/submissions/s1";
        for text in ["s1", "c/t/s1", full] {
            assert_eq!(submission(&task, text).unwrap(), full);
        }
        assert_eq!(submission(&task, "a b").unwrap_err().exit, Exit::Usage);
    }
}
