//! One lease from start to end.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use backon::Retryable;
use egret_datasets::PoolIdentity;
use egret_jail::doctor::Report;
use egret_proto::worker::v1::{
    CompleteRequest, Fence, Lease, complete_request, lease, lease_request::SlotKind,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Bench, Cache, CallError, Mishap, Stopped, WorkerConfig, WorkerError,
    audit::Pins,
    client::{Client, backoff},
    compare::{Desk, compare},
    convert,
    doctor::{self, Health},
    evaluate::{Place, evaluate},
    feed::Source,
    finalize::finalize,
    jailed::Jail,
    keeper::Keeper,
    stop::Stop,
};

/// How long one long poll waits; an answer comes at once when there is work.
const WAIT: Duration = Duration::from_secs(25);
/// How long a shutdown may wait to hand back a lease it never saw.
const FAREWELL: Duration = Duration::from_secs(2);

/// A worker's identity, connection, cache and jail; shared by its slots.
pub struct Worker<J> {
    client: Client,
    identity: Arc<PoolIdentity>,
    cache: Cache,
    jail: Arc<J>,
    pins: Pins,
    health: Health,
    report_file: PathBuf,
    name: String,
    drain: Duration,
}

/// What one step did.
#[derive(Debug)]
pub enum Step {
    /// There was nothing to do, or the shutdown came first.
    Idle,
    /// The result was handed in.
    Completed,
    /// Our failure was reported; the unit is offered again.
    Failed(Mishap),
    /// The work was dropped, or given back, for this reason.
    Dropped(Stopped),
}

impl<J: Jail> Worker<J> {
    /// A worker that runs models in `jail`, as `report` found it; [`crate::run`] takes the site's own.
    pub fn new(config: WorkerConfig, jail: J, pins: Pins, report: &Report) -> Result<Self, WorkerError> {
        let client = Client::connect(&config)?;
        let cache = Cache::open(&config.cache_dir, config.cache_bytes_max)
            .map_err(|cause| WorkerError::Unreadable { path: config.cache_dir.clone(), cause })?;
        let report_file = config.cache_dir.join("doctor.json");
        doctor::keep(report, &report_file);
        Ok(Self {
            client,
            identity: Arc::new(config.identity),
            cache,
            jail: Arc::new(jail),
            pins,
            health: Health::new(report),
            report_file,
            name: config.name,
            drain: config.drain,
        })
    }

    /// Examines the jail and takes leases, or no more leases, by what is found. Says whether it holds.
    pub async fn check_up(&self) -> Result<bool, WorkerError> {
        let report = doctor::off_runtime(&self.jail).await?;
        doctor::keep(&report, &self.report_file);
        self.health.note(&report);
        Ok(report.holds)
    }

    /// Whether leases are taken; see [`Worker::check_up`].
    pub(crate) fn health(&self) -> &Health {
        &self.health
    }

    /// Waits until the jail holds, then for a lease, works it off, hands in the result. `Err` means that no lease can be had.
    pub async fn step(
        &self,
        slot: SlotKind,
        bench: &Bench,
        shutdown: &CancellationToken,
    ) -> Result<Step, WorkerError> {
        if !self.health.sound(shutdown).await {
            return Ok(Step::Idle);
        }
        let Some(lease) = self.ask(slot, shutdown).await? else { return Ok(Step::Idle) };
        let fence = lease.fence.clone().ok_or(WorkerError::Protocol("a lease without a fence"))?;
        let every = Duration::from_millis(u64::from(lease.heartbeat_ms.max(10)));
        let keeper = Keeper::start(self.client.clone(), fence.clone(), every, shutdown.clone(), self.drain);
        tracing::info!(unit = fence.unit, evaluation = lease.evaluation, "leased");
        let began = Instant::now();
        let step = match self.work(lease, &fence, bench, keeper.stop()).await {
            Ok(result) => self.hand_in(&fence, result, keeper.stop()).await,
            Err(mishap) => match keeper.stop().reason() {
                Some(reason) => self.drop_work(&fence, reason).await,
                None => self.report(&fence, mishap).await,
            },
        };
        let outcome = match &step {
            Step::Idle => "idle",
            Step::Completed => "completed",
            Step::Failed(_) => "failed",
            Step::Dropped(_) => "dropped",
        };
        metrics::counter!("egret_worker_leases_total", "outcome" => outcome).increment(1);
        metrics::histogram!("egret_worker_lease_seconds", "outcome" => outcome).record(began.elapsed());
        metrics::gauge!("egret_worker_cache_bytes").set(self.cache.used_bytes() as f64);
        Ok(step)
    }

    async fn ask(&self, slot: SlotKind, shutdown: &CancellationToken) -> Result<Option<Lease>, CallError> {
        // One id per wish: if a reply is lost, the repeated wish gets the same lease.
        let request_id = hex::encode(rand::random::<[u8; 16]>());
        let poll = || self.client.lease(&self.name, slot, WAIT, &request_id);
        let asked = poll
            .retry(backoff().without_max_times())
            .when(CallError::is_transient)
            .notify(|error, pause| tracing::warn!(%error, ?pause, "no lease; asking again"));
        tokio::select! {
            lease = asked => return lease,
            () = shutdown.cancelled() => {}
        }
        // A lease may be on its way in the reply that nobody awaits any more. The same wish brings it here, and it goes back.
        let farewell = async {
            if let Ok(Some(Lease { fence: Some(fence), .. })) =
                self.client.lease(&self.name, slot, Duration::ZERO, &request_id).await
            {
                let _ = self.client.release(&fence).await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        Ok(None)
    }

    async fn work(
        &self,
        lease: Lease,
        fence: &Fence,
        bench: &Bench,
        stop: &Stop,
    ) -> Result<CompleteRequest, Mishap> {
        match lease.work.ok_or(Mishap::Malformed("no work"))? {
            lease::Work::Shards(work) => {
                let place = Place { jail: &self.jail, bench, identity: &self.identity, pins: &self.pins };
                let (client, cache) = (self.client.clone(), self.cache.clone());
                let source = Source { client, cache, fence: fence.clone() };
                evaluate(&place, &source, convert::assignment(work)?, stop).await
            }
            lease::Work::Finalize(work) => {
                let (work, identity) = (convert::finalization(work)?, Arc::clone(&self.identity));
                let verdict = bench.run(move || finalize(&identity, &work)).await??;
                let (fence, result) = (fence.clone(), complete_request::Result::Verdict(verdict));
                let sealed_outcomes = Vec::new();
                Ok(CompleteRequest { fence: Some(fence), result: Some(result), usage: None, sealed_outcomes })
            }
            lease::Work::Compare(work) => {
                let desk = Desk { client: &self.client, fence, bench, identity: &self.identity };
                compare(&desk, convert::comparison(work)?, stop).await
            }
        }
    }

    async fn hand_in(&self, fence: &Fence, result: CompleteRequest, stop: &Stop) -> Step {
        let completed = self.client.complete(result);
        tokio::pin!(completed);
        let completed = tokio::select! {
            biased;
            completed = &mut completed => completed,
            () = stop.tripped() => match stop.reason() {
                // Nobody answers and time is up: whoever gets the unit next does the work again.
                Some(Stopped::Draining) => return self.drop_work(fence, Stopped::Draining).await,
                // The fence decides whether the result still counts.
                _ => completed.await,
            },
        };
        match completed {
            Ok(()) => Step::Completed,
            Err(CallError::LeaseLost) => Step::Dropped(Stopped::Lost),
            Err(error) => self.report(fence, error.into()).await,
        }
    }

    async fn report(&self, fence: &Fence, mishap: Mishap) -> Step {
        tracing::error!(unit = fence.unit, error = %mishap, "our failure; the unit is offered again");
        if matches!(mishap, Mishap::Jail(_)) {
            self.health.doubt();
        }
        // If this cannot be told, the lease expires, which says the same.
        if let Err(error) = self.client.fail(fence, &mishap.to_string()).await {
            tracing::warn!(%error, "the failure could not be reported");
        }
        Step::Failed(mishap)
    }

    async fn drop_work(&self, fence: &Fence, reason: Stopped) -> Step {
        tracing::info!(unit = fence.unit, ?reason, "the work was dropped");
        if reason == Stopped::Draining
            && let Err(error) = self.client.release(fence).await
        {
            tracing::warn!(%error, "the unit could not be given back; its lease will expire");
        }
        Step::Dropped(reason)
    }
}
