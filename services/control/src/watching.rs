//! Streams of whole snapshots: now, after each change, and never twice the same.

use std::time::Duration;

use egret_store::Watch;
use futures::{Stream, stream};
use tonic::Status;

struct Watcher<R, T> {
    watch: Watch,
    read: R,
    told: Option<T>,
    ended: bool,
}

/// What `read` gives now, and again whenever it gives something else, until it says that this was the last. `watch` must
/// have been made before. Other processes on the same database are heard by reading again every `poll`.
pub(crate) fn snapshots<T, R, F>(
    watch: Watch,
    poll: Duration,
    read: R,
) -> impl Stream<Item = Result<T, Status>> + Send
where
    T: Clone + PartialEq + Send + 'static,
    R: Fn() -> F + Send + 'static,
    F: Future<Output = Result<(T, bool), Status>> + Send,
{
    let watcher = Watcher { watch, read, told: None, ended: false };
    stream::unfold(watcher, move |mut watcher| async move {
        while !watcher.ended {
            if watcher.told.is_some() {
                // Whether told or timed out: read again.
                let _ = tokio::time::timeout(poll, watcher.watch.changed()).await;
            }
            match (watcher.read)().await {
                Ok((snapshot, last)) => {
                    watcher.ended = last;
                    if watcher.told.as_ref() != Some(&snapshot) {
                        watcher.told = Some(snapshot.clone());
                        return Some((Ok(snapshot), watcher));
                    }
                }
                Err(status) => {
                    watcher.ended = true;
                    return Some((Err(status), watcher));
                }
            }
        }
        None
    })
}
