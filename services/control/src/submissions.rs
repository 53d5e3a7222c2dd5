//! Submissions: admitted, watched, cancelled.

use std::time::Duration;

use egret_contest::{Refusal, SubmissionName, SubmissionState, TaskName, TeamName};
use egret_proto::v1::{self, submission_service_server::SubmissionService};
use egret_store::{Submission, Topic};
use futures::stream::BoxStream;
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, invalid, not_found};
use crate::{Caller, Control, convert, gate::caller, paging, watching};

/// How often the place in the queue is looked up for a watcher: it changes by other teams' submissions.
const QUEUE_POLL: Duration = Duration::from_secs(2);

#[tonic::async_trait]
impl SubmissionService for Control {
    async fn create_submission(
        &self,
        request: Request<v1::CreateSubmissionRequest>,
    ) -> Result<Response<v1::Submission>, Status> {
        let caller = caller(&request)?;
        let task: TaskName = convert::name("parent", &request.get_ref().parent)?;
        self.visible(&caller, &task.competition).await?;
        let team = named_team(&caller, &task, &request.get_ref().team)?;
        // The store says who is in no team, or in another one; whoever may not is turned away before.
        if let Some(team) = &team {
            caller.permit(Scope::of_team(team)).map_err(|_| not_a_member())?;
        }
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let user = caller.require_user()?.clone();
        let new = convert::new_submission(request.into_inner(), task, team, user)?;
        let admitted = self.store.admit_submission(&wish, new).await.map_err(from_store)?;
        metrics::counter!("egret_submissions_total").increment(1);
        Ok(Response::new(convert::submission(&admitted)))
    }

    async fn get_submission(
        &self,
        request: Request<v1::GetSubmissionRequest>,
    ) -> Result<Response<v1::Submission>, Status> {
        let caller = caller(&request)?;
        let submission = self.permitted(&caller, &request.get_ref().name).await?;
        Ok(Response::new(convert::submission(&submission)))
    }

    async fn list_submissions(
        &self,
        request: Request<v1::ListSubmissionsRequest>,
    ) -> Result<Response<v1::ListSubmissionsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let task: TaskName = convert::name("parent", &request.parent)?;
        self.visible_task(&caller, &task).await?;
        // Organizers see every team's where they name none; whoever else means their own.
        let everyone = request.team.is_empty() && caller.sees_drafts_of(&task.competition);
        let team = if everyone { None } else { Some(team_or_own(&caller, &task, &request.team)?) };
        let scope = Scope { team: team.as_ref(), ..Scope::of(&task.competition) };
        caller.permit(scope)?;
        let list = match &team {
            Some(team) => format!("{task}/submissions of {team}"),
            None => format!("{task}/submissions"),
        };
        let page = paging::page(&list, request.page_size, &request.page_token)?;
        let team = team.as_ref().map(|team| &team.team);
        let paged = self.store.list_submissions(&task, team, page).await.map_err(from_store)?;
        let (submissions, next_page_token) = paging::paged(&list, paged);
        let submissions = submissions.iter().map(convert::submission).collect();
        Ok(Response::new(v1::ListSubmissionsResponse { submissions, next_page_token }))
    }

    type WatchSubmissionStream = BoxStream<'static, Result<v1::Submission, Status>>;

    async fn watch_submission(
        &self,
        request: Request<v1::WatchSubmissionRequest>,
    ) -> Result<Response<Self::WatchSubmissionStream>, Status> {
        let caller = caller(&request)?;
        let name = self.permitted(&caller, &request.get_ref().name).await?.name;
        let topic = Topic::Submission(name.submission.clone());
        let (store, watch) = (self.store.clone(), self.store.watch(topic));
        let snapshots = watching::snapshots(watch, QUEUE_POLL, move || {
            let (store, name) = (store.clone(), name.clone());
            async move {
                let submission = store.get_submission(&name).await.map_err(from_store)?;
                Ok((convert::submission(&submission), submission.state.is_final()))
            }
        });
        Ok(Response::new(self.watched(snapshots)?))
    }

    async fn cancel_submission(
        &self,
        request: Request<v1::CancelSubmissionRequest>,
    ) -> Result<Response<v1::Submission>, Status> {
        let caller = caller(&request)?;
        let submission = self.permitted(&caller, &request.get_ref().name).await?;
        if submission.state == SubmissionState::Cancelled {
            return Ok(Response::new(convert::submission(&submission)));
        }
        let cancelled = self.store.cancel_submission(&submission.name).await.map_err(from_store)?;
        Ok(Response::new(convert::submission(&cancelled)))
    }

    async fn get_quota(&self, request: Request<v1::GetQuotaRequest>) -> Result<Response<v1::Quota>, Status> {
        let caller = caller(&request)?;
        let task: TaskName = convert::name("parent", &request.get_ref().parent)?;
        self.visible_task(&caller, &task).await?;
        let team = team_or_own(&caller, &task, &request.get_ref().team)?;
        caller.permit(Scope::of_team(&team))?;
        let phase = match request.get_ref().phase_id.as_str() {
            "" => None,
            id => Some(convert::name("phase_id", id)?),
        };
        let quota = self.store.quota(&task, &team, phase.as_ref()).await.map_err(from_store)?;
        Ok(Response::new(convert::quota(&quota)))
    }
}

impl Control {
    /// A submission that the caller may see; another team's is not there for them.
    async fn permitted(&self, caller: &Caller, name: &str) -> Result<Submission, Status> {
        let name: SubmissionName = convert::name("name", name)?;
        let submission = self.store.get_submission(&name).await.map_err(from_store)?;
        caller.permit(Scope::of_team(&submission.team)).map_err(|_| not_found("submission"))?;
        Ok(submission)
    }
}

/// The team that a request names, of the task's competition.
fn named_team(caller: &Caller, task: &TaskName, named: &str) -> Result<Option<TeamName>, Status> {
    caller.require_user()?;
    if named.is_empty() {
        return Ok(None);
    }
    let team: TeamName = convert::name("team", named)?;
    if team.competition != task.competition {
        return Err(invalid("team", "must be a team of the task's competition"));
    }
    Ok(Some(team))
}

/// The team that a request names, or the caller's own in the task's competition.
pub(crate) fn team_or_own(caller: &Caller, task: &TaskName, named: &str) -> Result<TeamName, Status> {
    if let Some(team) = named_team(caller, task, named)? {
        return Ok(team);
    }
    let teams = caller.principal().map_or(&[][..], |principal| &principal.teams);
    let own = teams.iter().find(|team| team.competition == task.competition);
    own.cloned().ok_or_else(|| from_store(Refusal::NoTeam.into()))
}

fn not_a_member() -> Status {
    from_store(Refusal::NotMember.into())
}
