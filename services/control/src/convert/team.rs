//! Teams.

use egret_proto::v1;
use egret_store::{NewTeam, Team};
use tonic::Status;

use super::{timestamp, title};
use crate::status::Violations;

/// A team; its members' names only for those who may see them.
pub(crate) fn team(team: &Team, with_members: bool) -> v1::Team {
    let members = team.members.iter().filter(|_| with_members);
    v1::Team {
        name: team.name.to_string(),
        title: team.title.clone(),
        create_time: timestamp(team.created_at),
        members: members.map(|member| member.display_name.clone()).collect(),
    }
}

pub(crate) fn new_team(request: v1::CreateTeamRequest) -> Result<NewTeam, Status> {
    let mut v = Violations::default();
    let id = v.take("team_id", request.team_id.parse());
    let title = title(&mut v, "team.title", &request.team.unwrap_or_default().title, true);
    v.finish(id.map(|id| NewTeam { id, title }))
}

/// The name under which a new user is shown.
pub(crate) fn display_name(text: &str) -> Result<String, Status> {
    let mut v = Violations::default();
    let name = title(&mut v, "display_name", text, true);
    v.finish(Some(name))
}
