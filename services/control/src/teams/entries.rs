//! Which team takes part in which task.

use egret_contest::{CompetitionName, TaskName, TeamName};
use egret_proto::v1;
use egret_store::EntryFilter;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, invalid};
use crate::{Control, convert, gate::caller, paging};

/// A task of a team's competition.
fn task_of(team: &TeamName, name: &str) -> Result<TaskName, Status> {
    let task: TaskName = convert::name("task", name)?;
    if task.competition == team.competition {
        Ok(task)
    } else {
        Err(invalid("task", "must be a task of the team's competition"))
    }
}

pub(super) async fn enter_task(
    control: &Control,
    request: &Request<v1::EnterTaskRequest>,
) -> Result<Response<v1::Entry>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let task = task_of(&team, &request.get_ref().task)?;
    let entry = control.store.enter_task(&task, &team, caller.require_user()?).await.map_err(from_store)?;
    Ok(Response::new(convert::entry(&team.competition, &entry)))
}

pub(super) async fn withdraw_entry(
    control: &Control,
    request: &Request<v1::WithdrawEntryRequest>,
) -> Result<Response<v1::WithdrawEntryResponse>, Status> {
    let (_, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let task = task_of(&team, &request.get_ref().task)?;
    control.store.withdraw_entry(&task, &team).await.map_err(from_store)?;
    Ok(Response::new(v1::WithdrawEntryResponse {}))
}

pub(super) async fn list_entries(
    control: &Control,
    request: &Request<v1::ListEntriesRequest>,
) -> Result<Response<v1::ListEntriesResponse>, Status> {
    let caller = caller(request)?;
    let request = request.get_ref();
    let parent: CompetitionName = convert::name("parent", &request.parent)?;
    caller.permit(Scope::of(&parent.competition))?;
    control.visible(&caller, &parent.competition).await?;
    let elsewhere = |field| Err(invalid(field, "must be of the competition named"));
    let task: Option<TaskName> =
        if request.task.is_empty() { None } else { Some(convert::name("task", &request.task)?) };
    if task.as_ref().is_some_and(|task| task.competition != parent.competition) {
        return elsewhere("task");
    }
    let team: Option<TeamName> =
        if request.team.is_empty() { None } else { Some(convert::name("team", &request.team)?) };
    if team.as_ref().is_some_and(|team| team.competition != parent.competition) {
        return elsewhere("team");
    }
    let list = format!("{parent}/entries of {} {}", request.task, request.team);
    let page = paging::page(&list, request.page_size, &request.page_token)?;
    let filter = EntryFilter {
        task: task.as_ref().map(|task| &task.task),
        team: team.as_ref().map(|team| &team.team),
    };
    let paged = control.store.list_entries(&parent.competition, filter, page).await.map_err(from_store)?;
    let (entries, next_page_token) = paging::paged(&list, paged);
    let counts = control.store.count_entries(&parent.competition).await.map_err(from_store)?;
    Ok(Response::new(v1::ListEntriesResponse {
        entries: entries.iter().map(|entry| convert::entry(&parent.competition, entry)).collect(),
        next_page_token,
        counts: counts.iter().map(|count| convert::entry_count(&parent.competition, count)).collect(),
    }))
}
