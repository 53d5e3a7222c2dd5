//! Which state may follow which. The tables are the whole truth: the store moves nothing that they do not allow.

use crate::text_enum::text_enum;

text_enum! {
    /// A submission, from acceptance to its end. Uploading happens before there is a submission.
    SubmissionState {
        /// Running on the public sample.
        Checking = "checking",
        /// Waiting for the hidden evaluation.
        Queued = "queued",
        /// A unit of the hidden evaluation has been leased.
        Evaluating = "evaluating",
        /// Final: there is a release.
        Released = "released",
        /// Final: what a release might tell did not fit the team's ledger any more. Nothing hidden ran, and the ledger was not charged.
        Withheld = "withheld",
        /// Final: did not pass the check, or a Mishap ended it. Not charged.
        Rejected = "rejected",
        /// Final: by its team, or an organizer.
        Cancelled = "cancelled",
    }
}

impl SubmissionState {
    /// Whether nothing follows.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Released | Self::Withheld | Self::Rejected | Self::Cancelled)
    }

    /// The transition table.
    pub const fn may_become(self, next: Self) -> bool {
        use SubmissionState::{Cancelled, Checking, Evaluating, Queued, Rejected, Released, Withheld};
        matches!(
            (self, next),
            (Checking, Queued | Rejected | Cancelled)
                // A release that the team has already is had again without a run.
                | (Queued, Evaluating | Released | Withheld | Rejected | Cancelled)
                | (Evaluating, Released | Withheld | Rejected | Cancelled)
        )
    }

    /// Whether cancelling now gives the quota back: nothing hidden has been touched.
    pub const fn refunds_on_cancel(self) -> bool {
        matches!(self, Self::Checking | Self::Queued)
    }
}

text_enum! {
    /// A unit of work.
    UnitState {
        /// Offered.
        Ready = "ready",
        /// Somebody has it until its lease expires.
        Leased = "leased",
        /// Its result is stored.
        Done = "done",
        /// Given up: too many attempts, or its evaluation ended without it.
        Dead = "dead",
    }
}

impl UnitState {
    /// Whether nothing follows.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead)
    }

    /// The transition table.
    pub const fn may_become(self, next: Self) -> bool {
        use UnitState::{Dead, Done, Leased, Ready};
        matches!((self, next), (Ready, Leased | Dead) | (Leased, Ready | Done | Dead))
    }
}

text_enum! {
    /// What a unit does.
    UnitKind {
        /// Runs the model on a range of shards.
        Shards = "shards",
        /// Merges the partial states of the others.
        Finalize = "finalize",
        /// Compares the finalists of a task.
        Compare = "compare",
    }
}

text_enum! {
    /// What an evaluation is for.
    EvaluationKind {
        /// On the public sample, in full detail.
        Check = "check",
        /// On the phase's split.
        Hidden = "hidden",
        /// Of all finalists of a task with each other; it hangs on the submission that was decided last.
        Compare = "compare",
    }
}

text_enum! {
    /// How an evaluation ended.
    EvaluationOutcome {
        /// With metrics.
        Scored = "scored",
        /// By the model's fault.
        Faulted = "faulted",
        /// By ours.
        Mishap = "mishap",
        /// It was cancelled.
        Cancelled = "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_have_no_successor_and_others_have_one() {
        for &from in SubmissionState::ALL {
            let successors = SubmissionState::ALL.iter().filter(|&&to| from.may_become(to)).count();
            assert_eq!(successors == 0, from.is_final(), "{from}");
        }
        for &from in UnitState::ALL {
            let successors = UnitState::ALL.iter().filter(|&&to| from.may_become(to)).count();
            assert_eq!(successors == 0, from.is_final(), "{from}");
        }
    }

    #[test]
    fn every_state_can_be_left_for_good() {
        for &from in SubmissionState::ALL.iter().filter(|state| !state.is_final()) {
            assert!(
                from.may_become(SubmissionState::Rejected) && from.may_become(SubmissionState::Cancelled)
            );
        }
    }

    #[test]
    fn a_release_needs_the_whole_path() {
        use SubmissionState::{Checking, Evaluating, Queued, Released};
        assert!(
            Checking.may_become(Queued) && Queued.may_become(Evaluating) && Evaluating.may_become(Released)
        );
        assert!(!Checking.may_become(Released) && !Checking.may_become(Evaluating));
    }

    #[test]
    fn words_round_trip() {
        for &state in SubmissionState::ALL {
            assert_eq!(SubmissionState::parse(state.as_str()), Some(state));
        }
        assert_eq!(UnitState::parse("running"), None);
    }
}
