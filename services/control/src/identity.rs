//! Who calls, and tokens.

use egret_contest::{CompetitionName, TeamName, TokenName, UserName};
use egret_proto::v1::{self, identity_service_server::IdentityService};
use egret_store::{Grant, NewToken};
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{denied, from_store, invalid, not_found};
use crate::{Caller, Control, convert, gate::caller, paging};

#[tonic::async_trait]
impl IdentityService for Control {
    async fn who_am_i(
        &self,
        request: Request<v1::WhoAmIRequest>,
    ) -> Result<Response<v1::WhoAmIResponse>, Status> {
        let caller = caller(&request)?;
        caller.permit(Scope::default())?;
        let now = self.store.now().await.map_err(from_store)?;
        let spectator = v1::WhoAmIResponse {
            role: v1::Role::Spectator.into(),
            server_time: convert::timestamp(now),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..v1::WhoAmIResponse::default()
        };
        let Some(principal) = caller.principal() else { return Ok(Response::new(spectator)) };
        let role = match principal.grant {
            Grant::Member => v1::Role::Member,
            Grant::Organizer(_) => v1::Role::Organizer,
            Grant::Operator => v1::Role::Operator,
            Grant::Worker(_) => v1::Role::Worker,
        };
        let user = principal.user.clone().map(|user| UserName::new(user).to_string());
        let organizes = principal.organizes.iter().cloned();
        let audits = principal.audits.iter().cloned();
        let answer = v1::WhoAmIResponse {
            role: role.into(),
            user: user.unwrap_or_default(),
            display_name: principal.display_name.clone(),
            organizes: organizes.map(|id| CompetitionName::new(id).to_string()).collect(),
            audits: audits.map(|id| CompetitionName::new(id).to_string()).collect(),
            teams: principal.teams.iter().map(TeamName::to_string).collect(),
            ..spectator
        };
        Ok(Response::new(answer))
    }

    async fn create_token(
        &self,
        request: Request<v1::CreateTokenRequest>,
    ) -> Result<Response<v1::CreateTokenResponse>, Status> {
        let caller = caller(&request)?;
        let new = convert::new_token(request.get_ref())?;
        let new = self.permitted_token(&caller, new)?;
        let made = match &new.grant {
            Grant::Organizer(competition) if request.get_ref().auditor => {
                self.store.create_auditor_token(&competition.clone(), new).await
            }
            _ => self.store.create_token(new).await,
        };
        let (token, secret) = made.map_err(from_store)?;
        tracing::info!(token = %token.name, role = ?request.get_ref().role(), "made a token");
        let secret = secret.reveal().to_owned();
        Ok(Response::new(v1::CreateTokenResponse { token: Some(convert::token(&token)), secret }))
    }

    async fn list_tokens(
        &self,
        request: Request<v1::ListTokensRequest>,
    ) -> Result<Response<v1::ListTokensResponse>, Status> {
        let caller = caller(&request)?;
        caller.permit(Scope::default())?;
        let owner = if caller.is_operator() { None } else { Some(caller.require_user()?) };
        let list = format!("tokens of {}", owner.map_or("everyone", |user| user.as_str()));
        let page = paging::page(&list, request.get_ref().page_size, &request.get_ref().page_token)?;
        let paged = self.store.list_tokens(owner, page).await.map_err(from_store)?;
        let (tokens, next_page_token) = paging::paged(&list, paged);
        let tokens = tokens.iter().map(convert::token).collect();
        Ok(Response::new(v1::ListTokensResponse { tokens, next_page_token }))
    }

    async fn revoke_token(
        &self,
        request: Request<v1::RevokeTokenRequest>,
    ) -> Result<Response<v1::Token>, Status> {
        let caller = caller(&request)?;
        let name: TokenName = convert::name("name", &request.get_ref().name)?;
        let token = self.store.get_token(&name.token).await.map_err(from_store)?;
        let owner = token.user.map(|name| name.user);
        let owned = owner.is_some() && caller.user() == owner.as_ref();
        caller.permit(Scope { owned, ..Scope::default() }).map_err(|_| not_found("token"))?;
        let token = self.store.revoke_token(&name.token).await.map_err(from_store)?;
        tracing::info!(token = %token.name, "revoked a token");
        Ok(Response::new(convert::token(&token)))
    }

    async fn list_organizers(
        &self,
        request: Request<v1::ListOrganizersRequest>,
    ) -> Result<Response<v1::ListOrganizersResponse>, Status> {
        let caller = caller(&request)?;
        let parent: CompetitionName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        self.visible(&caller, &parent.competition).await?;
        let organizers = self.store.list_organizers(&parent.competition).await.map_err(from_store)?;
        let organizers = organizers.iter().map(convert::organizer).collect();
        Ok(Response::new(v1::ListOrganizersResponse { organizers }))
    }

    async fn add_organizer(
        &self,
        request: Request<v1::AddOrganizerRequest>,
    ) -> Result<Response<v1::Organizer>, Status> {
        let caller = caller(&request)?;
        let parent: CompetitionName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        let user: UserName = convert::name("user", &request.get_ref().user)?;
        let auditor = request.get_ref().auditor;
        let added = self.store.set_organizer(&parent.competition, &user.user, auditor).await;
        let added = added.map_err(from_store)?;
        tracing::info!(%parent, %user, auditor, "made an organizer");
        Ok(Response::new(convert::organizer(&added)))
    }

    async fn remove_organizer(
        &self,
        request: Request<v1::RemoveOrganizerRequest>,
    ) -> Result<Response<v1::RemoveOrganizerResponse>, Status> {
        let caller = caller(&request)?;
        let parent: CompetitionName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        let user: UserName = convert::name("user", &request.get_ref().user)?;
        self.store.remove_organizer(&parent.competition, &user.user).await.map_err(from_store)?;
        tracing::info!(%parent, %user, "removed an organizer");
        Ok(Response::new(v1::RemoveOrganizerResponse {}))
    }
}

impl Control {
    /// Operators make tokens for anyone; organizers for organizers of their competition who are new, or for themselves;
    /// users plain ones for themselves. Nobody else's user is ever acted for.
    fn permitted_token(&self, caller: &Caller, mut new: NewToken) -> Result<NewToken, Status> {
        if let Grant::Worker(pool) = &new.grant
            && !self.pools.iter().any(|known| known.id == *pool)
        {
            return Err(invalid("scope", format!("there is no pool `{pool}` here")));
        }
        if caller.is_operator() {
            caller.permit(Scope::default())?;
            return Ok(new);
        }
        let own = caller.require_user()?;
        let for_self = new.user.is_none() || new.user.as_ref() == Some(own);
        match &new.grant {
            Grant::Organizer(competition) => caller.permit(Scope::of(competition))?,
            Grant::Member => {
                caller.permit(Scope { owned: for_self, ..Scope::default() })?;
                new.user = Some(own.clone());
            }
            Grant::Operator | Grant::Worker(_) => return Err(denied(true)),
        }
        if for_self { Ok(new) } else { Err(denied(true)) }
    }
}
