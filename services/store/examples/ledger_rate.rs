//! Leases and completions per second of the work ledger, on an empty database:
//!
//! `cargo run --release -p egret-store --example ledger_rate -- sqlite:///tmp/rate.db [WORKERS]`
//!
//! Each of the units is leased, and its result committed with all that follows from it, as workers do through the control
//! plane, but for the network.

use std::env;
use std::fmt::Display;
use std::str::FromStr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use egret_contest::{
    Adapter, AnswerContract, BlobRef, Direction, Grading, InputContract, Limits, MetricRef, MetricValue,
    Outcome, Phase, PhaseChanges, PhaseKind, PhaseMarks, PhaseRules, PoolId, QuotaRule, ReleaseRule,
    Sha256Hex, Shard, SlotKind, Split, TaskName, TaskSpec, TimeZoneName, TokenId, Usage, UserId, Verdict,
    Window, WrappedKey,
};
use egret_store::{
    Blobs, Grant, LeaseRequest, NewCompetition, NewSubmission, NewTask, NewTeam, NewTestSet, NewToken,
    NewUpload, Request, Store, StoreConfig, StoreError, StoreLimits, UnitResult, UploadPurpose, Work,
};
use sha2::{Digest, Sha256};

const TEAMS: u32 = 8;
const SUBMISSIONS: u32 = 24;
const UNITS_EACH: u32 = 40;
const DAY: Duration = Duration::from_secs(24 * 3600);

type Outcomes<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn id<T: FromStr<Err: Display>>(text: &str) -> T {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[tokio::main]
async fn main() -> Outcomes<()> {
    let mut args = env::args().skip(1);
    let database_url = args.next().ok_or("usage: ledger_rate DATABASE_URL [WORKERS]")?;
    let workers: u32 = args.next().map_or(Ok(4), |text| text.parse())?;
    let limits = StoreLimits { unit_shards_max: 1, ..StoreLimits::default() };
    let store = Store::open(StoreConfig { database_url, limits }).await?;
    let token = open_contest(&store).await?;

    let begun = Instant::now();
    let running: Vec<_> = (0..workers).map(|n| tokio::spawn(work(store.clone(), token.clone(), n))).collect();
    let mut units = 0;
    for worker in running {
        units += worker.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{units} units, {workers} workers, {seconds:.2} s: {:.0} leases + completions per second",
        f64::from(units) / seconds
    );
    Ok(())
}

async fn work(store: Store, holder: TokenId, worker: u32) -> Result<u32, StoreError> {
    let mut done = 0;
    loop {
        let request = LeaseRequest {
            holder: holder.clone(),
            pool: id::<PoolId>("main"),
            worker: format!("worker-{worker}"),
            request_id: format!("wish-{worker}-{done}"),
            slot: SlotKind::Any,
        };
        let Some(lease) = store.lease(&request).await? else { return Ok(done) };
        let usage = Usage { wall_ms: 1, cpu_ms: 1, peak_memory_mib: 1 };
        let result = match &lease.work {
            Work::Shards(work) if !work.sole_unit => UnitResult::SealedState { state: vec![7; 4096], usage },
            _ => UnitResult::Verdict(Verdict {
                outcome: Outcome::Scored(vec![MetricValue::new("accuracy", Some(0.5))]),
                usage,
                runner_version: String::new(),
                runtime_sha256: String::new(),
                adapter_summary: String::new(),
                item_count: 1,
            }),
        };
        store.complete(&lease.fence, result).await?;
        done += 1;
    }
}

/// A contest with submissions whose checks all wait; returns a worker's token.
async fn open_contest(store: &Store) -> Outcomes<TokenId> {
    let dir = tempfile::tempdir()?;
    let blobs = Blobs::open(dir.path().to_owned()).await?;
    let olga = user(store, Grant::Operator).await?;
    let task = publish(store, &blobs, &olga).await?;
    for n in 0..TEAMS {
        let member = user(store, Grant::Member).await?;
        let new = NewTeam { id: id(&format!("team-{n}")), title: format!("Team {n}") };
        let team = store.create_team(&Request::once(), &task.competition, new, Some(&member)).await?.name;
        let (_, upload) = put(store, &blobs, &member, UploadPurpose::Model(team), "a model").await?;
        for _ in 0..SUBMISSIONS / TEAMS {
            let new = NewSubmission {
                task: task.clone(),
                team: None,
                user: member.clone(),
                upload: upload.clone(),
                adapter: Adapter::default(),
                note: String::new(),
            };
            store.admit_submission(&Request::once(), new).await?;
        }
    }
    let grant = Grant::Worker(id("main"));
    let new = NewToken { grant, user: None, display_name: "worker".into(), ttl: DAY };
    Ok(store.create_token(new).await?.0.name.token)
}

async fn user(store: &Store, grant: Grant) -> Outcomes<UserId> {
    let new = NewToken { grant, user: None, display_name: "somebody".into(), ttl: DAY };
    Ok(store.create_token(new).await?.0.user.ok_or("no user")?.user)
}

async fn put(
    store: &Store,
    blobs: &Blobs,
    owner: &UserId,
    purpose: UploadPurpose,
    text: &str,
) -> Outcomes<(BlobRef, egret_contest::UploadId)> {
    let sha256 = Sha256Hex::parse(&hex::encode(Sha256::digest(text)))?;
    let new = NewUpload { owner: owner.clone(), purpose, size_bytes: text.len() as u64, sha256 };
    let upload = store.create_upload(&Request::once(), new).await?;
    let mut writer = store.write_upload(blobs, &upload.name.upload, upload.committed_bytes).await?;
    if upload.committed_bytes == 0 {
        writer.write(Bytes::copy_from_slice(text.as_bytes())).await?;
    }
    let upload = writer.finish().await?;
    Ok((upload.blob(), upload.name.upload))
}

async fn publish(store: &Store, blobs: &Blobs, olga: &UserId) -> Outcomes<TaskName> {
    let start = store.now().await?;
    let live = Phase {
        id: id("live"),
        kind: PhaseKind::Live,
        window: Window { start, end: start.after(DAY) },
        split: Split::Public,
        rules: PhaseRules::new(QuotaRule::default(), ReleaseRule::exact(4)?),
        changes: PhaseChanges::default(),
        marks: PhaseMarks::default(),
    };
    let games = NewCompetition {
        id: id("rate"),
        title: "Rate".into(),
        title_zh: String::new(),
        description: String::new(),
        description_zh: String::new(),
        time_zone: TimeZoneName::parse("UTC").ok_or("no zone")?,
        open_registration: true,
        overall: None,
        team_rules: egret_contest::TeamRules::default(),
        phases: vec![live],
    };
    let games = store.create_competition(&Request::once(), games, olga).await?.name.competition;
    let metric = MetricRef {
        id: "accuracy".into(),
        direction: Direction::HigherIsBetter,
        title: "Accuracy".into(),
        range: None,
    };
    let task = NewTask {
        id: id("task"),
        title: "Task".into(),
        title_zh: String::new(),
        description: String::new(),
        description_zh: String::new(),
        spec: TaskSpec {
            input: InputContract::images(8, 8, 1),
            answer: AnswerContract::one_of(10),
            metrics: vec![metric],
            grading: Grading::default(),
            scale: None,
            limits: Limits {
                wall_s_max: 1,
                cpu_s_max: 1,
                memory_mib_max: 1,
                thread_count: 1,
                model_mib_max: 1,
            },
        },
    };
    let task = store.create_task(&Request::once(), &games, task).await?.name;
    let sealed = UploadPurpose::TestSet(games.clone());
    let (blob, _) = put(store, blobs, olga, sealed, "a sealed shard").await?;
    let shard = |split, index| Shard {
        split,
        index,
        item_count: 1,
        inputs: blob.clone(),
        labels: blob.clone(),
        inputs_plain_bytes: 64,
    };
    let new = NewTestSet {
        shards: (0..UNITS_EACH).map(|n| shard(Split::Public, n)).chain([shard(Split::Sample, 0)]).collect(),
        keys: vec![WrappedKey { pool: id("main"), sealed_key: vec![1] }],
        sample_archive: None,
        card: None,
    };
    let test_set = store.create_test_set(&Request::once(), &task, new).await?;
    store.activate_test_set(&test_set.name).await?;
    store.publish_competition(&games).await?;
    Ok(task)
}
