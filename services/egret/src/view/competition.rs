use egret_proto::v1::{Competition, Phase, Task, competition, phase};
use jiff::Timestamp;

use super::{Rows, facts, or_unlimited};
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
        ("registration", if competition.open_registration { "open" } else { "by invite" }.to_owned()),
    ]);
    text.push('\n');
    text.push_str(&phases(&competition.phases, now));
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

fn phases(phases: &[Phase], now: Timestamp) -> String {
    let columns = ["phase", "kind", "from", "until", "", "scores", ">per day", ">in all", ">at once"];
    let mut rows = Rows::new(columns);
    for phase in phases {
        let quota = phase.quota.unwrap_or_default();
        rows.row([
            phase.phase_id.clone(),
            kind(phase).to_owned(),
            moment::show(phase.start_time),
            moment::show(phase.end_time),
            if is_open(phase, now) { "open".to_owned() } else { String::new() },
            phase.split().as_str_name().to_lowercase(),
            or_unlimited(quota.per_day_max),
            or_unlimited(quota.total_max),
            or_unlimited(quota.concurrent_max),
        ]);
    }
    rows.or("No phases.")
}

fn state(competition: &Competition) -> &'static str {
    match competition.state() {
        competition::State::Draft => "draft",
        competition::State::Published => "published",
        competition::State::Unspecified => "unknown",
    }
}

fn kind(phase: &Phase) -> &'static str {
    match phase.kind() {
        phase::Kind::Practice => "practice",
        phase::Kind::Live => "live",
        phase::Kind::Final => "final",
        phase::Kind::Unspecified => "unknown",
    }
}

/// Whether a moment is in a phase's half-open window.
pub(crate) fn is_open(phase: &Phase, now: Timestamp) -> bool {
    let (start, end) = (moment::of(phase.start_time), moment::of(phase.end_time));
    start.is_some_and(|start| start <= now) && end.is_some_and(|end| now < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_half_open() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let wire = |second| Some(moment::to_wire(at(second)));
        let phase = Phase { start_time: wire(10), end_time: wire(20), ..Phase::default() };
        assert_eq!([9, 10, 19, 20].map(|second| is_open(&phase, at(second))), [false, true, true, false]);
    }
}
