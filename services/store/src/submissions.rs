//! Submissions: admitted in one transaction, read by their team, cancelled while not final.

use egret_contest::{
    Adapter, BlobRef, CheckReport, Micros, PhaseId, QuotaRule, QuotaUse, Release, SubmissionName,
    SubmissionState, TaskName, TeamId, TeamName, TestSetName, UploadId, UserId,
};

use crate::{Page, Paged, Request, Store, StoreError};

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
    /// Rejected because *we* failed, repeatedly; not charged. Shown as fault `MISHAP`.
    pub mishap: bool,
    /// 1 is next; 0 when not waiting.
    pub queue_position: u32,
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
        _request: &Request,
        _new: NewSubmission,
    ) -> Result<Submission, StoreError> {
        todo!()
    }

    /// A submission.
    pub async fn get_submission(&self, _name: &SubmissionName) -> Result<Submission, StoreError> {
        todo!()
    }

    /// Submissions to a task, of one team or of all, newest first.
    pub async fn list_submissions(
        &self,
        _task: &TaskName,
        _team: Option<&TeamId>,
        _page: Page,
    ) -> Result<Paged<Submission>, StoreError> {
        todo!()
    }

    /// Cancels what is not final; its units die and its leases are lost. The quota is refunded while checking or queued.
    /// A final one is refused (`WrongState`), but cancelling a cancelled one changes nothing.
    pub async fn cancel_submission(&self, _name: &SubmissionName) -> Result<Submission, StoreError> {
        todo!()
    }

    /// A team's quota for a task in the phase that is open now; refused (`PhaseClosed`) if none is.
    pub async fn quota(&self, _task: &TaskName, _team: &TeamName) -> Result<Quota, StoreError> {
        todo!()
    }
}
