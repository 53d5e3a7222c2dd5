use anyhow::Result;
use egret_proto::v1::{EnterTaskRequest, ListEntriesRequest, WithdrawEntryRequest};

use crate::{
    Exit,
    cli::Context,
    client::all,
    names::{CompetitionName, TaskName, TeamName},
    view,
};

/// `egret team enter TEAM --task TASK`, `egret team withdraw TEAM --task TASK`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Where the competition asks for entries, a team enters a task before it submits to it; elsewhere its \
first submission enters it.\n\nExample:\n  egret team enter my-contest/egrets --task my-contest/digits"
)]
pub(crate) struct EntryArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// The task
    #[arg(long, value_name = "COMPETITION/TASK")]
    task: TaskName,
}

/// `egret team entries COMPETITION`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The competition
    competition: CompetitionName,
    /// Only of this task
    #[arg(long, value_name = "COMPETITION/TASK")]
    task: Option<TaskName>,
}

pub(crate) async fn enter(args: EntryArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let (name, task) = (args.team.full().to_owned(), args.task.full().to_owned());
    let entry = client.enter_task(EnterTaskRequest { name, task }).await?;
    context.output.message("Entry", &entry, || view::team::entered(std::slice::from_ref(&entry)))?;
    Ok(Exit::Ok)
}

pub(crate) async fn withdraw(args: EntryArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let (name, task) = (args.team.full().to_owned(), args.task.full().to_owned());
    let withdrawn = client.withdraw_entry(WithdrawEntryRequest { name, task }).await?;
    let text = || format!("The team does not take part in {} any more.\n", TaskName::short(args.task.full()));
    context.output.message("WithdrawEntryResponse", &withdrawn, text)?;
    Ok(Exit::Ok)
}

pub(crate) async fn list(args: ListArgs, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let task = args.task.as_ref().map_or_else(String::new, |task| task.full().to_owned());
    let mut counts = Vec::new();
    let page = async |page_token| {
        let request = ListEntriesRequest {
            parent: args.competition.full().to_owned(),
            task: task.clone(),
            team: String::new(),
            page_size: 200,
            page_token,
        };
        let page = client.list_entries(request).await?;
        counts = page.counts;
        Ok((page.entries, page.next_page_token))
    };
    let entries = all(page).await?;
    context.output.messages("Entry", &entries, || view::team::entries(&entries, &counts))?;
    Ok(Exit::Ok)
}
