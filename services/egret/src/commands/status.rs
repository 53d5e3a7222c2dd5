use anyhow::Result;
use egret_proto::v1::{
    Competition, GetCompetitionRequest, GetQuotaRequest, Ledger, Quota, Submission, WhoAmIRequest,
    WhoAmIResponse,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tonic::Code;

use crate::cli::Context;
use crate::client::{Client, is_final};
use crate::names::{CompetitionName, SubmissionName, TaskName, TeamName};
use crate::output::to_json;
use crate::view::ledger::Grids;
use crate::{Exit, commands::ledger, commands::submissions, moment, view};

/// Submissions looked through for running ones.
const RECENT: usize = 50;

/// `egret status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "JSON: {\"identity\": WhoAmIResponse, \"tasks\": [{\"task\", \"team\", \"quota\": Quota or null, \
\"ledger\": Ledger or null, \"running\": [Submission]}]}"
)]
pub(crate) struct Args {
    /// Only this task
    #[arg(long, value_name = "COMPETITION/TASK")]
    task: Option<TaskName>,
}

/// How a team stands in a task.
struct Standing {
    task: TaskName,
    team: String,
    /// `None`: no phase is open.
    quota: Option<Quota>,
    /// `None`: there is no test set yet.
    ledger: Option<Ledger>,
    /// What the organizer has paused; empty: nothing.
    paused: &'static str,
    running: Vec<Submission>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let who = client.who_am_i(WhoAmIRequest {}).await?;
    let mut standings = Vec::new();
    for team in &who.teams {
        let Some(competition) = CompetitionName::of(team) else { continue };
        let competition =
            client.get_competition(GetCompetitionRequest { name: competition.full().into() }).await?;
        for task in competition.tasks.iter().filter_map(|task| task.parse::<TaskName>().ok()) {
            if args.task.as_ref().is_none_or(|wanted| *wanted == task) {
                standings.push(standing(&client, &competition, task, team).await?);
            }
        }
    }
    context.output.value(&as_json(&who, &standings), || as_text(&who, &standings))?;
    Ok(Exit::Ok)
}

async fn standing(
    client: &Client,
    competition: &Competition,
    task: TaskName,
    team: &str,
) -> Result<Standing> {
    let request = GetQuotaRequest {
        parent: task.full().to_owned(),
        team: team.to_owned(),
        ..GetQuotaRequest::default()
    };
    let quota = match client.get_quota(request).await {
        Ok(quota) => Some(quota),
        Err(status) if matches!(status.code(), Code::FailedPrecondition | Code::NotFound) => None,
        Err(status) => return Err(status.into()),
    };
    let mut running = submissions::list(client, &task, team, RECENT).await?;
    running.retain(|submission| !is_final(submission.state()));
    let ledger = ledger::of(client, &task, team).await?;
    let paused = match (competition.submitting_paused, competition.evaluating_paused) {
        (true, true) => "submitting and evaluating, by the organizer",
        (true, false) => "submitting, by the organizer",
        (false, true) => "evaluating, by the organizer",
        (false, false) => "",
    };
    Ok(Standing { task, team: team.to_owned(), quota, ledger, paused, running })
}

fn as_json(who: &WhoAmIResponse, standings: &[Standing]) -> Value {
    let tasks = standings.iter().map(|standing| {
        json!({
            "task": standing.task.full(),
            "team": standing.team,
            "quota": standing.quota.as_ref().map(|quota| to_json("Quota", quota)),
            "ledger": standing.ledger.as_ref().map(|ledger| to_json("Ledger", ledger)),
            "running": standing.running.iter().map(|s| to_json("Submission", s)).collect::<Vec<_>>(),
        })
    });
    json!({ "identity": to_json("WhoAmIResponse", who), "tasks": tasks.collect::<Vec<_>>() })
}

fn as_text(who: &WhoAmIResponse, standings: &[Standing]) -> String {
    let now = moment::of(who.server_time).unwrap_or_else(Timestamp::now);
    let short = |names: &[String], short: fn(&str) -> String| {
        names.iter().map(|n| short(n)).collect::<Vec<_>>().join(", ")
    };
    let name =
        if who.user.is_empty() { "nobody: not signed in".to_owned() } else { who.display_name.clone() };
    let mut text = view::facts([
        ("you", name),
        ("user", who.user.clone()),
        ("role", view::token::role(who.role()).to_owned()),
        ("organizer", short(&who.organizes, CompetitionName::short)),
        ("auditor", short(&who.audits, CompetitionName::short)),
        ("teams", short(&who.teams, TeamName::short)),
        ("server", format!("egret {}, {}", who.server_version, moment::show(who.server_time))),
    ]);
    for standing in standings {
        text.push('\n');
        let mut lines = vec![
            ("task", TaskName::short(standing.task.full())),
            ("team", TeamName::short(&standing.team)),
            ("paused", standing.paused.to_owned()),
        ];
        match &standing.quota {
            Some(quota) => lines.extend(view::quota::lines(quota, now)),
            None => lines.push(("phase", "none is open".to_owned())),
        }
        let standings = standing.ledger.as_ref().map(view::ledger::standings).unwrap_or_default();
        lines.extend(standings.into_iter().map(|standing| ("ledger", standing)));
        let grids = standing.ledger.as_ref().map(Grids::of).unwrap_or_default();
        lines.extend(standing.running.iter().map(|submission| {
            let name = SubmissionName::short(&submission.name);
            ("running", format!("{name}  {}", view::submission::change(submission, &grids)))
        }));
        text.push_str(&view::facts(lines));
        if let Some(quota) = &standing.quota {
            text.push_str(&view::quota::entries(quota));
        }
    }
    text
}
