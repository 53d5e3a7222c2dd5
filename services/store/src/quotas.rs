//! The quota row of a team for a task in a phase: the one place that counts, locked before it is read.

use egret_contest::{CompetitionId, Micros, PhaseId, QuotaUse, TaskId, TaskName, TeamId};

use crate::StoreError;
use crate::db::args;
use crate::row::Row;
use crate::session::Session;

pub(crate) struct QuotaKey {
    competition: CompetitionId,
    task: TaskId,
    phase: PhaseId,
    team: TeamId,
}

impl QuotaKey {
    pub fn new(task: &TaskName, phase: &PhaseId, team: &TeamId) -> Self {
        Self {
            competition: task.competition.clone(),
            task: task.task.clone(),
            phase: phase.clone(),
            team: team.clone(),
        }
    }
}

/// What is used, under a lock that lasts to the end of the transaction. The row comes into being with the first lock.
pub(crate) async fn lock_quota(s: &mut Session, key: &QuotaKey) -> Result<QuotaUse, StoreError> {
    s.run(
        "insert into quotas (competition, task, phase, team, day, today, total, in_flight)
         values ($1, $2, $3, $4, 0, 0, 0, 0) on conflict do nothing",
        args![&key.competition, &key.task, &key.phase, &key.team],
    )
    .await?;
    let row = s
        .one_locked(
            "select day, today, total, in_flight from quotas
             where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&key.competition, &key.task, &key.phase, &key.team],
        )
        .await?;
    use_of_row(&row.ok_or(StoreError::Corrupt("quotas"))?)
}

/// What is used, to show it.
pub(crate) async fn read_quota(s: &mut Session, key: &QuotaKey) -> Result<Option<QuotaUse>, StoreError> {
    let row = s
        .one(
            "select day, today, total, in_flight from quotas
             where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&key.competition, &key.task, &key.phase, &key.team],
        )
        .await?;
    row.as_ref().map(use_of_row).transpose()
}

pub(crate) async fn write_quota(s: &mut Session, key: &QuotaKey, used: QuotaUse) -> Result<(), StoreError> {
    s.run(
        "update quotas set day = $5, today = $6, total = $7, in_flight = $8
         where competition = $1 and task = $2 and phase = $3 and team = $4",
        args![
            &key.competition,
            &key.task,
            &key.phase,
            &key.team,
            used.day,
            used.today,
            used.total,
            used.in_flight,
        ],
    )
    .await
    .map(drop)
}

/// A submission has ended: it is not in flight any more and, if `refund`, was never charged.
pub(crate) async fn end_charge(
    s: &mut Session,
    key: &QuotaKey,
    refund: bool,
    charged_day: Micros,
) -> Result<(), StoreError> {
    let used = lock_quota(s, key).await?;
    write_quota(s, key, used.ended(refund, charged_day)).await
}

fn use_of_row(row: &Row) -> Result<QuotaUse, StoreError> {
    Ok(QuotaUse {
        day: row.at("day")?,
        today: row.u32("today")?,
        total: row.u32("total")?,
        in_flight: row.u32("in_flight")?,
    })
}
