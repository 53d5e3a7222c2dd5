//! A leaderboard as everyone may read it: released values only.

use crate::{BoardName, Certificate, MetricRef, MetricValue, Micros, SubmissionId, TeamKind, TeamName};

/// A whole snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// Its name.
    pub name: BoardName,
    /// Grows with every change; 0 is the empty board.
    pub revision: u64,
    /// When it last changed; `None` for the empty board.
    pub updated_at: Option<Micros>,
    /// Its columns; the first one ranks.
    pub metrics: Vec<MetricRef>,
    /// The task's certificates.
    pub certificates: Vec<Certificate>,
    /// Best first.
    pub entries: Vec<BoardEntry>,
    /// Since when it stands still for the public.
    pub frozen_since: Option<Micros>,
    /// When it became final.
    pub finalized_at: Option<Micros>,
}

/// A team's best release.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardEntry {
    /// 1 is best; 0: shown, but not ranked. Every ranked entry has its own rank: the order is total.
    pub rank: u32,
    /// Whether it competes.
    pub kind: TeamKind,
    /// The jury sees it, the public does not.
    pub disqualified: bool,
    /// What stands there.
    pub submission: SubmissionId,
    /// The team.
    pub team: TeamName,
    /// Its title.
    pub team_title: String,
    /// Released values, in the task's order.
    pub metrics: Vec<MetricValue>,
    /// When the submission was accepted.
    pub accepted_at: Micros,
    /// Submissions of the team in this phase that were released.
    pub submission_count: u32,
    /// The hardest certificate that its ranking value earns.
    pub certificate: Option<String>,
    /// Of finals: the least and the greatest rank that its model may deserve, with 95 % for all teams at once.
    pub rank_interval: Option<(u32, u32)>,
    /// Of finals: its team's rank on the public board of the phase that is nominated from.
    pub previous_rank: Option<u32>,
}

/// A release that improved a team's ranking value.
#[derive(Clone, Debug, PartialEq)]
pub struct ScorePoint {
    /// The team.
    pub team: TeamName,
    /// When it was released.
    pub at: Micros,
    /// The released value of the ranking metric.
    pub value: f64,
}
