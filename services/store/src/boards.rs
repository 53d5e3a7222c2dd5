//! Leaderboards: a projection of the releases that were shown, kept as rows and rebuilt from releases to the same rows.
//!
//! Rows hold released values only. The order is the contest's `Standing`; `sort_key` is the ranking value turned so that
//! smaller is better, which is how an index serves every direction, and `tie_key` the other columns in the same way. A board's
//! revision grows with each release on it, and numbers the releases: replaying them in that order gives the same rows again, and
//! stopping early gives the board of that time. It grows too with what is done to a team: `teams::standing`.
//!
//! The public does not see what was released after a board was frozen, in no field: its revision counts from that of the freeze, and
//! grows by what is done to teams alone. The jury sees everything that was decided.
//!
//! What the comparison found of a final's finalists, and the prizes, come to a board wherever it is read (`last_word`): every reader, and
//! the overall board, sees one and the same ranks.

use egret_contest::{
    Board, BoardEntry, BoardName, MetricValue, Micros, Phase, RankInterval, ScorePoint, SubmissionId,
    TaskSpec, TeamKind, TeamName, TeamStatus,
};

use crate::comparison::read_rank_intervals;
use crate::competitions::read_phase;
use crate::db::args;
use crate::ranking::{Candidate, lock_board, rank};
use crate::row::Row;
use crate::session::Session;
use crate::{Store, StoreError, Topic};

/// Who looks at a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardAudience {
    /// Everybody.
    Public,
    /// Organizers, auditors and operators.
    Jury,
}

/// What of a board's releases is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// All that were shown.
    Shown,
    /// Those shown until then, that moment included or not.
    Until(Micros),
    /// Those shown before then.
    Before(Micros),
    /// All that were decided until then.
    Decided(Micros),
    /// None.
    Nothing,
}

impl Sight {
    fn of(
        phase: &Phase,
        name: &BoardName,
        audience: BoardAudience,
        as_of: Option<Micros>,
        now: Micros,
    ) -> Self {
        let frozen = phase.frozen_since(&name.task, now);
        match (audience, as_of, frozen) {
            (BoardAudience::Jury, as_of, _) => Self::Decided(as_of.unwrap_or(Micros(i64::MAX))),
            (BoardAudience::Public, ..) if phase.is_jurys() => Self::Nothing,
            (BoardAudience::Public, Some(at), Some(frozen)) if at < frozen => Self::Until(at),
            (BoardAudience::Public, _, Some(frozen)) => Self::Before(frozen),
            (BoardAudience::Public, Some(at), None) => Self::Until(at),
            (BoardAudience::Public, None, None) => Self::Shown,
        }
    }

    /// The first moment whose releases are not seen; for [`Sight::Decided`], of deciding.
    fn end(self) -> Micros {
        match self {
            Self::Until(at) | Self::Decided(at) => Micros(at.0.saturating_add(1)),
            Self::Before(at) => at,
            Self::Shown => Micros(i64::MAX),
            Self::Nothing => Micros(i64::MIN),
        }
    }
}

impl Store {
    /// The board, now or as it was at a moment. `NotFound` if there is no such task or phase.
    pub async fn board(
        &self,
        name: &BoardName,
        audience: BoardAudience,
        as_of: Option<Micros>,
    ) -> Result<Board, StoreError> {
        let mut s = self.read().await?;
        let (_, mut board) = read_board(&mut s, name, audience, as_of).await?;
        let phase = read_phase(&mut s, &name.competition, &name.phase).await?;
        if let Some(rule) = &phase.rules.nominations {
            // What a final has moved.
            let from = BoardName::new(name.competition.clone(), name.task.clone(), rule.from.clone());
            let (_, before) = read_board(&mut s, &from, BoardAudience::Public, None).await?;
            for entry in &mut board.entries {
                let rank =
                    before.entries.iter().find(|other| other.team == entry.team).map(|other| other.rank);
                entry.previous_rank = rank.filter(|rank| *rank > 0);
            }
        }
        Ok(board)
    }

    /// Releases that improved a team's ranking value, oldest first, as far as the audience sees them.
    pub async fn score_history(
        &self,
        name: &BoardName,
        audience: BoardAudience,
    ) -> Result<Vec<ScorePoint>, StoreError> {
        let mut s = self.read().await?;
        read_spec(&mut s, name).await?;
        let phase = read_phase(&mut s, &name.competition, &name.phase).await?;
        let now = s.now().await?;
        let end = Sight::of(&phase, name, audience, None, now).end();
        let rows = s
            .rows(
                "select r.team, r.value, r.released_at from (
                     select r.team, r.value, r.sort_key, r.released_at, r.revision,
                         min(r.sort_key) over (partition by r.team order by r.revision
                             rows between unbounded preceding and 1 preceding) as best_before
                     from releases r join teams t on t.competition = r.competition and t.id = r.team
                     where r.competition = $1 and r.task = $2 and r.phase = $3 and r.sort_key is not null
                       and r.released_at < $4 and t.status <> 'disqualified') r
                 where r.best_before is null or r.sort_key < r.best_before order by r.revision",
                args![&name.competition, &name.task, &name.phase, end],
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

    /// Writes the board's rows again from releases, as an operator does after repairing something. The revision stays that of the
    /// last release: nothing new was told.
    pub async fn rebuild_board(&self, name: &BoardName) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        rebuild(&mut s, name).await?;
        s.commit().await
    }
}

/// The board as it is seen, and what its task asks.
pub(crate) async fn read_board(
    s: &mut Session,
    name: &BoardName,
    audience: BoardAudience,
    as_of: Option<Micros>,
) -> Result<(TaskSpec, Board), StoreError> {
    let spec = read_spec(s, name).await?;
    let phase = read_phase(s, &name.competition, &name.phase).await?;
    let now = s.now().await?;
    let sight = Sight::of(&phase, name, audience, as_of, now);
    let (revision, updated_at) = read_head(s, name, sight).await?;
    let rows =
        if sight == Sight::Shown { read_rows(s, name).await? } else { replay_rows(s, name, sight).await? };
    let mut board = Board {
        name: name.clone(),
        revision,
        updated_at,
        metrics: spec.columns(),
        entries: rows.iter().map(|row| entry_of_row(name, &spec, row)).collect::<Result<_, _>>()?,
        certificates: spec.grading.certificates.clone(),
        frozen_since: phase.frozen_since(&name.task, now),
        finalized_at: phase.marks.finalized_at,
        prizes: phase.rules.prizes_of(&name.task),
        prize_kept: None,
    };
    match last_word(s, &phase, name, audience, as_of).await? {
        Some(intervals) => board.settle(&intervals),
        None => board.number(),
    }
    board.entries.retain(|entry| audience == BoardAudience::Jury || !entry.disqualified);
    Ok((spec, board))
}

/// The intervals of a final's finalists, once they are told, and the prizes with them: to everybody when the phase is final, to the jury
/// as soon as the comparison has ended. None may have been found, and then the order decides.
async fn last_word(
    s: &mut Session,
    phase: &Phase,
    name: &BoardName,
    audience: BoardAudience,
    as_of: Option<Micros>,
) -> Result<Option<Vec<(SubmissionId, RankInterval)>>, StoreError> {
    let is_final = phase.marks.finalized_at.is_some_and(|at| as_of.is_none_or(|as_of| at <= as_of));
    let early = audience == BoardAudience::Jury && as_of.is_none();
    if phase.rules.nominations.is_none() || !(is_final || early) {
        return Ok(None);
    }
    let intervals = read_rank_intervals(s, name).await?;
    Ok(Some(intervals).filter(|intervals| is_final || !intervals.is_empty()))
}

/// Writes the board's rows again from releases.
pub(crate) async fn rebuild(s: &mut Session, name: &BoardName) -> Result<(), StoreError> {
    let columns = read_spec(s, name).await?.columns();
    lock_board(s, name).await?;
    let key = || args![&name.competition, &name.task, &name.phase];
    s.run("delete from board_rows where competition = $1 and task = $2 and phase = $3", key()).await?;
    let rows = s
        .rows(
            "select r.submission, r.team, r.revision, r.metrics, r.scored, u.accepted_at
             from releases r join submissions u on u.id = r.submission
             where r.competition = $1 and r.task = $2 and r.phase = $3 and r.released_at is not null
             order by r.revision",
            key(),
        )
        .await?;
    for row in &rows {
        let metrics: Vec<MetricValue> = if row.get("scored")? { row.json("metrics")? } else { Vec::new() };
        let released = Candidate {
            submission: row.id("submission")?,
            team: row.id("team")?,
            accepted_at: row.at("accepted_at")?,
            revision: row.u64("revision")?,
            metrics: &metrics,
        };
        rank(s, name, &columns, &released).await?;
    }
    s.changed(Topic::Board(name.clone()));
    Ok(())
}

/// Revision and time of the last change that is seen.
async fn read_head(
    s: &mut Session,
    name: &BoardName,
    sight: Sight,
) -> Result<(u64, Option<Micros>), StoreError> {
    let key = args![&name.competition, &name.task, &name.phase];
    if matches!(sight, Sight::Shown | Sight::Decided(Micros(i64::MAX))) {
        let head = s
            .one(
                "select revision, updated_at from boards where competition = $1 and task = $2 and phase = $3",
                key,
            )
            .await?;
        return head.map_or(Ok((0, None)), |row| Ok((row.u64("revision")?, Some(row.at("updated_at")?))));
    }
    if sight == Sight::Nothing {
        return Ok((0, None));
    }
    let mut with_end = key;
    with_end.extend(args![sight.end()]);
    // The last revision that is seen, and one for each later change that no release made.
    let head = s
        .one(
            "select coalesce(max(case when at < $4 then revision end), 0)
                 + count(case when at >= $4 then revision end) as revision, max(at) as updated_at
             from (select revision, released_at as at from releases
                   where competition = $1 and task = $2 and phase = $3 and released_at < $4
                   union all
                   select revision, changed_at as at from board_changes
                   where competition = $1 and task = $2 and phase = $3) c",
            with_end,
        )
        .await?
        .ok_or(StoreError::Corrupt("max"))?;
    Ok((head.u64("revision")?, head.at_if_any("updated_at")?))
}

/// The rows as they are kept.
async fn read_rows(s: &mut Session, name: &BoardName) -> Result<Vec<Row>, StoreError> {
    s.rows(
        "select r.team, t.title, t.kind, t.status, r.submission, r.metrics, r.accepted_at, r.submission_count
         from board_rows r join teams t on t.competition = r.competition and t.id = r.team
         where r.competition = $1 and r.task = $2 and r.phase = $3
         order by r.sort_key, r.tie_key, r.accepted_at, r.submission",
        args![&name.competition, &name.task, &name.phase],
    )
    .await
}

/// The rows as a replay of some releases gives them.
async fn replay_rows(s: &mut Session, name: &BoardName, sight: Sight) -> Result<Vec<Row>, StoreError> {
    let decided = matches!(sight, Sight::Decided(_));
    s.rows(
        "select w.team, t.title, t.kind, t.status, w.submission, w.metrics, w.accepted_at, w.submission_count from (
             select r.team, r.submission, r.metrics, u.accepted_at, r.sort_key, r.tie_key,
                 sum(case when r.withheld then 0 else 1 end) over (partition by r.team) as submission_count,
                 row_number() over (partition by r.team order by case when r.sort_key is null then 1 else 0 end,
                     r.sort_key, r.tie_key, u.accepted_at, r.submission) as place
             from releases r join submissions u on u.id = r.submission
             where r.competition = $1 and r.task = $2 and r.phase = $3
               and (r.released_at < $4 or ($5 and r.decided_at < $4))) w
         join teams t on t.competition = $1 and t.id = w.team
         where w.place = 1 and w.sort_key is not null order by w.sort_key, w.tie_key, w.accepted_at, w.submission",
        args![&name.competition, &name.task, &name.phase, sight.end(), decided],
    )
    .await
}

fn entry_of_row(name: &BoardName, spec: &TaskSpec, row: &Row) -> Result<BoardEntry, StoreError> {
    let metrics: Vec<MetricValue> = row.json("metrics")?;
    Ok(BoardEntry {
        certificate: spec.certificate(&metrics).map(str::to_owned),
        rank_interval: None,
        prize: 0,
        previous_rank: None,
        rank: 0,
        kind: row.word("kind", TeamKind::parse)?,
        disqualified: row.word("status", TeamStatus::parse)? == TeamStatus::Disqualified,
        submission: row.id("submission")?,
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
