//! Keeps a lease alive while it is worked on, and stops the work when it no longer should go on.

use std::time::Duration;

use egret_proto::worker::v1::Fence;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    CallError,
    client::Client,
    stop::{Stop, Stopped},
};

/// The heartbeat task of one lease; ends with it.
pub(crate) struct Keeper {
    stop: Stop,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Starts to beat every `every`. A shutdown lets the work go on for `drain`, then stops it.
    pub fn start(
        client: Client,
        fence: Fence,
        every: Duration,
        shutdown: CancellationToken,
        drain: Duration,
    ) -> Self {
        let stop = Stop::default();
        let task = tokio::spawn(keep(client, fence, every, shutdown, drain, stop.clone()));
        Self { stop, task }
    }

    /// What stops the work.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
        // If the step itself was dropped, its runner must not go on without a lease.
        self.stop.trip(Stopped::Draining);
    }
}

async fn keep(
    client: Client,
    fence: Fence,
    every: Duration,
    shutdown: CancellationToken,
    drain: Duration,
    stop: Stop,
) {
    let drained = async {
        shutdown.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::pin!(drained);
    let mut beats = interval(every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is immediate; the lease is fresh.
    beats.tick().await;
    let reason = loop {
        let beat = async {
            beats.tick().await;
            client.heartbeat(&fence).await
        };
        let answer = tokio::select! {
            answer = beat => answer,
            () = &mut drained => break Stopped::Draining,
        };
        match answer {
            Ok(answer) if answer.cancelled => break Stopped::Cancelled,
            Ok(_) => {}
            Err(CallError::LeaseLost) => break Stopped::Lost,
            // The work goes on: if the lease expires meanwhile, the fence refuses its result.
            Err(error) => tracing::warn!(%error, "a heartbeat failed"),
        }
    };
    tracing::info!(unit = fence.unit, ?reason, "work stops");
    stop.trip(reason);
}
