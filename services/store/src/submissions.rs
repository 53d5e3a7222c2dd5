//! Submissions as their team may read them. How they come about is in `admission`, how they end in `progress`.

use egret_contest::{
    Adapter, BlobRef, CheckReport, MetricValue, Micros, PhaseId, PhaseRules, Release, SubmissionId,
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
    /// 1 is next; 0 when not waiting, or where that is not told.
    pub queue_position: u32,
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
        read_submission(&mut self.read().await?, name).await
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
            submissions.push(read_submission(&mut s, &name).await?);
        }
        Ok(page.cut(submissions, |one| format!("{}:{}", one.accepted_at.0, one.name.submission)))
    }
}

pub(crate) async fn read_submission(
    s: &mut Session,
    name: &SubmissionName,
) -> Result<Submission, StoreError> {
    let row = s
        .one(
            "select s.phase, s.team, s.user_id, s.model_sha256, b.bytes as model_bytes, s.adapter, s.note, s.version,
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
    Ok(Submission {
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
        queue_position: if state.is_final() || (is_timed && state != SubmissionState::Checking) {
            0
        } else {
            queue_position(s, name).await?
        },
    })
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

/// How many submissions of the pool have been waiting longer in the same class of work, plus one; 0 if none of its units
/// waits. Lanes may let a team that has nothing running pass: it is a position in line, not a promise.
async fn queue_position(s: &mut Session, name: &SubmissionName) -> Result<u32, StoreError> {
    let first = s
        .one(
            "select pool, priority, ready_at from units where submission = $1 and state = 'ready'
             order by priority, ready_at limit 1",
            args![&name.submission],
        )
        .await?;
    let Some(first) = first else { return Ok(0) };
    let ahead = s
        .one(
            "select count(distinct submission) as ahead from units
             where pool = $1 and state = 'ready' and submission <> $4
               and (priority < $2 or (priority = $2 and (ready_at < $3 or (ready_at = $3 and submission < $4))))",
            args![first.text("pool")?, first.int("priority")?, first.int("ready_at")?, &name.submission],
        )
        .await?
        .ok_or(StoreError::Corrupt("count"))?;
    Ok(ahead.u32("ahead")?.saturating_add(1))
}
