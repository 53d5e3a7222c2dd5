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
    /// IANA name of the zone in which daily quotas roll over.
    pub time_zone: String,
    /// Whether any signed-in user may found a team.
    pub open_registration: bool,
    /// In the organizer's order; never empty.
    pub phases: Vec<PhaseManifest>,
}

/// What a phase is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    /// The training ground.
    Practice,
    /// The battlefield.
    Live,
    /// The last word.
    Final,
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
    /// What is scored.
    pub split: Split,
    /// Submissions a team may make to one task.
    pub quota: QuotaManifest,
    /// What a team is told.
    pub release: ReleaseManifest,
}

/// `[phases.quota]`; 0 means no limit of that sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaManifest {
    /// Per day of the competition's time zone.
    pub per_day_max: u32,
    /// In the whole phase.
    pub total_max: u32,
    /// In flight at once.
    pub concurrent_max: u32,
}

/// `[phases.release]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseManifest {
    /// How scores become releases.
    pub policy: ReleasePolicy,
    /// Decimals of a released score, 0 to 6.
    pub decimals: u32,
}

/// How scores become releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleasePolicy {
    /// The rounded score.
    Exact,
}

impl ReleasePolicy {
    /// As in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
        }
    }
}
