use egret_proto::v1::{Entry, EntryCount, Invite, MergeProposal, Organizer, Team, TeamEvent, team};

use super::{Rows, facts};
use crate::moment;
use crate::names::{InviteName, TaskName, TeamName};

/// Everything about one.
pub(crate) fn show(team: &Team) -> String {
    let people = team.roster.iter().map(|member| {
        let captain = if member.captain { ", captain" } else { "" };
        format!("{} ({}{captain})", member.display_name, member.user)
    });
    let roster: Vec<String> = people.collect();
    facts([
        ("team", TeamName::short(&team.name)),
        ("title", team.title.clone()),
        ("status", status(team)),
        ("reason", team.status_reason.clone()),
        ("created", moment::show(team.create_time)),
        ("members", roster.join("\n")),
    ])
}

/// A list.
pub(crate) fn list(teams: &[Team]) -> String {
    let mut rows = Rows::new(["team", "title", "status", "created", "members"]);
    for team in teams {
        let members = team.members.join(", ");
        rows.row([
            TeamName::short(&team.name),
            team.title.clone(),
            status(team),
            moment::show(team.create_time),
            members,
        ]);
    }
    rows.or("No teams.")
}

/// `active`, `active, baseline`, `merged into digits/egrets`.
fn status(team: &Team) -> String {
    let status = match team.status() {
        team::Status::Unspecified => String::new(),
        team::Status::Active => "active".to_owned(),
        team::Status::Pending => "waits for approval".to_owned(),
        team::Status::Disqualified => "disqualified".to_owned(),
        team::Status::Merged => format!("merged into {}", TeamName::short(&team.merged_into)),
    };
    match team.kind() {
        team::Kind::Unspecified | team::Kind::Regular => status,
        team::Kind::Baseline => format!("{status}, baseline"),
        team::Kind::Guest => format!("{status}, out of competition"),
    }
}

/// What happened, oldest first.
pub(crate) fn history(events: &[TeamEvent]) -> String {
    let mut rows = Rows::new(["time", "event", "who", "detail", "by"]);
    for event in events {
        rows.row([
            moment::show(event.time),
            event.kind.clone(),
            event.display_name.clone(),
            event.detail.clone(),
            event.by_display_name.clone(),
        ]);
    }
    rows.or("Nothing happened yet.")
}

/// Invites that can still be used.
pub(crate) fn invites(invites: &[Invite]) -> String {
    let mut rows = Rows::new(["invite", "made by", "made", "expires"]);
    for invite in invites {
        rows.row([
            InviteName::short(&invite.name),
            invite.creator.clone(),
            moment::show(invite.create_time),
            moment::show(invite.expire_time),
        ]);
    }
    rows.or("No open invites.")
}

/// Who wishes to merge with whom.
pub(crate) fn proposals(proposals: &[MergeProposal]) -> String {
    let mut rows = Rows::new(["team", "into", "proposed"]);
    for proposal in proposals {
        rows.row([
            TeamName::short(&proposal.team),
            TeamName::short(&proposal.into),
            moment::show(proposal.create_time),
        ]);
    }
    rows.or("No proposals to merge.")
}

/// Entries.
pub(crate) fn entered(entries: &[Entry]) -> String {
    let mut rows = Rows::new(["task", "team", "title", "entered"]);
    for entry in entries {
        rows.row([
            TaskName::short(&entry.task),
            TeamName::short(&entry.team),
            entry.team_title.clone(),
            moment::show(entry.create_time),
        ]);
    }
    rows.or("No entries.")
}

/// Entries, and how many each task has.
pub(crate) fn entries(entries: &[Entry], counts: &[EntryCount]) -> String {
    let mut sums = Rows::new(["task", ">entries"]);
    for count in counts {
        sums.row([TaskName::short(&count.task), count.entry_count.to_string()]);
    }
    format!("{}\n{}", entered(entries), sums.or("No tasks."))
}

/// Who runs a competition.
pub(crate) fn organizers(organizers: &[Organizer]) -> String {
    let mut rows = Rows::new(["user", "name", "office"]);
    for organizer in organizers {
        let office = if organizer.auditor { "auditor: reads only" } else { "organizer" };
        rows.row([organizer.user.clone(), organizer.display_name.clone(), office.to_owned()]);
    }
    rows.or("Nobody.")
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::TeamMember;

    use super::*;

    #[test]
    fn a_team_says_who_speaks_for_it_and_whether_it_may_act() {
        let member = |user: &str, captain| TeamMember {
            user: format!("users/{user}"),
            display_name: user.to_uppercase(),
            captain,
            join_time: None,
        };
        let mut team = Team {
            name: "competitions/spring/teams/red".into(),
            title: "Red".into(),
            roster: vec![member("ann", true), member("bob", false)],
            status: team::Status::Disqualified.into(),
            status_reason: "two accounts".into(),
            kind: team::Kind::Guest.into(),
            ..Team::default()
        };
        let text = show(&team);
        for part in [
            "ANN (users/ann, captain)",
            "BOB (users/bob)",
            "disqualified, out of competition",
            "two accounts",
        ] {
            assert!(text.contains(part), "no {part:?} in:\n{text}");
        }
        team.kind = team::Kind::Regular.into();
        team.status = team::Status::Merged.into();
        team.merged_into = "competitions/spring/teams/blue".into();
        assert!(list(&[team]).contains("merged into spring/blue"));
    }

    #[test]
    fn entries_are_listed_and_counted() {
        let entry = Entry {
            task: "competitions/spring/tasks/read".into(),
            team: "competitions/spring/teams/red".into(),
            team_title: "Red".into(),
            create_time: None,
        };
        let counts = [EntryCount { task: entry.task.clone(), entry_count: 12 }];
        let text = entries(&[entry], &counts);
        assert!(text.contains("spring/read") && text.contains("spring/red") && text.contains("12"), "{text}");
        assert!(entries(&[], &counts).starts_with("No entries."));
    }
}
