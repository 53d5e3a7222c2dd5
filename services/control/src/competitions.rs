//! Competitions: created as drafts, published once every task has a live test set.

use egret_contest::{Competition, CompetitionId, CompetitionName, CompetitionState};
use egret_proto::v1::{self, competition_service_server::CompetitionService};
use egret_store::Drafts;
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, not_found};
use crate::{Caller, Control, convert, gate::caller, paging};

impl Control {
    /// A competition that the caller may see; a draft is not there for those who may not.
    pub(crate) async fn visible(&self, caller: &Caller, id: &CompetitionId) -> Result<Competition, Status> {
        let competition = self.store.get_competition(id).await.map_err(from_store)?;
        if competition.state == CompetitionState::Draft && !caller.sees_drafts_of(id) {
            return Err(not_found("competition"));
        }
        Ok(competition)
    }
}

#[tonic::async_trait]
impl CompetitionService for Control {
    async fn create_competition(
        &self,
        request: Request<v1::CreateCompetitionRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let caller = caller(&request)?;
        caller.permit(Scope::default())?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let new = convert::new_competition(request.into_inner())?;
        let made = self.store.create_competition(&wish, new, caller.require_user()?).await;
        Ok(Response::new(convert::competition(&made.map_err(from_store)?)))
    }

    async fn get_competition(
        &self,
        request: Request<v1::GetCompetitionRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let caller = caller(&request)?;
        let name: CompetitionName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let competition = self.visible(&caller, &name.competition).await?;
        Ok(Response::new(convert::competition(&competition)))
    }

    async fn list_competitions(
        &self,
        request: Request<v1::ListCompetitionsRequest>,
    ) -> Result<Response<v1::ListCompetitionsResponse>, Status> {
        let caller = caller(&request)?;
        caller.permit(Scope::default())?;
        let request = request.into_inner();
        let page = paging::page("competitions", request.page_size, &request.page_token)?;
        let own = caller.principal().map(|principal| [&*principal.organizes, &*principal.audits].concat());
        let drafts = match &own {
            _ if caller.is_operator() => Drafts::All,
            Some(own) => Drafts::Of(own),
            None => Drafts::Hidden,
        };
        let paged = self.store.list_competitions(drafts, page).await.map_err(from_store)?;
        let (competitions, next_page_token) = paging::paged("competitions", paged);
        let competitions = competitions.iter().map(convert::competition).collect();
        Ok(Response::new(v1::ListCompetitionsResponse { competitions, next_page_token }))
    }

    async fn publish_competition(
        &self,
        request: Request<v1::PublishCompetitionRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let caller = caller(&request)?;
        let name: CompetitionName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let published = self.store.publish_competition(&name.competition).await.map_err(from_store)?;
        Ok(Response::new(convert::competition(&published)))
    }
}
