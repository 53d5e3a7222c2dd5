//! A published competition on hidden data that the test knows, with as many teams as it wants.

use std::sync::Mutex;
use std::time::Duration;

use egret_control::{Control, ControlConfig, PoolConfig};
use egret_proto::v1::{self, team_service_client::TeamServiceClient};
use egret_store::StoreLimits;
use prost::Message;
use prost_types::Timestamp;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tonic::{Status, transport::Channel};

use crate::wire::{call, with_token};
use crate::worker::Hidden;

pub const GAMES: &str = "competitions/games";
pub const TASK: &str = "competitions/games/tasks/coins";
/// How long a model may run; long, so that how long the test itself takes does not count beside it.
pub const WALL_S_MAX: u32 = 3_000;
const HOUR_S: i64 = 3_600;

/// What is different from test to test.
pub struct Rules {
    pub items: u32,
    pub seed: u64,
    pub metric: &'static str,
    pub baseline: f64,
    /// Begin and end in hours from the opening, and the rest; a freeze in seconds from the opening.
    pub phases: Vec<(i64, i64, v1::Phase)>,
}

impl Rules {
    /// One live phase of a month on accuracy above chance.
    pub fn live(items: u32, release: v1::ReleaseRule) -> Self {
        let live = phase("live", v1::phase::Kind::Live, v1::Split::Public, release);
        Self { items, seed: 7, metric: "accuracy", baseline: 0.5, phases: vec![(-1, 720, live)] }
    }
}

pub fn phase(id: &str, kind: v1::phase::Kind, split: v1::Split, release: v1::ReleaseRule) -> v1::Phase {
    let (kind, split) = (kind.into(), split.into());
    v1::Phase { phase_id: id.into(), kind, split, release: Some(release), ..Default::default() }
}

pub fn exact(decimals: u32) -> v1::ReleaseRule {
    v1::ReleaseRule { policy: "exact".into(), decimals, ..Default::default() }
}

/// With the levels and bits that its number of items has: 10, or as many as are not too fine, and 32.
pub fn ladder() -> v1::ReleaseRule {
    v1::ReleaseRule { policy: "ladder".into(), ..Default::default() }
}

/// The same, shown at the end of epochs.
pub fn ladder_in_epochs(epoch_s: u32) -> v1::ReleaseRule {
    v1::ReleaseRule { timing: "epoch".into(), epoch_s, ..ladder() }
}

pub struct Arena {
    pub control: Control,
    pub public: Channel,
    pub workers: Channel,
    pub organizer: String,
    pub worker: String,
    pub hidden: Hidden,
    /// The splits of the hidden runs so far, with the model.
    pub runs: Mutex<Vec<(v1::Split, String)>>,
    _dir: TempDir,
}

impl Arena {
    pub async fn open(rules: Rules) -> Self {
        Self::try_open(rules).await.unwrap()
    }

    /// `Err`: publishing was refused.
    pub async fn try_open(rules: Rules) -> Result<Self, Status> {
        let dir = tempfile::tempdir().unwrap();
        // Leases outlast every model, and nothing is told from memory.
        let limits = StoreLimits { lease_ttl: DAY, forecast_ttl: Duration::ZERO, ..StoreLimits::default() };
        let pool = PoolConfig { id: "main".parse().unwrap(), recipient: "age1example".into() };
        let config = ControlConfig {
            data_dir: dir.path().to_owned(),
            database_url: format!("sqlite://{}", dir.path().join("egret.db").display()),
            pools: vec![pool],
            limits,
        };
        let control = Control::open(config).await.unwrap();
        let public = control.in_process(control.routes().await.unwrap());
        let workers = control.in_process(control.worker_routes());
        let organizer = control.bootstrap().await.unwrap().unwrap().reveal().to_owned();
        let worker = control.worker_token("main".parse().unwrap()).await.unwrap().1.reveal().to_owned();
        let hidden = Hidden::new(rules.items, rules.seed, rules.metric);
        let arena =
            Self { control, public, workers, organizer, worker, hidden, runs: Mutex::default(), _dir: dir };
        arena.publish(rules).await?;
        Ok(arena)
    }

    async fn publish(&self, rules: Rules) -> Result<v1::Competition, Status> {
        let now = self.now_s().await;
        let at = |hours: i64| Some(Timestamp { seconds: now + hours * HOUR_S, nanos: 0 });
        let phases = rules.phases.into_iter().map(|(from, to, phase)| {
            let freeze_time =
                phase.freeze_time.map(|after| Timestamp { seconds: now + after.seconds, nanos: 0 });
            v1::Phase { start_time: at(from), end_time: at(to), freeze_time, ..phase }
        });
        let competition = v1::Competition {
            title: "Games".into(),
            time_zone: "Asia/Shanghai".into(),
            phases: phases.collect(),
            overall: Some(v1::OverallRule { rule: "mean_rank".into(), ..Default::default() }),
            ..Default::default()
        };
        let create = v1::CreateCompetitionRequest {
            competition_id: "games".into(),
            competition: Some(competition),
            ..Default::default()
        };
        let _: v1::Competition = self.organize("CompetitionService/CreateCompetition", &create).await;
        let create = v1::CreateTaskRequest {
            parent: GAMES.into(),
            task_id: "coins".into(),
            task: Some(task(rules.metric, rules.baseline)),
            ..Default::default()
        };
        let _: v1::Task = self.organize("TaskService/CreateTask", &create).await;
        self.create_test_set(rules.items).await;
        let publish = v1::PublishCompetitionRequest { name: GAMES.into() };
        self.ask(Some(&self.organizer), "CompetitionService/PublishCompetition", &publish).await
    }

    async fn create_test_set(&self, items: u32) {
        let mut shards = Vec::new();
        for split in [v1::Split::Sample, v1::Split::Public, v1::Split::Private] {
            shards.push(v1::Shard {
                split: split.into(),
                index: 0,
                item_count: if split == v1::Split::Sample { 3 } else { items },
                inputs: Some(self.seal(&format!("inputs of {split:?}")).await),
                labels: Some(self.seal(&format!("labels of {split:?}")).await),
                inputs_plain_bytes: 64,
            });
        }
        let keys = vec![v1::WrappedKey { pool: "pools/main".into(), sealed_key: b"sealed".to_vec() }];
        let sample_archive = Some(self.seal("sample").await);
        let test_set = v1::TestSet { shards, keys, sample_archive, ..Default::default() };
        let create =
            v1::CreateTestSetRequest { parent: TASK.into(), test_set: Some(test_set), ..Default::default() };
        let made: v1::TestSet = self.organize("TestSetService/CreateTestSet", &create).await;
        let activate = v1::ActivateTestSetRequest { name: made.name };
        let _: v1::TestSet = self.organize("TestSetService/ActivateTestSet", &activate).await;
    }

    async fn seal(&self, text: &str) -> v1::BlobRef {
        let upload = self.upload(&self.organizer, v1::upload::Purpose::TestSet, GAMES, text.as_bytes()).await;
        v1::BlobRef { sha256: upload.sha256, size_bytes: upload.size_bytes }
    }

    /// A complete upload.
    pub async fn upload(
        &self,
        token: &str,
        purpose: v1::upload::Purpose,
        parent: &str,
        bytes: &[u8],
    ) -> v1::Upload {
        let upload = v1::Upload {
            purpose: purpose.into(),
            parent: parent.into(),
            size_bytes: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(bytes)),
            ..Default::default()
        };
        let create = v1::CreateUploadRequest { upload: Some(upload), ..Default::default() };
        let upload: v1::Upload = self.ask(Some(token), "UploadService/CreateUpload", &create).await.unwrap();
        if upload.state() == v1::upload::State::Complete {
            return upload;
        }
        let write = v1::WriteUploadRequest {
            name: upload.name.clone(),
            offset: 0,
            data: bytes::Bytes::copy_from_slice(bytes),
        };
        self.ask(Some(token), "UploadService/WriteUpload", &write).await.unwrap()
    }

    /// Founds a team; its member's token.
    pub async fn found(&self, id: &str) -> String {
        let create = v1::CreateTeamRequest {
            parent: GAMES.into(),
            team_id: id.into(),
            team: Some(v1::Team { title: id.into(), ..Default::default() }),
            ..Default::default()
        };
        let team: v1::Team = self.organize("TeamService/CreateTeam", &create).await;
        let invite = v1::CreateInviteRequest { parent: team.name };
        let invite: v1::CreateInviteResponse = self.organize("TeamService/CreateInvite", &invite).await;
        let join = v1::JoinTeamRequest { code: invite.code, display_name: format!("{id} one") };
        let mut teams = TeamServiceClient::new(self.public.clone());
        teams.join_team(with_token(join, None)).await.unwrap().into_inner().token_secret
    }

    /// Any method of the public API.
    pub async fn ask<T: Message + Default>(
        &self,
        token: Option<&str>,
        method: &str,
        message: &impl Message,
    ) -> Result<T, Status> {
        let path = format!("/egret.v1.{method}");
        let answer = call(&self.public, token, &path, message.encode_to_vec()).await?;
        Ok(T::decode(answer).unwrap())
    }

    /// The same as the organizer, who is not refused.
    pub async fn organize<T: Message + Default>(&self, method: &str, message: &impl Message) -> T {
        self.ask(Some(&self.organizer), method, message).await.unwrap()
    }

    /// Moves the database's clock to the first second of an epoch of so many seconds that lies ahead; the epoch's beginning.
    pub async fn wait_for_epoch(&self, epoch_s: i64) -> i64 {
        let now = self.now_s().await;
        let begin = (now / epoch_s + 1) * epoch_s;
        self.control.store().shift_clock(Duration::from_secs((begin - now) as u64));
        begin
    }

    /// Moves the database's clock.
    pub fn wait(&self, seconds: u64) {
        self.control.store().shift_clock(Duration::from_secs(seconds));
    }

    pub async fn now_s(&self) -> i64 {
        self.control.store().now().await.unwrap().parts().0
    }
}

const DAY: Duration = Duration::from_hours(24);

fn task(metric: &str, baseline: f64) -> v1::Task {
    let input = egret_contest::InputContract::images(8, 8, 1);
    let answer = egret_contest::AnswerContract::one_of(2);
    v1::Task {
        title: "Coins".into(),
        input: Some((&input).into()),
        answer: Some(egret_proto::contract::answer_to_wire(&answer, &input)),
        metrics: vec![v1::MetricRef { id: metric.into(), ..Default::default() }],
        ladder: Some(v1::Scale { baseline, best: None, width: 0.0 }),
        limits: Some(v1::Limits {
            wall_s_max: WALL_S_MAX,
            cpu_s_max: WALL_S_MAX,
            memory_mib_max: 512,
            thread_count: 1,
            model_mib_max: 1,
        }),
        ..Default::default()
    }
}
