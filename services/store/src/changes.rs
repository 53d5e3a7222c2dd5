//! Who is told of what. In-process and lossy by design: a watcher re-reads, so that it needs the fact, not the content.

use egret_contest::{BoardName, PoolId, SubmissionId};

/// What can change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A submission's state.
    Submission(SubmissionId),
    /// A board.
    Board(BoardName),
    /// A pool has work that it had not before.
    Work(PoolId),
}

/// Waits for changes of one topic, from the moment it was made.
#[derive(Debug)]
pub struct Watch {
    pub(crate) receiver: tokio::sync::watch::Receiver<u64>,
}

impl Watch {
    /// Returns at the first change since the watch was made or last returned. Watch first, then read, then wait: nothing is
    /// missed. Other processes on the same database are not heard: wait with a timeout and read again.
    pub async fn changed(&mut self) {
        todo!()
    }
}
