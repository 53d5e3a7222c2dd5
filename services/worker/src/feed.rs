//! Brings the sealed shards of an assignment, one ahead of the runner.

use egret_proto::worker::v1::Fence;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    BlobId, Cache, Mishap,
    assignment::{Assignment, ShardRef},
    client::Client,
    stop::Stop,
};

/// A shard as it came: both parts verified, neither opened.
pub(crate) struct SealedShard {
    pub shard: ShardRef,
    pub inputs: Vec<u8>,
    pub labels: Vec<u8>,
}

/// Fetches in the background; dropping it ends the fetching.
pub(crate) struct Feed {
    task: JoinHandle<()>,
}

pub(crate) type Shards = mpsc::Receiver<Result<SealedShard, Mishap>>;

impl Feed {
    /// Starts to fetch. One shard waits ready while the next is on its way; more would only take memory.
    pub fn start(source: Source, assignment: &Assignment, stop: Stop) -> (Self, Shards) {
        let (ready, shards) = mpsc::channel(1);
        let wanted = assignment.shards.clone();
        let task = tokio::spawn(async move {
            for shard in wanted {
                let sealed = tokio::select! {
                    sealed = source.shard(shard) => sealed,
                    () = stop.tripped() => Err(Mishap::Stopped),
                };
                let failed = sealed.is_err();
                // The receiver is gone when the attempt has ended: nothing more to fetch.
                if ready.send(sealed).await.is_err() || failed {
                    return;
                }
            }
        });
        (Self { task }, shards)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where a lease's blobs come from.
#[derive(Clone)]
pub(crate) struct Source {
    pub client: Client,
    pub cache: Cache,
    pub fence: Fence,
}

impl Source {
    /// The model's bytes. They rest in memory only: a team's model is nobody else's, and the cache holds ciphertext only.
    pub async fn model(&self, model: BlobId) -> Result<Vec<u8>, Mishap> {
        Ok(self.client.read_blob(&self.fence, model).await?)
    }

    async fn shard(&self, shard: ShardRef) -> Result<SealedShard, Mishap> {
        let (inputs, labels) = tokio::try_join!(self.sealed(shard.inputs), self.sealed(shard.labels))?;
        Ok(SealedShard { shard, inputs, labels })
    }

    async fn sealed(&self, blob: BlobId) -> Result<Vec<u8>, Mishap> {
        self.cache.read(blob, || async { Ok(self.client.read_blob(&self.fence, blob).await?) }).await
    }
}
