//! Leaderboards as rows, written in the verdict's transaction, and rebuilt from verdicts to the same rows.
//!
//! Rows hold released values only. The order is the contest's [`Standing`]; `sort_key` is the ranking value turned so that
//! smaller is better, which is how an index serves every direction. A board's revision grows with each release on it, and
//! numbers the releases: replaying them in that order gives the same rows again.

use egret_contest::{
    Board, BoardEntry, BoardName, Direction, MetricValue, Micros, Phase, Release, ScorePoint, Standing,
    SubmissionId, TaskSpec, TeamId, TeamName, Verdict,
};

use crate::competitions::read_phases;
use crate::db::args;
use crate::progress::Entry;
use crate::row::{Row, to_json};
use crate::session::Session;
use crate::{Store, StoreError, Topic};

impl Store {
    /// The whole board now. `NotFound` if there is no such task or phase.
    pub async fn board(&self, name: &BoardName) -> Result<Board, StoreError> {
        let mut s = self.read().await?;
        let spec = read_spec(&mut s, name).await?;
        let head = s
            .one(
                "select revision, updated_at from boards where competition = $1 and task = $2 and phase = $3",
                args![&name.competition, &name.task, &name.phase],
            )
            .await?;
        let rows = s
            .rows(
                "select r.team, t.title, r.metrics, r.accepted_at, r.submission_count
                 from board_rows r join teams t on t.competition = r.competition and t.id = r.team
                 where r.competition = $1 and r.task = $2 and r.phase = $3
                 order by r.sort_key, r.accepted_at, r.submission",
                args![&name.competition, &name.task, &name.phase],
            )
            .await?;
        Ok(Board {
            name: name.clone(),
            revision: head.as_ref().map_or(Ok(0), |row| row.u64("revision"))?,
            updated_at: head.as_ref().map(|row| row.at("updated_at")).transpose()?,
            metrics: spec.metrics,
            entries: (1u32..)
                .zip(&rows)
                .map(|(rank, row)| entry_of_row(name, rank, row))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Releases that improved a team's ranking value, oldest first.
    pub async fn score_history(&self, name: &BoardName) -> Result<Vec<ScorePoint>, StoreError> {
        let mut s = self.read().await?;
        read_spec(&mut s, name).await?;
        let rows = s
            .rows(
                "select team, value, released_at from score_points
                 where competition = $1 and task = $2 and phase = $3 order by revision",
                args![&name.competition, &name.task, &name.phase],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ScorePoint {
                    team: TeamName::new(name.competition.clone(), row.id("team")?),
                    at: row.at("released_at")?,
                    value: row.get("value")?,
                })
            })
            .collect()
    }

    /// Writes the board and its history again from verdicts, as an operator does after repairing something. The revision
    /// stays that of the last release: nothing new was told.
    pub async fn rebuild_board(&self, name: &BoardName) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        let direction = read_spec(&mut s, name).await?.direction();
        let phase = read_phase(&mut s, name).await?;
        lock_board(&mut s, name).await?;
        let key = || args![&name.competition, &name.task, &name.phase];
        s.run("delete from board_rows where competition = $1 and task = $2 and phase = $3", key()).await?;
        s.run("delete from score_points where competition = $1 and task = $2 and phase = $3", key()).await?;
        let rows = s
            .rows(
                "select r.submission, r.team, r.revision, r.released_at, u.accepted_at, v.verdict
                 from releases r
                 join submissions u on u.id = r.submission
                 join verdicts v on v.submission = r.submission and v.kind = 'hidden'
                 where r.competition = $1 and r.task = $2 and r.phase = $3 order by r.revision",
                key(),
            )
            .await?;
        for row in &rows {
            let verdict: Verdict = row.json("verdict")?;
            let metrics = phase.release.release(&verdict.outcome, 0, row.at("released_at")?).metrics;
            let released = Candidate {
                submission: row.id("submission")?,
                team: row.id("team")?,
                accepted_at: row.at("accepted_at")?,
                released_at: row.at("released_at")?,
                revision: row.u64("revision")?,
                metrics: &metrics,
            };
            rank(&mut s, name, direction, &released).await?;
        }
        s.changed(Topic::Board(name.clone()));
        s.commit().await
    }
}

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
async fn lock_board(s: &mut Session, name: &BoardName) -> Result<u64, StoreError> {
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
struct Candidate<'a> {
    submission: SubmissionId,
    team: TeamId,
    accepted_at: Micros,
    released_at: Micros,
    revision: u64,
    metrics: &'a [MetricValue],
}

/// Puts a release on its board if it ranks above what the team has there, and counts it in any case.
async fn rank(
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

fn entry_of_row(name: &BoardName, rank: u32, row: &Row) -> Result<BoardEntry, StoreError> {
    Ok(BoardEntry {
        rank,
        team: TeamName::new(name.competition.clone(), row.id("team")?),
        team_title: row.text("title")?,
        metrics: row.json("metrics")?,
        accepted_at: row.at("accepted_at")?,
        submission_count: row.u32("submission_count")?,
    })
}

/// The board's task, if its phase exists too.
async fn read_spec(s: &mut Session, name: &BoardName) -> Result<TaskSpec, StoreError> {
    s.one(
        "select t.spec from tasks t join phases p on p.competition = t.competition and p.id = $3
         where t.competition = $1 and t.id = $2",
        args![&name.competition, &name.task, &name.phase],
    )
    .await?
    .ok_or(StoreError::NotFound("leaderboard"))?
    .json("spec")
}

async fn read_phase(s: &mut Session, name: &BoardName) -> Result<Phase, StoreError> {
    let phases = read_phases(s, &name.competition).await?;
    phases.into_iter().find(|phase| phase.id == name.phase).ok_or(StoreError::NotFound("leaderboard"))
}
