//! Scripted workers: they speak egret.worker.v1 as the real one does, and take the time it takes, but run no model.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use egret_proto::{
    v1::{BlobRef, MetricValue, Split},
    worker::v1::{
        CompleteRequest, Faulted, Fence, HeartbeatRequest, Lease, LeaseRequest, ReadBlobRequest, Scored,
        Usage, Verdict, complete_request::Result as Handed, faulted::Code as Fault, lease::Work,
        verdict::Outcome, worker_service_client::WorkerServiceClient,
    },
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tonic::{Code, Status};

use super::{
    clock::Clock,
    contest::ITEMS,
    log::{self, Log, Stage},
    plan::{Fate, Plan, Planned},
};
use crate::{Api, Signed};

/// How long a worker waits for work in one call.
const WAIT_MS: u32 = 5_000;
/// How long a worker waits before it asks again where the server is away.
const PAUSE: Duration = Duration::from_millis(200);
/// One worker in so many dies with its lease in each of these minutes; another one takes its place.
const DIES_EVERY: usize = 12;
const DEATHS: [f64; 2] = [8.0, 16.0];

/// Starts them; they work until they are dropped.
pub fn start(count: usize, api: &Api, plan: &Arc<Plan>, clock: Clock, log: &Log) -> JoinSet<()> {
    let mut crew = JoinSet::new();
    for place in 0..count {
        let worker = Worker { place, client: api.workers(), plan: plan.clone(), clock, log: log.clone() };
        crew.spawn(worker.run());
    }
    crew
}

struct Worker {
    place: usize,
    client: WorkerServiceClient<Signed>,
    plan: Arc<Plan>,
    clock: Clock,
    log: Log,
}

/// The lease was dropped, or taken away.
struct Lost;

impl Worker {
    async fn run(mut self) {
        let (mut life, mut wish) = (0, 0_u64);
        loop {
            let dies = self.place.is_multiple_of(DIES_EVERY)
                && DEATHS.get(life).is_some_and(|minute| self.clock.minute(Instant::now()) > *minute);
            let name = format!("scripted-{}-{life}", self.place);
            wish += 1;
            let Some(lease) = self.lease(&name, wish).await else { continue };
            if dies {
                self.die(lease).await;
                life += 1;
            } else if let Err(Lost) = self.evaluate(lease).await {
                self.log.note(|pages| pages.strange.push(format!("{name} lost its lease")));
            }
        }
    }

    /// One wish for work, repeated until there is an answer.
    async fn lease(&mut self, name: &str, wish: u64) -> Option<Lease> {
        let request_id = format!("{name}-{wish}");
        let request =
            LeaseRequest { worker: name.into(), wait_ms: WAIT_MS, request_id, ..LeaseRequest::default() };
        loop {
            match self.client.lease(request.clone()).await {
                Ok(answer) => return answer.into_inner().lease,
                Err(status) => self.bear("lease", &status).await,
            }
        }
    }

    /// Gone in the middle of the work, without a word: only the lease's end tells.
    async fn die(&mut self, lease: Lease) {
        if let Ok((model, ..)) = self.open(&lease).await {
            self.log.note(|pages| pages.dropped.push(model));
        }
    }

    async fn evaluate(&mut self, lease: Lease) -> Result<(), Lost> {
        let (model, stage, fence) = self.open(&lease).await?;
        let planned = self.plan.models[model].clone();
        let took_s = match stage {
            Stage::Check => planned.hidden_s * f64::from(ITEMS[0]) / f64::from(ITEMS[1]),
            Stage::Hidden => planned.hidden_s,
        };
        let half = self.clock.real(took_s / 2.0);
        sleep(half).await;
        let beat = self.client.heartbeat(HeartbeatRequest { fence: Some(fence.clone()) }).await;
        if beat.is_err_and(|status| status.code() == Code::Aborted) {
            return Err(Lost);
        }
        sleep(half).await;
        let handed = Some(Handed::Verdict(verdict(planned.fate, stage, took_s)));
        let request = CompleteRequest { fence: Some(fence), result: handed, ..CompleteRequest::default() };
        loop {
            match self.client.complete(request.clone()).await {
                Ok(_) => break,
                Err(status) if status.code() == Code::Aborted => return Err(Lost),
                Err(status) => self.bear("complete", &status).await,
            }
        }
        let acknowledged = Instant::now();
        self.log.note(|pages| pages.verdicts.push(log::Verdict { model, stage, acknowledged }));
        Ok(())
    }

    /// Reads the model, which says which one it is.
    async fn open(&mut self, lease: &Lease) -> Result<(usize, Stage, Fence), Lost> {
        let fence = lease.fence.clone().unwrap_or_default();
        let Some(Work::Shards(work)) = &lease.work else {
            self.log.note(|pages| pages.strange.push("work that is not one unit".into()));
            return Err(Lost);
        };
        let stage = if work.split() == Split::Sample { Stage::Check } else { Stage::Hidden };
        let blob = work.model.clone().unwrap_or_default();
        loop {
            match self.read(&fence, &blob).await {
                Ok(file) => {
                    let model = Planned::number(&file).filter(|&number| number < self.plan.models.len());
                    return model.map(|model| (model, stage, fence)).ok_or(Lost);
                }
                Err(status) if status.code() == Code::Aborted => return Err(Lost),
                Err(status) => self.bear("read", &status).await,
            }
        }
    }

    async fn read(&mut self, fence: &Fence, blob: &BlobRef) -> Result<Vec<u8>, Status> {
        let request = ReadBlobRequest { fence: Some(fence.clone()), sha256: blob.sha256.clone(), offset: 0 };
        let mut chunks = self.client.read_blob(request).await?.into_inner();
        let mut file = Vec::new();
        while let Some(chunk) = chunks.message().await? {
            file.extend(chunk.data);
        }
        Ok(file)
    }

    /// The server may be away for a while; anything else is strange, and asked again all the same.
    async fn bear(&self, call: &str, status: &Status) {
        if !self.log.may_repeat(call, status) {
            self.log.note(|pages| pages.strange.push(format!("{call}: {status}")));
        }
        sleep(PAUSE).await;
    }
}

/// The value that a model's hidden evaluation comes to; its check comes to the same.
pub fn value(ten_thousandths: u32) -> f64 {
    f64::from(ten_thousandths) / 10_000.0
}

fn verdict(fate: Fate, stage: Stage, took_s: f64) -> Verdict {
    let scored = |value| {
        let metrics = vec![MetricValue { id: "accuracy".into(), value: Some(value) }];
        Outcome::Scored(Scored { metrics })
    };
    let faulted = |code: Fault| Outcome::Faulted(Faulted { code: code.into(), ..Faulted::default() });
    let outcome = match (fate, stage) {
        (Fate::FailsCheck, Stage::Check) => faulted(Fault::InvalidModel),
        (Fate::FailsHidden, Stage::Hidden) => faulted(Fault::TimeLimit),
        (Fate::Scores(of), _) => scored(value(of)),
        _ => scored(0.5),
    };
    let ms = (took_s * 1000.0) as u64;
    let [sample, hidden] = ITEMS;
    Verdict {
        outcome: Some(outcome),
        usage: Some(Usage { wall_ms: ms, cpu_ms: ms, peak_memory_mib: 64 }),
        runner_version: "scripted".into(),
        item_count: if stage == Stage::Check { sample } else { hidden },
        ..Verdict::default()
    }
}
