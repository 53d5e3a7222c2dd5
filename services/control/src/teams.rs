//! Teams: founded, joined by invite, judged, merged, entered in tasks. Reading and founding is here; the rest delegates to the
//! modules of what it is about, for a service is one `impl`.

mod entries;
mod members;
mod merging;
mod standing;

use std::time::Duration;

use egret_contest::{CompetitionName, TeamName};
use egret_proto::v1::{self, team_service_server::TeamService};
use egret_store::{Joiner, Office, Team};
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, not_found};
use crate::{Caller, Control, convert, gate::caller, paging};

/// How long the first token of a new member is good.
const MEMBER_TOKEN_TTL: Duration = Duration::from_hours(180 * 24);
/// An invite code, in bytes, whoever made it up.
const CODE_BYTES_MAX: usize = 256;

/// Whether the caller may see who is in a team.
fn sees_members(caller: &Caller, team: &TeamName) -> bool {
    caller.in_team(team) || caller.sees_drafts_of(&team.competition)
}

#[tonic::async_trait]
impl TeamService for Control {
    async fn create_team(
        &self,
        request: Request<v1::CreateTeamRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        let caller = caller(&request)?;
        let parent: CompetitionName = convert::name("parent", &request.get_ref().parent)?;
        let competition = self.visible(&caller, &parent.competition).await?;
        let open_registration = competition.open_registration;
        caller.permit(Scope { open_registration, ..Scope::of(&parent.competition) })?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let new = convert::new_team(request.into_inner())?;
        // Organizers and operators found teams for others; whoever else founds one is its captain.
        let user = caller.require_user()?;
        let founder = (!caller.runs(&parent.competition)).then_some(user);
        let team = self.store.create_team(&wish, &parent.competition, new, founder).await;
        Ok(Response::new(convert::team(&team.map_err(from_store)?, true)))
    }

    async fn get_team(&self, request: Request<v1::GetTeamRequest>) -> Result<Response<v1::Team>, Status> {
        let caller = caller(&request)?;
        let name: TeamName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of_team(&name))?;
        self.visible(&caller, &name.competition).await?;
        let team = self.store.get_team(&name).await.map_err(from_store)?;
        Ok(Response::new(convert::team(&team, sees_members(&caller, &name))))
    }

    async fn list_teams(
        &self,
        request: Request<v1::ListTeamsRequest>,
    ) -> Result<Response<v1::ListTeamsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let parent: CompetitionName = convert::name("parent", &request.parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        self.visible(&caller, &parent.competition).await?;
        let list = format!("{parent}/teams");
        let page = paging::page(&list, request.page_size, &request.page_token)?;
        let paged = self.store.list_teams(&parent.competition, page).await.map_err(from_store)?;
        let (teams, next_page_token) = paging::paged(&list, paged);
        let teams = teams.iter().map(|team| convert::team(team, sees_members(&caller, &team.name))).collect();
        Ok(Response::new(v1::ListTeamsResponse { teams, next_page_token }))
    }

    async fn rename_team(
        &self,
        request: Request<v1::RenameTeamRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        let (caller, team) = self.permitted_team(&request, &request.get_ref().name).await?;
        let title = convert::team_title(&request.get_ref().title)?;
        let office = if caller.runs(&team.competition) { Office::Organizer } else { Office::Captain };
        let renamed = self.store.rename_team(&team, &title, caller.require_user()?, office).await;
        Ok(shown(&renamed.map_err(from_store)?))
    }

    async fn create_invite(
        &self,
        request: Request<v1::CreateInviteRequest>,
    ) -> Result<Response<v1::CreateInviteResponse>, Status> {
        let caller = caller(&request)?;
        let team: TeamName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of_team(&team))?;
        let invite = self.store.create_invite(&team, caller.require_user()?).await.map_err(from_store)?;
        Ok(Response::new(v1::CreateInviteResponse {
            code: invite.code.reveal().to_owned(),
            expire_time: convert::timestamp(invite.expires_at),
            name: invite.name.to_string(),
        }))
    }

    async fn join_team(
        &self,
        request: Request<v1::JoinTeamRequest>,
    ) -> Result<Response<v1::JoinTeamResponse>, Status> {
        let caller = caller(&request)?;
        caller.permit(Scope::default())?;
        let request = request.into_inner();
        let joiner = match caller.user() {
            Some(user) => Joiner::User(user.clone()),
            // A worker's token is nobody's.
            None if caller.principal().is_some() => return Err(not_found("user of this token")),
            None => Joiner::New {
                display_name: convert::display_name(&request.display_name)?,
                token_ttl: MEMBER_TOKEN_TTL,
            },
        };
        let code = request.code.trim();
        let code = if code.len() <= CODE_BYTES_MAX { code } else { "" };
        let joined = self.store.join_team(code, joiner).await.map_err(from_store)?;
        let token_secret = joined.token.map(|(_, secret)| secret.reveal().to_owned()).unwrap_or_default();
        let team = Some(convert::team(&joined.team, true));
        Ok(Response::new(v1::JoinTeamResponse { team, token_secret }))
    }

    async fn list_invites(
        &self,
        request: Request<v1::ListInvitesRequest>,
    ) -> Result<Response<v1::ListInvitesResponse>, Status> {
        members::list_invites(self, &request).await
    }

    async fn revoke_invite(
        &self,
        request: Request<v1::RevokeInviteRequest>,
    ) -> Result<Response<v1::RevokeInviteResponse>, Status> {
        members::revoke_invite(self, &request).await
    }

    async fn leave_team(&self, request: Request<v1::LeaveTeamRequest>) -> Result<Response<v1::Team>, Status> {
        members::leave_team(self, &request).await
    }

    async fn remove_member(
        &self,
        request: Request<v1::RemoveMemberRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        members::remove_member(self, &request).await
    }

    async fn transfer_captain(
        &self,
        request: Request<v1::TransferCaptainRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        members::transfer_captain(self, &request).await
    }

    async fn list_team_history(
        &self,
        request: Request<v1::ListTeamHistoryRequest>,
    ) -> Result<Response<v1::ListTeamHistoryResponse>, Status> {
        members::list_team_history(self, &request).await
    }

    async fn approve_team(
        &self,
        request: Request<v1::ApproveTeamRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        standing::approve_team(self, &request).await
    }

    async fn disqualify_team(
        &self,
        request: Request<v1::DisqualifyTeamRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        standing::disqualify_team(self, &request).await
    }

    async fn restore_team(
        &self,
        request: Request<v1::RestoreTeamRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        standing::restore_team(self, &request).await
    }

    async fn set_team_kind(
        &self,
        request: Request<v1::SetTeamKindRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        standing::set_team_kind(self, &request).await
    }

    async fn propose_merge(
        &self,
        request: Request<v1::ProposeMergeRequest>,
    ) -> Result<Response<v1::MergeProposal>, Status> {
        merging::propose_merge(self, &request).await
    }

    async fn withdraw_merge(
        &self,
        request: Request<v1::WithdrawMergeRequest>,
    ) -> Result<Response<v1::WithdrawMergeResponse>, Status> {
        merging::withdraw_merge(self, &request).await
    }

    async fn list_merge_proposals(
        &self,
        request: Request<v1::ListMergeProposalsRequest>,
    ) -> Result<Response<v1::ListMergeProposalsResponse>, Status> {
        merging::list_merge_proposals(self, &request).await
    }

    async fn accept_merge(
        &self,
        request: Request<v1::AcceptMergeRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        merging::accept_merge(self, &request).await
    }

    async fn merge_teams(
        &self,
        request: Request<v1::MergeTeamsRequest>,
    ) -> Result<Response<v1::Team>, Status> {
        merging::merge_teams(self, &request).await
    }

    async fn enter_task(
        &self,
        request: Request<v1::EnterTaskRequest>,
    ) -> Result<Response<v1::Entry>, Status> {
        entries::enter_task(self, &request).await
    }

    async fn withdraw_entry(
        &self,
        request: Request<v1::WithdrawEntryRequest>,
    ) -> Result<Response<v1::WithdrawEntryResponse>, Status> {
        entries::withdraw_entry(self, &request).await
    }

    async fn list_entries(
        &self,
        request: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        entries::list_entries(self, &request).await
    }
}

impl Control {
    /// Who calls, and the team that they name, once the method's rule holds and they may see its competition.
    async fn permitted_team<T>(
        &self,
        request: &Request<T>,
        name: &str,
    ) -> Result<(Caller, TeamName), Status> {
        let caller = caller(request)?;
        let team: TeamName = convert::name("name", name)?;
        caller.permit(Scope::of_team(&team))?;
        self.visible(&caller, &team.competition).await?;
        Ok((caller, team))
    }
}

/// A team, as it is shown to those who may change it.
fn shown(team: &Team) -> Response<v1::Team> {
    Response::new(convert::team(team, true))
}
