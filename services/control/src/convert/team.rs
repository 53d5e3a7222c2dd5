//! Teams.

use egret_contest::{CompetitionId, TaskName, TeamKind, TeamName, TeamStatus, UserName};
use egret_proto::v1;
use egret_store::{EntryCount, MergeProposal, NewTeam, OpenInvite, RosterRow, Team, TeamEntry};
use tonic::Status;

use super::{timestamp, title};
use crate::status::{Violations, invalid};

/// Why something is done to a team, in characters.
const REASON_CHARS_MAX: usize = 200;

/// A team; who is in it and why it is out only for those who may see that.
pub(crate) fn team(team: &Team, with_members: bool) -> v1::Team {
    let kind = match team.kind {
        TeamKind::Regular => v1::team::Kind::Regular,
        TeamKind::Baseline => v1::team::Kind::Baseline,
        TeamKind::Guest => v1::team::Kind::Guest,
    };
    let status = match team.status {
        TeamStatus::Active => v1::team::Status::Active,
        TeamStatus::Pending => v1::team::Status::Pending,
        TeamStatus::Disqualified => v1::team::Status::Disqualified,
        TeamStatus::Merged => v1::team::Status::Merged,
    };
    let members = || team.members.iter().filter(|_| with_members);
    let roster = members().map(|member| v1::TeamMember {
        user: UserName::new(member.user.clone()).to_string(),
        display_name: member.display_name.clone(),
        captain: team.captain.as_ref() == Some(&member.user),
        join_time: timestamp(member.joined_at),
    });
    let into =
        team.merged_into.as_ref().map(|into| TeamName::new(team.name.competition.clone(), into.clone()));
    v1::Team {
        name: team.name.to_string(),
        title: team.title.clone(),
        create_time: timestamp(team.created_at),
        members: members().map(|member| member.display_name.clone()).collect(),
        kind: kind.into(),
        status: status.into(),
        status_reason: if with_members { team.status_reason.clone() } else { String::new() },
        merged_into: into.map(|into| into.to_string()).unwrap_or_default(),
        roster: roster.collect(),
    }
}

pub(crate) fn new_team(request: v1::CreateTeamRequest) -> Result<NewTeam, Status> {
    let mut v = Violations::default();
    let id = v.take("team_id", request.team_id.parse());
    let title = title(&mut v, "team.title", &request.team.unwrap_or_default().title, true);
    v.finish(id.map(|id| NewTeam { id, title }))
}

/// A title that a team is given later.
pub(crate) fn team_title(text: &str) -> Result<String, Status> {
    let mut v = Violations::default();
    let title = title(&mut v, "title", text, true);
    v.finish(Some(title))
}

/// The name under which a new user is shown.
pub(crate) fn display_name(text: &str) -> Result<String, Status> {
    let mut v = Violations::default();
    let name = title(&mut v, "display_name", text, true);
    v.finish(Some(name))
}

pub(crate) fn team_kind(kind: v1::team::Kind) -> Result<TeamKind, Status> {
    match kind {
        v1::team::Kind::Regular => Ok(TeamKind::Regular),
        v1::team::Kind::Baseline => Ok(TeamKind::Baseline),
        v1::team::Kind::Guest => Ok(TeamKind::Guest),
        v1::team::Kind::Unspecified => Err(invalid("kind", "must be REGULAR, BASELINE or GUEST")),
    }
}

/// Why something is done: one line, and where it is `required` not an empty one.
pub(crate) fn reason(text: &str, required: bool) -> Result<String, Status> {
    let text = text.trim();
    let fits = text.chars().count() <= REASON_CHARS_MAX && !text.contains(char::is_control);
    if !fits || (required && text.is_empty()) {
        let least = u32::from(required);
        return Err(invalid(
            "reason",
            format!("must be one line of {least} to {REASON_CHARS_MAX} characters"),
        ));
    }
    Ok(text.to_owned())
}

pub(crate) fn invite(invite: &OpenInvite) -> v1::Invite {
    v1::Invite {
        name: invite.name.to_string(),
        creator: invite.by.clone(),
        create_time: timestamp(invite.created_at),
        expire_time: timestamp(invite.expires_at),
    }
}

pub(crate) fn team_event(row: &RosterRow) -> v1::TeamEvent {
    let person = |person: &Option<(egret_contest::UserId, String)>| {
        let named =
            person.as_ref().map(|(user, name)| (UserName::new(user.clone()).to_string(), name.clone()));
        named.unwrap_or_default()
    };
    let (user, display_name) = person(&row.about);
    let (by_user, by_display_name) = person(&row.by);
    v1::TeamEvent {
        time: timestamp(row.at),
        kind: row.event.as_str().to_owned(),
        user,
        display_name,
        by_user,
        by_display_name,
        detail: row.detail.clone(),
    }
}

pub(crate) fn merge_proposal(proposal: &MergeProposal) -> v1::MergeProposal {
    v1::MergeProposal {
        team: proposal.team.to_string(),
        into: proposal.into.to_string(),
        create_time: timestamp(proposal.at),
    }
}

pub(crate) fn entry(competition: &CompetitionId, entry: &TeamEntry) -> v1::Entry {
    v1::Entry {
        task: TaskName::new(competition.clone(), entry.task.clone()).to_string(),
        team: TeamName::new(competition.clone(), entry.team.clone()).to_string(),
        team_title: entry.team_title.clone(),
        create_time: timestamp(entry.at),
    }
}

pub(crate) fn entry_count(competition: &CompetitionId, count: &EntryCount) -> v1::EntryCount {
    v1::EntryCount {
        task: TaskName::new(competition.clone(), count.task.clone()).to_string(),
        entry_count: count.entries,
    }
}
