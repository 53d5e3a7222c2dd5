//! The overall board of a competition, reckoned from the boards of its tasks in one phase, and from nothing else: whatever
//! those do not show, it does not know. Teams that their boards show unranked (rank 0) are left out. A rank that a final's board
//! shares counts for each of them as it is shown: two winners are first, with a gold medal each, and nobody is second.
//!
//! | rule | a team's score | better |
//! |---|---|---|
//! | `mean_rank` | weighted mean of its ranks; where it has none, one more than the number of ranked teams there | less |
//! | `normalised` | sum of weight × quality, where a quality is (value − baseline) / (best − baseline), cut to 0..1 | more |
//! | `medals` | weights of the tasks where it is first, then second, then third | more gold, then silver, then bronze |
//!
//! The order is total and published: score, then the earlier last acceptance, then team id. Equal scores share a rank and the
//! ranks after them are left out (1, 2, 2, 4). Weights are whole thousandths and qualities whole billionths, so that sums are
//! exact: neither the order of the tasks nor a machine decides a tie.

mod score;
mod weight;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use score::{BadBounds, Bounds, OverallScore};
pub use weight::{BadWeight, Weight};

use crate::{Board, BoardEntry, Micros, PhaseName, TaskId, TaskName, TeamName, text_enum::text_enum};

text_enum! {
    /// How the boards of tasks make one.
    OverallRule {
        /// The mean of ranks.
        MeanRank = "mean_rank",
        /// The sum of values between each task's baseline and best.
        Normalised = "normalised",
        /// First, second and third places, counted.
        Medals = "medals",
    }
}

/// What a competition declares of its overall board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overall {
    /// The rule.
    pub rule: OverallRule,
    /// Tasks that weigh other than 1.
    #[serde(default)]
    pub weights: BTreeMap<TaskId, Weight>,
}

/// A task's board, as everyone may read it, and what its values lie between.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskBoard {
    /// The board.
    pub board: Board,
    /// What a value of the ranking column is worth nothing and everything; only `normalised` asks.
    pub bounds: Option<Bounds>,
}

/// A whole snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct OverallBoard {
    /// The phase whose boards it is made of.
    pub phase: PhaseName,
    /// The sum of their revisions: it grows when one of them does.
    pub revision: u64,
    /// When one of them last changed; `None` if none ever did.
    pub updated_at: Option<Micros>,
    /// How it is made.
    pub overall: Overall,
    /// The tasks, in the organizer's order.
    pub tasks: Vec<TaskName>,
    /// Best first.
    pub entries: Vec<OverallEntry>,
}

/// A team with a ranked row on one of the boards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverallEntry {
    /// One more than the number of teams with a better score.
    pub rank: u32,
    /// The team.
    pub team: TeamName,
    /// Its title.
    pub team_title: String,
    /// What ranks it.
    pub score: OverallScore,
    /// Its rank in each task, in the board's order; `None` where it has no ranked row.
    pub task_ranks: Vec<Option<u32>>,
    /// When the last of the submissions was accepted that stand on the boards for it.
    pub accepted_at: Micros,
}

/// Why what is declared does not fit the tasks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverallProblem {
    /// `normalised` needs to know what a value lies between.
    #[error("task `{0}` declares no baseline, without which its values cannot be normalised")]
    NoBaseline(TaskId),
    /// A weight is for one of the tasks.
    #[error("there is no task `{0}` to weigh")]
    NoTask(TaskId),
}

impl Overall {
    /// What a task weighs.
    pub fn weight(&self, task: &TaskId) -> Weight {
        self.weights.get(task).copied().unwrap_or_default()
    }

    /// Whether it can be applied to these tasks; each says whether it has [`Bounds`].
    pub fn check<'a>(
        &self,
        tasks: impl Iterator<Item = (&'a TaskId, bool)> + Clone,
    ) -> Result<(), OverallProblem> {
        if let Some(unknown) = self.weights.keys().find(|id| tasks.clone().all(|(task, _)| task != *id)) {
            return Err(OverallProblem::NoTask(unknown.clone()));
        }
        let mut unbounded = tasks.filter(|(_, bounded)| !bounded && self.rule == OverallRule::Normalised);
        unbounded.next().map_or(Ok(()), |(task, _)| Err(OverallProblem::NoBaseline(task.clone())))
    }

    /// The overall board of the boards of one phase.
    pub fn board(&self, phase: PhaseName, boards: &[TaskBoard]) -> Result<OverallBoard, OverallProblem> {
        self.check(boards.iter().map(|task| (&task.board.name.task, task.bounds.is_some())))?;
        Ok(OverallBoard {
            phase,
            revision: boards.iter().map(|task| task.board.revision).sum(),
            updated_at: boards.iter().filter_map(|task| task.board.updated_at).max(),
            overall: self.clone(),
            tasks: boards.iter().map(|task| task.board.name.parent()).collect(),
            entries: self.entries(boards),
        })
    }

    fn entries(&self, boards: &[TaskBoard]) -> Vec<OverallEntry> {
        let mut entries: Vec<OverallEntry> = teams(boards)
            .into_iter()
            .map(|(team, rows)| OverallEntry {
                rank: 0,
                team: team.clone(),
                team_title: rows
                    .iter()
                    .flatten()
                    .next()
                    .map(|row| row.team_title.clone())
                    .unwrap_or_default(),
                score: self.score(boards, &rows),
                task_ranks: rows.iter().map(|row| row.map(|row| row.rank)).collect(),
                accepted_at: rows.iter().flatten().map(|row| row.accepted_at).max().unwrap_or(Micros(0)),
            })
            .collect();
        entries.sort_by(|a, b| {
            let by_score = a.score.merit().cmp(&b.score.merit()).reverse();
            by_score.then(a.accepted_at.cmp(&b.accepted_at)).then_with(|| a.team.cmp(&b.team))
        });
        let (mut rank, mut merit) = (0, None);
        for (place, entry) in (1..).zip(&mut entries) {
            if merit.replace(entry.score.merit()) != Some(entry.score.merit()) {
                rank = place;
            }
            entry.rank = rank;
        }
        entries
    }

    /// The score of a team with these rows, one per board.
    fn score(&self, boards: &[TaskBoard], rows: &[Option<&BoardEntry>]) -> OverallScore {
        let weighed = || {
            let weight = |task: &TaskBoard| u128::from(self.weight(&task.board.name.task).milli());
            boards.iter().map(move |task| (task, weight(task))).zip(rows)
        };
        match self.rule {
            OverallRule::MeanRank => OverallScore::MeanRank {
                sum_milli: weighed().map(|((task, weight), row)| weight * place(task, *row)).sum(),
                weight_milli: weighed().map(|((_, weight), _)| weight).sum(),
            },
            OverallRule::Normalised => {
                let quality = |task: &TaskBoard, row: &BoardEntry| {
                    let value = row.metrics.first().and_then(|metric| metric.value);
                    u128::from(task.bounds.map_or(0, |bounds| bounds.quality_nano(value)))
                };
                let worth =
                    weighed().filter_map(|((task, weight), row)| Some(weight * quality(task, (*row)?)));
                OverallScore::Normalised { sum_pico: worth.sum() }
            }
            OverallRule::Medals => {
                let mut medals_milli = [0; 3];
                for ((_, weight), row) in weighed() {
                    let medal = row.and_then(|row| medals_milli.get_mut((row.rank as usize).wrapping_sub(1)));
                    if let Some(medal) = medal {
                        *medal += weight;
                    }
                }
                OverallScore::Medals { medals_milli }
            }
        }
    }
}

/// A team's rank, or the one after the last where it has none.
fn place(task: &TaskBoard, row: Option<&BoardEntry>) -> u128 {
    let ranked = || task.board.entries.iter().filter(|entry| entry.rank > 0).count() as u128;
    row.map_or_else(|| ranked() + 1, |row| u128::from(row.rank))
}

/// The ranked rows of every team, one place per board.
fn teams(boards: &[TaskBoard]) -> BTreeMap<&TeamName, Vec<Option<&BoardEntry>>> {
    let mut teams = BTreeMap::new();
    for (index, task) in boards.iter().enumerate() {
        for row in task.board.entries.iter().filter(|entry| entry.rank > 0) {
            teams.entry(&row.team).or_insert_with(|| vec![None; boards.len()])[index] = Some(row);
        }
    }
    teams
}

#[cfg(test)]
mod tests;
