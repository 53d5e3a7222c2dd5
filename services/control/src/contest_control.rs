//! Contest control: what organizers do while a contest runs, and what teams name for its finals.

use std::time::Duration;

use egret_contest::{Competition, CompetitionName, PhaseName, SubmissionName, TaskName, TeamName, Window};
use egret_proto::v1::{self, control_service_server::ControlService};
use egret_store::{Note, QuotaGrant, StoreError};
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, invalid};
use crate::submissions::team_or_own;
use crate::{Caller, Control, convert, gate::caller};

/// An extension, in seconds: 31 days.
const EXTRA_S_MAX: u32 = 31 * 24 * 3_600;
/// Submissions of one grant.
const GRANT_MAX: u32 = 1_000;
/// Why something is changed, in characters.
const REASON_CHARS_MAX: usize = 200;
/// Names in one nomination; how many count is the phase's rule.
const NOMINATIONS_MAX: usize = 64;

#[tonic::async_trait]
impl ControlService for Control {
    async fn set_paused(
        &self,
        request: Request<v1::SetPausedRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let name: CompetitionName = convert::name("name", &request.name)?;
        caller.permit(Scope::of(&name.competition))?;
        let note = note(&caller, &request.reason)?;
        let after =
            self.store.set_paused(&name.competition, request.submitting, request.evaluating, &note).await;
        changed(after)
    }

    async fn extend_phase(
        &self,
        request: Request<v1::ExtendPhaseRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let caller = caller(&request)?;
        let name: PhaseName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let request = request.into_inner();
        let note = note(&caller, &request.reason)?;
        if !(1..=EXTRA_S_MAX).contains(&request.extra_s) {
            return Err(invalid("extra_s", format!("must be 1 to {EXTRA_S_MAX} seconds")));
        }
        let team = if request.team.is_empty() { None } else { Some(team_of(&name, &request.team)?.team) };
        let extra = Duration::from_secs(request.extra_s.into());
        let after =
            self.store.extend_phase(&wish, &name.competition, &name.phase, team.as_ref(), extra, &note).await;
        changed(after)
    }

    async fn remove_interval(
        &self,
        request: Request<v1::RemoveIntervalRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let caller = caller(&request)?;
        let name: PhaseName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let request = request.into_inner();
        let note = note(&caller, &request.reason)?;
        let given = |field, at| {
            let at = convert::optional_moment(field, at)?;
            at.ok_or_else(|| invalid(field, "must be given"))
        };
        let start = given("start_time", request.start_time)?;
        let removed = Window { start, end: given("end_time", request.end_time)? };
        let after = self.store.remove_interval(&wish, &name.competition, &name.phase, removed, &note).await;
        changed(after)
    }

    async fn thaw_phase(
        &self,
        request: Request<v1::ThawPhaseRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let (name, note) = mark(&request, &request.get_ref().name)?;
        changed(self.store.thaw_phase(&name.competition, &name.phase, &note).await)
    }

    async fn finalize_phase(
        &self,
        request: Request<v1::FinalizePhaseRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let (name, note) = mark(&request, &request.get_ref().name)?;
        changed(self.store.finalize_phase(&name.competition, &name.phase, &note).await)
    }

    async fn reveal_phase(
        &self,
        request: Request<v1::RevealPhaseRequest>,
    ) -> Result<Response<v1::Competition>, Status> {
        let (name, note) = mark(&request, &request.get_ref().name)?;
        let decimals = request.get_ref().decimals;
        // The rule has the range.
        egret_contest::ReleaseRule::exact(decimals).map_err(|bad| invalid("decimals", bad.to_string()))?;
        changed(self.store.reveal_phase(&name.competition, &name.phase, decimals, &note).await)
    }

    async fn grant_quota(
        &self,
        request: Request<v1::GrantQuotaRequest>,
    ) -> Result<Response<v1::GrantQuotaResponse>, Status> {
        let caller = caller(&request)?;
        let task: TaskName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of(&task.competition))?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let request = request.into_inner();
        let phase = convert::name("phase_id", &request.phase_id)?;
        let team: TeamName = convert::name("team", &request.team)?;
        if team.competition != task.competition {
            return Err(invalid("team", "must be a team of the task's competition"));
        }
        if !(1..=GRANT_MAX).contains(&request.amount) {
            return Err(invalid("amount", format!("must be 1 to {GRANT_MAX}")));
        }
        let Note { by, reason } = note(&caller, &request.reason)?;
        self.visible_task(&caller, &task).await?;
        let grant = QuotaGrant { amount: request.amount, reason, by };
        self.store.grant_quota(&wish, &task, &phase, &team, grant).await.map_err(from_store)?;
        Ok(Response::new(v1::GrantQuotaResponse {}))
    }

    async fn list_phase_changes(
        &self,
        request: Request<v1::ListPhaseChangesRequest>,
    ) -> Result<Response<v1::ListPhaseChangesResponse>, Status> {
        let caller = caller(&request)?;
        let name: CompetitionName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of(&name.competition))?;
        self.visible(&caller, &name.competition).await?;
        let changes = self.store.phase_changes(&name.competition).await.map_err(from_store)?;
        let changes = changes.iter().map(|change| convert::phase_change(&name, change)).collect();
        Ok(Response::new(v1::ListPhaseChangesResponse { changes }))
    }

    async fn nominate(
        &self,
        request: Request<v1::NominateRequest>,
    ) -> Result<Response<v1::Nominees>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let task: TaskName = convert::name("parent", &request.parent)?;
        self.visible_task(&caller, &task).await?;
        let team = team_or_own(&caller, &task, &request.team)?;
        caller.permit(Scope::of_team(&team))?;
        let phase = convert::name("phase_id", &request.phase_id)?;
        if request.submissions.len() > NOMINATIONS_MAX {
            return Err(invalid("submissions", format!("must be at most {NOMINATIONS_MAX}")));
        }
        let names = request.submissions.iter().map(|name| convert::name("submissions", name));
        let names = names.collect::<Result<Vec<SubmissionName>, Status>>()?;
        if names.iter().any(|name| name.competition != task.competition || name.task != task.task) {
            return Err(invalid("submissions", "must be submissions to this task"));
        }
        let nominees = self.store.nominate(&task, &phase, &team, &names).await.map_err(from_store)?;
        Ok(Response::new(convert::nominees(&team, &nominees)))
    }

    async fn get_nominees(
        &self,
        request: Request<v1::GetNomineesRequest>,
    ) -> Result<Response<v1::Nominees>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let task: TaskName = convert::name("parent", &request.parent)?;
        self.visible_task(&caller, &task).await?;
        let team = team_or_own(&caller, &task, &request.team)?;
        caller.permit(Scope::of_team(&team))?;
        let phase = convert::name("phase_id", &request.phase_id)?;
        let nominees = self.store.nominees(&task, &phase, &team).await.map_err(from_store)?;
        Ok(Response::new(convert::nominees(&team, &nominees)))
    }
}

/// What the requests name that say something of a phase once, without a reason.
fn mark<T>(request: &Request<T>, name: &str) -> Result<(PhaseName, Note), Status> {
    let caller = caller(request)?;
    let name: PhaseName = convert::name("name", name)?;
    caller.permit(Scope::of(&name.competition))?;
    Ok((name, note(&caller, "")?))
}

/// The competition as it is after a change.
fn changed(after: Result<Competition, StoreError>) -> Result<Response<v1::Competition>, Status> {
    Ok(Response::new(convert::competition(&after.map_err(from_store)?)))
}

fn note(caller: &Caller, reason: &str) -> Result<Note, Status> {
    let fits = reason.chars().count() <= REASON_CHARS_MAX && !reason.contains(char::is_control);
    if !fits {
        return Err(invalid("reason", format!("must be one line of at most {REASON_CHARS_MAX} characters")));
    }
    Ok(Note { by: caller.require_user()?.clone(), reason: reason.trim().to_owned() })
}

fn team_of(phase: &PhaseName, team: &str) -> Result<TeamName, Status> {
    let team: TeamName = convert::name("team", team)?;
    if team.competition == phase.competition {
        Ok(team)
    } else {
        Err(invalid("team", "must be a team of the phase's competition"))
    }
}
