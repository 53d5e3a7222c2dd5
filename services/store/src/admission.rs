//! Admission: from an uploaded model to a submission with its check waiting for a worker, in one transaction.
//!
//! In order: the request id, the task, the team (which is held), the open phase, the entry, the upload, the test set, then the quota row under its lock
//! and the clock once more (waiting for a lock takes time, and a window is half-open), then the inserts. Whatever refuses
//! leaves nothing behind.

use egret_contest::{
    Adapter, BlobRef, CompetitionState, EvaluationKind, Micros, Phase, PhaseId, PoolId, QuotaEntryKind,
    QuotaRule, QuotaUse, Refusal, Sha256Hex, Split, SubmissionId, SubmissionName, SubmissionState, TaskName,
    TaskSpec, TeamName, TestSetName, TimeZoneName, UploadId, UserId, WrappedKey, day_of, phase_at,
};
use sha2::{Digest, Sha256};

use crate::competitions::{read_phase, read_phases};
use crate::db::args;
use crate::evaluations::{Evaluation, create_evaluation};
use crate::identity::random_id;
use crate::progress::Entry;
use crate::quotas::{
    Charge, QuotaEntry, QuotaKey, lock_quota, note_quota, read_entries, read_quota, write_quota,
};
use crate::request::Claim;
use crate::row::to_json;
use crate::session::Session;
use crate::submissions::read_submission;
use crate::teams::{enter_by_submitting, hold_team, read_team_of};
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
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    /// The open phase.
    pub phase: PhaseId,
    /// Its rule.
    pub rule: QuotaRule,
    /// What is used of it today.
    pub used: QuotaUse,
    /// When the daily count starts again.
    pub resets_at: Micros,
    /// When the team's last submission can be accepted: the first moment after it.
    pub closes_at: Micros,
    /// The last rows of its ledger, newest first.
    pub entries: Vec<QuotaEntry>,
}

/// More than the quota, by the organizer's hand.
#[derive(Clone, Debug)]
pub struct QuotaGrant {
    /// Submissions; at least 1.
    pub amount: u32,
    /// Shown to the team.
    pub reason: String,
    /// Who.
    pub by: UserId,
}

/// Rows of a quota's ledger that are shown.
const ENTRIES_SHOWN: u32 = 50;

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
            drop(s);
            return self.get_submission(&name).await;
        }
        let venue = read_venue(&mut s, &new.task).await?;
        if venue.submitting_paused {
            return Err(Refusal::Paused("submitting").into());
        }
        let team = resolve_team(&mut s, &new).await?;
        require_active(&mut s, &team).await?;
        let phases = read_phases(&mut s, &new.task.competition).await?;
        let phase = open_phase(&phases, &new.task, &team, s.now().await?)?;
        pass_gate(&mut s, &venue.spec, &new.task, &team, phase).await?;
        enter_by_submitting(&mut s, &new.task, &team.team, &new.user, venue.entries_required).await?;
        let model = accept_upload(&mut s, &new.upload, &team, venue.spec.limits.model_bytes_max()).await?;
        let (test_set, pool) = live_test_set(&mut s, &new.task, phase.split).await?;

        let key = QuotaKey::new(&new.task, &phase.id, &team.team);
        let used = lock_quota(&mut s, &key).await?;
        let now = s.now().await?;
        if !phase.is_open(&new.task.task, &team.team, now) {
            return Err(closed(&phases, &new.task, &team, now).into());
        }
        let day = quota_day(phase, &venue.zone, now);
        let admission = phase.rules.quota_of(&new.task.task).admit(used, day, &phase.id)?;
        write_quota(&mut s, &key, admission.used).await?;

        let id: SubmissionId = random_id()?;
        let charge = QuotaEntry {
            kind: QuotaEntryKind::Charge,
            amount: 1,
            reason: admission.charged_to.as_str().to_owned(),
            submission: Some(id.clone()),
            by: None,
            at: now,
        };
        note_quota(&mut s, &key, &charge).await?;
        let entry = Entry {
            id: id.clone(),
            task: new.task.clone(),
            phase: phase.id.clone(),
            team: team.team.clone(),
            version: test_set.version,
            pool,
            split: phase.split,
            state: SubmissionState::Checking,
            charge: Charge { to: admission.charged_to, day: admission.used.day },
            artifact: artifact(&model, &new.adapter)?,
            accepted_at: now,
        };
        let row = NewRow {
            user: &new.user,
            model: &model.sha256,
            adapter: &new.adapter,
            note: &new.note,
            nominated_from: None,
        };
        insert_submission(&mut s, &entry, &row).await?;
        let check = Evaluation { kind: EvaluationKind::Check, split: Split::Sample, not_before: now };
        create_evaluation(&mut s, &entry, check, now).await?;
        let name = SubmissionName::new(new.task.competition, new.task.task, id.clone());
        request.settle(&mut s, METHOD, &name).await?;
        s.changed(Topic::Submission(id));
        let mut submission = read_submission(&mut s, &name).await?;
        s.commit().await?;
        self.place(&mut submission, &entry.pool).await?;
        Ok(submission)
    }

    /// A team's quota for a task in a phase that has begun, or in the one that is open now; refused (`PhaseClosed`) if none is.
    pub async fn quota(
        &self,
        task: &TaskName,
        team: &TeamName,
        phase: Option<&PhaseId>,
    ) -> Result<Quota, StoreError> {
        let mut s = self.read().await?;
        let venue = read_venue(&mut s, task).await?;
        let phases = read_phases(&mut s, &task.competition).await?;
        let now = s.now().await?;
        let phase = match phase {
            None => open_phase(&phases, task, team, now)?,
            Some(id) => phases.iter().find(|phase| phase.id == *id).ok_or(StoreError::NotFound("phase"))?,
        };
        if now < phase.window.start {
            let next = Some((phase.id.clone(), phase.window.start));
            return Err(Refusal::PhaseClosed { ended: None, next }.into());
        }
        let (day, resets_at) = quota_day(phase, &venue.zone, now);
        let key = QuotaKey::new(task, &phase.id, &team.team);
        let used = read_quota(&mut s, &key).await?;
        Ok(Quota {
            phase: phase.id.clone(),
            rule: phase.rules.quota_of(&task.task),
            used: used.map_or(QuotaUse::none(day), |used| used.on_day(day)),
            resets_at,
            closes_at: phase.closes_at(&task.task, Some(&team.team)),
            entries: read_entries(&mut s, &key, ENTRIES_SHOWN).await?,
        })
    }

    /// Allows a team more submissions to a task in a phase than its quota does.
    pub async fn grant_quota(
        &self,
        request: &Request,
        task: &TaskName,
        phase: &PhaseId,
        team: &TeamName,
        grant: QuotaGrant,
    ) -> Result<(), StoreError> {
        const METHOD: &str = "grant_quota";
        let mut s = self.write().await?;
        if let Claim::Done(_) = request.claim(&mut s, METHOD).await? {
            return Ok(());
        }
        read_phase(&mut s, &task.competition, phase).await?;
        require_active(&mut s, team).await?;
        let key = QuotaKey::new(task, phase, &team.team);
        let used = lock_quota(&mut s, &key).await?;
        let granted = used.granted.saturating_add(grant.amount);
        write_quota(&mut s, &key, QuotaUse { granted, ..used }).await?;
        let at = s.now().await?;
        let entry = QuotaEntry {
            kind: QuotaEntryKind::Grant,
            amount: grant.amount,
            reason: grant.reason,
            submission: None,
            by: Some(grant.by),
            at,
        };
        note_quota(&mut s, &key, &entry).await?;
        request.settle(&mut s, METHOD, team).await?;
        s.commit().await
    }
}

/// What admission needs to know of the task and its competition.
struct Venue {
    spec: TaskSpec,
    zone: TimeZoneName,
    submitting_paused: bool,
    entries_required: bool,
}

async fn read_venue(s: &mut Session, task: &TaskName) -> Result<Venue, StoreError> {
    let row = s
        .one(
            "select t.spec, c.time_zone, c.state, c.submitting_paused, c.entries_required
             from tasks t join competitions c on c.id = t.competition
             where t.competition = $1 and t.id = $2",
            args![&task.competition, &task.task],
        )
        .await?
        .ok_or(StoreError::NotFound("task"))?;
    if row.word("state", CompetitionState::parse)? != CompetitionState::Published {
        return Err(Refusal::NotPublished.into());
    }
    Ok(Venue {
        spec: row.json("spec")?,
        zone: row.word("time_zone", TimeZoneName::parse)?,
        submitting_paused: row.get("submitting_paused")?,
        entries_required: row.get("entries_required")?,
    })
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

/// A team that is not active does not act, and one that does stays what it is until that is done: nothing is admitted for a team
/// while it becomes part of another one.
pub(crate) async fn require_active(s: &mut Session, team: &TeamName) -> Result<(), StoreError> {
    hold_team(s, team).await?.require_active()
}

/// A phase may be for those who have reached something in another one.
pub(crate) async fn pass_gate(
    s: &mut Session,
    spec: &TaskSpec,
    task: &TaskName,
    team: &TeamName,
    phase: &Phase,
) -> Result<(), StoreError> {
    let Some(gate) = &phase.rules.gate else { return Ok(()) };
    let row = s
        .one(
            "select sort_key from board_rows where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&task.competition, &task.task, &gate.phase, &team.team],
        )
        .await?;
    let enough = spec.direction().sort_key(gate.at_least);
    if row.map(|row| row.get::<f64>("sort_key")).transpose()?.is_some_and(|key| key <= enough) {
        return Ok(());
    }
    let (phase, at_least) = (phase.id.clone(), gate.at_least);
    Err(Refusal::GateClosed { phase, gate: gate.phase.clone(), at_least }.into())
}

/// The day that a quota counts, in contest time: its start, and on the clock the moment when the next one begins.
pub(crate) fn quota_day(phase: &Phase, zone: &TimeZoneName, now: Micros) -> (Micros, Micros) {
    let (day, next) = day_of(phase.contest_time(now), zone);
    (day, phase.clock_time(next))
}

fn open_phase<'a>(
    phases: &'a [Phase],
    task: &TaskName,
    team: &TeamName,
    now: Micros,
) -> Result<&'a Phase, StoreError> {
    phase_at(phases, &task.task, &team.team, now).ok_or_else(|| closed(phases, task, team, now).into())
}

fn closed(phases: &[Phase], task: &TaskName, team: &TeamName, now: Micros) -> Refusal {
    let open_ones = phases.iter().filter(|phase| phase.rules.nominations.is_none());
    let ends = |phase: &Phase| phase.closes_at(&task.task, Some(&team.team));
    let ended = open_ones.clone().filter(|phase| ends(phase) <= now).max_by_key(|phase| ends(phase));
    let next = open_ones.filter(|phase| phase.window.start > now).min_by_key(|phase| phase.window.start);
    Refusal::PhaseClosed {
        ended: ended.map(|phase| (phase.id.clone(), ends(phase))),
        next: next.map(|phase| (phase.id.clone(), phase.window.start)),
    }
}

/// What makes two submissions the same to hidden data: the model's bytes, and how they are fed and read.
fn artifact(model: &BlobRef, adapter: &Adapter) -> Result<Sha256Hex, StoreError> {
    let digest = Sha256::new().chain_update(model.sha256.as_str()).chain_update(to_json(adapter)?).finalize();
    Sha256Hex::parse(&hex::encode(digest)).map_err(|_| StoreError::Corrupt("digest"))
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
pub(crate) async fn live_test_set(
    s: &mut Session,
    task: &TaskName,
    split: Split,
) -> Result<(TestSetName, PoolId), StoreError> {
    let row = s
        .one(
            "select k.version, k.pool,
                 (select count(*) from units u where u.pool = k.pool and u.state = 'ready')
                     + (select count(*) from units u where u.pool = k.pool and u.state = 'leased') as open_units
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

/// What a submission's row has beside its entry.
pub(crate) struct NewRow<'a> {
    pub user: &'a UserId,
    pub model: &'a Sha256Hex,
    pub adapter: &'a Adapter,
    pub note: &'a str,
    pub nominated_from: Option<&'a SubmissionId>,
}

pub(crate) async fn insert_submission(
    s: &mut Session,
    entry: &Entry,
    row: &NewRow<'_>,
) -> Result<(), StoreError> {
    s.run(
        "insert into submissions (id, competition, task, phase, team, user_id, model_sha256, adapter, note, version, pool,
             state, charged_day, charged_to, split, artifact_sha256, nominated_from, accepted_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)",
        args![
            &entry.id,
            &entry.task.competition,
            &entry.task.task,
            &entry.phase,
            &entry.team,
            row.user,
            row.model,
            to_json(row.adapter)?,
            row.note,
            entry.version,
            &entry.pool,
            entry.state.as_str(),
            entry.charge.day,
            entry.charge.to.as_str(),
            entry.split.as_str(),
            &entry.artifact,
            row.nominated_from,
            entry.accepted_at,
        ],
    )
    .await
    .map(drop)
}
