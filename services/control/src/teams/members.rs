//! Who comes, who goes, who speaks for a team, and what was written down of it.

use egret_contest::{InviteName, UserName};
use egret_proto::v1;
use tonic::{Request, Response, Status};

use super::shown;
use crate::policy::Scope;
use crate::status::from_store;
use crate::{Control, convert, gate::caller, paging};

pub(super) async fn list_invites(
    control: &Control,
    request: &Request<v1::ListInvitesRequest>,
) -> Result<Response<v1::ListInvitesResponse>, Status> {
    let (_, team) = control.permitted_team(request, &request.get_ref().parent).await?;
    let invites = control.store.open_invites(&team).await.map_err(from_store)?;
    let invites = invites.iter().map(convert::invite).collect();
    Ok(Response::new(v1::ListInvitesResponse { invites }))
}

pub(super) async fn revoke_invite(
    control: &Control,
    request: &Request<v1::RevokeInviteRequest>,
) -> Result<Response<v1::RevokeInviteResponse>, Status> {
    let caller = caller(request)?;
    let name: InviteName = convert::name("name", &request.get_ref().name)?;
    caller.permit(Scope::of_team(&name.parent()))?;
    control.store.revoke_invite(&name).await.map_err(from_store)?;
    Ok(Response::new(v1::RevokeInviteResponse {}))
}

pub(super) async fn leave_team(
    control: &Control,
    request: &Request<v1::LeaveTeamRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let left = control.store.leave_team(&team, caller.require_user()?).await.map_err(from_store)?;
    // Who has left is a stranger to it.
    Ok(Response::new(convert::team(&left, false)))
}

pub(super) async fn remove_member(
    control: &Control,
    request: &Request<v1::RemoveMemberRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let user: UserName = convert::name("user", &request.get_ref().user)?;
    let after = control.store.remove_member(&team, &user.user, caller.require_user()?).await;
    Ok(shown(&after.map_err(from_store)?))
}

pub(super) async fn transfer_captain(
    control: &Control,
    request: &Request<v1::TransferCaptainRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let user: UserName = convert::name("user", &request.get_ref().user)?;
    let after = control.store.transfer_captain(&team, &user.user, caller.require_user()?).await;
    Ok(shown(&after.map_err(from_store)?))
}

pub(super) async fn list_team_history(
    control: &Control,
    request: &Request<v1::ListTeamHistoryRequest>,
) -> Result<Response<v1::ListTeamHistoryResponse>, Status> {
    let (_, team) = control.permitted_team(request, &request.get_ref().parent).await?;
    let list = format!("{team}/history");
    let page = paging::page(&list, request.get_ref().page_size, &request.get_ref().page_token)?;
    let paged = control.store.team_history(&team, page).await.map_err(from_store)?;
    let (rows, next_page_token) = paging::paged(&list, paged);
    let events = rows.iter().map(convert::team_event).collect();
    Ok(Response::new(v1::ListTeamHistoryResponse { events, next_page_token }))
}
