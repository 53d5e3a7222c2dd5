//! A small real server of the read services, with canned data and a board that tests can change.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod canned;
pub mod reader;
mod teams;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use egret_proto::v1::{self, Competition, Entry, Leaderboard, MetricSuite, ScorePoint, Task, Team};
use futures::{Stream, StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::{TcpListenerStream, WatchStream};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status, async_trait};

type Boxed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What the server shows.
pub struct Shown {
    pub competitions: Vec<Competition>,
    pub tasks: Vec<Task>,
    pub teams: Vec<Team>,
    pub entries: Vec<Entry>,
    pub suites: Vec<MetricSuite>,
    pub history: Vec<ScorePoint>,
    /// Of every phase, if there is one.
    pub overall: Option<v1::OverallLeaderboard>,
    /// Of every task, if there is one.
    pub ledger: Option<v1::Ledger>,
    /// What organizers have changed.
    pub changes: Vec<v1::PhaseChange>,
    /// Every phase has this board. `None` ends the watches.
    pub board: watch::Sender<Option<Leaderboard>>,
    /// Watches that were ever opened.
    pub watches: AtomicUsize,
    /// The sample archive, in its chunks.
    pub sample: Vec<Vec<u8>>,
}

/// The server, stopped when its runtime is.
pub struct Fake {
    pub shown: Arc<Shown>,
    pub channel: Channel,
}

impl Fake {
    /// Serves on a loopback port.
    pub async fn start(shown: Shown) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shown = Arc::new(shown);
        let service = Service(Arc::clone(&shown));
        let server = Server::builder()
            .add_service(v1::competition_service_server::CompetitionServiceServer::new(service.clone()))
            .add_service(v1::task_service_server::TaskServiceServer::new(service.clone()))
            .add_service(v1::metric_service_server::MetricServiceServer::new(service.clone()))
            .add_service(v1::ledger_service_server::LedgerServiceServer::new(service.clone()))
            .add_service(v1::control_service_server::ControlServiceServer::new(service.clone()))
            .add_service(v1::team_service_server::TeamServiceServer::new(service.clone()))
            .add_service(v1::leaderboard_service_server::LeaderboardServiceServer::new(service));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Self { shown, channel }
    }

    /// Replaces the board.
    pub fn set_board(&self, board: Leaderboard) {
        self.shown.board.send_replace(Some(board));
    }
}

#[derive(Clone)]
struct Service(Arc<Shown>);

fn unexpected<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("the pages only read"))
}

fn missing() -> Status {
    Status::not_found("no such thing")
}

impl Service {
    fn board(&self, name: &str) -> Result<Leaderboard, Status> {
        let task = name.split("/phases/").next().unwrap_or_default();
        self.0.tasks.iter().find(|known| known.name == task).ok_or_else(missing)?;
        self.0.board.borrow().clone().ok_or_else(missing)
    }
}

#[async_trait]
impl v1::competition_service_server::CompetitionService for Service {
    async fn create_competition(
        &self,
        _: Request<v1::CreateCompetitionRequest>,
    ) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn publish_competition(
        &self,
        _: Request<v1::PublishCompetitionRequest>,
    ) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn get_competition(
        &self,
        request: Request<v1::GetCompetitionRequest>,
    ) -> Result<Response<Competition>, Status> {
        assert!(!request.metadata().contains_key("authorization"), "spectators have no token");
        let name = &request.get_ref().name;
        let found = self.0.competitions.iter().find(|known| known.name == *name);
        found.cloned().map(Response::new).ok_or_else(missing)
    }

    async fn list_competitions(
        &self,
        request: Request<v1::ListCompetitionsRequest>,
    ) -> Result<Response<v1::ListCompetitionsResponse>, Status> {
        // One page of each; the token of the second is not a plain word, to see that it is escaped.
        match request.get_ref().page_token.as_str() {
            "" => Ok(Response::new(v1::ListCompetitionsResponse {
                competitions: self.0.competitions.clone(),
                next_page_token: "a+b/c=&".into(),
            })),
            "a+b/c=&" => Ok(Response::new(v1::ListCompetitionsResponse::default())),
            _ => Err(Status::invalid_argument("a page token from another list")),
        }
    }
}

#[async_trait]
impl v1::task_service_server::TaskService for Service {
    type DownloadSampleStream = Boxed<v1::DownloadSampleResponse>;

    async fn create_task(&self, _: Request<v1::CreateTaskRequest>) -> Result<Response<Task>, Status> {
        unexpected()
    }

    async fn get_task(&self, request: Request<v1::GetTaskRequest>) -> Result<Response<Task>, Status> {
        let name = &request.get_ref().name;
        let found = self.0.tasks.iter().find(|known| known.name == *name);
        found.cloned().map(Response::new).ok_or_else(missing)
    }

    async fn list_tasks(
        &self,
        request: Request<v1::ListTasksRequest>,
    ) -> Result<Response<v1::ListTasksResponse>, Status> {
        let parent = format!("{}/", request.get_ref().parent);
        let tasks = self.0.tasks.iter().filter(|task| task.name.starts_with(&parent)).cloned().collect();
        Ok(Response::new(v1::ListTasksResponse { tasks, next_page_token: String::new() }))
    }

    async fn download_sample(
        &self,
        request: Request<v1::DownloadSampleRequest>,
    ) -> Result<Response<Self::DownloadSampleStream>, Status> {
        let name = &request.get_ref().name;
        self.0.tasks.iter().find(|known| known.name == *name).ok_or_else(missing)?;
        let size_bytes = self.0.sample.iter().map(|chunk| chunk.len() as u64).sum();
        let chunks: Vec<_> = self
            .0
            .sample
            .iter()
            .map(|data| {
                Ok(v1::DownloadSampleResponse {
                    data: data.clone().into(),
                    size_bytes,
                    sha256: String::new(),
                })
            })
            .collect();
        Ok(Response::new(stream::iter(chunks).boxed()))
    }
}

#[async_trait]
impl v1::metric_service_server::MetricService for Service {
    /// Ids are found as they stand and with their defaults; other parameters are the real server's to read.
    async fn list_metrics(
        &self,
        request: Request<v1::ListMetricsRequest>,
    ) -> Result<Response<v1::ListMetricsResponse>, Status> {
        let v1::ListMetricsRequest { suite, answer, id } = request.into_inner();
        let mut suites = self.0.suites.clone();
        suites.retain(|known| suite.is_empty() || known.name == suite);
        suites.retain(|known| answer.is_empty() || known.answers.contains(&answer));
        for known in &mut suites {
            let plain = id.strip_prefix(&format!("{}.", known.name)).unwrap_or(&id).to_owned();
            known.metrics.retain(|m| plain.is_empty() || m.id == plain || m.plain_id == plain);
        }
        suites.retain(|known| !known.metrics.is_empty());
        if suites.is_empty() { Err(missing()) } else { Ok(Response::new(v1::ListMetricsResponse { suites })) }
    }
}

#[async_trait]
impl v1::leaderboard_service_server::LeaderboardService for Service {
    type WatchLeaderboardStream = Boxed<Leaderboard>;

    async fn get_leaderboard(
        &self,
        request: Request<v1::GetLeaderboardRequest>,
    ) -> Result<Response<Leaderboard>, Status> {
        self.board(&request.get_ref().name).map(Response::new)
    }

    async fn watch_leaderboard(
        &self,
        request: Request<v1::WatchLeaderboardRequest>,
    ) -> Result<Response<Self::WatchLeaderboardStream>, Status> {
        self.board(&request.get_ref().name)?;
        self.0.watches.fetch_add(1, Ordering::SeqCst);
        let boards = WatchStream::new(self.0.board.subscribe());
        let boards =
            boards.take_while(|board| std::future::ready(board.is_some())).filter_map(std::future::ready);
        Ok(Response::new(boards.map(Ok).boxed()))
    }

    async fn list_score_history(
        &self,
        request: Request<v1::ListScoreHistoryRequest>,
    ) -> Result<Response<v1::ListScoreHistoryResponse>, Status> {
        self.board(&request.get_ref().name)?;
        Ok(Response::new(v1::ListScoreHistoryResponse { points: self.0.history.clone() }))
    }

    async fn get_overall_leaderboard(
        &self,
        request: Request<v1::GetOverallLeaderboardRequest>,
    ) -> Result<Response<v1::OverallLeaderboard>, Status> {
        let name = request.get_ref().name.clone();
        let known = self.0.competitions.iter().find(|known| name.starts_with(&format!("{}/", known.name)));
        known.ok_or_else(missing)?;
        let overall = self.0.overall.clone().ok_or_else(missing)?;
        Ok(Response::new(v1::OverallLeaderboard { name, ..overall }))
    }
}

#[async_trait]
impl v1::ledger_service_server::LedgerService for Service {
    async fn get_ledger(
        &self,
        request: Request<v1::GetLedgerRequest>,
    ) -> Result<Response<v1::Ledger>, Status> {
        assert!(request.get_ref().team.is_empty(), "a team's account is not for spectators");
        self.0.ledger.clone().map(Response::new).ok_or_else(missing)
    }
}

#[async_trait]
impl v1::control_service_server::ControlService for Service {
    async fn list_phase_changes(
        &self,
        _: Request<v1::ListPhaseChangesRequest>,
    ) -> Result<Response<v1::ListPhaseChangesResponse>, Status> {
        Ok(Response::new(v1::ListPhaseChangesResponse { changes: self.0.changes.clone() }))
    }

    async fn set_paused(&self, _: Request<v1::SetPausedRequest>) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn extend_phase(
        &self,
        _: Request<v1::ExtendPhaseRequest>,
    ) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn remove_interval(
        &self,
        _: Request<v1::RemoveIntervalRequest>,
    ) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn thaw_phase(&self, _: Request<v1::ThawPhaseRequest>) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn finalize_phase(
        &self,
        _: Request<v1::FinalizePhaseRequest>,
    ) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn reveal_phase(
        &self,
        _: Request<v1::RevealPhaseRequest>,
    ) -> Result<Response<Competition>, Status> {
        unexpected()
    }

    async fn grant_quota(
        &self,
        _: Request<v1::GrantQuotaRequest>,
    ) -> Result<Response<v1::GrantQuotaResponse>, Status> {
        unexpected()
    }

    async fn nominate(&self, _: Request<v1::NominateRequest>) -> Result<Response<v1::Nominees>, Status> {
        unexpected()
    }

    async fn get_nominees(
        &self,
        _: Request<v1::GetNomineesRequest>,
    ) -> Result<Response<v1::Nominees>, Status> {
        unexpected()
    }
}
