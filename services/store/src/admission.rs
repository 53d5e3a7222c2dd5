//! Admission: from an uploaded model to a submission with its check waiting for a worker, in one transaction.
//!
//! In order: the request id, the task, the team, the open phase, the upload, the test set, then the quota row under its lock
//! and the clock once more (waiting for a lock takes time, and a window is half-open), then the inserts. Whatever refuses
//! leaves nothing behind.

use egret_contest::{
    Adapter, BlobRef, CompetitionState, EvaluationKind, Micros, Phase, PhaseId, PoolId, QuotaRule, QuotaUse,
    Refusal, Split, SubmissionId, SubmissionName, SubmissionState, TaskName, TaskSpec, TeamName, TestSetName,
    TimeZoneName, UploadId, UserId, WrappedKey, day_of, phase_at,
};

use crate::competitions::read_phases;
use crate::db::args;
use crate::evaluations::{Evaluation, create_evaluation};
use crate::identity::random_id;
use crate::progress::Entry;
use crate::quotas::{QuotaKey, lock_quota, read_quota, write_quota};
use crate::request::Claim;
use crate::row::to_json;
use crate::session::Session;
use crate::submissions::read_submission;
use crate::teams::read_team_of;
use crate::uploads::read_upload;
use crate::{Request, Store, StoreError, Submission, Topic, UploadPurpose, UploadState};

/// A submission to admit.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// To which task.
    pub task: TaskName,
    /// For which team; `None`: the one team of the competition that the user is in.
    pub team: Option<TeamName>,
    /// Who sends it; must be in the team.
    pub user: UserId,
    /// A complete upload of a model of the team.
    pub upload: UploadId,
    /// The team's wishes.
    pub adapter: Adapter,
    /// The team's own remark.
    pub note: String,
}

/// What a team may still do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The open phase.
    pub phase: PhaseId,
    /// Its rule.
    pub rule: QuotaRule,
    /// What is used of it today.
    pub used: QuotaUse,
    /// When the daily count starts again.
    pub resets_at: Micros,
}

impl Store {
    /// Admits a submission, or refuses it: window, membership, upload, quota, insert, check evaluation and its unit are one
    /// transaction on the database's clock.
    pub async fn admit_submission(
        &self,
        request: &Request,
        new: NewSubmission,
    ) -> Result<Submission, StoreError> {
        const METHOD: &str = "admit_submission";
        let mut s = self.write().await?;
        if let Claim::Done(name) = request.claim(&mut s, METHOD).await? {
            let name = SubmissionName::parse(&name).map_err(|_| StoreError::Corrupt("resource"))?;
            return read_submission(&mut s, &name).await;
        }
        let venue = read_venue(&mut s, &new.task).await?;
        let team = resolve_team(&mut s, &new).await?;
        let phases = read_phases(&mut s, &new.task.competition).await?;
        let phase = open_phase(&phases, s.now().await?)?;
        let model = accept_upload(&mut s, &new.upload, &team, venue.spec.limits.model_bytes_max()).await?;
        let (test_set, pool) = live_test_set(&mut s, &new.task, phase.split).await?;

        let key = QuotaKey::new(&new.task, &phase.id, &team.team);
        let used = lock_quota(&mut s, &key).await?;
        let now = s.now().await?;
        if !phase.window.contains(now) {
            return Err(closed(&phases, now).into());
        }
        let admission = phase.quota.admit(used, now, &venue.zone, &phase.id)?;
        write_quota(&mut s, &key, admission.used).await?;

        let id: SubmissionId = random_id()?;
        let entry = Entry {
            id: id.clone(),
            task: new.task.clone(),
            phase: phase.id.clone(),
            team: team.team.clone(),
            version: test_set.version,
            pool,
            state: SubmissionState::Checking,
            charged_day: admission.used.day,
            accepted_at: now,
        };
        insert_submission(&mut s, &entry, &new, &model).await?;
        let check = Evaluation { kind: EvaluationKind::Check, split: Split::Sample, not_before: now };
        create_evaluation(&mut s, &entry, check, now).await?;
        let name = SubmissionName::new(new.task.competition, new.task.task, id.clone());
        request.settle(&mut s, METHOD, &name).await?;
        s.changed(Topic::Submission(id));
        let submission = read_submission(&mut s, &name).await?;
        s.commit().await?;
        Ok(submission)
    }

    /// A team's quota for a task in the phase that is open now; refused (`PhaseClosed`) if none is.
    pub async fn quota(&self, task: &TaskName, team: &TeamName) -> Result<Quota, StoreError> {
        let mut s = self.read().await?;
        let venue = read_venue(&mut s, task).await?;
        let phases = read_phases(&mut s, &task.competition).await?;
        let now = s.now().await?;
        let phase = open_phase(&phases, now)?;
        let (day, resets_at) = day_of(now, &venue.zone);
        let used = read_quota(&mut s, &QuotaKey::new(task, &phase.id, &team.team)).await?;
        let used = used.map_or(QuotaUse::none(day), |used| used.on_day(day));
        Ok(Quota { phase: phase.id.clone(), rule: phase.quota, used, resets_at })
    }
}

/// What admission needs to know of the task and its competition.
struct Venue {
    spec: TaskSpec,
    zone: TimeZoneName,
}

async fn read_venue(s: &mut Session, task: &TaskName) -> Result<Venue, StoreError> {
    let row = s
        .one(
            "select t.spec, c.time_zone, c.state from tasks t join competitions c on c.id = t.competition
             where t.competition = $1 and t.id = $2",
            args![&task.competition, &task.task],
        )
        .await?
        .ok_or(StoreError::NotFound("task"))?;
    if row.word("state", CompetitionState::parse)? != CompetitionState::Published {
        return Err(Refusal::NotPublished.into());
    }
    Ok(Venue { spec: row.json("spec")?, zone: row.word("time_zone", TimeZoneName::parse)? })
}

/// The user's team in the task's competition, which must be the one they named, if they named one.
async fn resolve_team(s: &mut Session, new: &NewSubmission) -> Result<TeamName, StoreError> {
    let own = read_team_of(s, &new.task.competition, &new.user).await?;
    match (&new.team, own) {
        (None, Some(own)) => Ok(own),
        (None, None) => Err(Refusal::NoTeam.into()),
        (Some(named), Some(own)) if *named == own => Ok(own),
        (Some(_), _) => Err(Refusal::NotMember.into()),
    }
}

fn open_phase(phases: &[Phase], now: Micros) -> Result<&Phase, StoreError> {
    phase_at(phases, now).ok_or_else(|| closed(phases, now).into())
}

fn closed(phases: &[Phase], now: Micros) -> Refusal {
    let ended = phases.iter().filter(|phase| phase.window.end <= now).max_by_key(|phase| phase.window.end);
    let next = phases.iter().filter(|phase| phase.window.start > now).min_by_key(|phase| phase.window.start);
    Refusal::PhaseClosed {
        ended: ended.map(|phase| (phase.id.clone(), phase.window.end)),
        next: next.map(|phase| (phase.id.clone(), phase.window.start)),
    }
}

async fn accept_upload(
    s: &mut Session,
    upload: &UploadId,
    team: &TeamName,
    bytes_max: u64,
) -> Result<BlobRef, StoreError> {
    let upload = read_upload(s, upload).await?;
    if upload.purpose != UploadPurpose::Model(team.clone()) {
        return Err(Refusal::UploadNotYours.into());
    }
    if upload.state != UploadState::Complete {
        let (committed_bytes, size_bytes) = (upload.committed_bytes, upload.size_bytes);
        return Err(Refusal::UploadIncomplete { committed_bytes, size_bytes }.into());
    }
    if upload.size_bytes > bytes_max {
        return Err(Refusal::ModelTooLarge { bytes: upload.size_bytes, bytes_max }.into());
    }
    Ok(upload.blob())
}

/// The live test set, if it has a sample and the phase's split, and the pool that will evaluate on it: of those it is sealed
/// to, the one with the least open work.
async fn live_test_set(
    s: &mut Session,
    task: &TaskName,
    split: Split,
) -> Result<(TestSetName, PoolId), StoreError> {
    let row = s
        .one(
            "select k.version, k.pool,
                 (select count(*) from units u where u.pool = k.pool and u.state in ('ready', 'leased')) as open_units
             from test_sets l
             join wrapped_keys k on k.competition = l.competition and k.task = l.task and k.version = l.version
             where l.competition = $1 and l.task = $2 and l.state = 'live'
               and k.pool <> $4
               and exists (select 1 from shards h where h.competition = l.competition and h.task = l.task
                           and h.version = l.version and h.split = $3)
             order by open_units, k.pool limit 1",
            args![&task.competition, &task.task, split.as_str(), WrappedKey::ORGANIZER],
        )
        .await?
        .ok_or(Refusal::NotReady)?;
    Ok((TestSetName::new(task.competition.clone(), task.task.clone(), row.u32("version")?), row.id("pool")?))
}

async fn insert_submission(
    s: &mut Session,
    entry: &Entry,
    new: &NewSubmission,
    model: &BlobRef,
) -> Result<(), StoreError> {
    s.run(
        "insert into submissions (id, competition, task, phase, team, user_id, model_sha256, adapter, note, version, pool,
             state, charged_day, accepted_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        args![
            &entry.id,
            &entry.task.competition,
            &entry.task.task,
            &entry.phase,
            &entry.team,
            &new.user,
            &model.sha256,
            to_json(&new.adapter)?,
            new.note.as_str(),
            entry.version,
            &entry.pool,
            entry.state.as_str(),
            entry.charged_day,
            entry.accepted_at,
        ],
    )
    .await
    .map(drop)
}
