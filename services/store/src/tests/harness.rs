//! A database of one's own for each test, and a small contest in it.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use egret_contest::*;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use crate::*;

/// Declares a test that runs on both databases.
macro_rules! on_both {
    ($(#[$doc:meta])* async fn $name:ident($h:ident) $body:block) => {
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn story($h: &Harness) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                story(&Harness::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                let Some(harness) = Harness::postgres().await else { return };
                story(&harness).await;
                harness.drop_schema().await;
            }
        }
    };
}
pub(super) use on_both;

pub struct Harness {
    pub store: Store,
    pub blobs: Blobs,
    pub dir: Arc<TempDir>,
    url: String,
    schema: Option<(String, String)>,
}

pub const LIMITS: StoreLimits = StoreLimits {
    unit_shards_max: 2,
    attempts_max: 3,
    lease_ttl: Duration::from_secs(30),
    team_in_flight_max: 0,
    competition_in_flight_max: 0,
    final_patience: Duration::from_secs(600),
    forecast_ttl: Duration::ZERO,
    forecast_units_max: 1_000,
    upload_ttl: Duration::from_secs(3600),
    invite_ttl: Duration::from_secs(3600),
};

pub const DAY: Duration = Duration::from_secs(24 * 3600);

impl Harness {
    pub async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("egret.db").display());
        Self::open(dir, url, None).await
    }

    /// `None` where the environment says that PostgreSQL is to be skipped.
    pub async fn postgres() -> Option<Self> {
        if env::var("EGRET_TEST_POSTGRES").is_ok_and(|value| value == "off") {
            eprintln!("skipped: EGRET_TEST_POSTGRES=off");
            return None;
        }
        let base = env::var("EGRET_TEST_POSTGRES_URL").expect(
            "EGRET_TEST_POSTGRES_URL names a PostgreSQL for tests (EGRET_TEST_POSTGRES=off skips them)",
        );
        let schema = format!("store_{}", uuid::Uuid::now_v7().simple());
        let mut admin = PgConnection::connect(&base).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("create schema {schema}"))).execute(&mut admin).await.unwrap();
        let separator = if base.contains('?') { '&' } else { '?' };
        let url = format!("{base}{separator}options[search_path]={schema}");
        Some(Self::open(tempfile::tempdir().unwrap(), url, Some((base, schema))).await)
    }

    async fn open(dir: TempDir, url: String, schema: Option<(String, String)>) -> Self {
        let store = open_store(&url).await;
        let blobs = Blobs::open(dir.path().to_owned()).await.unwrap();
        Self { store, blobs, dir: Arc::new(dir), url, schema }
    }

    /// A second store on the same database, as after a restart or in another process.
    pub async fn reopened(&self) -> Store {
        open_store(&self.url).await
    }

    /// A store on the same database that never gives a unit up.
    pub async fn patient(&self) -> Store {
        self.limited(StoreLimits { attempts_max: u32::MAX, ..LIMITS }).await
    }

    /// A store on the same database with other limits.
    pub async fn limited(&self, limits: StoreLimits) -> Store {
        Store::open(StoreConfig { database_url: self.url.clone(), limits }).await.unwrap()
    }

    pub async fn drop_schema(self) {
        self.store.close().await;
        if let Some((base, schema)) = self.schema {
            let mut admin = PgConnection::connect(&base).await.unwrap();
            let drop = AssertSqlSafe(format!("drop schema {schema} cascade"));
            sqlx::raw_sql(drop).execute(&mut admin).await.unwrap();
        }
    }
}

async fn open_store(url: &str) -> Store {
    Store::open(StoreConfig { database_url: url.to_owned(), limits: LIMITS }).await.unwrap()
}

pub fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}

pub fn sha(text: &str) -> Sha256Hex {
    use sha2::Digest;
    Sha256Hex::parse(&hex::encode(sha2::Sha256::digest(text))).unwrap()
}

pub fn request(text: &str) -> Request {
    Request::new("users/somebody", text, b"the same payload")
}

/// A published competition `games` with task `digits`, phases `live` (public) and later `finale` (private), two teams of one.
#[derive(Debug)]
pub struct Contest {
    pub store: Store,
    pub operator: UserId,
    pub task: TaskName,
    pub board: BoardName,
    pub red: Team,
    pub blue: Team,
    pub worker: TokenId,
    pub pool: PoolId,
    pub start: Micros,
}

#[derive(Clone)]
pub struct Shape {
    pub quota: QuotaRule,
    pub hidden_shards: u32,
    pub metric: Direction,
    pub grading: Grading,
    pub release: ReleaseRule,
    pub scale: Option<Scale>,
    /// The phase `live` is frozen so long after its start.
    pub freeze_after: Option<Duration>,
    /// The phase `finale` takes so many nominations of `live`, instead of submissions.
    pub nominations: Option<u32>,
    pub team_rules: TeamRules,
    pub overall: Option<Overall>,
    /// What is different in the competition.
    pub change: fn(&mut NewCompetition),
}

pub const FREE: QuotaRule =
    QuotaRule { per_day_max: 0, total_max: 0, concurrent_max: 0, failed_checks_max: 0 };

impl Default for Shape {
    fn default() -> Self {
        Self {
            quota: FREE,
            hidden_shards: 2,
            metric: Direction::HigherIsBetter,
            grading: Grading::default(),
            release: ReleaseRule::exact(2).unwrap(),
            scale: None,
            freeze_after: None,
            nominations: None,
            team_rules: TeamRules::default(),
            overall: None,
            change: |_| {},
        }
    }
}

impl Contest {
    pub async fn open(store: &Store, shape: Shape) -> Self {
        Self::try_open(store, shape).await.unwrap()
    }

    pub async fn try_open(store: &Store, shape: Shape) -> Result<Self, StoreError> {
        let operator = user(store, Grant::Operator, "Olga").await;
        let start = store.now().await.unwrap();
        let task = publish(store, &operator, start, shape).await?;
        let red = team(store, "red").await;
        let blue = team(store, "blue").await;
        let pool: PoolId = id("main");
        let worker = worker(store, &pool).await;
        let board = BoardName::new(task.competition.clone(), task.task.clone(), id("live"));
        Ok(Self { store: store.clone(), operator, task, board, red, blue, worker, pool, start })
    }

    pub async fn upload(&self, team: &Team, model: &str) -> UploadId {
        let new = NewUpload {
            owner: team.members[0].user.clone(),
            purpose: UploadPurpose::Model(team.name.clone()),
            size_bytes: 100,
            sha256: sha(model),
        };
        let upload = self.store.create_upload(&Request::once(), new).await.unwrap();
        self.store.complete_upload(&upload.name.upload).await.unwrap().name.upload
    }

    pub fn wish(&self, team: &Team, upload: UploadId) -> NewSubmission {
        NewSubmission {
            task: self.task.clone(),
            team: None,
            user: team.members[0].user.clone(),
            upload,
            adapter: Adapter { layout: Some("nchw".into()), ..Adapter::default() },
            note: "hello".into(),
        }
    }

    pub async fn try_submit(&self, team: &Team, model: &str) -> Result<Submission, StoreError> {
        let upload = self.upload(team, model).await;
        self.store.admit_submission(&Request::once(), self.wish(team, upload)).await
    }

    pub async fn submit(&self, team: &Team, model: &str) -> Submission {
        self.try_submit(team, model).await.unwrap()
    }

    pub async fn submission(&self, submission: &Submission) -> Submission {
        self.store.get_submission(&submission.name).await.unwrap()
    }

    pub async fn used(&self, team: &Team) -> QuotaUse {
        self.store.quota(&self.task, &team.name, None).await.unwrap().used
    }

    /// The board as everybody sees it now.
    pub async fn public_board(&self) -> Board {
        self.store.board(&self.board, BoardAudience::Public, None).await.unwrap()
    }

    pub async fn history(&self) -> Vec<ScorePoint> {
        self.store.score_history(&self.board, BoardAudience::Public).await.unwrap()
    }

    /// Leases the next unit, whatever it is.
    pub async fn lease(&self) -> Option<Lease> {
        self.lease_in(SlotKind::Any).await
    }

    /// Leases the next unit that such a slot takes.
    pub async fn lease_in(&self, slot: SlotKind) -> Option<Lease> {
        self.store.lease(&self.wish_for_work(slot)).await.unwrap()
    }

    pub async fn lease_as(&self, request_id: &str) -> Option<Lease> {
        let request_id = request_id.into();
        self.store.lease(&LeaseRequest { request_id, ..self.wish_for_work(SlotKind::Any) }).await.unwrap()
    }

    /// A worker's next wish.
    pub fn wish_for_work(&self, slot: SlotKind) -> LeaseRequest {
        LeaseRequest {
            holder: self.worker.clone(),
            pool: self.pool.clone(),
            worker: "worker-1".into(),
            request_id: uuid::Uuid::now_v7().to_string(),
            slot,
        }
    }

    /// Does one unit as an honest worker would, with the given score; whose it was, if there was one.
    pub async fn work_once(&self, score: Option<f64>) -> Option<Lease> {
        let lease = self.lease().await?;
        let result = honest(&lease, score);
        assert_eq!(self.store.complete(&lease.fence, result).await.unwrap(), Completion::Applied);
        Some(lease)
    }

    /// The same contest at a further task of its competition, like the first, published or not.
    pub async fn further_task(&self, name: &str) -> Self {
        let new = NewTask { id: id(name), ..digits(Direction::HigherIsBetter) };
        let task = self.store.create_task(&Request::once(), &self.task.competition, new).await.unwrap().name;
        let sealed = test_set(&self.store, &self.operator, 1).await;
        let sealed = self.store.create_test_set(&Request::once(), &task, sealed).await.unwrap();
        self.store.activate_test_set(&sealed.name).await.unwrap();
        Self {
            store: self.store.clone(),
            operator: self.operator.clone(),
            board: BoardName::new(task.competition.clone(), task.task.clone(), id("live")),
            task,
            red: self.red.clone(),
            blue: self.blue.clone(),
            worker: self.worker.clone(),
            pool: self.pool.clone(),
            start: self.start,
        }
    }

    /// Does everything there is to do.
    pub async fn work_off(&self, score: Option<f64>) {
        while self.work_once(score).await.is_some() {}
    }

    pub async fn score(&self, team: &Team, model: &str, score: f64) -> Submission {
        let submission = self.submit(team, model).await;
        self.work_off(Some(score)).await;
        self.submission(&submission).await
    }
}

/// What an honest worker answers to a lease.
pub fn honest(lease: &Lease, score: Option<f64>) -> UnitResult {
    match &lease.work {
        Work::Shards(work) if !work.sole_unit => UnitResult::SealedState {
            state: work.shards.iter().map(|shard| shard.index as u8).collect(),
            usage: Usage { wall_ms: 10, cpu_ms: 20, peak_memory_mib: 30 },
        },
        Work::Compare(_) => UnitResult::Comparison(Vec::new()),
        _ => UnitResult::Verdict(scored(score)),
    }
}

pub fn scored(score: Option<f64>) -> Verdict {
    let metrics = vec![
        MetricValue { id: "log_loss".into(), value: Some(0.5) },
        MetricValue { id: "accuracy".into(), value: score },
    ];
    verdict(Outcome::Scored(metrics))
}

pub fn faulted(code: FaultCode) -> Verdict {
    verdict(Outcome::Faulted(Fault { code, detail: "tensor `x`".into(), remedy: "export again".into() }))
}

fn verdict(outcome: Outcome) -> Verdict {
    Verdict {
        outcome,
        usage: Usage { wall_ms: 1, cpu_ms: 2, peak_memory_mib: 3 },
        runner_version: "0.1.0".into(),
        runtime_sha256: "ab".into(),
        adapter_summary: "x/255".into(),
        item_count: 7,
    }
}

pub async fn user(store: &Store, grant: Grant, name: &str) -> UserId {
    let new = NewToken { grant, user: None, display_name: name.into(), ttl: DAY };
    store.create_token(new).await.unwrap().0.user.unwrap().user
}

pub async fn worker(store: &Store, pool: &PoolId) -> TokenId {
    let new = NewToken {
        grant: Grant::Worker(pool.clone()),
        user: None,
        display_name: "worker".into(),
        ttl: 300 * DAY,
    };
    store.create_token(new).await.unwrap().0.name.token
}

pub async fn team(store: &Store, name: &str) -> Team {
    let member = user(store, Grant::Member, name).await;
    let new = NewTeam { id: id(name), title: name.to_uppercase() };
    store.create_team(&Request::once(), &id("games"), new, Some(&member)).await.unwrap()
}

/// Somebody new in a team, by invite.
pub async fn joined(store: &Store, team: &TeamName, name: &str) -> UserId {
    let by = user(store, Grant::Member, "inviter").await;
    let invite = store.create_invite(team, &by).await.unwrap();
    let joiner = Joiner::New { display_name: name.into(), token_ttl: DAY };
    store.join_team(invite.code.reveal(), joiner).await.unwrap().user
}

/// What the contest refused.
pub fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Refusal {
    match result {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// A blob that is simply there.
pub async fn blob(store: &Store, owner: &UserId, text: &str) -> BlobRef {
    let new = NewUpload {
        owner: owner.clone(),
        purpose: UploadPurpose::TestSet(id("games")),
        size_bytes: 10,
        sha256: sha(text),
    };
    let upload = store.create_upload(&Request::once(), new).await.unwrap();
    store.complete_upload(&upload.name.upload).await.unwrap().blob()
}

pub fn phase(
    name: &str,
    kind: PhaseKind,
    split: Split,
    start: Micros,
    length: Duration,
    quota: QuotaRule,
) -> Phase {
    Phase {
        id: id(name),
        kind,
        window: Window { start, end: start.after(length) },
        split,
        rules: PhaseRules::new(quota, ReleaseRule::exact(2).unwrap()),
        changes: PhaseChanges::default(),
        marks: PhaseMarks::default(),
    }
}

pub fn competition(start: Micros, quota: QuotaRule) -> NewCompetition {
    NewCompetition {
        id: id("games"),
        title: "Games".into(),
        title_zh: "比赛".into(),
        description: "A contest".into(),
        description_zh: String::new(),
        time_zone: TimeZoneName::parse("Asia/Shanghai").unwrap(),
        open_registration: true,
        overall: None,
        team_rules: TeamRules::default(),
        phases: vec![
            phase("live", PhaseKind::Live, Split::Public, start, 10 * DAY, quota),
            phase("finale", PhaseKind::Final, Split::Private, start.after(10 * DAY), DAY, quota),
        ],
    }
}

pub fn digits(direction: Direction) -> NewTask {
    let metric = |id: &str, direction| MetricRef {
        id: id.into(),
        direction,
        title: id.to_uppercase(),
        range: Some((0.0, 1.0)),
    };
    NewTask {
        id: id("digits"),
        title: "Digits".into(),
        title_zh: "数字".into(),
        description: String::new(),
        description_zh: String::new(),
        spec: TaskSpec {
            input: InputContract::images(8, 8, 1),
            answer: AnswerContract::one_of(10),
            metrics: vec![metric("accuracy", direction), metric("log_loss", Direction::LowerIsBetter)],
            grading: Grading::default(),
            scale: None,
            limits: Limits {
                wall_s_max: 10,
                cpu_s_max: 10,
                memory_mib_max: 100,
                thread_count: 1,
                model_mib_max: 1,
            },
        },
    }
}

pub async fn test_set(store: &Store, owner: &UserId, hidden_shards: u32) -> NewTestSet {
    let mut shards = Vec::new();
    for (split, count) in [(Split::Sample, 1), (Split::Public, hidden_shards), (Split::Private, 1)] {
        for index in 0..count {
            shards.push(Shard {
                split,
                index,
                item_count: 5,
                inputs: blob(store, owner, &format!("{split} inputs {index}")).await,
                labels: blob(store, owner, &format!("{split} labels {index}")).await,
                inputs_plain_bytes: 320,
            });
        }
    }
    let key = WrappedKey { pool: id("main"), sealed_key: b"sealed".to_vec() };
    let splits =
        [(Split::Sample, 1), (Split::Public, hidden_shards), (Split::Private, 1)].map(|(split, count)| {
            SplitCommitment { split, item_count: 5 * u64::from(count), root: sha(split.as_str()) }
        });
    let card = Card {
        licence: "CC BY 4.0".into(),
        root: sha("root"),
        splits: splits.into(),
        shard_roots: shards.iter().map(|shard| sha(&format!("{} {}", shard.split, shard.index))).collect(),
    };
    let sample_archive = Some(blob(store, owner, "sample.zip").await);
    NewTestSet { shards, keys: vec![key], sample_archive, card: Some(card) }
}

async fn publish(
    store: &Store,
    operator: &UserId,
    start: Micros,
    shape: Shape,
) -> Result<TaskName, StoreError> {
    let task = draft(store, operator, start, shape).await;
    store.publish_competition(&task.competition).await?;
    Ok(task)
}

/// All that the contest has before it is published.
pub async fn draft(store: &Store, operator: &UserId, start: Micros, shape: Shape) -> TaskName {
    let mut new = competition(start, shape.quota);
    new.team_rules = shape.team_rules;
    new.phases[0].rules.release = shape.release;
    new.phases[0].rules.freeze_at = shape.freeze_after.map(|after| start.after(after));
    new.overall = shape.overall;
    if let Some(count_max) = shape.nominations {
        let exact = Policy::Exact { decimals: 4 };
        let rules = &mut new.phases[1].rules;
        rules.release = ReleaseRule::new(exact, Timing::Finalize).unwrap();
        rules.nominations = Some(Nominations { from: id("live"), count_max });
    }
    (shape.change)(&mut new);
    let games = store.create_competition(&Request::once(), new, operator).await.unwrap().name.competition;
    let mut new = digits(shape.metric);
    new.spec.grading = shape.grading;
    new.spec.scale = shape.scale;
    let task = store.create_task(&Request::once(), &games, new).await.unwrap().name;
    let sealed = test_set(store, operator, shape.hidden_shards).await;
    let sealed = store.create_test_set(&Request::once(), &task, sealed).await.unwrap();
    store.activate_test_set(&sealed.name).await.unwrap();
    task
}

/// Bytes that are a function of their place, so that any piece can be checked.
pub fn bytes(range: std::ops::Range<usize>) -> Bytes {
    range.map(|at| (at * 31 % 251) as u8).collect()
}
