//! What a team is to its competition.

use crate::text_enum::text_enum;

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

impl TeamStatus {
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
