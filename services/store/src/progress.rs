//! How a submission moves and ends: every change of its state is here, allowed by the contest's table, with what follows
//! from it for quota and watchers.

use egret_contest::{
    EvaluationOutcome, Micros, PhaseId, PoolId, Refusal, SubmissionId, SubmissionName, SubmissionState,
    TaskName, TeamId,
};

use crate::db::args;
use crate::evaluations::end_evaluations;
use crate::quotas::{QuotaKey, end_charge};
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
    pub state: SubmissionState,
    pub charged_day: Micros,
    pub accepted_at: Micros,
}

impl Entry {
    /// Reads and locks the row. Everything that happens to a submission's evaluations and units happens under this lock.
    pub async fn lock(s: &mut Session, id: &SubmissionId) -> Result<Self, StoreError> {
        let row = s
            .one_locked(
                "select competition, task, phase, team, version, pool, state, charged_day, accepted_at
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
            state: row.word("state", SubmissionState::parse)?,
            charged_day: row.at("charged_day")?,
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
        s.run(
            "update submissions set state = $2, updated_at = $3 where id = $1",
            args![&self.id, next.as_str(), now],
        )
        .await?;
        self.state = next;
        s.changed(Topic::Submission(self.id.clone()));
        Ok(())
    }

    /// Moves to a final state and settles the quota.
    pub async fn end(
        &mut self,
        s: &mut Session,
        last: SubmissionState,
        refund: bool,
        now: Micros,
    ) -> Result<(), StoreError> {
        self.advance(s, last, now).await?;
        let key = QuotaKey::new(&self.task, &self.phase, &self.team);
        end_charge(s, &key, refund, self.charged_day).await
    }

    /// We failed it too often: not charged, and its team is told that the fault is ours.
    pub async fn end_in_mishap(&mut self, s: &mut Session, now: Micros) -> Result<(), StoreError> {
        end_evaluations(s, &self.id, EvaluationOutcome::Mishap, now).await?;
        s.run("update submissions set mishap = $2 where id = $1", args![&self.id, true]).await?;
        self.end(s, SubmissionState::Rejected, true, now).await
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
        let refund = entry.state.refunds_on_cancel();
        end_evaluations(&mut s, &entry.id, EvaluationOutcome::Cancelled, now).await?;
        entry.end(&mut s, SubmissionState::Cancelled, refund, now).await?;
        let after = read_submission(&mut s, name).await?;
        s.commit().await?;
        Ok(after)
    }
}
