//! The teams' clients: each entry sends its models one after the other, at their time, and keeps every answer.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use egret_proto::v1::{CreateSubmissionRequest, GetQuotaRequest, Upload, upload::State};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tonic::Status;

use super::{
    clock::{Clock, now_us},
    contest::Contest,
    log::{Answer, Log, QuotaSeen, Sent},
    micros,
    plan::{Plan, Planned},
};
use crate::{Api, reason, sha256};

/// A model is uploaded this many simulated minutes before it is submitted.
const LEAD_MINUTES: f64 = 1.0;
/// How long a client waits before it asks again where the server is away.
const PAUSE: Duration = Duration::from_millis(100);
const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// Starts the client of every entry; each ends once all its models are answered for.
pub fn start(plan: &Arc<Plan>, contest: &Contest, clock: Clock, log: &Log) -> JoinSet<Result<()>> {
    let mut clients = JoinSet::new();
    for (number, entry) in plan.entries.iter().enumerate() {
        let (team, api) = contest.teams[entry.team].clone();
        let task = contest.tasks[entry.task].clone();
        let client = Client {
            plan: plan.clone(),
            entry: number,
            team,
            task,
            api,
            clock,
            log: log.clone(),
            receipts: 0,
        };
        clients.spawn(client.run());
    }
    clients
}

struct Client {
    plan: Arc<Plan>,
    entry: usize,
    team: String,
    task: String,
    api: Api,
    clock: Clock,
    log: Log,
    receipts: u32,
}

impl Client {
    async fn run(mut self) -> Result<()> {
        let plan = self.plan.clone();
        for model in plan.models_of(self.entry) {
            let minute = plan.models[model].minute;
            sleep_until(self.clock.at(minute - LEAD_MINUTES)).await;
            let upload = self.upload(&Planned::file(model)).await?;
            sleep_until(self.clock.at(minute)).await;
            self.submit(model, upload).await;
        }
        Ok(())
    }

    /// The ordinary way, taken up again where the server went away.
    async fn upload(&self, file: &[u8]) -> Result<String, Status> {
        let digest = sha256(file);
        loop {
            let uploaded = match self.api.reserve(&self.team, file.len(), &digest).await {
                Ok(Upload { name, state, .. }) if state == State::Complete as i32 => Ok(name),
                Ok(Upload { name, committed_bytes: at, .. }) => {
                    self.api.write(&name, at, &file[at as usize..]).await.map(|upload| upload.name)
                }
                Err(status) => Err(status),
            };
            match uploaded {
                // The stream that broke may not have ended yet on the other side.
                Err(status) if ["UPLOAD_BUSY", "WRONG_OFFSET"].contains(&reason(&status).as_str()) => {}
                Err(status) if self.log.may_repeat("upload", &status) => {}
                done => return done,
            }
            sleep(PAUSE).await;
        }
    }

    /// Sends the request until there is an answer; its id makes the repetitions one.
    async fn submit(&mut self, model: usize, upload: String) {
        let request = CreateSubmissionRequest {
            parent: self.task.clone(),
            upload,
            request_id: format!("submit-{model}"),
            ..CreateSubmissionRequest::default()
        };
        let (begun, begun_us, mut tries) = (Instant::now(), now_us(), 1);
        let answer = loop {
            match self.api.submissions().create_submission(request.clone()).await {
                Ok(made) => {
                    let made = made.into_inner();
                    break Answer::Receipt {
                        accepted_us: micros(made.accept_time.as_ref()),
                        name: made.name,
                    };
                }
                Err(status) if self.log.may_repeat("submit", &status) => sleep(PAUSE).await,
                Err(status) => break refusal(&status),
            }
            tries += 1;
        };
        let (ended, ended_us) = (Instant::now(), now_us());
        if let Answer::Strange(what) = &answer {
            self.log.note(|pages| pages.strange.push(format!("submit: {what}")));
        }
        let accepted = matches!(answer, Answer::Receipt { .. });
        let sent = Sent { model, begun, begun_us, ended, ended_us, tries, answer };
        self.log.note(|pages| pages.sent.push(sent));
        if accepted {
            self.receipts += 1;
            self.read_quota().await;
        }
    }

    /// Once a phase is over its quota is not shown any more: that is no answer to note.
    async fn read_quota(&self) {
        let request = GetQuotaRequest {
            parent: self.task.clone(),
            team: self.team.clone(),
            ..GetQuotaRequest::default()
        };
        match self.api.submissions().get_quota(request).await {
            Ok(quota) => {
                let quota = quota.into_inner();
                let seen = QuotaSeen {
                    entry: self.entry,
                    receipts: self.receipts,
                    used_total: quota.used_total,
                    used_today: quota.used_today,
                    day_us: micros(quota.reset_time.as_ref()) - DAY_US,
                };
                self.log.note(|pages| pages.quotas.push(seen));
            }
            Err(status) if self.log.may_repeat("quota", &status) || reason(&status) == "PHASE_CLOSED" => {}
            Err(status) => self.log.note(|pages| pages.strange.push(format!("quota: {status}"))),
        }
    }
}

fn refusal(status: &Status) -> Answer {
    match reason(status).as_str() {
        "PHASE_CLOSED" => Answer::Closed,
        "QUOTA_EXHAUSTED" => Answer::UsedUp,
        _ => Answer::Strange(status.to_string()),
    }
}
