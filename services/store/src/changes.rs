//! Who is told of what. In-process and lossy by design: a watcher re-reads, so that it needs the fact, not the content.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use egret_contest::{BoardName, PoolId, SubmissionId};
use tokio::sync::watch;

/// Topics without watchers are forgotten once there are this many.
const TOPICS_BEFORE_TIDYING: usize = 1024;

/// What can change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A submission's state.
    Submission(SubmissionId),
    /// A board.
    Board(BoardName),
    /// A pool has work that it had not before, or room under the caps of its lanes.
    Work(PoolId),
}

/// Waits for changes of one topic, from the moment it was made.
#[derive(Debug)]
pub struct Watch {
    receiver: watch::Receiver<u64>,
}

impl Watch {
    /// Returns at the first change since the watch was made or last returned. Watch first, then read, then wait: nothing is
    /// missed. Other processes on the same database are not heard: wait with a timeout and read again.
    pub async fn changed(&mut self) {
        if self.receiver.changed().await.is_err() {
            // The store is gone; there will be no change any more.
            std::future::pending::<()>().await;
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Changes {
    topics: Mutex<HashMap<Topic, watch::Sender<u64>>>,
}

impl Changes {
    pub fn watch(&self, topic: Topic) -> Watch {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if topics.len() >= TOPICS_BEFORE_TIDYING {
            topics.retain(|_, sender| sender.receiver_count() > 0);
        }
        let receiver = topics.entry(topic).or_insert_with(|| watch::channel(0).0).subscribe();
        Watch { receiver }
    }

    pub fn publish(&self, changed: &[Topic]) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in changed.iter().filter_map(|topic| topics.get(topic)) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_between_watching_and_waiting_is_not_missed() {
        let changes = Changes::default();
        let topic = Topic::Submission(SubmissionId::parse("a").unwrap());
        let mut watch = changes.watch(topic.clone());
        changes.publish(&[topic]);
        watch.changed().await;
    }

    #[tokio::test]
    async fn other_topics_do_not_wake() {
        let changes = Changes::default();
        let mut watch = changes.watch(Topic::Submission(SubmissionId::parse("a").unwrap()));
        changes.publish(&[Topic::Submission(SubmissionId::parse("b").unwrap())]);
        assert!(futures::FutureExt::now_or_never(watch.changed()).is_none());
    }
}
