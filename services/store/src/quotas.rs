//! The quota of a team for a task in a phase: the row that counts, locked before it is read, and the ledger of why.

use egret_contest::{
    ChargedTo, CompetitionId, Ended, Micros, PhaseId, QuotaEntryKind, QuotaUse, SubmissionId, TaskId,
    TaskName, TeamId, UserId,
};

use crate::StoreError;
use crate::db::args;
use crate::identity::row_id;
use crate::row::Row;
use crate::session::Session;

pub(crate) struct QuotaKey {
    pub competition: CompetitionId,
    pub task: TaskId,
    pub phase: PhaseId,
    pub team: TeamId,
}

/// A row of a quota's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaEntry {
    /// Which way it goes.
    pub kind: QuotaEntryKind,
    /// Submissions.
    pub amount: u32,
    /// Why.
    pub reason: String,
    /// Whose submission it is about.
    pub submission: Option<SubmissionId>,
    /// Who granted it.
    pub by: Option<UserId>,
    /// When.
    pub at: Micros,
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
        "insert into quotas (competition, task, phase, team, day, today, failed_today, total, granted, in_flight)
         values ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0) on conflict do nothing",
        args![&key.competition, &key.task, &key.phase, &key.team],
    )
    .await?;
    let row = s
        .one_locked(
            "select day, today, failed_today, total, granted, in_flight from quotas
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
            "select day, today, failed_today, total, granted, in_flight from quotas
             where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&key.competition, &key.task, &key.phase, &key.team],
        )
        .await?;
    row.as_ref().map(use_of_row).transpose()
}

pub(crate) async fn write_quota(s: &mut Session, key: &QuotaKey, used: QuotaUse) -> Result<(), StoreError> {
    s.run(
        "update quotas set day = $5, today = $6, failed_today = $7, total = $8, granted = $9, in_flight = $10
         where competition = $1 and task = $2 and phase = $3 and team = $4",
        args![
            &key.competition,
            &key.task,
            &key.phase,
            &key.team,
            used.day,
            used.today,
            used.failed_today,
            used.total,
            used.granted,
            used.in_flight,
        ],
    )
    .await
    .map(drop)
}

/// Writes down why a quota changed.
pub(crate) async fn note_quota(
    s: &mut Session,
    key: &QuotaKey,
    entry: &QuotaEntry,
) -> Result<(), StoreError> {
    s.run(
        "insert into quota_entries (id, competition, task, phase, team, submission, kind, amount, reason, by_user, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            row_id(),
            &key.competition,
            &key.task,
            &key.phase,
            &key.team,
            entry.submission.as_ref(),
            entry.kind.as_str(),
            entry.amount,
            entry.reason.as_str(),
            entry.by.as_ref(),
            entry.at,
        ],
    )
    .await
    .map(drop)
}

/// The last rows of a quota's ledger, newest first.
pub(crate) async fn read_entries(
    s: &mut Session,
    key: &QuotaKey,
    count_max: u32,
) -> Result<Vec<QuotaEntry>, StoreError> {
    let rows = s
        .rows(
            "select kind, amount, reason, submission, by_user, created_at from quota_entries
             where competition = $1 and task = $2 and phase = $3 and team = $4
             order by created_at desc, id desc limit $5",
            args![&key.competition, &key.task, &key.phase, &key.team, count_max],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(QuotaEntry {
                kind: row.word("kind", QuotaEntryKind::parse)?,
                amount: row.u32("amount")?,
                reason: row.text("reason")?,
                submission: row.id_if_any("submission")?,
                by: row.id_if_any("by_user")?,
                at: row.at("created_at")?,
            })
        })
        .collect()
}

/// What was charged for a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub to: ChargedTo,
    /// The start of its day.
    pub day: Micros,
}

/// A check was passed: it does not count among the failed ones.
pub(crate) async fn pass_check(s: &mut Session, key: &QuotaKey, charge: Charge) -> Result<(), StoreError> {
    let used = lock_quota(s, key).await?;
    write_quota(s, key, used.checked(charge.day)).await
}

/// A submission has ended: it is not in flight any more and, where it is given back, was never charged.
pub(crate) async fn end_charge(
    s: &mut Session,
    key: &QuotaKey,
    charge: Charge,
    ended: Ended,
    refund: Option<QuotaEntry>,
) -> Result<(), StoreError> {
    if charge.to == ChargedTo::Nothing {
        return Ok(());
    }
    let used = lock_quota(s, key).await?;
    write_quota(s, key, used.ended(ended, charge.to, charge.day)).await?;
    match refund {
        Some(entry) => note_quota(s, key, &entry).await,
        None => Ok(()),
    }
}

fn use_of_row(row: &Row) -> Result<QuotaUse, StoreError> {
    Ok(QuotaUse {
        day: row.at("day")?,
        today: row.u32("today")?,
        failed_today: row.u32("failed_today")?,
        total: row.u32("total")?,
        granted: row.u32("granted")?,
        in_flight: row.u32("in_flight")?,
    })
}
