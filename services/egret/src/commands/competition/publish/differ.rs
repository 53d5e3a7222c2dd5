//! What is on the server already must be what the package says: a published rule does not change under the teams.

use std::collections::BTreeMap;

use anyhow::Result;
use egret_proto::v1::{Competition, Phase, Task};

use crate::{Exit, failure::Failure};

/// Rules that differ are refused; texts that differ are told.
pub(super) fn competition(there: &Competition, wanted: &Competition) -> Result<()> {
    let rules = [
        ("overall", overall(there) == overall(wanted)),
        ("phases", as_published(there) == as_published(wanted)),
        ("time_zone", there.time_zone == wanted.time_zone),
        ("open_registration", there.open_registration == wanted.open_registration),
        ("approve_teams", there.approve_teams == wanted.approve_teams),
        ("entries_required", there.entries_required == wanted.entries_required),
        ("merge_deadline", there.merge_deadline == wanted.merge_deadline),
    ];
    let texts = [
        there.title == wanted.title,
        there.title_zh == wanted.title_zh,
        there.description == wanted.description,
        there.description_zh == wanted.description_zh,
    ];
    judge(&there.name, "competition.toml", &rules, &texts)
}

/// The overall rule, weights by task: the server has its own order of them.
fn overall(competition: &Competition) -> Option<(String, BTreeMap<String, f64>)> {
    let overall = competition.overall.clone()?;
    let weights = overall.weights.into_iter().map(|of| (of.task, of.weight));
    Some((overall.rule, weights.collect()))
}

/// The phases without what has happened to them since.
fn as_published(competition: &Competition) -> Vec<Phase> {
    let phases = competition.phases.iter().cloned();
    let plain = |phase: Phase| Phase {
        removed: Vec::new(),
        extensions: Vec::new(),
        thaw_time: None,
        finalize_time: None,
        reveal_time: None,
        close_time: None,
        ..phase
    };
    phases.map(plain).collect()
}

/// The same for a task.
pub(super) fn task(there: &Task, wanted: &Task) -> Result<()> {
    // The server adds titles and directions, and what an answer may weigh.
    let answer = |task: &Task| task.answer.clone().and_then(|answer| answer.kind);
    let metrics = |task: &Task| task.metrics.iter().map(|metric| metric.id.clone()).collect::<Vec<_>>();
    let grading = |task: &Task| task.grading.clone().unwrap_or_default();
    // The width is the server's.
    let ladder = |task: &Task| task.ladder.map(|scale| (scale.baseline, scale.best));
    let rules = [
        ("input", there.input == wanted.input),
        ("answer", answer(there) == answer(wanted)),
        ("metrics", metrics(there) == metrics(wanted)),
        ("composite or certificates", grading(there) == grading(wanted)),
        ("ladder", ladder(there) == ladder(wanted)),
        ("limits", there.limits == wanted.limits),
    ];
    let texts = [
        there.title == wanted.title,
        there.title_zh == wanted.title_zh,
        there.description == wanted.description,
        there.description_zh == wanted.description_zh,
    ];
    judge(&there.name, "task.toml", &rules, &texts)
}

fn judge(name: &str, file: &str, rules: &[(&str, bool)], texts: &[bool]) -> Result<()> {
    let changed: Vec<&str> = rules.iter().filter(|(_, same)| !same).map(|(key, _)| *key).collect();
    if !changed.is_empty() {
        let what = format!("{name} is on the server already, with other {}", changed.join(", "));
        let next = format!("restore {file}, or publish under another id: teams rely on what was published");
        return Err(Failure::new(Exit::Refused, what).next(next).into());
    }
    if texts.contains(&false) {
        tracing::warn!("{name} keeps the title and description that it was published with");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{Extension, Limits, MetricRef, OverallRule, Prizes, Scale, TaskWeight};

    use super::*;

    #[test]
    fn rules_do_not_change_but_texts_may_differ() {
        let limits = |wall_s_max| Some(Limits { wall_s_max, ..Limits::default() });
        let metric =
            |title: &str| vec![MetricRef { id: "accuracy".into(), title: title.into(), direction: 1 }];
        let there = Task { limits: limits(5), metrics: metric("Accuracy"), ..Task::default() };
        let same = Task { limits: limits(5), metrics: metric(""), title: "new".into(), ..Task::default() };
        assert!(task(&there, &same).is_ok());
        let on = |width| Some(Scale { baseline: 0.5, best: Some(1.0), width });
        assert!(
            task(&Task { ladder: on(1.0), ..there.clone() }, &Task { ladder: on(0.0), ..same.clone() })
                .is_ok()
        );
        assert!(task(&Task { ladder: on(1.0), ..there.clone() }, &same).is_err());
        let other = Task { limits: limits(6), ..same };
        let failure = Failure::of(&task(&there, &other).unwrap_err()).unwrap();
        assert_eq!(failure.exit, Exit::Refused);
        assert!(failure.what.ends_with("with other limits"), "{}", failure.what);
    }

    #[test]
    fn the_order_of_weights_is_no_other_rule() {
        let with = |weights: &[(&str, f64)]| {
            let weights =
                weights.iter().map(|(task, weight)| TaskWeight { task: (*task).into(), weight: *weight });
            let overall = Some(OverallRule { rule: "medals".into(), weights: weights.collect() });
            Competition { overall, ..Competition::default() }
        };
        assert!(competition(&with(&[("b", 2.0), ("a", 3.0)]), &with(&[("a", 3.0), ("b", 2.0)])).is_ok());
        assert!(competition(&with(&[("a", 2.0)]), &with(&[("a", 3.0)])).is_err());
        assert!(competition(&with(&[]), &Competition::default()).is_err());
    }

    #[test]
    fn what_is_asked_of_teams_and_prizes_are_rules() {
        let there = Competition {
            approve_teams: true,
            entries_required: true,
            merge_deadline: Some(prost_types::Timestamp { seconds: 7, nanos: 0 }),
            ..Competition::default()
        };
        assert!(competition(&there, &there).is_ok());
        for (rule, wanted) in [
            ("approve_teams", Competition { approve_teams: false, ..there.clone() }),
            ("entries_required", Competition { entries_required: false, ..there.clone() }),
            ("merge_deadline", Competition { merge_deadline: None, ..there.clone() }),
            ("phases", {
                let prizes = Some(Prizes { rule: "by_order".into(), ..Prizes::default() });
                let phases = vec![Phase { prizes, ..Phase::default() }];
                Competition { phases, ..there.clone() }
            }),
        ] {
            let failure = Failure::of(&competition(&there, &wanted).unwrap_err()).unwrap().what.clone();
            assert!(failure.ends_with(&format!("with other {rule}")), "{failure}");
        }
    }

    #[test]
    fn what_happened_to_a_phase_is_no_other_rule() {
        let with = |phase| Competition { phases: vec![phase], ..Competition::default() };
        let phase = Phase { phase_id: "live".into(), board: "public".into(), ..Phase::default() };
        let extended = Phase {
            extensions: vec![Extension { team: String::new(), extra_s: 60 }],
            close_time: Some(prost_types::Timestamp::default()),
            ..phase.clone()
        };
        assert!(competition(&with(extended), &with(phase.clone())).is_ok());
        let jurys = Phase { board: "jury".into(), ..phase.clone() };
        assert!(competition(&with(jurys), &with(phase)).is_err());
    }
}
