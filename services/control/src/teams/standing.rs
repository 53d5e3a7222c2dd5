//! What organizers do to a team.

use egret_proto::v1;
use tonic::{Request, Response, Status};

use super::shown;
use crate::status::from_store;
use crate::{Control, convert};

pub(super) async fn approve_team(
    control: &Control,
    request: &Request<v1::ApproveTeamRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let after = control.store.approve_team(&team, caller.require_user()?).await;
    Ok(shown(&after.map_err(from_store)?))
}

pub(super) async fn disqualify_team(
    control: &Control,
    request: &Request<v1::DisqualifyTeamRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let reason = convert::reason(&request.get_ref().reason, true)?;
    let after = control.store.disqualify_team(&team, &reason, caller.require_user()?).await;
    Ok(shown(&after.map_err(from_store)?))
}

pub(super) async fn restore_team(
    control: &Control,
    request: &Request<v1::RestoreTeamRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let reason = convert::reason(&request.get_ref().reason, false)?;
    let after = control.store.restore_team(&team, &reason, caller.require_user()?).await;
    Ok(shown(&after.map_err(from_store)?))
}

pub(super) async fn set_team_kind(
    control: &Control,
    request: &Request<v1::SetTeamKindRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let kind = convert::team_kind(request.get_ref().kind())?;
    let after = control.store.set_team_kind(&team, kind, caller.require_user()?).await;
    Ok(shown(&after.map_err(from_store)?))
}
