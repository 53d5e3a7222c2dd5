//! Entries: which team takes part in which task. Where the competition asks for it a team enters before it submits; otherwise its
//! first submission enters it.

use egret_contest::{
    CompetitionId, CompetitionState, Micros, Refusal, TaskId, TaskName, TeamId, TeamName, UserId,
};

use super::hold_team;
use crate::db::args;
use crate::row::Row;
use crate::session::Session;
use crate::{Page, Paged, Store, StoreError};

/// A team's entry in a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamEntry {
    /// The task.
    pub task: TaskId,
    /// The team.
    pub team: TeamId,
    /// What the board shows of it.
    pub team_title: String,
    /// When it entered.
    pub at: Micros,
}

/// Teams that take part in a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryCount {
    /// The task.
    pub task: TaskId,
    /// How many.
    pub entries: u32,
}

/// Which entries.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryFilter<'a> {
    /// Of this task; `None`: of all.
    pub task: Option<&'a TaskId>,
    /// Of this team; `None`: of all.
    pub team: Option<&'a TeamId>,
}

impl Store {
    /// Enters a team in a task; entering again changes nothing.
    pub async fn enter_task(
        &self,
        task: &TaskName,
        team: &TeamName,
        by: &UserId,
    ) -> Result<TeamEntry, StoreError> {
        let mut s = self.write().await?;
        hold_team(&mut s, team).await?.require_active()?;
        require_task(&mut s, task).await?;
        let now = s.now().await?;
        enter(&mut s, task, &team.team, by, now).await?;
        let entry = s
            .one(
                "select e.task, e.team, t.title, e.created_at
                 from entries e join teams t on t.competition = e.competition and t.id = e.team
                 where e.competition = $1 and e.task = $2 and e.team = $3",
                args![&task.competition, &task.task, &team.team],
            )
            .await?;
        let entry = entry_of_row(&entry.ok_or(StoreError::Corrupt("entries"))?)?;
        s.commit().await?;
        Ok(entry)
    }

    /// Takes an entry back. Refused (`WrongState`) once the team has submitted; withdrawing again changes nothing.
    pub async fn withdraw_entry(&self, task: &TaskName, team: &TeamName) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        hold_team(&mut s, team).await?.require_unmerged()?;
        require_task(&mut s, task).await?;
        let key = || args![&task.competition, &task.task, &team.team];
        let submitted = s
            .one(
                "select id from submissions where competition = $1 and task = $2 and team = $3 limit 1",
                key(),
            )
            .await?;
        if submitted.is_some() {
            let state = "in use: the team has submitted to this task";
            return Err(Refusal::WrongState { what: "the entry", state }.into());
        }
        s.run("delete from entries where competition = $1 and task = $2 and team = $3", key()).await?;
        s.commit().await
    }

    /// Entries of teams that may act, by task and team.
    pub async fn list_entries(
        &self,
        competition: &CompetitionId,
        filter: EntryFilter<'_>,
        page: Page,
    ) -> Result<Paged<TeamEntry>, StoreError> {
        let after = page.after_text();
        let (task, team) = after.split_once('/').unwrap_or(("", ""));
        let rows = self
            .read()
            .await?
            .rows(
                "select e.task, e.team, t.title, e.created_at
                 from entries e join teams t on t.competition = e.competition and t.id = e.team
                 where e.competition = $1 and t.status = 'active' and ($2 = '' or e.task = $2) and ($3 = '' or e.team = $3)
                   and (e.task > $4 or (e.task = $4 and e.team > $5))
                 order by e.task, e.team limit $6",
                args![
                    competition,
                    filter.task.map_or("", TaskId::as_str),
                    filter.team.map_or("", TeamId::as_str),
                    task,
                    team,
                    page.limit(),
                ],
            )
            .await?;
        let entries = rows.iter().map(entry_of_row).collect::<Result<_, _>>()?;
        Ok(page.cut(entries, |entry: &TeamEntry| format!("{}/{}", entry.task, entry.team)))
    }

    /// How many teams that may act take part in each task, in the organizer's order of tasks.
    pub async fn count_entries(&self, competition: &CompetitionId) -> Result<Vec<EntryCount>, StoreError> {
        let rows = self
            .read()
            .await?
            .rows(
                "select k.id, count(t.id) as entries from tasks k
                 left join entries e on e.competition = k.competition and e.task = k.id
                 left join teams t on t.competition = e.competition and t.id = e.team and t.status = 'active'
                 where k.competition = $1 group by k.id, k.ordinal order by k.ordinal, k.id",
                args![competition],
            )
            .await?;
        rows.iter().map(|row| Ok(EntryCount { task: row.id("id")?, entries: row.u32("entries")? })).collect()
    }
}

/// The entry that a submission needs, or makes where none is asked for; the team must be held.
pub(crate) async fn enter_by_submitting(
    s: &mut Session,
    task: &TaskName,
    team: &TeamId,
    by: &UserId,
    entries_required: bool,
) -> Result<(), StoreError> {
    if entries_required {
        let entry = s
            .one(
                "select team from entries where competition = $1 and task = $2 and team = $3",
                args![&task.competition, &task.task, team],
            )
            .await?;
        return entry.map(drop).ok_or_else(|| Refusal::NotEntered { task: task.task.clone() }.into());
    }
    let now = s.now().await?;
    enter(s, task, team, by, now).await
}

async fn enter(
    s: &mut Session,
    task: &TaskName,
    team: &TeamId,
    by: &UserId,
    now: Micros,
) -> Result<(), StoreError> {
    s.run(
        "insert into entries (competition, task, team, by_user, created_at) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
        args![&task.competition, &task.task, team, by, now],
    )
    .await
    .map(drop)
}

fn entry_of_row(row: &Row) -> Result<TeamEntry, StoreError> {
    Ok(TeamEntry {
        task: row.id("task")?,
        team: row.id("team")?,
        team_title: row.text("title")?,
        at: row.at("created_at")?,
    })
}

/// A task of a published competition.
async fn require_task(s: &mut Session, task: &TaskName) -> Result<(), StoreError> {
    let row = s
        .one(
            "select c.state from tasks t join competitions c on c.id = t.competition
             where t.competition = $1 and t.id = $2",
            args![&task.competition, &task.task],
        )
        .await?
        .ok_or(StoreError::NotFound("task"))?;
    match row.word("state", CompetitionState::parse)? {
        CompetitionState::Published => Ok(()),
        CompetitionState::Draft => Err(Refusal::NotPublished.into()),
    }
}
