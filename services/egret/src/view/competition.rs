use egret_proto::v1::{Competition, Task, competition};
use jiff::Timestamp;

use super::phase::{self, is_open};
use super::{Rows, facts};
use crate::{names::CompetitionName, names::TaskName};

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
        ("registration", if competition.open_registration { "open" } else { "by invite" }.to_owned()),
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

fn state(competition: &Competition) -> &'static str {
    match competition.state() {
        competition::State::Draft => "draft",
        competition::State::Published => "published",
        competition::State::Unspecified => "unknown",
    }
}
