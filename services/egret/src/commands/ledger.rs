use anyhow::Result;
use egret_proto::v1::{GetLedgerRequest, Ledger, WhoAmIRequest};
use tonic::{Code, Status};

use crate::cli::Context;
use crate::client::Client;
use crate::names::{TaskName, TeamName};
use crate::{Exit, commands::team::my_team, view};

/// `egret ledger TASK`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For everyone: how many bytes have ever left the test set, at most, and the rules of each phase that scores it. A member of a \
team also reads its account: spent, left, what the next release may cost, and every charge. Organizers read every account.

Examples:
  egret ledger my-contest/digits
  egret ledger my-contest/digits --team my-contest/egrets   as an organizer

JSON: Ledger")]
pub(crate) struct Args {
    /// The task
    #[arg(value_name = "COMPETITION/TASK")]
    task: TaskName,
    /// The team whose account is shown [default: yours]
    #[arg(long, value_name = "COMPETITION/TEAM")]
    team: Option<TeamName>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let team = match &args.team {
        Some(team) => team.full().to_owned(),
        // Whoever is in no team reads what everybody may, or what organizers may.
        None => {
            my_team(&client.who_am_i(WhoAmIRequest {}).await?, &args.task.competition()).unwrap_or_default()
        }
    };
    let request = GetLedgerRequest { parent: args.task.full().to_owned(), team };
    let ledger = client.get_ledger(request).await?;
    context.output.message("Ledger", &ledger, || view::ledger::show(&ledger))?;
    Ok(Exit::Ok)
}

/// A team's account of a task, for verbs that show it beside something else; `None` where the task has no test set yet.
pub(crate) async fn of(client: &Client, task: &TaskName, team: &str) -> Result<Option<Ledger>, Status> {
    let request = GetLedgerRequest { parent: task.full().to_owned(), team: team.to_owned() };
    match client.get_ledger(request).await {
        Ok(ledger) => Ok(Some(ledger)),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}
