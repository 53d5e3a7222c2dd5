//! The ledger of what has left a test set.

use egret_contest::{TaskName, TeamName};
use egret_proto::v1::{self, ledger_service_server::LedgerService};
use egret_store::Audience;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{denied, from_store, invalid};
use crate::{Control, convert, gate::caller};

#[tonic::async_trait]
impl LedgerService for Control {
    async fn get_ledger(
        &self,
        request: Request<v1::GetLedgerRequest>,
    ) -> Result<Response<v1::Ledger>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let task: TaskName = convert::name("parent", &request.parent)?;
        caller.permit(Scope::of(&task.competition))?;
        self.visible_task(&caller, &task).await?;
        let sees_all = caller.sees_drafts_of(&task.competition);
        let audience = if request.team.is_empty() {
            if sees_all { Audience::Jury } else { Audience::Public }
        } else {
            let team: TeamName = convert::name("team", &request.team)?;
            if team.competition != task.competition {
                return Err(invalid("team", "must be a team of the task's competition"));
            }
            if !sees_all && !caller.in_team(&team) {
                return Err(denied(caller.user().is_some()));
            }
            Audience::Team(team.team)
        };
        let ledger = self.store.ledger(&task, &audience).await.map_err(from_store)?;
        Ok(Response::new(convert::ledger(&task, &audience, &ledger)))
    }
}
