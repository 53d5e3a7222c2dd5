//! What is on the server already must be what the package says: a published rule does not change under the teams.

use anyhow::Result;
use egret_proto::v1::{Competition, Task};

use crate::{Exit, failure::Failure};

/// Rules that differ are refused; texts that differ are told.
pub(super) fn competition(there: &Competition, wanted: &Competition) -> Result<()> {
    let rules = [
        ("phases", there.phases == wanted.phases),
        ("time_zone", there.time_zone == wanted.time_zone),
        ("open_registration", there.open_registration == wanted.open_registration),
    ];
    let texts = [
        there.title == wanted.title,
        there.title_zh == wanted.title_zh,
        there.description == wanted.description,
        there.description_zh == wanted.description_zh,
    ];
    judge(&there.name, "competition.toml", &rules, &texts)
}

/// The same for a task.
pub(super) fn task(there: &Task, wanted: &Task) -> Result<()> {
    // The server adds titles and directions, and what an answer may weigh.
    let answer = |task: &Task| task.answer.clone().and_then(|answer| answer.kind);
    let metrics = |task: &Task| task.metrics.iter().map(|metric| metric.id.clone()).collect::<Vec<_>>();
    let grading = |task: &Task| task.grading.clone().unwrap_or_default();
    let rules = [
        ("input", there.input == wanted.input),
        ("answer", answer(there) == answer(wanted)),
        ("metrics", metrics(there) == metrics(wanted)),
        ("composite or certificates", grading(there) == grading(wanted)),
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
    use egret_proto::v1::{Limits, MetricRef};

    use super::*;

    #[test]
    fn rules_do_not_change_but_texts_may_differ() {
        let limits = |wall_s_max| Some(Limits { wall_s_max, ..Limits::default() });
        let metric =
            |title: &str| vec![MetricRef { id: "accuracy".into(), title: title.into(), direction: 1 }];
        let there = Task { limits: limits(5), metrics: metric("Accuracy"), ..Task::default() };
        let same = Task { limits: limits(5), metrics: metric(""), title: "new".into(), ..Task::default() };
        assert!(task(&there, &same).is_ok());
        let other = Task { limits: limits(6), ..same };
        let failure = Failure::of(&task(&there, &other).unwrap_err()).unwrap();
        assert_eq!(failure.exit, Exit::Refused);
        assert!(failure.what.ends_with("with other limits"), "{}", failure.what);
    }
}
