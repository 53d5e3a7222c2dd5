//! One reading for everybody who watches the same board: what it costs does not grow with the crowd.
//!
//! Without this every watcher would read the whole board at every change and, because other servers are heard only by reading
//! again, every few seconds besides: two thousand of them would keep the database from those who submit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use egret_contest::BoardName;
use egret_proto::v1::Leaderboard;
use futures::{Stream, StreamExt as _, future::ready, stream::BoxStream};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tonic::Status;

/// The newest snapshot, or why there is none any more; nothing before the first.
type Told = Option<Result<Leaderboard, Status>>;
type Boards = Arc<Mutex<HashMap<BoardName, watch::Sender<Told>>>>;

/// The boards that somebody watches. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crowd(Boards);

impl Crowd {
    /// The newest snapshot now, and whenever there is a newer one; whoever is slow misses those in between. The first watcher of
    /// a board has `open` read it for all, until the last one leaves; an error ends it for all.
    pub fn watch<S>(
        &self,
        name: &BoardName,
        open: impl FnOnce() -> S,
    ) -> BoxStream<'static, Result<Leaderboard, Status>>
    where
        S: Stream<Item = Result<Leaderboard, Status>> + Send + 'static,
    {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = match boards.get(name) {
            Some(teller) => teller.subscribe(),
            None => {
                let (teller, receiver) = watch::channel(None);
                boards.insert(name.clone(), teller.clone());
                tokio::spawn(tell(self.0.clone(), name.clone(), teller, Box::pin(open())));
                receiver
            }
        };
        WatchStream::new(receiver).filter_map(ready).boxed()
    }
}

/// Reads for the crowd until it is gone, or there is nothing more to read.
async fn tell(
    boards: Boards,
    name: BoardName,
    teller: watch::Sender<Told>,
    mut snapshots: impl Stream<Item = Result<Leaderboard, Status>> + Unpin,
) {
    loop {
        let next = tokio::select! {
            next = snapshots.next() => next,
            () = teller.closed() => {
                let mut boards = boards.lock().unwrap_or_else(PoisonError::into_inner);
                // Somebody may have come before the lock was had.
                if teller.receiver_count() == 0 {
                    boards.remove(&name);
                    return;
                }
                continue;
            }
        };
        let ended = next.as_ref().is_none_or(Result::is_err);
        if ended {
            // Whoever comes from here on has it read anew.
            boards.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        }
        if let Some(snapshot) = next {
            teller.send_replace(Some(snapshot));
        }
        if ended {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use tokio::sync::mpsc;
    use tokio_stream::wrappers::UnboundedReceiverStream;

    use super::*;

    fn name() -> BoardName {
        "competitions/games/tasks/digits/phases/live/leaderboard".parse().unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "a reading may fail")]
    fn board(revision: u64) -> Result<Leaderboard, Status> {
        Ok(Leaderboard { revision, ..Leaderboard::default() })
    }

    fn revision(told: Option<Result<Leaderboard, Status>>) -> u64 {
        told.unwrap().unwrap().revision
    }

    #[tokio::test]
    async fn a_board_is_read_once_for_all_and_again_for_those_who_come_when_all_have_left() {
        let crowd = Crowd::default();
        let (read, snapshots) = mpsc::unbounded_channel();
        let mut first = crowd.watch(&name(), || UnboundedReceiverStream::new(snapshots));
        let nobody = || -> stream::Pending<_> { panic!("it is read already") };
        let mut second = crowd.watch(&name(), nobody);
        read.send(board(1)).unwrap();
        assert_eq!((revision(first.next().await), revision(second.next().await)), (1, 1));
        // Who comes later gets what is known.
        let mut third = crowd.watch(&name(), nobody);
        assert_eq!(revision(third.next().await), 1);
        drop(first);
        read.send(board(2)).unwrap();
        assert_eq!((revision(second.next().await), revision(third.next().await)), (2, 2));
        drop((second, third));
        read.closed().await;
        let mut later = crowd.watch(&name(), || stream::iter([board(3)]));
        assert_eq!(revision(later.next().await), 3);
    }

    #[tokio::test]
    async fn an_error_ends_it_for_all_and_the_next_one_has_it_read_anew() {
        let crowd = Crowd::default();
        let broken = || stream::iter([Err(Status::not_found("gone"))]);
        let (mut one, mut other) = (crowd.watch(&name(), broken), crowd.watch(&name(), broken));
        for watcher in [&mut one, &mut other] {
            assert!(watcher.next().await.unwrap().is_err());
            assert!(watcher.next().await.is_none());
        }
        let mut later = crowd.watch(&name(), || stream::iter([board(1)]));
        assert_eq!(revision(later.next().await), 1);
    }
}
