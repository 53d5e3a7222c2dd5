//! Ranking a release: the board row of its team, the count, the history and the revision, in the caller's transaction.

use egret_contest::{BoardName, Direction, MetricValue, Micros, Release, Standing, SubmissionId, TeamId};

use crate::db::args;
use crate::progress::Entry;
use crate::row::to_json;
use crate::session::Session;
use crate::{StoreError, Topic};

/// Records a release with its charge, and ranks it.
pub(crate) async fn publish_release(
    s: &mut Session,
    name: &BoardName,
    entry: &Entry,
    direction: Direction,
    release: &Release,
) -> Result<(), StoreError> {
    let revision = lock_board(s, name).await? + 1;
    s.run(
        "update boards set revision = $4, updated_at = $5 where competition = $1 and task = $2 and phase = $3",
        args![&name.competition, &name.task, &name.phase, revision, release.released_at],
    )
    .await?;
    s.run(
        "insert into releases (submission, competition, task, phase, team, scored, metrics, charge_millibits, released_at,
             revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            &entry.id,
            &name.competition,
            &name.task,
            &name.phase,
            &entry.team,
            release.scored,
            to_json(&release.metrics)?,
            release.charge_millibits,
            release.released_at,
            revision,
        ],
    )
    .await?;
    let released = Candidate {
        submission: entry.id.clone(),
        team: entry.team.clone(),
        accepted_at: entry.accepted_at,
        released_at: release.released_at,
        revision,
        metrics: &release.metrics,
    };
    rank(s, name, direction, &released).await?;
    s.changed(Topic::Board(name.clone()));
    Ok(())
}

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
    pub released_at: Micros,
    pub revision: u64,
    pub metrics: &'a [MetricValue],
}

/// Puts a release on its board if it ranks above what the team has there, and counts it in any case.
pub(crate) async fn rank(
    s: &mut Session,
    name: &BoardName,
    direction: Direction,
    released: &Candidate<'_>,
) -> Result<(), StoreError> {
    let value = released.metrics.first().and_then(|metric| metric.value);
    let new = Standing::new(direction, value, released.accepted_at, released.submission.clone());
    let old = read_standing(s, name, direction, &released.team).await?;
    if let Some(new) = new.filter(|new| old.as_ref().is_none_or(|old| new.beats(old))) {
        write_row(s, name, released, &new).await?;
        if old.is_none_or(|old| new.improves_on(&old)) {
            write_point(s, name, released, &new).await?;
        }
    }
    s.run(
        "update board_rows set submission_count = (
             select count(*) from releases
             where competition = $1 and task = $2 and phase = $3 and team = $4 and revision <= $5)
         where competition = $1 and task = $2 and phase = $3 and team = $4",
        args![&name.competition, &name.task, &name.phase, &released.team, released.revision],
    )
    .await
    .map(drop)
}

async fn read_standing(
    s: &mut Session,
    name: &BoardName,
    direction: Direction,
    team: &TeamId,
) -> Result<Option<Standing>, StoreError> {
    let row = s
        .one(
            "select value, accepted_at, submission from board_rows
             where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&name.competition, &name.task, &name.phase, team],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Standing::new(direction, Some(row.get("value")?), row.at("accepted_at")?, row.id("submission")?))
}

async fn write_row(
    s: &mut Session,
    name: &BoardName,
    released: &Candidate<'_>,
    standing: &Standing,
) -> Result<(), StoreError> {
    s.run(
        "insert into board_rows (competition, task, phase, team, submission, value, sort_key, metrics, accepted_at,
             submission_count)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)
         on conflict (competition, task, phase, team) do update set submission = excluded.submission,
             value = excluded.value, sort_key = excluded.sort_key, metrics = excluded.metrics,
             accepted_at = excluded.accepted_at",
        args![
            &name.competition,
            &name.task,
            &name.phase,
            &released.team,
            &released.submission,
            standing.value(),
            standing.sort_key(),
            to_json(&released.metrics)?,
            released.accepted_at,
        ],
    )
    .await
    .map(drop)
}

async fn write_point(
    s: &mut Session,
    name: &BoardName,
    released: &Candidate<'_>,
    standing: &Standing,
) -> Result<(), StoreError> {
    s.run(
        "insert into score_points (competition, task, phase, revision, team, value, released_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        args![
            &name.competition,
            &name.task,
            &name.phase,
            released.revision,
            &released.team,
            standing.value(),
            released.released_at,
        ],
    )
    .await
    .map(drop)
}
