//! Releases: decided and charged with their verdict, shown at once, at the end of an epoch, or with their phase.

use std::time::Duration;

use egret_contest::{
    BoardName, Due, MetricValue, Micros, Phase, Standing, Step, SubmissionId, SubmissionState, TaskSpec,
};

use crate::comparison::compare_if_last;
use crate::db::args;
use crate::progress::{End, Entry};
use crate::ranking::{Candidate, lock_board, rank};
use crate::row::to_json;
use crate::session::Session;
use crate::work::read_spec;
use crate::{Store, StoreError, Topic};

/// Releases that one pass of the sweep shows.
const DUE_SWEPT_MAX: i64 = 1_000;

/// What a team will be told, and what that costs it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub withheld: bool,
    pub scored: bool,
    pub level: Option<u32>,
    pub metrics: Vec<MetricValue>,
    pub charge_millibits: u64,
}

impl Told {
    pub fn withheld() -> Self {
        Self { withheld: true, scored: false, level: None, metrics: Vec::new(), charge_millibits: 0 }
    }

    pub fn exact(values: Option<Vec<MetricValue>>, charge_millibits: u64) -> Self {
        let (scored, metrics) = (values.is_some(), values.unwrap_or_default());
        Self { withheld: false, scored, level: None, metrics, charge_millibits }
    }

    pub fn level(step: Step, metrics: Vec<MetricValue>) -> Self {
        let Step { level, charge_millibits } = step;
        Self { withheld: false, scored: level > 0, level: Some(level), metrics, charge_millibits }
    }
}

/// Whether something was decided of a submission.
pub(crate) async fn has_release(s: &mut Session, id: &SubmissionId) -> Result<bool, StoreError> {
    Ok(s.one("select submission from releases where submission = $1", args![id]).await?.is_some())
}

/// If the team has the release of this very artifact in this phase already, it is had again: without a run, for nothing.
pub(crate) async fn release_again(
    s: &mut Session,
    entry: &mut Entry,
    phase: &Phase,
    spec: &TaskSpec,
    now: Micros,
) -> Result<bool, StoreError> {
    let row = s
        .one(
            "select r.scored, r.level, r.metrics from releases r join submissions s on s.id = r.submission
             where r.competition = $1 and r.task = $2 and r.phase = $3 and r.team = $4 and r.version = $5
               and s.artifact_sha256 = $6 and not r.withheld
             order by r.decided_at, r.submission limit 1",
            args![
                &entry.task.competition,
                &entry.task.task,
                &entry.phase,
                &entry.team,
                entry.version,
                &entry.artifact
            ],
        )
        .await?;
    let Some(row) = row else { return Ok(false) };
    let level: Option<i64> = row.get("level")?;
    let told = Told {
        withheld: false,
        scored: row.get("scored")?,
        level: level
            .map(|level| u32::try_from(level).map_err(|_| StoreError::Corrupt("level")))
            .transpose()?,
        metrics: row.json("metrics")?,
        charge_millibits: 0,
    };
    settle_release(s, entry, phase, spec, told, now).await?;
    Ok(true)
}

/// Writes down what was decided, and shows it if it is due.
pub(crate) async fn settle_release(
    s: &mut Session,
    entry: &mut Entry,
    phase: &Phase,
    spec: &TaskSpec,
    told: Told,
    now: Micros,
) -> Result<(), StoreError> {
    let limit = Duration::from_secs(spec.limits.wall_s_max.into());
    let allowed_end = allowed_start(s, entry).await?.after(limit);
    let due = phase.rules.release.due(allowed_end, now);
    let due_at = match due {
        Due::Now => Some(now),
        Due::At(at) => Some(at),
        Due::WithPhase => None,
    };
    let values = if told.scored { told.metrics.as_slice() } else { &[] };
    let standing = Standing::new(&spec.columns(), values, entry.accepted_at, entry.id.clone());
    s.run(
        "insert into releases (submission, competition, task, phase, team, version, split, scored, withheld, level, value,
             sort_key, tie_key, metrics, charge_millibits, decided_at, allowed_end_at, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        args![
            &entry.id,
            &entry.task.competition,
            &entry.task.task,
            &entry.phase,
            &entry.team,
            entry.version,
            entry.split.as_str(),
            told.scored,
            told.withheld,
            told.level.map(i64::from),
            standing.as_ref().map(Standing::value),
            standing.as_ref().map(Standing::sort_key),
            standing.as_ref().map(|standing| standing.tie_key().to_vec()),
            to_json(&told.metrics)?,
            told.charge_millibits,
            now,
            allowed_end,
            due_at,
        ],
    )
    .await?;
    if due == Due::Now {
        show(s, entry, spec, now).await?;
    }
    compare_if_last(s, entry, phase, now).await
}

/// When a submission would have begun if those of its account before it had run as long as they may. How long they did run is not to be
/// seen in when this one is shown.
async fn allowed_start(s: &mut Session, entry: &Entry) -> Result<Micros, StoreError> {
    let row = s
        .one(
            "select coalesce(max(allowed_end_at), 0) as before from releases
             where competition = $1 and task = $2 and version = $3 and split = $4 and team = $5",
            args![
                &entry.task.competition,
                &entry.task.task,
                entry.version,
                entry.split.as_str(),
                &entry.team
            ],
        )
        .await?
        .ok_or(StoreError::Corrupt("max"))?;
    Ok(row.at("before")?.max(entry.accepted_at))
}

/// Shows what was decided of a submission: it ends, and its board changes.
pub(crate) async fn show(
    s: &mut Session,
    entry: &mut Entry,
    spec: &TaskSpec,
    now: Micros,
) -> Result<(), StoreError> {
    let row = s
        .one("select withheld, metrics, scored from releases where submission = $1", args![&entry.id])
        .await?
        .ok_or(StoreError::Corrupt("releases"))?;
    let (withheld, scored): (bool, bool) = (row.get("withheld")?, row.get("scored")?);
    let mut metrics: Vec<MetricValue> = row.json("metrics")?;
    // If one ran that is withheld, something else had spent meanwhile what was there: to its team that is the same.
    let last = if withheld { SubmissionState::Withheld } else { SubmissionState::Released };
    entry.end(s, last, End::Released, now).await?;
    let board = BoardName::new(entry.task.competition.clone(), entry.task.task.clone(), entry.phase.clone());
    let revision = lock_board(s, &board).await? + 1;
    s.run(
        "update boards set revision = $4, updated_at = $5 where competition = $1 and task = $2 and phase = $3",
        args![&board.competition, &board.task, &board.phase, revision, now],
    )
    .await?;
    s.run(
        "update releases set released_at = $2, revision = $3 where submission = $1",
        args![&entry.id, now, revision],
    )
    .await?;
    if !scored {
        metrics.clear();
    }
    let released = Candidate {
        submission: entry.id.clone(),
        team: entry.team.clone(),
        accepted_at: entry.accepted_at,
        revision,
        metrics: &metrics,
    };
    rank(s, &board, &spec.columns(), &released).await?;
    s.changed(Topic::Board(board));
    Ok(())
}

impl Store {
    /// Shows the releases whose epoch has ended. Returns how many.
    pub async fn sweep_releases(&self) -> Result<u32, StoreError> {
        let due: Vec<SubmissionId> = {
            let mut s = self.read().await?;
            let now = s.now().await?;
            let rows = s
                .rows(
                    "select r.submission from releases r join submissions u on u.id = r.submission
                     where r.released_at is null and r.due_at is not null and r.due_at <= $1
                     order by r.due_at, u.accepted_at, r.submission limit $2",
                    args![now, DUE_SWEPT_MAX],
                )
                .await?;
            rows.iter().map(|row| row.id("submission")).collect::<Result<_, _>>()?
        };
        let mut shown = 0;
        for id in &due {
            let mut s = self.write().await?;
            let mut entry = Entry::lock(&mut s, id).await?;
            if entry.state.is_final() {
                continue;
            }
            let spec = read_spec(&mut s, &entry).await?;
            let now = s.now().await?;
            show(&mut s, &mut entry, &spec, now).await?;
            s.commit().await?;
            shown += 1;
        }
        Ok(shown)
    }
}
