//! The server behind, as the pages ask it: anonymous reads, each with a deadline, each failure mapped.

use std::{sync::Arc, time::Duration};

use egret_proto::v1::{
    Competition, DownloadSampleRequest, DownloadSampleResponse, GetCompetitionRequest, GetLeaderboardRequest,
    GetLedgerRequest, GetOverallLeaderboardRequest, GetTaskRequest, GetTeamRequest, Leaderboard, Ledger,
    ListCompetitionsRequest, ListCompetitionsResponse, ListEntriesRequest, ListEntriesResponse,
    ListMetricsRequest, ListPhaseChangesRequest, ListScoreHistoryRequest, ListTasksRequest,
    ListTasksResponse, ListTeamsRequest, ListTeamsResponse, MetricSuite, OverallLeaderboard, PhaseChange,
    ScorePoint, Task, Team, WatchLeaderboardRequest, competition_service_client::CompetitionServiceClient,
    control_service_client::ControlServiceClient, leaderboard_service_client::LeaderboardServiceClient,
    ledger_service_client::LedgerServiceClient, metric_service_client::MetricServiceClient,
    task_service_client::TaskServiceClient, team_service_client::TeamServiceClient,
};
use tokio::time::timeout;
use tonic::{Code, Request, Status, Streaming, transport::Channel};

use crate::failure::Failure;
use crate::live::Live;

/// How long a page waits for a read before it says that the server is away.
const READ_WALL_MAX: Duration = Duration::from_secs(10);

/// Resources on one page of a list.
const PAGE_SIZE: i32 = 50;
/// Entries of one team that are shown.
const ENTRIES_SHOWN: i32 = 200;

/// The channel, and the boards that are live.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    channel: Channel,
    live: Arc<Live>,
}

/// A read with its deadline.
fn read<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(READ_WALL_MAX);
    request
}

/// The start of a stream, unless it does not come in time. A deadline in the request would end the stream itself.
async fn soon<T>(start: impl Future<Output = Result<T, Status>>) -> Result<T, Failure> {
    Ok(timeout(READ_WALL_MAX, start).await.map_err(|_| Failure::Unavailable)??)
}

impl Site {
    /// Reads through `channel`; at most `live_connections_max` boards are live at once.
    pub fn new(channel: Channel, live_connections_max: usize) -> Self {
        Self { channel, live: Arc::new(Live::new(live_connections_max)) }
    }

    /// The boards that are live.
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    fn competition_service(&self) -> CompetitionServiceClient<Channel> {
        CompetitionServiceClient::new(self.channel.clone())
            .max_decoding_message_size(egret_proto::MESSAGE_BYTES_MAX)
    }

    fn task_service(&self) -> TaskServiceClient<Channel> {
        TaskServiceClient::new(self.channel.clone()).max_decoding_message_size(egret_proto::MESSAGE_BYTES_MAX)
    }

    fn team_service(&self) -> TeamServiceClient<Channel> {
        TeamServiceClient::new(self.channel.clone()).max_decoding_message_size(egret_proto::MESSAGE_BYTES_MAX)
    }

    fn leaderboard_service(&self) -> LeaderboardServiceClient<Channel> {
        LeaderboardServiceClient::new(self.channel.clone())
            .max_decoding_message_size(egret_proto::MESSAGE_BYTES_MAX)
    }

    /// A page of the published competitions.
    pub async fn competitions(&self, page_token: String) -> Result<ListCompetitionsResponse, Failure> {
        let request = ListCompetitionsRequest { page_size: PAGE_SIZE, page_token };
        Ok(self.competition_service().list_competitions(read(request)).await?.into_inner())
    }

    /// One competition with its phases.
    pub async fn competition(&self, name: String) -> Result<Competition, Failure> {
        let request = GetCompetitionRequest { name };
        Ok(self.competition_service().get_competition(read(request)).await?.into_inner())
    }

    /// A page of a competition's tasks.
    pub async fn tasks(&self, parent: String, page_token: String) -> Result<ListTasksResponse, Failure> {
        let request = ListTasksRequest { parent, page_size: PAGE_SIZE, page_token };
        Ok(self.task_service().list_tasks(read(request)).await?.into_inner())
    }

    /// All of a competition's tasks, in the organizer's order.
    pub async fn all_tasks(&self, parent: String) -> Result<Vec<Task>, Failure> {
        let (mut tasks, mut token) = (Vec::new(), String::new());
        loop {
            let page = self.tasks(parent.clone(), token).await?;
            tasks.extend(page.tasks);
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(tasks);
            }
        }
    }

    /// A page of a competition's teams.
    pub async fn teams(&self, parent: String, page_token: String) -> Result<ListTeamsResponse, Failure> {
        let request = ListTeamsRequest { parent, page_size: PAGE_SIZE, page_token };
        Ok(self.team_service().list_teams(read(request)).await?.into_inner())
    }

    /// One team, as everybody may see it.
    pub async fn team(&self, name: String) -> Result<Team, Failure> {
        Ok(self.team_service().get_team(read(GetTeamRequest { name })).await?.into_inner())
    }

    /// What a team takes part in, as far as one page goes; and how many take part in each task. An empty `team` means all.
    pub async fn entries(&self, parent: String, team: String) -> Result<ListEntriesResponse, Failure> {
        let request =
            ListEntriesRequest { parent, team, page_size: ENTRIES_SHOWN, ..ListEntriesRequest::default() };
        Ok(self.team_service().list_entries(read(request)).await?.into_inner())
    }

    /// One task.
    pub async fn task(&self, name: String) -> Result<Task, Failure> {
        Ok(self.task_service().get_task(read(GetTaskRequest { name })).await?.into_inner())
    }

    /// The suites and metrics of the registry that a request asks for.
    pub async fn metrics(&self, request: ListMetricsRequest) -> Result<Vec<MetricSuite>, Failure> {
        let mut service = MetricServiceClient::new(self.channel.clone())
            .max_decoding_message_size(egret_proto::MESSAGE_BYTES_MAX);
        Ok(service.list_metrics(read(request)).await?.into_inner().suites)
    }

    /// The public sample: its first chunk, and the rest. Only the start has a deadline: a slow reader is still served.
    pub async fn sample(
        &self,
        name: String,
    ) -> Result<(DownloadSampleResponse, Streaming<DownloadSampleResponse>), Failure> {
        let mut service = self.task_service();
        let start = async move {
            let mut chunks = service.download_sample(DownloadSampleRequest { name }).await?.into_inner();
            let first = chunks.message().await?.ok_or_else(|| Status::not_found("an empty sample"))?;
            Ok((first, chunks))
        };
        soon(start).await
    }

    /// A board as it is now.
    pub async fn board(&self, name: String) -> Result<Leaderboard, Failure> {
        let request = GetLeaderboardRequest { name, ..Default::default() };
        Ok(self.leaderboard_service().get_leaderboard(read(request)).await?.into_inner())
    }

    /// The overall board of a phase as it is now.
    pub async fn overall(&self, name: String) -> Result<OverallLeaderboard, Failure> {
        let request = GetOverallLeaderboardRequest { name };
        Ok(self.leaderboard_service().get_overall_leaderboard(read(request)).await?.into_inner())
    }

    /// A board now, and again after each change, as long as the server likes.
    pub async fn watch(&self, name: String) -> Result<(Leaderboard, Streaming<Leaderboard>), Failure> {
        let mut service = self.leaderboard_service();
        let start = async move {
            let request = WatchLeaderboardRequest { name };
            let mut boards = service.watch_leaderboard(request).await?.into_inner();
            let first =
                boards.message().await?.ok_or_else(|| Status::unavailable("a watch without a board"))?;
            Ok((first, boards))
        };
        soon(start).await
    }

    /// What has left a task's test set, as everybody may know it; `None` where there is no test set yet.
    pub async fn ledger(&self, parent: String) -> Result<Option<Ledger>, Failure> {
        let mut service = LedgerServiceClient::new(self.channel.clone())
            .max_decoding_message_size(egret_proto::MESSAGE_BYTES_MAX);
        match service.get_ledger(read(GetLedgerRequest { parent, team: String::new() })).await {
            Ok(ledger) => Ok(Some(ledger.into_inner())),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status.into()),
        }
    }

    /// What the organizer has changed since a competition was published, newest first.
    pub async fn changes(&self, parent: String) -> Result<Vec<PhaseChange>, Failure> {
        let mut service = ControlServiceClient::new(self.channel.clone())
            .max_decoding_message_size(egret_proto::MESSAGE_BYTES_MAX);
        let changes = service.list_phase_changes(read(ListPhaseChangesRequest { parent })).await?;
        Ok(changes.into_inner().changes)
    }

    /// The improvements behind a board, oldest first.
    pub async fn history(&self, name: String) -> Result<Vec<ScorePoint>, Failure> {
        let request = ListScoreHistoryRequest { name };
        Ok(self.leaderboard_service().list_score_history(read(request)).await?.into_inner().points)
    }
}
