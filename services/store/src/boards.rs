//! Leaderboards as rows, written in the verdict's transaction, and rebuilt from verdicts to the same rows.
//!
//! Rows hold released values only. The order is the contest's `Standing`; `sort_key` is the ranking value turned so that
//! smaller is better, which is how an index serves every direction. A board's revision grows with each release on it, and
//! numbers the releases: replaying them in that order gives the same rows again.

use egret_contest::{
    Board, BoardEntry, BoardName, MetricValue, Phase, ScorePoint, TaskSpec, TeamName, Verdict,
};

use crate::competitions::read_phases;
use crate::db::args;
use crate::ranking::{Candidate, lock_board, rank};
use crate::row::Row;
use crate::session::Session;
use crate::{Store, StoreError, Topic};

impl Store {
    /// The whole board now. `NotFound` if there is no such task or phase.
    pub async fn board(&self, name: &BoardName) -> Result<Board, StoreError> {
        Ok(read_board(&mut self.read().await?, name).await?.1)
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

/// The whole board as everyone may read it, and the task that it ranks.
pub(crate) async fn read_board(s: &mut Session, name: &BoardName) -> Result<(TaskSpec, Board), StoreError> {
    let spec = read_spec(s, name).await?;
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
    let board = Board {
        name: name.clone(),
        revision: head.as_ref().map_or(Ok(0), |row| row.u64("revision"))?,
        updated_at: head.as_ref().map(|row| row.at("updated_at")).transpose()?,
        metrics: spec.columns(),
        entries: (1u32..)
            .zip(&rows)
            .map(|(rank, row)| entry_of_row(name, &spec, rank, row))
            .collect::<Result<_, _>>()?,
        certificates: spec.grading.certificates.clone(),
    };
    Ok((spec, board))
}

fn entry_of_row(name: &BoardName, spec: &TaskSpec, rank: u32, row: &Row) -> Result<BoardEntry, StoreError> {
    let metrics: Vec<MetricValue> = row.json("metrics")?;
    Ok(BoardEntry {
        certificate: spec.certificate(&metrics).map(str::to_owned),
        rank,
        team: TeamName::new(name.competition.clone(), row.id("team")?),
        team_title: row.text("title")?,
        metrics,
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
