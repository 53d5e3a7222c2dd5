use std::slice;

use anyhow::Result;
use egret_proto::v1::{
    GetSubmissionRequest, ListSubmissionsRequest, Role, Submission, WhoAmIRequest, WhoAmIResponse,
};

use crate::cli::Context;
use crate::client::{Client, all};
use crate::names::{CompetitionName, SubmissionName, TaskName, TeamName};
use crate::view::ledger::Grids;
use crate::{Exit, commands::ledger, commands::team::my_team, failure::Failure, view};

/// `egret submissions [TASK | SUBMISSION]`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  egret submissions my-contest/digits\n  egret submissions my-contest/digits/0199c2a4   \
shows one, with its check report\n  egret submissions my-contest/digits --all-teams --output json   as an organizer"
)]
pub(crate) struct Args {
    /// A task, or one submission
    #[arg(value_name = "COMPETITION/TASK[/SUBMISSION]")]
    of: String,
    /// The team [default: yours]
    #[arg(long, value_name = "COMPETITION/TEAM", conflicts_with = "all_teams")]
    team: Option<TeamName>,
    /// Every team's, for organizers
    #[arg(long)]
    all_teams: bool,
    /// At most so many, newest first
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    if let Ok(name) = args.of.parse::<SubmissionName>() {
        let client = context.client().await?;
        let submission = client.get_submission(GetSubmissionRequest { name: name.full().to_owned() }).await?;
        let grids = grids(&client, &name.task(), slice::from_ref(&submission)).await?;
        context.output.message("Submission", &submission, || view::submission::show(&submission, &grids))?;
        return Ok(Exit::Ok);
    }
    let task: TaskName = args.of.parse().map_err(|error: String| Failure::new(Exit::Usage, error))?;
    let client = context.client().await?;
    let competition = task.competition();
    let team = match &args.team {
        Some(team) => team.full().to_owned(),
        None => {
            let who = client.who_am_i(WhoAmIRequest {}).await?;
            match my_team(&who, &competition) {
                Ok(team) if !args.all_teams => team,
                Err(error) if !runs(&who, &competition) => return Err(error),
                Ok(_) if !runs(&who, &competition) => {
                    let what = "every team's submissions are shown to organizers only";
                    return Err(Failure::new(Exit::Denied, what).next("leave --all-teams out").into());
                }
                _ => String::new(),
            }
        }
    };
    let mut submissions = list(&client, &task, &team, args.limit).await?;
    submissions.truncate(args.limit);
    let grids = grids(&client, &task, &submissions).await?;
    context.output.messages("Submission", &submissions, || view::submission::list(&submissions, &grids))?;
    Ok(Exit::Ok)
}

/// The grids of a task's ladders, if any of these submissions is told by a level.
async fn grids(client: &Client, task: &TaskName, submissions: &[Submission]) -> Result<Grids> {
    let by_level = |s: &Submission| s.release.as_ref().is_some_and(|release| release.level.is_some());
    if !submissions.iter().any(by_level) {
        return Ok(Grids::default());
    }
    Ok(ledger::of(client, task, "").await?.as_ref().map(Grids::of).unwrap_or_default())
}

/// Whether they run the competition or audit it, and so see every team's.
fn runs(who: &WhoAmIResponse, competition: &CompetitionName) -> bool {
    let mut named = who.organizes.iter().chain(&who.audits);
    who.role() == Role::Operator || named.any(|c| c == competition.full())
}

/// A team's submissions to a task, newest first; an empty `team` means all. Stops after the page that fills `limit`.
pub(crate) async fn list(
    client: &Client,
    task: &TaskName,
    team: &str,
    limit: usize,
) -> Result<Vec<Submission>> {
    let mut count = 0;
    let page = async |page_token| {
        let request = ListSubmissionsRequest {
            parent: task.full().to_owned(),
            team: team.to_owned(),
            page_size: limit.min(200) as i32,
            page_token,
        };
        let page = client.list_submissions(request).await?;
        count += page.submissions.len();
        Ok((page.submissions, if count < limit { page.next_page_token } else { String::new() }))
    };
    Ok(all(page).await?)
}
