//! Leaderboards as rows, written in the verdict's transaction, and rebuilt from verdicts to the same rows.

use egret_contest::{Board, BoardName, ScorePoint};

use crate::{Store, StoreError};

impl Store {
    /// The whole board now. `NotFound` if there is no such task or phase.
    pub async fn board(&self, _name: &BoardName) -> Result<Board, StoreError> {
        todo!()
    }

    /// Releases that improved a team's ranking value, oldest first.
    pub async fn score_history(&self, _name: &BoardName) -> Result<Vec<ScorePoint>, StoreError> {
        todo!()
    }

    /// Writes the board and its history again from verdicts, as an operator does after repairing something.
    pub async fn rebuild_board(&self, _name: &BoardName) -> Result<(), StoreError> {
        todo!()
    }
}
