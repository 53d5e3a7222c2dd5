//! A published competition `games` with a task, two teams and a submission; and a draft of somebody else's.

use std::time::Duration;

use egret_contest::PoolId;
use egret_control::{Control, ControlConfig, PoolConfig};
use egret_proto::v1::{
    self, competition_service_client::CompetitionServiceClient,
    identity_service_client::IdentityServiceClient, submission_service_client::SubmissionServiceClient,
    task_service_client::TaskServiceClient, team_service_client::TeamServiceClient,
    test_set_service_client::TestSetServiceClient, upload_service_client::UploadServiceClient,
};
use egret_store::StoreLimits;
use prost_types::Timestamp;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tonic::{Status, transport::Channel};

use crate::wire::with_token;

pub const GAMES: &str = "competitions/games";
pub const DRAFT: &str = "competitions/draft";
pub const TASK: &str = "competitions/games/tasks/digits";
pub const RED: &str = "competitions/games/teams/red";
pub const LIVE: &str = "competitions/games/phases/live";
pub const BLUE: &str = "competitions/games/teams/blue";
pub const BOARD: &str = "competitions/games/tasks/digits/phases/live/leaderboard";
pub const LIMITS: StoreLimits = StoreLimits {
    unit_shards_max: 2,
    attempts_max: 2,
    lease_ttl: Duration::from_secs(30),
    team_in_flight_max: 0,
    competition_in_flight_max: 0,
    final_patience: Duration::from_secs(600),
    forecast_ttl: Duration::ZERO,
    forecast_units_max: 1_000,
    upload_ttl: Duration::from_hours(24),
    invite_ttl: Duration::from_hours(24),
};

/// The tokens of everybody.
pub struct Tokens {
    pub operator: String,
    pub organizer: String,
    /// Of the draft.
    pub other_organizer: String,
    /// Red's captain.
    pub red: String,
    /// Another member of red.
    pub mate: String,
    /// Of `games`: reads, and writes nothing.
    pub auditor: String,
    pub blue: String,
    pub worker: String,
}

pub struct World {
    pub dir: TempDir,
    pub control: Control,
    pub public: Channel,
    pub workers: Channel,
    pub tokens: Tokens,
}

/// A call of a method as somebody: `ask!(world, token, TaskService.get_task, message)`.
#[macro_export]
macro_rules! ask {
    ($world:expr, $token:expr, $client:ident.$method:ident, $message:expr) => {
        $client::new($world.public.clone())
            .$method($crate::wire::with_token($message, Some($token)))
            .await
            .map(tonic::Response::into_inner)
    };
}

impl World {
    /// Only operators, organizers' tokens and the two competitions; nothing in them yet.
    pub async fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let control = Self::control(&dir).await;
        let operator = control.bootstrap().await.unwrap().unwrap().reveal().to_owned();
        let public = control.in_process(control.routes().await.unwrap());
        let workers = control.in_process(control.worker_routes());
        let worker = control.worker_token(pool()).await.unwrap().1.reveal().to_owned();
        let nobody = String::new;
        let tokens = Tokens {
            operator,
            organizer: nobody(),
            other_organizer: nobody(),
            red: nobody(),
            mate: nobody(),
            auditor: nobody(),
            blue: nobody(),
            worker,
        };
        Self { dir, control, public, workers, tokens }
    }

    /// A control plane on this world's files.
    pub async fn control(dir: &TempDir) -> Control {
        let recipient = "age1example".to_owned();
        let config = ControlConfig {
            data_dir: dir.path().to_owned(),
            database_url: format!("sqlite://{}", dir.path().join("egret.db").display()),
            pools: vec![PoolConfig { id: pool(), recipient }],
            limits: LIMITS,
        };
        Control::open(config).await.unwrap()
    }

    /// All of it.
    pub async fn open() -> Self {
        Self::open_with(v1::QuotaRule::default()).await
    }

    /// All of it, with a quota in its phases.
    pub async fn open_with(quota: v1::QuotaRule) -> Self {
        Self::open_on(quota, |_| {}).await
    }

    /// All of it, with other rules for the phase `last`.
    pub async fn open_on(quota: v1::QuotaRule, rules: fn(&mut v1::Phase)) -> Self {
        let mut world = Self::empty().await;
        let now = world.control.store().now().await.unwrap().parts().0;
        let mut last =
            phase("last", v1::phase::Kind::Final, v1::Split::Private, (now + 7200, now + 9000), quota);
        rules(&mut last);
        let live = phase("live", v1::phase::Kind::Live, v1::Split::Public, (now - 3600, now + 3600), quota);
        let phases = vec![live, last];
        for id in ["games", "draft"] {
            world.create_competition(id, phases.clone()).await.unwrap();
        }
        world.tokens.organizer = world.make_token(v1::Role::Organizer, GAMES, "Olga").await;
        world.tokens.other_organizer = world.make_token(v1::Role::Organizer, DRAFT, "Otto").await;
        for competition in [GAMES, DRAFT] {
            let create = v1::CreateTaskRequest {
                parent: competition.into(),
                task_id: "digits".into(),
                task: Some(task()),
                ..Default::default()
            };
            ask!(world, &world.tokens.operator, TaskServiceClient.create_task, create).unwrap();
        }
        world.create_test_set().await;
        let publish = v1::PublishCompetitionRequest { name: GAMES.into() };
        ask!(world, &world.tokens.organizer, CompetitionServiceClient.publish_competition, publish).unwrap();
        world.tokens.red = world.found_team("red").await;
        world.tokens.blue = world.found_team("blue").await;
        world.tokens.mate = world.join(RED, "red two").await;
        world.tokens.auditor = world.make_auditor("Ada").await;
        world
    }

    pub async fn create_competition(
        &self,
        id: &str,
        phases: Vec<v1::Phase>,
    ) -> Result<v1::Competition, Status> {
        let competition = v1::Competition {
            title: id.into(),
            time_zone: "Asia/Shanghai".into(),
            phases,
            overall: Some(v1::OverallRule { rule: "mean_rank".into(), weights: Vec::new() }),
            ..Default::default()
        };
        let create = v1::CreateCompetitionRequest {
            competition_id: id.into(),
            competition: Some(competition),
            request_id: format!("create-{id}"),
        };
        ask!(self, &self.tokens.operator, CompetitionServiceClient.create_competition, create)
    }

    pub async fn make_token(&self, role: v1::Role, scope: &str, name: &str) -> String {
        let create = v1::CreateTokenRequest {
            role: role.into(),
            scope: scope.into(),
            display_name: name.into(),
            ..Default::default()
        };
        ask!(self, &self.tokens.operator, IdentityServiceClient.create_token, create).unwrap().secret
    }

    /// Somebody new who audits `games` and has a second token, to give up.
    async fn make_auditor(&self, name: &str) -> String {
        let create = |user: &str| v1::CreateTokenRequest {
            role: v1::Role::Organizer.into(),
            scope: GAMES.into(),
            user: user.into(),
            display_name: name.into(),
            auditor: true,
            ..Default::default()
        };
        let made = ask!(self, &self.tokens.operator, IdentityServiceClient.create_token, create("")).unwrap();
        let user = made.token.unwrap().user;
        ask!(self, &self.tokens.operator, IdentityServiceClient.create_token, create(&user)).unwrap();
        made.secret
    }

    async fn create_test_set(&self) {
        let mut shards = Vec::new();
        for split in [v1::Split::Sample, v1::Split::Public, v1::Split::Private] {
            let shard = v1::Shard {
                split: split.into(),
                index: 0,
                item_count: 3,
                inputs: Some(self.put(format!("inputs of {split:?}").as_bytes()).await),
                labels: Some(self.put(format!("labels of {split:?}").as_bytes()).await),
                inputs_plain_bytes: 3 * 64,
            };
            shards.push(shard);
        }
        let test_set = v1::TestSet {
            shards,
            keys: vec![v1::WrappedKey { pool: "pools/main".into(), sealed_key: b"sealed".to_vec() }],
            sample_archive: Some(self.put(&vec![7; 3 << 20]).await),
            ..Default::default()
        };
        let create =
            v1::CreateTestSetRequest { parent: TASK.into(), test_set: Some(test_set), ..Default::default() };
        let made = ask!(self, &self.tokens.organizer, TestSetServiceClient.create_test_set, create).unwrap();
        let activate = v1::ActivateTestSetRequest { name: made.name };
        ask!(self, &self.tokens.organizer, TestSetServiceClient.activate_test_set, activate).unwrap();
    }

    /// Uploads bytes for the competition's test sets.
    async fn put(&self, bytes: &[u8]) -> v1::BlobRef {
        let token = self.tokens.organizer.as_str();
        let upload = self.reserve(token, v1::upload::Purpose::TestSet, GAMES, bytes).await.unwrap();
        self.write(token, &upload.name, 0, bytes).await.unwrap();
        v1::BlobRef { sha256: upload.sha256, size_bytes: upload.size_bytes }
    }

    pub async fn reserve(
        &self,
        token: &str,
        purpose: v1::upload::Purpose,
        parent: &str,
        bytes: &[u8],
    ) -> Result<v1::Upload, Status> {
        let upload = v1::Upload {
            purpose: purpose.into(),
            parent: parent.into(),
            size_bytes: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(bytes)),
            ..Default::default()
        };
        let create = v1::CreateUploadRequest { upload: Some(upload), ..Default::default() };
        ask!(self, token, UploadServiceClient.create_upload, create)
    }

    pub async fn write(
        &self,
        token: &str,
        name: &str,
        offset: u64,
        bytes: &[u8],
    ) -> Result<v1::Upload, Status> {
        let mut messages: Vec<_> = bytes
            .chunks(1 << 20)
            .map(|data| v1::WriteUploadRequest {
                data: bytes::Bytes::copy_from_slice(data),
                ..Default::default()
            })
            .collect();
        if messages.is_empty() {
            messages.push(v1::WriteUploadRequest::default());
        }
        messages[0].name = name.into();
        messages[0].offset = offset;
        let request = with_token(futures::stream::iter(messages), Some(token));
        UploadServiceClient::new(self.public.clone())
            .write_upload(request)
            .await
            .map(tonic::Response::into_inner)
    }

    /// Founds a team and has somebody without a token join it.
    async fn found_team(&self, id: &str) -> String {
        let create = v1::CreateTeamRequest {
            parent: GAMES.into(),
            team_id: id.into(),
            team: Some(v1::Team { title: id.into(), ..Default::default() }),
            ..Default::default()
        };
        let team = ask!(self, &self.tokens.organizer, TeamServiceClient.create_team, create).unwrap();
        self.join(&team.name, &format!("{id} one")).await
    }

    /// Somebody new joins a team; their token.
    pub async fn join(&self, team: &str, name: &str) -> String {
        let code = self.invite(team).await;
        let join = v1::JoinTeamRequest { code, display_name: name.into() };
        TeamServiceClient::new(self.public.clone()).join_team(join).await.unwrap().into_inner().token_secret
    }

    pub async fn invite(&self, team: &str) -> String {
        let invite = v1::CreateInviteRequest { parent: team.into() };
        ask!(self, &self.tokens.organizer, TeamServiceClient.create_invite, invite).unwrap().code
    }

    /// A complete upload of a model.
    pub async fn model(&self, token: &str, team: &str, bytes: &[u8]) -> v1::Upload {
        let upload = self.reserve(token, v1::upload::Purpose::Model, team, bytes).await.unwrap();
        match upload.state() {
            v1::upload::State::Complete => upload,
            _ => self.write(token, &upload.name, 0, bytes).await.unwrap(),
        }
    }

    pub async fn submit(&self, token: &str, upload: &v1::Upload) -> Result<v1::Submission, Status> {
        let create = v1::CreateSubmissionRequest {
            parent: TASK.into(),
            upload: upload.name.clone(),
            ..Default::default()
        };
        ask!(self, token, SubmissionServiceClient.create_submission, create)
    }
}

fn pool() -> PoolId {
    "main".parse().unwrap()
}

pub fn phase(
    id: &str,
    kind: v1::phase::Kind,
    split: v1::Split,
    (start, end): (i64, i64),
    quota: v1::QuotaRule,
) -> v1::Phase {
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    v1::Phase {
        phase_id: id.into(),
        kind: kind.into(),
        start_time: at(start),
        end_time: at(end),
        split: split.into(),
        quota: Some(quota),
        release: Some(v1::ReleaseRule { policy: "exact".into(), decimals: 4, ..Default::default() }),
        ..Default::default()
    }
}

fn task() -> v1::Task {
    let input = egret_contest::InputContract::images(8, 8, 1);
    let answer = egret_contest::AnswerContract::one_of(10);
    v1::Task {
        title: "Digits".into(),
        input: Some((&input).into()),
        answer: Some(egret_proto::contract::answer_to_wire(&answer, &input)),
        metrics: vec![v1::MetricRef { id: "accuracy".into(), ..Default::default() }],
        limits: Some(v1::Limits {
            wall_s_max: 60,
            cpu_s_max: 60,
            memory_mib_max: 512,
            thread_count: 1,
            model_mib_max: 1,
        }),
        ..Default::default()
    }
}
