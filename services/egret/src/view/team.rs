use egret_proto::v1::Team;

use super::{Rows, facts};
use crate::{moment, names::TeamName};

/// Everything about one.
pub(crate) fn show(team: &Team) -> String {
    facts([
        ("team", TeamName::short(&team.name)),
        ("title", team.title.clone()),
        ("created", moment::show(team.create_time)),
        ("members", team.members.join(", ")),
    ])
}

/// A list.
pub(crate) fn list(teams: &[Team]) -> String {
    let mut rows = Rows::new(["team", "title", "created", "members"]);
    for team in teams {
        let members = team.members.join(", ");
        rows.row([TeamName::short(&team.name), team.title.clone(), moment::show(team.create_time), members]);
    }
    rows.or("No teams.")
}
