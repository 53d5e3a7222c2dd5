//! How a submission moves and ends: every change of its state is here, allowed by the contest's table, with what follows
//! from it for quota and watchers.

use egret_contest::{
    ChargedTo, Ended, EvaluationOutcome, Micros, PhaseId, PoolId, QuotaEntryKind, Refusal, Sha256Hex, Split,
    SubmissionId, SubmissionName, SubmissionState, TaskName, TeamId, Timing,
};

use crate::comparison::compare_if_last;
use crate::competitions::read_phase;
use crate::db::args;
use crate::evaluations::end_evaluations;
use crate::ledger::{AccountKey, start_next};
use crate::quotas::{Charge, QuotaEntry, QuotaKey, end_charge, pass_check};
use crate::session::Session;
use crate::submissions::read_submission;
use crate::{Store, StoreError, Submission, Topic};

/// A submission's row, as far as decisions need it.
pub(crate) struct Entry {
    pub id: SubmissionId,
    pub task: TaskName,
    pub phase: PhaseId,
    pub team: TeamId,
    pub version: u32,
    pub pool: PoolId,
    /// The hidden split of its phase.
    pub split: Split,
    pub state: SubmissionState,
    pub charge: Charge,
    /// The same for the same model, fed and read the same way.
    pub artifact: Sha256Hex,
    pub accepted_at: Micros,
}

impl Entry {
    /// Reads and locks the row. Everything that happens to a submission's evaluations and units happens under this lock.
    pub async fn lock(s: &mut Session, id: &SubmissionId) -> Result<Self, StoreError> {
        let row = s
            .one_locked(
                "select competition, task, phase, team, version, pool, split, state, charged_day, charged_to,
                     artifact_sha256, accepted_at
                 from submissions where id = $1",
                args![id],
            )
            .await?
            .ok_or(StoreError::NotFound("submission"))?;
        Ok(Self {
            id: id.clone(),
            task: TaskName::new(row.id("competition")?, row.id("task")?),
            phase: row.id("phase")?,
            team: row.id("team")?,
            version: row.u32("version")?,
            pool: row.id("pool")?,
            split: row.word("split", Split::parse)?,
            state: row.word("state", SubmissionState::parse)?,
            charge: Charge { to: row.word("charged_to", ChargedTo::parse)?, day: row.at("charged_day")? },
            artifact: row.id("artifact_sha256")?,
            accepted_at: row.at("accepted_at")?,
        })
    }

    /// Moves to a state that is not final.
    pub async fn advance(
        &mut self,
        s: &mut Session,
        next: SubmissionState,
        now: Micros,
    ) -> Result<(), StoreError> {
        if !self.state.may_become(next) {
            return Err(StoreError::Corrupt("submission state"));
        }
        // That a worker has taken it up is no news with a time: where releases come in epochs it would tell how long others ran.
        s.run(
            "update submissions set state = $2, updated_at = case when $2 = 'evaluating' then updated_at else $3 end
             where id = $1",
            args![&self.id, next.as_str(), now],
        )
        .await?;
        self.state = next;
        s.changed(Topic::Submission(self.id.clone()));
        Ok(())
    }

    /// The check is passed: on to the queue.
    pub async fn pass_check(&mut self, s: &mut Session, now: Micros) -> Result<(), StoreError> {
        self.advance(s, SubmissionState::Queued, now).await?;
        pass_check(s, &self.quota(), self.charge).await
    }

    /// Moves to a final state and settles the quota.
    pub async fn end(
        &mut self,
        s: &mut Session,
        last: SubmissionState,
        why: End,
        now: Micros,
    ) -> Result<(), StoreError> {
        let in_check = self.state == SubmissionState::Checking;
        self.advance(s, last, now).await?;
        let refund = why.refund();
        let ended = Ended { refund: refund.is_some(), failed_check: why == End::FailedCheck, in_check };
        let entry = refund.map(|reason| QuotaEntry {
            kind: QuotaEntryKind::Refund,
            amount: 1,
            reason: reason.to_owned(),
            submission: Some(self.id.clone()),
            by: None,
            at: now,
        });
        end_charge(s, &self.quota(), self.charge, ended, entry).await
    }

    fn quota(&self) -> QuotaKey {
        QuotaKey::new(&self.task, &self.phase, &self.team)
    }

    /// We failed it too often: not charged, and its team is told that the fault is ours.
    pub async fn end_in_mishap(&mut self, s: &mut Session, now: Micros) -> Result<(), StoreError> {
        end_evaluations(s, &self.id, EvaluationOutcome::Mishap, now).await?;
        s.run("update submissions set mishap = $2 where id = $1", args![&self.id, true]).await?;
        self.end(s, SubmissionState::Rejected, End::Mishap, now).await?;
        let phase = read_phase(s, &self.task.competition, &self.phase).await?;
        compare_if_last(s, self, &phase, now).await?;
        start_next(s, &AccountKey::of(self), now).await
    }
}

/// Why a submission is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// There is a release, or none may come. Where nothing hidden ran, a check did: it stays charged, for otherwise checks could be had
    /// for ever.
    Released,
    /// Refused by its check.
    FailedCheck,
    /// We failed.
    Mishap,
    /// Cancelled before anything hidden was touched.
    CancelledEarly,
    /// Cancelled after that.
    CancelledLate,
}

impl End {
    /// Why the charge is given back, if it is.
    const fn refund(self) -> Option<&'static str> {
        match self {
            Self::FailedCheck => Some("refused by the check"),
            Self::Mishap => Some("the platform failed"),
            Self::CancelledEarly => Some("cancelled before hidden data was touched"),
            Self::Released | Self::CancelledLate => None,
        }
    }
}

impl Store {
    /// Cancels what is not final; its units die and its leases are lost. The quota is refunded while checking or queued.
    /// A final one is refused (`WrongState`), but cancelling a cancelled one changes nothing.
    pub async fn cancel_submission(&self, name: &SubmissionName) -> Result<Submission, StoreError> {
        let mut s = self.write().await?;
        let before = read_submission(&mut s, name).await?;
        let mut entry = Entry::lock(&mut s, &name.submission).await?;
        if entry.state == SubmissionState::Cancelled {
            return Ok(before);
        }
        if entry.state.is_final() {
            return Err(Refusal::WrongState { what: "the submission", state: entry.state.as_str() }.into());
        }
        let now = s.now().await?;
        let phase = read_phase(&mut s, &entry.task.competition, &entry.phase).await?;
        if phase.rules.release.timing() != Timing::Immediate && entry.state != SubmissionState::Checking {
            // Whether it runs already, or is done, is not told before its release is due; nor is it by what cancelling does.
            let state = "waiting for a release at a fixed time, and cannot be cancelled any more";
            return Err(Refusal::WrongState { what: "the submission", state }.into());
        }
        let why = if entry.state.refunds_on_cancel() { End::CancelledEarly } else { End::CancelledLate };
        end_evaluations(&mut s, &entry.id, EvaluationOutcome::Cancelled, now).await?;
        s.changed(Topic::Work(entry.pool.clone()));
        entry.end(&mut s, SubmissionState::Cancelled, why, now).await?;
        compare_if_last(&mut s, &entry, &phase, now).await?;
        start_next(&mut s, &AccountKey::of(&entry), now).await?;
        let after = read_submission(&mut s, name).await?;
        s.commit().await?;
        Ok(after)
    }
}
