//! The reads of teams that the pages ask for; whatever else the service has, the pages must not call.

use egret_proto::v1::{self, team_service_server::TeamService};
use tonic::{Request, Response, Status, async_trait};

use super::{Service, missing, unexpected};

macro_rules! team_service {
    ({ $($unexpected:ident($request:ident) -> $reply:ident;)+ } $($read:item)+) => {
        #[async_trait]
        impl TeamService for Service {
            $(async fn $unexpected(&self, _: Request<v1::$request>) -> Result<Response<v1::$reply>, Status> {
                unexpected()
            })+
            $($read)+
        }
    };
}

team_service! {
    {
        create_team(CreateTeamRequest) -> Team;
        rename_team(RenameTeamRequest) -> Team;
        create_invite(CreateInviteRequest) -> CreateInviteResponse;
        list_invites(ListInvitesRequest) -> ListInvitesResponse;
        revoke_invite(RevokeInviteRequest) -> RevokeInviteResponse;
        join_team(JoinTeamRequest) -> JoinTeamResponse;
        leave_team(LeaveTeamRequest) -> Team;
        remove_member(RemoveMemberRequest) -> Team;
        transfer_captain(TransferCaptainRequest) -> Team;
        list_team_history(ListTeamHistoryRequest) -> ListTeamHistoryResponse;
        approve_team(ApproveTeamRequest) -> Team;
        disqualify_team(DisqualifyTeamRequest) -> Team;
        restore_team(RestoreTeamRequest) -> Team;
        set_team_kind(SetTeamKindRequest) -> Team;
        propose_merge(ProposeMergeRequest) -> MergeProposal;
        withdraw_merge(WithdrawMergeRequest) -> WithdrawMergeResponse;
        list_merge_proposals(ListMergeProposalsRequest) -> ListMergeProposalsResponse;
        accept_merge(AcceptMergeRequest) -> Team;
        merge_teams(MergeTeamsRequest) -> Team;
        enter_task(EnterTaskRequest) -> Entry;
        withdraw_entry(WithdrawEntryRequest) -> WithdrawEntryResponse;
    }

    async fn get_team(&self, request: Request<v1::GetTeamRequest>) -> Result<Response<v1::Team>, Status> {
        assert!(!request.metadata().contains_key("authorization"), "spectators have no token");
        let name = &request.get_ref().name;
        let found = self.0.teams.iter().find(|known| known.name == *name);
        found.cloned().map(Response::new).ok_or_else(missing)
    }

    async fn list_teams(
        &self,
        request: Request<v1::ListTeamsRequest>,
    ) -> Result<Response<v1::ListTeamsResponse>, Status> {
        let parent = format!("{}/", request.get_ref().parent);
        let teams = self.0.teams.iter().filter(|team| team.name.starts_with(&parent)).cloned().collect();
        Ok(Response::new(v1::ListTeamsResponse { teams, next_page_token: String::new() }))
    }

    async fn list_entries(
        &self,
        request: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        let team = &request.get_ref().team;
        let entries = self.0.entries.iter().filter(|entry| team.is_empty() || entry.team == *team);
        let count = |task: &v1::Task| v1::EntryCount {
            task: task.name.clone(),
            entry_count: self.0.entries.iter().filter(|entry| entry.task == task.name).count() as u32,
        };
        Ok(Response::new(v1::ListEntriesResponse {
            entries: entries.cloned().collect(),
            next_page_token: String::new(),
            counts: self.0.tasks.iter().map(count).collect(),
        }))
    }
}
