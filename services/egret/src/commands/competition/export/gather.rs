//! What a spectator can read of a competition.

use anyhow::{Result, bail};
use egret_proto::v1::{
    Competition, GetCompetitionRequest, GetLeaderboardRequest, GetLedgerRequest,
    GetOverallLeaderboardRequest, Leaderboard, Ledger, ListScoreHistoryRequest, ListScoreHistoryResponse,
    ListTasksRequest, ListTeamsRequest, OverallLeaderboard, Task, Team,
};
use tonic::Code;

use crate::client::{Client, all};
use crate::names::CompetitionName;

/// Resources on one page of a list.
const PAGE_SIZE: i32 = 200;

/// All of it, in the organizer's order where there is one.
pub(super) struct Public {
    pub competition: Competition,
    pub tasks: Vec<Task>,
    pub teams: Vec<Team>,
    /// By task; none where it has no live test set.
    pub ledgers: Vec<Ledger>,
    /// Of every task in every phase, by task.
    pub boards: Vec<TaskBoard>,
    /// By phase; none where the competition has no rule for it.
    pub overall: Vec<(String, OverallLeaderboard)>,
}

/// The board of a task in a phase.
pub(super) struct TaskBoard {
    /// The task's id.
    pub task: String,
    /// The phase's id.
    pub phase: String,
    pub board: Leaderboard,
    pub history: ListScoreHistoryResponse,
}

/// Reads it.
pub(super) async fn read(client: &Client, name: &CompetitionName) -> Result<Public> {
    let competition = client.get_competition(GetCompetitionRequest { name: name.to_string() }).await?;
    let tasks = all(async |page_token| {
        let request = ListTasksRequest { parent: name.to_string(), page_size: PAGE_SIZE, page_token };
        let page = client.list_tasks(request).await?;
        Ok((page.tasks, page.next_page_token))
    });
    let tasks = tasks.await?;
    let teams = all(async |page_token| {
        let request = ListTeamsRequest { parent: name.to_string(), page_size: PAGE_SIZE, page_token };
        let page = client.list_teams(request).await?;
        Ok((page.teams, page.next_page_token))
    });
    let teams = teams.await?;
    let (mut ledgers, mut boards, mut overall) = (Vec::new(), Vec::new(), Vec::new());
    for task in &tasks {
        let request = GetLedgerRequest { parent: task.name.clone(), team: String::new() };
        match client.get_ledger(request).await {
            Ok(ledger) => ledgers.push(ledger),
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status.into()),
        }
        for phase in &competition.phases {
            boards.push(read_board(client, &task.name, &phase.phase_id).await?);
        }
    }
    for phase in competition.phases.iter().filter(|_| competition.overall.is_some()) {
        let phase = file_name(&phase.phase_id)?;
        let request = GetOverallLeaderboardRequest { name: format!("{name}/phases/{phase}") };
        overall.push((phase.to_owned(), client.get_overall_leaderboard(request).await?));
    }
    Ok(Public { competition, tasks, teams, ledgers, boards, overall })
}

async fn read_board(client: &Client, task: &str, phase: &str) -> Result<TaskBoard> {
    let name = format!("{task}/phases/{phase}/leaderboard");
    let request = GetLeaderboardRequest { name: name.clone(), ..GetLeaderboardRequest::default() };
    Ok(TaskBoard {
        task: file_name(last_id(task))?.to_owned(),
        phase: file_name(phase)?.to_owned(),
        board: client.get_leaderboard(request).await?,
        history: client.list_score_history(ListScoreHistoryRequest { name }).await?,
    })
}

/// The last id of a resource name.
pub(super) fn last_id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// An id that becomes the name of a file: what the server calls an id is not believed.
fn file_name(id: &str) -> Result<&str> {
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if id.is_empty() || !plain {
        bail!("the server names a task or a phase {id:?}, which cannot be the name of a file");
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_ids_only() {
        assert_eq!(file_name("final-2026").unwrap(), "final-2026");
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "A", "a b", "数"] {
            assert!(file_name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(last_id("competitions/c/tasks/digits"), "digits");
    }
}
