use egret_contest::{
    BoardView, Gate, Nominations, OverallRule, PhaseKind, Prizes, QuotaRule, ReleaseRule, Weight,
};
use jiff::Timestamp;

use crate::Split;

/// `competition.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct CompetitionManifest {
    /// 3 to 63 of `[a-z0-9-]`, starts with a letter.
    pub id: String,
    /// Shown where no other language fits.
    pub title: String,
    /// The title in Chinese; empty: `title` is shown.
    pub title_zh: String,
    /// Plain text.
    pub description: String,
    /// Plain text in Chinese; empty: `description` is shown.
    pub description_zh: String,
    /// IANA name of the zone in which daily quotas roll over, and in which times are shown to the organizer.
    pub time_zone: String,
    /// Whether any signed-in user may found a team.
    pub open_registration: bool,
    /// Whether teams that users found wait for the organizer's approval.
    pub approve_teams: bool,
    /// Whether a team enters a task before it submits to it.
    pub entries_required: bool,
    /// Until when teams may merge; `None`: they may not.
    pub merge_deadline: Option<Timestamp>,
    /// How the boards of all tasks make one; `None`: they do not.
    pub overall: Option<OverallManifest>,
    /// In the organizer's order; never empty.
    pub phases: Vec<PhaseManifest>,
}

/// `[overall]`.
#[derive(Clone, Debug, PartialEq)]
pub struct OverallManifest {
    /// How.
    pub rule: OverallRule,
    /// Tasks that weigh other than 1, by id.
    pub weights: Vec<(String, Weight)>,
    /// Where it stands in the file.
    pub line: u32,
}

/// `[[phases]]`: a half-open window, [start, end), with rules.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseManifest {
    /// Unique in the competition.
    pub id: String,
    /// What it is for.
    pub kind: PhaseKind,
    /// The first moment inside.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// From when on its public boards stand still.
    pub freeze: Option<Timestamp>,
    /// What is scored.
    pub split: Split,
    /// Submissions a team may make to one task.
    pub quota: QuotaRule,
    /// What a team is told.
    pub release: ReleaseRule,
    /// Who sees its boards before it is finalized.
    pub board: BoardView,
    /// Who may take part.
    pub gate: Option<Gate>,
    /// How it gets its submissions, if not from teams.
    pub nominations: Option<Nominations>,
    /// What its places are worth; only where there are nominations.
    pub prizes: Option<Prizes>,
    /// Where tasks go on when the contest is over.
    pub training: bool,
    /// `[phases.tasks.ID]`.
    pub tasks: Vec<PhaseTaskManifest>,
    /// Where its release rule stands in the file, or the phase, if it has none.
    pub line: u32,
}

/// `[phases.tasks.ID]`: what is different for one task; `None`: as in the phase.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseTaskManifest {
    /// The task.
    pub id: String,
    /// Submissions a team may make to it.
    pub quota: Option<QuotaRule>,
    /// From when on its public board stands still.
    pub freeze: Option<Timestamp>,
    /// When it closes, if before the phase does.
    pub end: Option<Timestamp>,
    /// What its places are worth; empty: as in the phase.
    pub prizes: Vec<u64>,
    /// Where it stands in the file.
    pub line: u32,
}
