//! Teams: founded, joined by invite.

use std::time::Duration;

use egret_contest::{CompetitionName, TeamName};
use egret_proto::v1::{self, team_service_server::TeamService};
use egret_store::Joiner;
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
        // Organizers and operators found teams for others; whoever else founds one is its first member.
        let user = caller.require_user()?;
        let founder = (!caller.sees_drafts_of(&parent.competition)).then_some(user);
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
}
