use egret_contract::{AnswerContract, InputContract};
use egret_proto::v1::{Composite, CompositePart, Task, metric_ref::Direction};

use super::facts;
use crate::names::TaskName;

/// What every model receives.
pub(crate) fn input(task: &Task) -> String {
    let input = task.input.as_ref().and_then(|input| InputContract::try_from(input).ok());
    input.map_or_else(unknown, |input| input.to_string())
}

fn answer(task: &Task) -> String {
    let Some(answer) = task.answer.as_ref().and_then(|answer| AnswerContract::try_from(answer).ok()) else {
        return unknown();
    };
    match answer.classes() {
        Some(classes) if !classes.class_names.is_empty() => {
            format!("{answer}: {}", classes.class_names.join(", "))
        }
        _ => answer.to_string(),
    }
}

fn unknown() -> String {
    "unknown to this version of egret".to_owned()
}

/// Under which limits every model runs.
pub(crate) fn limits(task: &Task) -> String {
    let limits = task.limits.unwrap_or_default();
    let answer_bytes = task.answer.as_ref().map_or(0, |answer| answer.item_bytes_max);
    format!(
        "wall {} s, cpu {} s, memory {} MiB, {} threads, model {} MiB, output {answer_bytes} bytes an item",
        limits.wall_s_max, limits.cpu_s_max, limits.memory_mib_max, limits.thread_count, limits.model_mib_max
    )
}

/// What ranks, where it is made of several metrics.
fn composite(composite: &Composite) -> String {
    let part =
        |part: &CompositePart| format!("{} × {} ({} to {})", part.weight, part.metric, part.worst, part.best);
    let parts: Vec<String> = composite.parts.iter().map(part).collect();
    let speed = composite.speed.map(|speed| {
        format!(" × min(1, {} ms / time of an item)^{}", speed.reference_item_ms, speed.exponent)
    });
    let (rule, speed) = (&composite.rule, speed.unwrap_or_default());
    format!("{}: {rule} mean of {}{speed}", composite.title, parts.join(", "))
}

/// Everything about one.
pub(crate) fn show(task: &Task) -> String {
    let metrics = task.metrics.iter().map(|metric| {
        let better = match metric.direction() {
            Direction::LowerIsBetter => "lower",
            Direction::HigherIsBetter | Direction::Unspecified => "higher",
        };
        format!("{} ({better} is better)", metric.id)
    });
    let metrics: Vec<String> = metrics.collect();
    let grading = task.grading.clone().unwrap_or_default();
    let certificates = grading.certificates.iter().map(|one| format!("{} at {}", one.name, one.threshold));
    let certificates: Vec<String> = certificates.collect();
    let items =
        task.split_counts.iter().map(|split| format!("{} {}", split.split.to_lowercase(), split.item_count));
    let items: Vec<String> = items.collect();
    let card = task.card.clone().unwrap_or_default();
    facts([
        ("task", TaskName::short(&task.name)),
        ("title", task.title.clone()),
        ("标题", task.title_zh.clone()),
        ("description", task.description.clone()),
        ("input", input(task)),
        ("answer", answer(task)),
        ("score", grading.composite.as_ref().map(composite).unwrap_or_default()),
        ("metrics", metrics.join(", ")),
        ("certificates", certificates.join(", ")),
        ("limits", limits(task)),
        ("items", items.join(", ")),
        ("licence", card.licence),
        ("commitment", card.root),
    ])
}
