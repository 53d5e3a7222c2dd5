//! Live boards: one watch on the server per board, however many people look at it. A watch channel keeps the newest
//! snapshot only, which is all that a slow viewer needs.
//!
//! Without this, every viewer would be a stream of their own on the one channel, and a few hundred viewers would use up
//! the streams that a server grants a connection; then no page could be read at all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use egret_proto::v1::Leaderboard;
use futures::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_stream::wrappers::WatchStream;
use tonic::Streaming;

use crate::failure::Failure;
use crate::site::Site;

/// Tells the newest snapshot of a board to everyone who looks at it.
type Teller = Arc<watch::Sender<Arc<Leaderboard>>>;

/// The boards that somebody looks at.
#[derive(Debug)]
pub(crate) struct Live {
    places: Arc<Semaphore>,
    boards: Mutex<HashMap<String, Teller>>,
}

impl Live {
    /// For at most so many viewers at once.
    pub fn new(viewers_max: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(viewers_max)), boards: Mutex::default() }
    }

    /// A place for a viewer, free again when it is dropped.
    pub fn enter(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| Failure::Unavailable)
    }

    /// The board now, and after each change that the viewer is fast enough to see. Ends when the server's watch ends.
    pub async fn follow(
        self: Arc<Self>,
        site: &Site,
        name: String,
    ) -> Result<impl Stream<Item = Arc<Leaderboard>> + Send + 'static, Failure> {
        if let Some(receiver) = self.subscribe(&name) {
            return Ok(WatchStream::new(receiver));
        }
        // Two first viewers may both get here. Each has a watch then, and later viewers join the second.
        let (first, snapshots) = site.watch(name.clone()).await?;
        let (teller, receiver) = watch::channel(Arc::new(first));
        let teller = Arc::new(teller);
        self.lock().insert(name.clone(), Arc::clone(&teller));
        tokio::spawn(self.tell(name, teller, snapshots));
        Ok(WatchStream::new(receiver))
    }

    fn subscribe(&self, name: &str) -> Option<watch::Receiver<Arc<Leaderboard>>> {
        self.lock().get(name).map(|teller| teller.subscribe())
    }

    /// Passes snapshots on until the server's watch ends or nobody looks any more.
    async fn tell(self: Arc<Self>, name: String, teller: Teller, mut snapshots: Streaming<Leaderboard>) {
        loop {
            tokio::select! {
                snapshot = snapshots.message() => match snapshot {
                    Ok(Some(board)) => { teller.send_replace(Arc::new(board)); }
                    Ok(None) => break,
                    Err(status) => {
                        tracing::debug!(code = ?status.code(), "a watch on a board ended");
                        break;
                    }
                },
                () = teller.closed() => if self.forget(&name, &teller, true) { return },
            }
        }
        self.forget(&name, &teller, false);
    }

    /// Takes the board off the list, with `only_if_idle` unless somebody has just come. Viewers join under the same
    /// lock, so that nobody joins a watch that is about to end.
    fn forget(&self, name: &str, teller: &Teller, only_if_idle: bool) -> bool {
        let mut boards = self.lock();
        if only_if_idle && teller.receiver_count() > 0 {
            return false;
        }
        if boards.get(name).is_some_and(|listed| Arc::ptr_eq(listed, teller)) {
            boards.remove(name);
        }
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Teller>> {
        // No code panics while it holds the lock, and a map of senders is whole at every step.
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
