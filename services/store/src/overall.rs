//! The overall board of a competition in a phase, made from the boards of its tasks as everyone reads them: by the same
//! function, so that it can never show more than they do, whoever asks.

use egret_contest::{OverallBoard, PhaseName, TaskBoard};

use crate::boards::{BoardAudience, read_board};
use crate::competitions::read_competition;
use crate::{Store, StoreError};

impl Store {
    /// The overall board now, from one snapshot of all boards. `NotFound` if there is no such phase, or the competition declares
    /// no rule for it.
    pub async fn overall_board(&self, phase: &PhaseName) -> Result<OverallBoard, StoreError> {
        let mut s = self.read().await?;
        let competition = read_competition(&mut s, &phase.competition).await?;
        if competition.phases.iter().all(|known| known.id != phase.phase) {
            return Err(StoreError::NotFound("phase"));
        }
        let overall = competition.overall.ok_or(StoreError::NotFound("overall leaderboard"))?;
        let mut boards = Vec::with_capacity(competition.tasks.len());
        for task in competition.tasks {
            let (spec, board) =
                read_board(&mut s, &phase.board(task.task), BoardAudience::Public, None).await?;
            boards.push(TaskBoard { board, bounds: spec.bounds() });
        }
        overall.board(phase.clone(), &boards).map_err(|problem| StoreError::Invalid(problem.to_string()))
    }
}
