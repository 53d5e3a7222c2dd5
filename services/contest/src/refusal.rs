//! Why a submission was not admitted. A refusal is never charged.

use crate::{Micros, PhaseId, QuotaKind, Split, TaskId};

/// Not admitted: the team's request met a rule, and nothing was written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// No phase of the competition is open now.
    #[error("no phase is open for submissions now")]
    PhaseClosed {
        /// The last phase that ended, if one did.
        ended: Option<(PhaseId, Micros)>,
        /// The next phase to start, if there is one.
        next: Option<(PhaseId, Micros)>,
    },
    /// A quota is used up.
    #[error("{} quota of {max} is used up in phase `{phase}`", .kind.as_str())]
    QuotaExhausted {
        /// Which of the three.
        kind: QuotaKind,
        /// The rule's figure.
        max: u32,
        /// What is used of it.
        used: u32,
        /// The phase that has the rule.
        phase: PhaseId,
        /// When the daily count starts again; `None` for quotas that time does not refill.
        resets_at: Option<Micros>,
    },
    /// The organizer has paused what was asked for.
    #[error("{0} is paused by the organizer")]
    Paused(&'static str),
    /// The phase is for teams that have reached a value in another one.
    #[error("phase `{phase}` is for teams with at least {at_least} in phase `{gate}`")]
    GateClosed {
        /// The phase asked for.
        phase: PhaseId,
        /// The phase in which it must have been reached.
        gate: PhaseId,
        /// The released value that is enough.
        at_least: f64,
    },
    /// The team may not submit.
    #[error("this team is {0}")]
    TeamNotActive(&'static str),
    /// The competition asks teams to enter a task before they submit.
    #[error("your team has not entered task `{task}`")]
    NotEntered {
        /// The task.
        task: TaskId,
    },
    /// The captain answers for a team of several.
    #[error("you are the captain of a team with other members")]
    CaptainStays,
    /// Captains rename their teams until the merge deadline.
    #[error("teams could be renamed until {}", .0.timestamp())]
    RenamingOver(Micros),
    /// A competition has an organizer.
    #[error("this is the competition's last organizer")]
    LastOrganizer,
    /// Merging is over, or was never allowed.
    #[error("{}", match .deadline {
        Some(at) => format!("teams could merge until {}", at.timestamp()),
        None => "teams do not merge in this competition".to_owned(),
    })]
    MergingOver {
        /// Until when it was allowed.
        deadline: Option<Micros>,
    },
    /// Together the teams have submitted more than one team may.
    #[error("together they have used {used} of the {} quota of {max} in phase `{phase}` of task `{task}`", .kind.as_str())]
    MergeQuota {
        /// The task.
        task: TaskId,
        /// The phase.
        phase: PhaseId,
        /// Which quota.
        kind: QuotaKind,
        /// What one team may.
        max: u32,
        /// What they have used together.
        used: u32,
    },
    /// Together the teams know more of the hidden data than one team may.
    #[error(
        "together they have spent {spent_millibits} of the {budget_millibits} millibits that phase `{phase}` allows a team \
         on the {split} split of task `{task}`"
    )]
    MergeLedger {
        /// The task.
        task: TaskId,
        /// The phase with the budget.
        phase: PhaseId,
        /// The split of its test set.
        split: Split,
        /// What they have spent together.
        spent_millibits: u64,
        /// What one team may spend.
        budget_millibits: u64,
    },
    /// A board that shows the team does not move now.
    #[error(
        "the board of task `{task}` in phase `{phase}` is {state}, and shows the team that would be gone"
    )]
    MergeBoard {
        /// The task.
        task: TaskId,
        /// The phase.
        phase: PhaseId,
        /// Frozen or finalized.
        state: &'static str,
    },
    /// A board cannot be finalized yet.
    #[error("the phase cannot be finalized: {0}")]
    NotFinal(String),
    /// The caller is not a member of the team.
    #[error("you are not a member of this team")]
    NotMember,
    /// The caller named no team and is not in exactly one of the competition.
    #[error("you are in no team of this competition; found or join one first")]
    NoTeam,
    /// The upload is not complete.
    #[error("the upload is not complete")]
    UploadIncomplete {
        /// Bytes the server has.
        committed_bytes: u64,
        /// Bytes it expects.
        size_bytes: u64,
    },
    /// The upload is not a model of this team.
    #[error("the upload is not a model of this team")]
    UploadNotYours,
    /// The model is larger than the task allows.
    #[error("the model has {bytes} bytes; the task allows {bytes_max}")]
    ModelTooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// The task has no live test set that covers the phase's split.
    #[error("the task has no live test set for this phase yet")]
    NotReady,
    /// The competition is a draft.
    #[error("the competition is not published yet")]
    NotPublished,
    /// The invite is unknown, used or expired; which of these is not said.
    #[error("the invite code is not valid (any more)")]
    BadInvite,
    /// The user is already in a team of the competition.
    #[error("you are already in team `{team}` of this competition")]
    AlreadyInTeam {
        /// That team.
        team: crate::TeamId,
    },
    /// What was asked cannot follow the present state.
    #[error("{what} is {state}")]
    WrongState {
        /// The thing, as a noun phrase.
        what: &'static str,
        /// The state it is in.
        state: &'static str,
    },
}
