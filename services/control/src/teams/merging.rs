//! Two teams that become one: proposed by one captain and accepted by the other, or done by an organizer.

use egret_contest::TeamName;
use egret_proto::v1;
use tonic::{Request, Response, Status};

use super::shown;
use crate::status::{from_store, invalid};
use crate::{Control, convert};

/// The other team, which must be of the same competition: a rule was checked for that one alone.
fn other(field: &str, name: &str, team: &TeamName) -> Result<TeamName, Status> {
    let other: TeamName = convert::name(field, name)?;
    if other.competition == team.competition {
        Ok(other)
    } else {
        Err(invalid(field, "must be a team of the same competition"))
    }
}

pub(super) async fn propose_merge(
    control: &Control,
    request: &Request<v1::ProposeMergeRequest>,
) -> Result<Response<v1::MergeProposal>, Status> {
    let (caller, team) = control.permitted_team(request, &request.get_ref().name).await?;
    let into = other("into", &request.get_ref().into, &team)?;
    let proposal = control.store.propose_merge(&team, &into, caller.require_user()?).await;
    Ok(Response::new(convert::merge_proposal(&proposal.map_err(from_store)?)))
}

pub(super) async fn withdraw_merge(
    control: &Control,
    request: &Request<v1::WithdrawMergeRequest>,
) -> Result<Response<v1::WithdrawMergeResponse>, Status> {
    let (_, team) = control.permitted_team(request, &request.get_ref().name).await?;
    control.store.withdraw_merge(&team).await.map_err(from_store)?;
    Ok(Response::new(v1::WithdrawMergeResponse {}))
}

pub(super) async fn list_merge_proposals(
    control: &Control,
    request: &Request<v1::ListMergeProposalsRequest>,
) -> Result<Response<v1::ListMergeProposalsResponse>, Status> {
    let (_, team) = control.permitted_team(request, &request.get_ref().parent).await?;
    let proposals = control.store.merge_proposals(&team).await.map_err(from_store)?;
    let proposals = proposals.iter().map(convert::merge_proposal).collect();
    Ok(Response::new(v1::ListMergeProposalsResponse { proposals }))
}

pub(super) async fn accept_merge(
    control: &Control,
    request: &Request<v1::AcceptMergeRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, into) = control.permitted_team(request, &request.get_ref().name).await?;
    let team = other("team", &request.get_ref().team, &into)?;
    let merged = control.store.accept_merge(&team, &into, caller.require_user()?).await;
    let merged = merged.map_err(from_store)?;
    tracing::info!(%team, %into, "teams merged");
    Ok(shown(&merged))
}

pub(super) async fn merge_teams(
    control: &Control,
    request: &Request<v1::MergeTeamsRequest>,
) -> Result<Response<v1::Team>, Status> {
    let (caller, into) = control.permitted_team(request, &request.get_ref().name).await?;
    let team = other("team", &request.get_ref().team, &into)?;
    let merged = control.store.merge_teams(&team, &into, caller.require_user()?).await;
    let merged = merged.map_err(from_store)?;
    tracing::info!(%team, %into, "teams merged by an organizer");
    Ok(shown(&merged))
}
