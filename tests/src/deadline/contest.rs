//! The contest, made through the API: a competition with one phase, tasks with sealed blobs that nobody opens, teams.

use std::time::Duration;

use anyhow::{Context as _, Result};
use egret_contract::{AnswerContract, InputContract};
use egret_proto::{
    contract::answer_to_wire,
    v1::{
        ActivateTestSetRequest, BlobRef, Competition, CreateCompetitionRequest, CreateInviteRequest,
        CreateTaskRequest, CreateTeamRequest, CreateTestSetRequest, CreateTokenRequest, ExtendPhaseRequest,
        JoinTeamRequest, Limits, ListWorkerPoolsRequest, MetricRef, Phase, PublishCompetitionRequest,
        QuotaRule, ReleaseRule, Role, Shard, Split, Task, Team, TestSet, WrappedKey, phase::Kind,
        upload::Purpose,
    },
};
use prost_types::Timestamp;

use super::{
    Size,
    clock::{Clock, now_us},
    micros,
};
use crate::{Api, Site, sha256};

/// The competition's id.
const ID: &str = "deadline";
const NAME: &str = "competitions/deadline";
/// Those who send four or five are told no: some in a quiet minute, some in the burst.
pub const TOTAL_MAX: u32 = 3;
/// Connections that the teams' clients share.
const CONNECTIONS: usize = 8;
const SECOND_US: i64 = 1_000_000;
/// Items of the public sample, and of the hidden split.
pub const ITEMS: [u32; 2] = [1_000, 10_000];

/// What everybody needs to take part.
pub struct Contest {
    /// Signed in as the operator.
    pub operator: Api,
    /// Names of the tasks.
    pub tasks: Vec<String>,
    /// Each team's name, and its member's connection.
    pub teams: Vec<(String, Api)>,
    /// A token for workers.
    pub worker_token: String,
    /// When the phase ended at first.
    closed_us: i64,
}

impl Contest {
    /// Makes and publishes everything. The phase is over by then, and waits to be extended: how long this takes is no matter.
    pub async fn make(site: &Site, size: &Size) -> Result<Self> {
        let operator = site.api(&site.operator)?;
        let closed_us = now_us() / SECOND_US * SECOND_US;
        let competition = Competition {
            title: "Deadline".into(),
            time_zone: "UTC".into(),
            phases: vec![live_phase(closed_us)],
            ..Competition::default()
        };
        let request = CreateCompetitionRequest {
            competition_id: ID.into(),
            competition: Some(competition),
            ..CreateCompetitionRequest::default()
        };
        operator.competitions().create_competition(request).await?;
        let blobs = [put(&operator, b"sealed inputs").await?, put(&operator, b"sealed labels").await?];
        let pools =
            operator.test_sets().list_worker_pools(ListWorkerPoolsRequest {}).await?.into_inner().pools;
        let pool = pools.first().context("a site has a pool")?.name.clone();
        let mut tasks = Vec::new();
        for number in 0..size.tasks {
            tasks.push(make_task(&operator, number, &pool, &blobs).await?);
        }
        operator.competitions().publish_competition(PublishCompetitionRequest { name: NAME.into() }).await?;
        let lines: Vec<Api> = (0..CONNECTIONS).map(|_| Api::new(&site.url(), None)).collect::<Result<_>>()?;
        let mut teams = Vec::new();
        for number in 0..size.teams {
            teams.push(found_team(&operator, number, &lines[number % CONNECTIONS]).await?);
        }
        let request = CreateTokenRequest {
            role: Role::Worker.into(),
            scope: pool,
            display_name: "scripted".into(),
            ..CreateTokenRequest::default()
        };
        let worker_token = operator.identity().create_token(request).await?.into_inner().secret;
        Ok(Self { operator, tasks, teams, worker_token, closed_us })
    }

    /// Moves the deadline to where an hour is left that takes `hour`, or up to a second more.
    pub async fn begin(&self, hour: Duration) -> Result<Clock> {
        let mut operator = self.operator.control();
        let name = format!("{NAME}/phases/live");
        let extra_s = (now_us() - self.closed_us) / SECOND_US + 1 + hour.as_secs() as i64;
        let request = ExtendPhaseRequest {
            name,
            extra_s: u32::try_from(extra_s)?,
            reason: "the rehearsal begins".into(),
            ..ExtendPhaseRequest::default()
        };
        let competition = operator.extend_phase(request).await?.into_inner();
        let phase = competition.phases.first().context("the phase is there")?;
        Ok(Clock::ending_at(micros(phase.close_time.as_ref()), hour))
    }

    /// The name of a task's board.
    pub fn board(&self, task: usize) -> String {
        format!("{}/phases/live/leaderboard", self.tasks[task])
    }

    /// The path of a task's page.
    pub fn page(task: usize) -> String {
        format!("/c/{ID}/t/task-{task}")
    }
}

/// The blobs of a shard: nothing is in them, because scripted workers open none.
async fn put(operator: &Api, bytes: &[u8]) -> Result<BlobRef> {
    let reserved = operator.reserve_for(Purpose::TestSet, NAME, bytes.len(), &sha256(bytes)).await?;
    operator.write(&reserved.name, 0, bytes).await?;
    Ok(BlobRef { sha256: reserved.sha256, size_bytes: reserved.size_bytes })
}

fn live_phase(end_us: i64) -> Phase {
    let moment = |us: i64| Some(Timestamp { seconds: us / SECOND_US, nanos: 0 });
    Phase {
        phase_id: "live".into(),
        kind: Kind::Live.into(),
        start_time: moment(end_us - 3600 * SECOND_US),
        end_time: moment(end_us),
        split: Split::Public.into(),
        quota: Some(QuotaRule { total_max: TOTAL_MAX, ..QuotaRule::default() }),
        release: Some(ReleaseRule { policy: "exact".into(), decimals: 4, ..ReleaseRule::default() }),
        ..Phase::default()
    }
}

async fn make_task(operator: &Api, number: usize, pool: &str, blobs: &[BlobRef; 2]) -> Result<String> {
    let (input, answer) = (InputContract::images(8, 8, 1), AnswerContract::one_of(10));
    let task = Task {
        title: format!("Task {number}"),
        input: Some((&input).into()),
        answer: Some(answer_to_wire(&answer, &input)),
        metrics: vec![MetricRef { id: "accuracy".into(), ..MetricRef::default() }],
        limits: Some(Limits {
            wall_s_max: 600,
            cpu_s_max: 600,
            memory_mib_max: 512,
            thread_count: 1,
            model_mib_max: 1,
        }),
        ..Task::default()
    };
    let request = CreateTaskRequest {
        parent: NAME.into(),
        task_id: format!("task-{number}"),
        task: Some(task),
        ..CreateTaskRequest::default()
    };
    let name = operator.tasks().create_task(request).await?.into_inner().name;
    let shard = |split: Split, item_count: u32| Shard {
        split: split.into(),
        item_count,
        inputs: Some(blobs[0].clone()),
        labels: Some(blobs[1].clone()),
        inputs_plain_bytes: u64::from(item_count) * 64,
        ..Shard::default()
    };
    let test_set = TestSet {
        shards: vec![shard(Split::Sample, ITEMS[0]), shard(Split::Public, ITEMS[1])],
        keys: vec![WrappedKey { pool: pool.into(), sealed_key: b"sealed".to_vec() }],
        ..TestSet::default()
    };
    let request = CreateTestSetRequest {
        parent: name.clone(),
        test_set: Some(test_set),
        ..CreateTestSetRequest::default()
    };
    let made = operator.test_sets().create_test_set(request).await?.into_inner();
    operator.test_sets().activate_test_set(ActivateTestSetRequest { name: made.name }).await?;
    Ok(name)
}

/// A team with one member, who gets a token over the given connection.
async fn found_team(operator: &Api, number: usize, line: &Api) -> Result<(String, Api)> {
    let team = Team { title: format!("Team {number}"), ..Team::default() };
    let request = CreateTeamRequest {
        parent: NAME.into(),
        team_id: format!("team-{number}"),
        team: Some(team),
        ..CreateTeamRequest::default()
    };
    let name = operator.teams().create_team(request).await?.into_inner().name;
    let request = CreateInviteRequest { parent: name.clone() };
    let code = operator.teams().create_invite(request).await?.into_inner().code;
    let request = JoinTeamRequest { code, display_name: format!("Member {number}") };
    let token = line.teams().join_team(request).await?.into_inner().token_secret;
    Ok((name, line.signed_by(&token)?))
}
