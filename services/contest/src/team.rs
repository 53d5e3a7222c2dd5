//! What a team is to its competition.

use crate::{Micros, text_enum::text_enum};

/// What a competition asks of teams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeamRules {
    /// New teams wait for the organizer's approval.
    pub approve_teams: bool,
    /// A team enters a task before it submits; otherwise its first submission enters it.
    pub entries_required: bool,
    /// Until when teams may merge; `None`: they may not.
    pub merge_deadline: Option<Micros>,
}

text_enum! {
    /// Whether a team competes.
    TeamKind {
        /// It does, and ranks.
        Regular = "regular",
        /// The organizer's reference: shown, not ranked.
        Baseline = "baseline",
        /// Out of competition: shown, not ranked.
        Guest = "guest",
    }
}

text_enum! {
    /// Whether a team may act.
    TeamStatus {
        /// It may.
        Active = "active",
        /// It waits for the organizer's approval.
        Pending = "pending",
        /// The organizer has taken it out: it may not submit, and boards do not show it.
        Disqualified = "disqualified",
        /// It has become part of another one.
        Merged = "merged",
    }
}

text_enum! {
    /// What happened to a team or its members.
    RosterEvent {
        /// It was founded.
        Founded = "founded",
        /// Somebody joined by an invite.
        Joined = "joined",
        /// Somebody left.
        Left = "left",
        /// Somebody was removed.
        Removed = "removed",
        /// Somebody became captain.
        Captain = "captain",
        /// It has another title.
        Renamed = "renamed",
        /// It may act now.
        Approved = "approved",
        /// It was taken out, or not let in.
        Disqualified = "disqualified",
        /// It was let in again.
        Restored = "restored",
        /// It is of another kind.
        Kind = "kind",
        /// It became part of another one, or somebody came that way.
        Merged = "merged",
    }
}

impl TeamStatus {
    /// Whether this status can follow.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending | Self::Disqualified, Self::Active)
                | (Self::Pending | Self::Active, Self::Disqualified)
                | (Self::Active, Self::Merged)
        )
    }

    /// What to say of a team that may not submit.
    pub const fn as_reason(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "waiting for the organizer's approval",
            Self::Disqualified => "disqualified",
            Self::Merged => "part of another team now",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_merged_stays_merged_and_only_the_active_merge() {
        for &next in TeamStatus::ALL {
            assert!(!TeamStatus::Merged.may_become(next), "{next}");
            assert!(!next.may_become(next) && !next.may_become(TeamStatus::Pending), "{next}");
        }
        let merging = TeamStatus::ALL.iter().filter(|status| status.may_become(TeamStatus::Merged));
        assert_eq!(merging.collect::<Vec<_>>(), [&TeamStatus::Active]);
    }
}
