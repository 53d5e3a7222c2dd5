use egret_proto::v1::{Competition, Task, competition};
use jiff::Timestamp;

use super::phase::{self, is_open};
use super::{Rows, facts};
use crate::{moment, names::CompetitionName, names::TaskName};

/// A list.
pub(crate) fn list(competitions: &[Competition], now: Timestamp) -> String {
    let mut rows = Rows::new(["competition", "title", "state", "now", ">tasks"]);
    for competition in competitions {
        let open = competition.phases.iter().filter(|phase| is_open(phase, now));
        let open: Vec<&str> = open.map(|phase| phase.phase_id.as_str()).collect();
        rows.row([
            CompetitionName::short(&competition.name),
            competition.title.clone(),
            state(competition).to_owned(),
            if open.is_empty() { "closed".to_owned() } else { open.join(", ") },
            competition.tasks.len().to_string(),
        ]);
    }
    rows.or("No competitions.")
}

/// Everything about one.
pub(crate) fn show(competition: &Competition, tasks: &[Task], now: Timestamp) -> String {
    let mut text = facts([
        ("competition", CompetitionName::short(&competition.name)),
        ("title", competition.title.clone()),
        ("标题", competition.title_zh.clone()),
        ("state", state(competition).to_owned()),
        ("time zone", competition.time_zone.clone()),
        ("registration", registration(competition)),
        ("entries", entries(competition).to_owned()),
        ("merging", merging(competition)),
    ]);
    text.push('\n');
    text.push_str(&phase::table(&competition.phases, now));
    text.push_str(&phase::notes(competition));
    text.push('\n');
    let mut rows = Rows::new(["task", "title", "input", "metrics", "test set"]);
    for task in tasks {
        let metrics: Vec<&str> = task.columns.iter().map(|metric| metric.id.as_str()).collect();
        let version = task.test_set.rsplit('/').next().unwrap_or_default();
        rows.row([
            TaskName::short(&task.name),
            task.title.clone(),
            super::task::input(task),
            metrics.join(", "),
            if version.is_empty() { "none".to_owned() } else { format!("version {version}") },
        ]);
    }
    text.push_str(&rows.or("No tasks."));
    text
}

/// Who may found a team, and whether it may act at once.
fn registration(competition: &Competition) -> String {
    let who = if competition.open_registration { "open" } else { "by invite" };
    let then = if competition.approve_teams { "; new teams wait for the organizer's approval" } else { "" };
    format!("{who}{then}")
}

fn entries(competition: &Competition) -> &'static str {
    if competition.entries_required {
        "a team enters a task before it submits to it: `egret team enter`"
    } else {
        "a team's first submission to a task enters it"
    }
}

fn merging(competition: &Competition) -> String {
    let until =
        competition.merge_deadline.map(|at| format!("teams may merge until {}", moment::show(Some(at))));
    until.unwrap_or_else(|| "teams may not merge".to_owned())
}

fn state(competition: &Competition) -> &'static str {
    match competition.state() {
        competition::State::Draft => "draft",
        competition::State::Published => "published",
        competition::State::Unspecified => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_teams_is_told() {
        let open = Competition { open_registration: true, ..Competition::default() };
        let text = show(&open, &[], Timestamp::UNIX_EPOCH);
        for words in ["registration  open\n", "first submission to a task enters it", "teams may not merge"] {
            assert!(text.contains(words), "{words}:\n{text}");
        }
        let merge_deadline = Some(prost_types::Timestamp { seconds: 60, nanos: 0 });
        let strict = Competition {
            approve_teams: true,
            entries_required: true,
            merge_deadline,
            ..Competition::default()
        };
        let text = show(&strict, &[], Timestamp::UNIX_EPOCH);
        for words in [
            "by invite; new teams wait for the organizer's approval",
            "enters a task before it submits",
            "teams may merge until 1970-",
        ] {
            assert!(text.contains(words), "{words}:\n{text}");
        }
    }
}
