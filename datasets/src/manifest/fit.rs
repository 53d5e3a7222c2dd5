//! What `competition.toml` says of tasks, against the tasks that there are.

use std::path::Path;

use egret_contest::{OverallRule, Policy};

use super::{CompetitionManifest, TaskManifest};
use crate::Problem;

/// Notes what does not fit; `known` says whether there is a task of this id, if only with problems of its own.
pub(super) fn check(
    file: &Path,
    competition: &CompetitionManifest,
    tasks: &[TaskManifest],
    known: impl Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) {
    let mut note = |line: u32, what: String, remedy: String| {
        problems.push(Problem::at_line(file, line, what, remedy));
    };
    for phase in &competition.phases {
        let ladder = matches!(phase.release.policy(), Policy::Ladder(_));
        for task in tasks.iter().filter(|task| ladder && task.ladder.is_none()) {
            let what = format!(
                "the phase \"{}\" has the policy `ladder`, and the task \"{}\" no baseline for it",
                phase.id, task.id
            );
            let remedy = format!(
                "add [ladder] with `baseline = …` to {}/task.toml, or `policy = \"exact\"` to [phases.release]",
                task.folder().display()
            );
            note(phase.line, what, remedy);
        }
        for of in phase.tasks.iter().filter(|of| !known(&of.id)) {
            let key = format!("[phases.tasks.{}]", of.id);
            note(of.line, format!("there is no task \"{}\"", of.id), format!("correct {key}, or remove it"));
        }
    }
    let Some(overall) = &competition.overall else { return };
    for (id, _) in overall.weights.iter().filter(|(id, _)| !known(id)) {
        note(
            overall.line,
            format!("there is no task \"{id}\" to weigh"),
            "correct [overall] `weights`".into(),
        );
    }
    let bounded = |task: &TaskManifest| task.ladder.is_some() || task.grading.composite.is_some();
    for task in tasks.iter().filter(|task| overall.rule == OverallRule::Normalised && !bounded(task)) {
        let what = format!("`normalised` needs a baseline and a best of the task \"{}\"", task.id);
        let remedy = format!("add [ladder] with `baseline = …` to {}/task.toml", task.folder().display());
        note(overall.line, what, remedy);
    }
}
