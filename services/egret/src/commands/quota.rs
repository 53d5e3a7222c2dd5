//! `egret quota …`.

use anyhow::Result;
use clap::Subcommand;
use egret_proto::v1::{GetQuotaRequest, GrantQuotaRequest, WhoAmIRequest};
use jiff::Timestamp;
use uuid::Uuid;

use crate::cli::Context;
use crate::names::{TaskName, TeamName};
use crate::{Exit, commands::team::my_team, view};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows what is left of a team's quota, and the last rows of its ledger
    Show(Show),
    /// Allows a team more submissions than its quota, for organizers
    Grant(Grant),
}

/// `egret quota show TASK`.
#[derive(Debug, clap::Args)]
#[command(after_help = "JSON: Quota")]
pub(crate) struct Show {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
    /// The team [default: yours]
    #[arg(long, value_name = "COMPETITION/TEAM")]
    team: Option<TeamName>,
    /// The phase, also one that is over [default: the open one]
    #[arg(long, value_name = "PHASE")]
    phase: Option<String>,
}

/// `egret quota grant TASK PHASE TEAM AMOUNT`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is granted is taken where the ordinary quota is used up, and stands in the quota's ledger with its reason.

Example:
  egret quota grant my-contest/digits live my-contest/egrets 3 --reason \"the sample was broken until noon\"

JSON: GrantQuotaResponse")]
pub(crate) struct Grant {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
    /// The phase
    #[arg(value_name = "PHASE")]
    phase: String,
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// How many more, 1 to 1,000 at once
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    amount: u32,
    /// Why, at most 200 characters; the team reads it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Show(args) => show(args, context).await,
        Verb::Grant(args) => grant(args, context).await,
    }
}

async fn show(args: Show, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let team = match &args.team {
        Some(team) => team.full().to_owned(),
        None => my_team(&client.who_am_i(WhoAmIRequest {}).await?, &args.task.competition())?,
    };
    let (parent, phase_id) = (args.task.full().to_owned(), args.phase.unwrap_or_default());
    let quota = client.get_quota(GetQuotaRequest { parent, team, phase_id }).await?;
    context.output.message("Quota", &quota, || {
        let lines = view::quota::lines(&quota, Timestamp::now());
        let entries = view::quota::entries(&quota);
        let gap = if entries.is_empty() { "" } else { "\n" };
        format!("{}{gap}{entries}", view::facts(lines))
    })?;
    Ok(Exit::Ok)
}

async fn grant(args: Grant, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let request = GrantQuotaRequest {
        parent: args.task.full().to_owned(),
        phase_id: args.phase.clone(),
        team: args.team.full().to_owned(),
        amount: args.amount,
        reason: args.reason,
        request_id: Uuid::new_v4().to_string(),
    };
    let granted = client.grant_quota(request).await?;
    context.output.message("GrantQuotaResponse", &granted, || {
        let (team, task) = (TeamName::short(args.team.full()), TaskName::short(args.task.full()));
        format!("Granted: {} more of {team} to {task} in phase {}.\n", args.amount, args.phase)
    })?;
    Ok(Exit::Ok)
}
