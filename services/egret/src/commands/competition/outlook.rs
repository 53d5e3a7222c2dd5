//! What a package will do on the server: when its phases run, in the competition's zone, and what its ladders come to.

use egret_datasets::{CompetitionManifest, HonestRun, Package, PhaseLadder, PhaseManifest, TaskSummary};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::{moment, view::Rows};

/// Times of all phases and the ladders that they have, as JSON.
pub(super) fn as_json(package: &Package, tasks: &[TaskSummary]) -> (Vec<Value>, Vec<Value>) {
    let zone = zone(&package.competition);
    let text = |at: Timestamp| moment::local(at, &zone);
    let phases = rows(&package.competition).into_iter().map(|row| {
        json!({ "phase": row.phase, "task": row.task, "start": text(row.start), "freeze": row.freeze.map(text), "end": text(row.end) })
    });
    let ladders = egret_datasets::ladders(package, tasks).into_iter().map(|PhaseLadder { phase, task, ladder }| {
        json!({
            "phase": phase, "task": task, "items": ladder.items(), "levels": ladder.levels(), "step": ladder.step(),
            "budget_millibits": ladder.budget_millibits(), "tau": ladder.tau(),
            "honest_run_millibits": HonestRun::of(ladder.levels()).millibits,
        })
    });
    (phases.collect(), ladders.collect())
}

/// The same for people.
pub(super) fn as_text(package: &Package, tasks: &[TaskSummary], now: Timestamp) -> String {
    times(&package.competition, now) + &ladders(package, tasks)
}

/// When what begins and ends: `2026-03-01 20:00 +08:00, in 3 d`.
pub(super) fn times(competition: &CompetitionManifest, now: Timestamp) -> String {
    let zone = zone(competition);
    let mut table = Rows::new(["phase", "kind", "start", "freeze", "end"]);
    let at = |at: Timestamp| moment::planned(at, &zone, now);
    for row in rows(competition) {
        let phase = row.task.map_or_else(|| row.phase.to_owned(), |task| format!("{}, {task}", row.phase));
        let freeze = row.freeze.map_or_else(|| "-".to_owned(), at);
        table.row([phase, row.kind.to_owned(), at(row.start), freeze, at(row.end)]);
    }
    let merging = competition.merge_deadline.map(|end| format!("Teams may merge until {}.\n", at(end)));
    format!(
        "Times in the zone {}; an end is not part of its phase:\n{}{}",
        competition.time_zone,
        table.or("No phases."),
        merging.unwrap_or_default()
    )
}

fn ladders(package: &Package, tasks: &[TaskSummary]) -> String {
    let found = egret_datasets::ladders(package, tasks);
    if found.is_empty() {
        return String::new();
    }
    let columns =
        ["phase", "task", ">items", ">levels", ">step", ">bits per team", ">off by at most", ">honest run"];
    let mut table = Rows::new(columns);
    for PhaseLadder { phase, task, ladder } in found {
        table.row([
            phase,
            task,
            ladder.items().to_string(),
            ladder.levels().to_string(),
            format!("{:.6}", ladder.step()).trim_end_matches('0').trim_end_matches('.').to_owned(),
            (ladder.budget_millibits() / 1_000).to_string(),
            format!("{:.3}", ladder.tau()),
            format!("{:.1} bits", HonestRun::of(ladder.levels()).millibits as f64 / 1_000.0),
        ]);
    }
    format!(
        "\nLadders: a team learns its best level and at most so many bits, over the lifetime of the test set. A released score of a \
         metric from 0 to 1 is off the true one by at most so much, with probability 0.95. The honest run is 60 submissions, ten of \
         which climb half of the grid:\n{}",
        table.or("")
    )
}

/// A phase, or one task of it with times of its own.
struct Row<'a> {
    phase: &'a str,
    kind: &'static str,
    task: Option<&'a str>,
    start: Timestamp,
    freeze: Option<Timestamp>,
    end: Timestamp,
}

fn rows(competition: &CompetitionManifest) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for phase in &competition.phases {
        let whole = Row {
            phase: &phase.id,
            kind: kind(phase),
            task: None,
            start: phase.start,
            freeze: phase.freeze,
            end: phase.end,
        };
        rows.push(whole);
        for task in phase.tasks.iter().filter(|task| task.freeze.is_some() || task.end.is_some()) {
            rows.push(Row {
                phase: &phase.id,
                kind: "",
                task: Some(&task.id),
                start: phase.start,
                freeze: task.freeze.or(phase.freeze),
                end: task.end.unwrap_or(phase.end),
            });
        }
    }
    rows
}

fn kind(phase: &PhaseManifest) -> &'static str {
    if phase.training { "training" } else { phase.kind.as_str() }
}

/// The check has found that it exists.
fn zone(competition: &CompetitionManifest) -> TimeZone {
    TimeZone::get(&competition.time_zone).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use egret_contest::{BoardView, PhaseKind, QuotaRule, ReleaseRule};
    use egret_datasets::{PhaseTaskManifest, Split};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_the_competitions() {
        let task = PhaseTaskManifest {
            id: "digits".into(),
            quota: None,
            freeze: None,
            end: Some(at("2026-03-20T12:00:30Z")),
            prizes: Vec::new(),
            line: 9,
        };
        let phase = PhaseManifest {
            id: "live".into(),
            kind: PhaseKind::Live,
            start: at("2026-03-01T12:00:00Z"),
            end: at("2026-04-01T12:00:00Z"),
            freeze: Some(at("2026-03-31T12:00:00Z")),
            split: Split::Public,
            quota: QuotaRule::default(),
            release: ReleaseRule::exact(4).unwrap(),
            board: BoardView::Public,
            gate: None,
            nominations: None,
            prizes: None,
            training: false,
            tasks: vec![task],
            line: 5,
        };
        let competition = CompetitionManifest {
            id: "contest".into(),
            title: "Contest".into(),
            title_zh: String::new(),
            description: String::new(),
            description_zh: String::new(),
            time_zone: "Asia/Shanghai".into(),
            open_registration: true,
            approve_teams: false,
            entries_required: false,
            merge_deadline: Some(at("2026-03-10T12:00:00Z")),
            overall: None,
            phases: vec![phase],
        };
        let text = times(&competition, at("2026-03-02T12:00:00Z"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Times in the zone Asia/Shanghai; an end is not part of its phase:");
        assert!(lines[1].starts_with("PHASE"), "{text}");
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            words(lines[2]),
            "live live 2026-03-01 20:00 +08:00, 1 d ago 2026-03-31 20:00 +08:00, in 29 d 2026-04-01 20:00 +08:00, in 30 d"
        );
        assert_eq!(
            words(lines[3]),
            "live, digits 2026-03-01 20:00 +08:00, 1 d ago 2026-03-31 20:00 +08:00, in 29 d 2026-03-20 20:00:30 +08:00, in 18 d"
        );
        assert_eq!(lines[4], "Teams may merge until 2026-03-10 20:00 +08:00, in 8 d.");
        assert_eq!(lines.len(), 5);
    }
}
