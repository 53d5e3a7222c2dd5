//! The gRPC API, called as a program calls it.

use anyhow::Result;
use egret_proto::{
    v1::{
        competition_service_client::CompetitionServiceClient, control_service_client::ControlServiceClient,
        identity_service_client::IdentityServiceClient, leaderboard_service_client::LeaderboardServiceClient,
        submission_service_client::SubmissionServiceClient, task_service_client::TaskServiceClient,
        team_service_client::TeamServiceClient, test_set_service_client::TestSetServiceClient,
        upload_service_client::UploadServiceClient,
    },
    worker::v1::worker_service_client::WorkerServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

/// A channel that signs its calls.
pub type Signed = InterceptedService<Channel, Bearer>;

/// Puts a token on every call.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// One caller's connection, made with the first call.
#[derive(Clone)]
pub struct Api {
    channel: Channel,
    bearer: Bearer,
}

impl Api {
    /// A caller with this token, or a spectator.
    pub fn new(url: &str, token: Option<&str>) -> Result<Self> {
        let anonymous = Self { channel: Endpoint::new(url.to_owned())?.connect_lazy(), bearer: Bearer(None) };
        token.map_or(Ok(anonymous.clone()), |token| anonymous.signed_by(token))
    }

    /// Another caller on the same connection.
    pub fn signed_by(&self, token: &str) -> Result<Self> {
        let bearer = Bearer(Some(format!("Bearer {token}").parse()?));
        Ok(Self { channel: self.channel.clone(), bearer })
    }

    /// The bare channel.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    fn signed(&self) -> Signed {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }

    /// `CompetitionService`.
    pub fn competitions(&self) -> CompetitionServiceClient<Signed> {
        CompetitionServiceClient::new(self.signed())
    }

    /// `ControlService`.
    pub fn control(&self) -> ControlServiceClient<Signed> {
        ControlServiceClient::new(self.signed())
    }

    /// `TaskService`.
    pub fn tasks(&self) -> TaskServiceClient<Signed> {
        TaskServiceClient::new(self.signed())
    }

    /// `TestSetService`.
    pub fn test_sets(&self) -> TestSetServiceClient<Signed> {
        TestSetServiceClient::new(self.signed())
    }

    /// `UploadService`.
    pub fn uploads(&self) -> UploadServiceClient<Signed> {
        UploadServiceClient::new(self.signed())
    }

    /// `SubmissionService`.
    pub fn submissions(&self) -> SubmissionServiceClient<Signed> {
        SubmissionServiceClient::new(self.signed())
    }

    /// `LeaderboardService`.
    pub fn boards(&self) -> LeaderboardServiceClient<Signed> {
        LeaderboardServiceClient::new(self.signed())
    }

    /// `TeamService`.
    pub fn teams(&self) -> TeamServiceClient<Signed> {
        TeamServiceClient::new(self.signed())
    }

    /// `IdentityService`.
    pub fn identity(&self) -> IdentityServiceClient<Signed> {
        IdentityServiceClient::new(self.signed())
    }

    /// `WorkerService`, which is on the workers' port.
    pub fn workers(&self) -> WorkerServiceClient<Signed> {
        WorkerServiceClient::new(self.signed())
    }
}

/// The machine-readable reason of a refusal; empty if it has none.
pub fn reason(status: &Status) -> String {
    status.get_details_error_info().map_or_else(String::new, |info| info.reason)
}
