//! A competition as organizers write it and spectators read it.

use crate::{
    CompetitionName, Micros, Overall, Phase, TaskName, TeamRules, TimeZoneName, text_enum::text_enum,
};

text_enum! {
    /// Whether spectators see it.
    CompetitionState {
        /// Only organizers and operators see it.
        Draft = "draft",
        /// Everyone sees it.
        Published = "published",
    }
}

/// A competition with its phases and the names of its tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Competition {
    /// Its name.
    pub name: CompetitionName,
    /// The title, shown where no other language fits.
    pub title: String,
    /// The title in Chinese; empty: `title` is shown.
    pub title_zh: String,
    /// Plain text.
    pub description: String,
    /// Plain text in Chinese; empty: `description` is shown.
    pub description_zh: String,
    /// The zone in which daily quotas roll over.
    pub time_zone: TimeZoneName,
    /// Whether spectators see it.
    pub state: CompetitionState,
    /// Whether any signed-in user may found a team.
    pub open_registration: bool,
    /// What holds for teams beside that.
    pub team_rules: TeamRules,
    /// Nothing is admitted now.
    pub submitting_paused: bool,
    /// Nothing is handed to workers now.
    pub evaluating_paused: bool,
    /// How its overall boards are made; `None`: it has none.
    pub overall: Option<Overall>,
    /// When it was created.
    pub created_at: Micros,
    /// In the organizer's order.
    pub phases: Vec<Phase>,
    /// In the organizer's order.
    pub tasks: Vec<TaskName>,
}
