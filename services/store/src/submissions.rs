//! Submissions as their team may read them. How they come about is in `admission`, how they end in `progress`.

use egret_contest::{
    Adapter, BlobRef, CheckReport, MetricValue, Micros, PhaseId, PhaseRules, PoolId, Release, SubmissionId,
    SubmissionName, SubmissionState, TaskName, TeamId, TeamName, TestSetName, Timing, UserId,
};

use crate::db::args;
use crate::page::LAST;
use crate::row::Row;
use crate::session::Session;
use crate::{Page, Paged, Store, StoreError};

/// A submission as its team may see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Its name.
    pub name: SubmissionName,
    /// Whose it is.
    pub team: TeamName,
    /// Who sent it.
    pub user: UserId,
    /// The phase it was accepted in.
    pub phase: PhaseId,
    /// Where it is.
    pub state: SubmissionState,
    /// The model.
    pub model: BlobRef,
    /// The team's wishes.
    pub adapter: Adapter,
    /// The team's own remark.
    pub note: String,
    /// The test set it is evaluated on.
    pub test_set: TestSetName,
    /// When it was accepted, on the server's clock.
    pub accepted_at: Micros,
    /// When it last changed.
    pub updated_at: Micros,
    /// The result on the public sample, once there.
    pub check: Option<CheckReport>,
    /// What the team is told of the hidden evaluation, once released.
    pub release: Option<Release>,
    /// Its exact scores, once its phase was revealed.
    pub revealed: Option<Revealed>,
    /// Rejected because *we* failed, repeatedly; not charged. Shown as fault `MISHAP`.
    pub mishap: bool,
    /// The submission that was nominated for this phase as this one.
    pub nominated_from: Option<SubmissionId>,
    /// How many units of the pool will be served until its next one has been: 1 is next; 0 when not waiting, or where that is not
    /// told.
    pub queue_position: u32,
    /// Seconds until then, as far as they can be foreseen.
    pub queue_eta_s: Option<u32>,
}

/// What was shown of a submission when its phase was revealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Revealed {
    /// Rounded; empty for a fault.
    pub metrics: Vec<MetricValue>,
    /// The class of its fault: `LIMIT`, `OUTPUT`, `FAILED`; empty if it was scored.
    pub fault: String,
    /// What that was charged.
    pub charge_millibits: u64,
}

impl Store {
    /// A submission.
    pub async fn get_submission(&self, name: &SubmissionName) -> Result<Submission, StoreError> {
        let (mut submission, pool) = read_with_pool(&mut self.read().await?, name).await?;
        if let Some(pool) = &pool {
            self.place(&mut submission, pool).await?;
        }
        Ok(submission)
    }

    /// Submissions to a task, of one team or of all, newest first.
    pub async fn list_submissions(
        &self,
        task: &TaskName,
        team: Option<&TeamId>,
        page: Page,
    ) -> Result<Paged<Submission>, StoreError> {
        let (at, id) = page.after_time_and_id(LAST)?;
        let mut s = self.read().await?;
        let rows = s
            .rows(
                "select id from submissions
                 where competition = $1 and task = $2 and ($3 = '' or team = $3)
                   and (accepted_at < $4 or (accepted_at = $4 and id < $5))
                 order by accepted_at desc, id desc limit $6",
                args![&task.competition, &task.task, team.map_or("", TeamId::as_str), at, id, page.limit()],
            )
            .await?;
        let mut submissions = Vec::with_capacity(rows.len());
        for row in &rows {
            let name = SubmissionName::new(task.competition.clone(), task.task.clone(), row.id("id")?);
            submissions.push(read_with_pool(&mut s, &name).await?);
        }
        // Whoever waits for a forecast holds no connection that its making may need.
        drop(s);
        let mut placed = Vec::with_capacity(submissions.len());
        for (mut submission, pool) in submissions {
            if let Some(pool) = &pool {
                self.place(&mut submission, pool).await?;
            }
            placed.push(submission);
        }
        Ok(page.cut(placed, |one| format!("{}:{}", one.accepted_at.0, one.name.submission)))
    }
}

/// A submission without its place in the queue.
pub(crate) async fn read_submission(
    s: &mut Session,
    name: &SubmissionName,
) -> Result<Submission, StoreError> {
    Ok(read_with_pool(s, name).await?.0)
}

/// The same and, where its place may be told, the pool that it waits in.
async fn read_with_pool(
    s: &mut Session,
    name: &SubmissionName,
) -> Result<(Submission, Option<PoolId>), StoreError> {
    let row = s
        .one(
            "select s.phase, s.team, s.user_id, s.model_sha256, b.bytes as model_bytes, s.adapter, s.note, s.version, s.pool,
                 s.state, s.check_report, s.mishap, s.accepted_at, s.updated_at,
                 s.nominated_from, p.rules, r.scored, r.level, r.metrics, r.charge_millibits, r.released_at,
                 x.metrics as revealed, x.fault, x.charge_millibits as reveal_millibits
             from submissions s
             join blobs b on b.sha256 = s.model_sha256
             join phases p on p.competition = s.competition and p.id = s.phase
             left join releases r on r.submission = s.id and r.released_at is not null and not r.withheld
             left join reveals x on x.submission = s.id
             where s.id = $1 and s.competition = $2 and s.task = $3",
            args![&name.submission, &name.competition, &name.task],
        )
        .await?
        .ok_or(StoreError::NotFound("submission"))?;
    let rules: PhaseRules = row.json("rules")?;
    let is_timed = rules.release.timing() != Timing::Immediate;
    // Whether it runs already would tell how long others took.
    let state = match row.word("state", SubmissionState::parse)? {
        SubmissionState::Evaluating if is_timed => SubmissionState::Queued,
        state => state,
    };
    let check: Option<String> = row.get("check_report")?;
    let is_told = !state.is_final() && (!is_timed || state == SubmissionState::Checking);
    let pool = if is_told { Some(row.id("pool")?) } else { None };
    let submission = Submission {
        name: name.clone(),
        team: TeamName::new(name.competition.clone(), row.id("team")?),
        user: row.id("user_id")?,
        phase: row.id("phase")?,
        state,
        model: BlobRef { sha256: row.id("model_sha256")?, bytes: row.u64("model_bytes")? },
        adapter: row.json("adapter")?,
        note: row.text("note")?,
        test_set: TestSetName::new(name.competition.clone(), name.task.clone(), row.u32("version")?),
        accepted_at: row.at("accepted_at")?,
        updated_at: row.at("updated_at")?,
        check: if check.is_some() { Some(row.json("check_report")?) } else { None },
        release: release_of_row(&row)?,
        revealed: revealed_of_row(&row)?,
        mishap: row.get("mishap")?,
        nominated_from: row.id_if_any("nominated_from")?,
        queue_position: 0,
        queue_eta_s: None,
    };
    Ok((submission, pool))
}

fn revealed_of_row(row: &Row) -> Result<Option<Revealed>, StoreError> {
    if row.get::<Option<String>>("revealed")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Revealed {
        metrics: row.json("revealed")?,
        fault: row.text("fault")?,
        charge_millibits: row.u64("reveal_millibits")?,
    }))
}

fn release_of_row(row: &Row) -> Result<Option<Release>, StoreError> {
    let Some(scored) = row.get::<Option<bool>>("scored")? else { return Ok(None) };
    let metrics: Vec<MetricValue> = row.json("metrics")?;
    let level: Option<i64> = row.get("level")?;
    Ok(Some(Release {
        scored,
        level: level
            .map(|level| u32::try_from(level).map_err(|_| StoreError::Corrupt("level")))
            .transpose()?,
        metrics,
        charge_millibits: row.u64("charge_millibits")?,
        released_at: row.at("released_at")?,
    }))
}
