//! Ranking a release: the board row of its team and the count, in the caller's transaction.

use egret_contest::{BoardName, MetricRef, MetricValue, Micros, Standing, SubmissionId, TeamId};

use crate::StoreError;
use crate::db::args;
use crate::row::to_json;
use crate::session::Session;

/// The board's revision, under a lock that lasts to the end of the transaction.
pub(crate) async fn lock_board(s: &mut Session, name: &BoardName) -> Result<u64, StoreError> {
    s.run(
        "insert into boards (competition, task, phase, revision, updated_at) values ($1, $2, $3, 0, 0)
         on conflict do nothing",
        args![&name.competition, &name.task, &name.phase],
    )
    .await?;
    s.one_locked(
        "select revision from boards where competition = $1 and task = $2 and phase = $3",
        args![&name.competition, &name.task, &name.phase],
    )
    .await?
    .ok_or(StoreError::Corrupt("boards"))?
    .u64("revision")
}

/// A release that may rank.
pub(crate) struct Candidate<'a> {
    pub submission: SubmissionId,
    pub team: TeamId,
    pub accepted_at: Micros,
    pub revision: u64,
    pub metrics: &'a [MetricValue],
}

/// Puts a release on its board if it ranks above what the team has there, and counts it in any case.
pub(crate) async fn rank(
    s: &mut Session,
    name: &BoardName,
    columns: &[MetricRef],
    released: &Candidate<'_>,
) -> Result<(), StoreError> {
    let new = Standing::new(columns, released.metrics, released.accepted_at, released.submission.clone());
    let old = read_standing(s, name, columns, &released.team).await?;
    if let Some(new) = new.filter(|new| old.as_ref().is_none_or(|old| new.beats(old))) {
        write_row(s, name, released, &new).await?;
    }
    s.run(
        "update board_rows set submission_count = (
             select count(*) from releases
             where competition = $1 and task = $2 and phase = $3 and team = $4 and revision <= $5 and not withheld)
         where competition = $1 and task = $2 and phase = $3 and team = $4",
        args![&name.competition, &name.task, &name.phase, &released.team, released.revision],
    )
    .await
    .map(drop)
}

async fn read_standing(
    s: &mut Session,
    name: &BoardName,
    columns: &[MetricRef],
    team: &TeamId,
) -> Result<Option<Standing>, StoreError> {
    let row = s
        .one(
            "select metrics, accepted_at, submission from board_rows
             where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&name.competition, &name.task, &name.phase, team],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let metrics: Vec<MetricValue> = row.json("metrics")?;
    Ok(Standing::new(columns, &metrics, row.at("accepted_at")?, row.id("submission")?))
}

async fn write_row(
    s: &mut Session,
    name: &BoardName,
    released: &Candidate<'_>,
    standing: &Standing,
) -> Result<(), StoreError> {
    s.run(
        "insert into board_rows (competition, task, phase, team, submission, value, sort_key, tie_key, metrics,
             accepted_at, submission_count)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)
         on conflict (competition, task, phase, team) do update set submission = excluded.submission,
             value = excluded.value, sort_key = excluded.sort_key, tie_key = excluded.tie_key,
             metrics = excluded.metrics, accepted_at = excluded.accepted_at",
        args![
            &name.competition,
            &name.task,
            &name.phase,
            &released.team,
            &released.submission,
            standing.value(),
            standing.sort_key(),
            standing.tie_key().to_vec(),
            to_json(&released.metrics)?,
            released.accepted_at,
        ],
    )
    .await
    .map(drop)
}
