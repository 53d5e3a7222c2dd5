use egret_proto::v1::{Task, answer_contract, input_contract, metric_ref::Direction};

use super::facts;
use crate::names::TaskName;

/// What every model receives.
pub(crate) fn input(task: &Task) -> String {
    match task.input.as_ref().and_then(|input| input.kind.as_ref()) {
        Some(input_contract::Kind::Image(image)) => {
            let color = if image.channels == 1 { "gray" } else { "RGB" };
            format!("image {}×{} {color} ({})", image.width, image.height, image.fit)
        }
        Some(input_contract::Kind::Audio(audio)) => {
            format!("audio {} samples at {} Hz", audio.sample_count_max, audio.sample_rate_hz)
        }
        None => "unknown to this version of egret".to_owned(),
    }
}

fn answer(task: &Task) -> String {
    match task.answer.as_ref().and_then(|answer| answer.kind.as_ref()) {
        Some(answer_contract::Kind::Classes(classes)) => {
            let names = classes.class_names.join(", ");
            let colon = if names.is_empty() { "" } else { ": " };
            format!("one of {} classes{colon}{names}", classes.class_count)
        }
        None => "unknown to this version of egret".to_owned(),
    }
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
    let items =
        task.split_counts.iter().map(|split| format!("{} {}", split.split.to_lowercase(), split.item_count));
    let items: Vec<String> = items.collect();
    facts([
        ("task", TaskName::short(&task.name)),
        ("title", task.title.clone()),
        ("标题", task.title_zh.clone()),
        ("description", task.description.clone()),
        ("input", input(task)),
        ("answer", answer(task)),
        ("metrics", metrics.join(", ")),
        ("limits", limits(task)),
        ("items", items.join(", ")),
    ])
}
