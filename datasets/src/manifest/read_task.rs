//! `tasks/<id>/task.toml` → [`TaskManifest`].

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use egret_metrics::{CLASS_COUNT_MAX, ClassesParams, ClassesState};

use super::reader::{At, Source, Table, nearest};
use super::{
    AnswerContract, AudioInput, ClassesAnswer, DESCRIPTION_BYTES_MAX, Fit, ImageInput, InputContract, Limits,
    SplitRule, TITLE_BYTES_MAX, TaskManifest,
};
use crate::shard::ITEM_BYTES_MAX;
use crate::{Problem, Split};

/// Longest side of an input picture, in pixels.
const IMAGE_SIDE_MAX: u64 = 4096;
/// Bytes of a class name.
const CLASS_NAME_BYTES_MAX: usize = 256;
/// Metrics of one task.
const METRIC_COUNT_MAX: usize = 32;

/// Reads the text of a `task.toml`. `labels` gives the distinct labels of the task where no classes are listed.
pub(super) fn read(
    file: &Path,
    text: &str,
    id: &str,
    labels: impl FnOnce() -> Vec<String>,
) -> (Option<TaskManifest>, Vec<Problem>) {
    let source = Source::new(file, text);
    let task = source.document().and_then(|document| task(document, id, labels));
    (task, source.into_problems())
}

fn task(mut document: Table<'_, '_>, id: &str, labels: impl FnOnce() -> Vec<String>) -> Option<TaskManifest> {
    let title = document.required("title", TITLE_BYTES_MAX, "title = \"…\"");
    let mut text = |key, bytes_max| document.text(key, bytes_max).map_or_else(String::new, |text| text.value);
    let title_zh = text("title_zh", TITLE_BYTES_MAX);
    let description = text("description", DESCRIPTION_BYTES_MAX);
    let description_zh = text("description_zh", DESCRIPTION_BYTES_MAX);
    let media = media(&mut document, id);
    document.need("input", "[input]` with `kind = \"image\"` or `kind = \"audio\"");
    let input = document.table("input").and_then(self::input);
    document.need("answer", "[answer]` with `kind = \"classes\"");
    let answer = document.table("answer").and_then(|table| self::answer(table, labels));
    document.need("metrics", "metrics = [\"accuracy\"]");
    let metrics = document.strings("metrics").map(|ids| metrics(&document, ids, answer.as_ref()));
    let limits = document.table("limits").map_or_else(Limits::default, limits);
    let split = document.table("split").map_or(Some(SplitRule::Column), split);
    document.finish();
    Some(TaskManifest {
        id: id.to_owned(),
        title: title?.value,
        title_zh,
        description,
        description_zh,
        input: input?,
        answer: answer?,
        metrics: metrics?,
        limits,
        split: split?,
        media: media?,
    })
}

/// The folder of media, inside the task's folder.
fn media(document: &mut Table<'_, '_>, id: &str) -> Option<PathBuf> {
    let folder = document.text("media", 256).unwrap_or_else(|| At { value: "media".into(), span: 0..0 });
    let parts = Path::new(&folder.value).components().filter(|part| !matches!(part, Component::CurDir));
    let inside = parts.clone().all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        let what = format!("`media` leads out of the task's folder: \"{}\"", folder.value);
        document.note(folder.span, what, "name a folder beside task.toml");
    }
    inside.then(|| Path::new("tasks").join(id).join(parts.collect::<PathBuf>()))
}

fn input(mut table: Table<'_, '_>) -> Option<InputContract> {
    table.need("kind", "kind = \"image\"");
    let kind = table.choice("kind", &[("image", image as fn(&mut Table<'_, '_>) -> _), ("audio", audio)])?;
    let contract = (kind.value)(&mut table);
    table.finish();
    contract
}

fn image(table: &mut Table<'_, '_>) -> Option<InputContract> {
    let width = number(table, "width", 1..IMAGE_SIDE_MAX + 1);
    let height = number(table, "height", 1..IMAGE_SIDE_MAX + 1);
    let channels = number(table, "channels", 1..4).filter(|&channels| {
        if channels == 2 {
            table.note(table.span(), "`channels` of [input] is 2".into(), "use 1 (gray) or 3 (RGB)");
        }
        channels != 2
    });
    table.need("fit", "fit = \"stretch\"");
    let fit = table.choice("fit", &Fit::ALL.map(|fit| (fit.as_str(), fit)));
    Some(InputContract::Image(ImageInput {
        width: width?,
        height: height?,
        channels: channels?,
        fit: fit?.value,
    }))
}

fn audio(table: &mut Table<'_, '_>) -> Option<InputContract> {
    let sample_rate_hz = number(table, "sample_rate_hz", 1_000..192_001);
    let sample_count_max = number(table, "sample_count_max", 1..ITEM_BYTES_MAX / 4 + 1);
    Some(InputContract::Audio(AudioInput {
        sample_rate_hz: sample_rate_hz?,
        sample_count_max: sample_count_max?,
    }))
}

fn number(table: &mut Table<'_, '_>, key: &'static str, range: Range<u64>) -> Option<u32> {
    table.need(key, &format!("{key} = …"));
    table.integer(key, range).map(|at| at.value as u32)
}

fn answer(mut table: Table<'_, '_>, labels: impl FnOnce() -> Vec<String>) -> Option<AnswerContract> {
    table.need("kind", "kind = \"classes\"");
    table.choice("kind", &[("classes", ())])?;
    let class_names_public = table.boolean("class_names_public").is_none_or(|at| at.value);
    let listed = table.has("classes");
    let classes = table.strings("classes");
    let (classes, span) = match classes {
        Some(classes) => (distinct(&table, classes.value), classes.span),
        None if listed => return None,
        None => (labels(), table.span()),
    };
    if !(2..=CLASS_COUNT_MAX as usize).contains(&classes.len()) {
        let origin = if listed { "listed" } else { "in labels.csv" };
        let what = format!("the number of classes {origin} is {}", classes.len());
        table.note(span, what, format!("2 to {CLASS_COUNT_MAX} are possible"));
        return None;
    }
    table.finish();
    Some(AnswerContract::Classes(ClassesAnswer { classes, class_names_public }))
}

/// The class names, with a problem for each that cannot be one.
fn distinct(table: &Table<'_, '_>, listed: Vec<At<String>>) -> Vec<String> {
    let mut seen = HashSet::new();
    for class in &listed {
        let name = class.value.as_str();
        if !seen.insert(name) {
            let what = format!("the class \"{name}\" is listed twice");
            table.note(class.span.clone(), what, "remove one; a class's index is its place in the list");
        }
        if name.is_empty() || name.trim() != name || name.len() > CLASS_NAME_BYTES_MAX {
            let what = format!("\"{name}\" cannot be a class");
            table.note(
                class.span.clone(),
                what,
                format!("1 to {CLASS_NAME_BYTES_MAX} bytes without blanks around them"),
            );
        }
    }
    listed.into_iter().map(|class| class.value).collect()
}

/// Ids that the metric registry knows and that fit the answer.
fn metrics(
    document: &Table<'_, '_>,
    listed: At<Vec<At<String>>>,
    answer: Option<&AnswerContract>,
) -> Vec<String> {
    if listed.value.is_empty() || listed.value.len() > METRIC_COUNT_MAX {
        let what = format!("`metrics` lists {}", listed.value.len());
        document.note(listed.span, what, format!("list 1 to {METRIC_COUNT_MAX}; the first one ranks"));
    }
    let mut seen = HashSet::new();
    for id in &listed.value {
        if !seen.insert(id.value.as_str()) {
            document.note(
                id.span.clone(),
                format!("the metric `{}` is listed twice", id.value),
                "remove one",
            );
        }
        let Some(metric) = egret_metrics::find(&id.value) else {
            let known = || egret_metrics::registry().iter().map(|info| info.id);
            let remedy = match nearest(&id.value, known()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("known metrics: {}", known().collect::<Vec<_>>().join(", ")),
            };
            document.note(id.span.clone(), format!("there is no metric `{}`", id.value), remedy);
            continue;
        };
        if let Some(answer) = answer {
            let params = ClassesParams { class_count: answer.class_count(), metrics: vec![metric] };
            if let Err(error) = ClassesState::new(params) {
                let what = format!("the metric `{}` does not fit the task: {error}", id.value);
                document.note(id.span.clone(), what, "choose another metric or other parameters");
            }
        }
    }
    listed.value.into_iter().map(|id| id.value).collect()
}

impl Default for Limits {
    fn default() -> Self {
        Self { wall_s_max: 600, cpu_s_max: 1_200, memory_mib_max: 4_096, thread_count: 2, model_mib_max: 512 }
    }
}

fn limits(mut table: Table<'_, '_>) -> Limits {
    let mut limit =
        |key, range, default: u32| table.integer(key, range).map_or(default, |at| at.value as u32);
    let default = Limits::default();
    let wall_s_max = limit("wall_s_max", 1..86_401, default.wall_s_max);
    let thread_count = limit("thread_count", 1..65, default.thread_count);
    let limits = Limits {
        wall_s_max,
        // All threads busy for all of the time, unless the organizer says otherwise.
        cpu_s_max: limit("cpu_s_max", 1..5_529_601, wall_s_max * thread_count),
        memory_mib_max: limit("memory_mib_max", 256..262_145, default.memory_mib_max),
        thread_count,
        model_mib_max: limit("model_mib_max", 1..16_385, default.model_mib_max),
    };
    table.finish();
    limits
}

fn split(mut table: Table<'_, '_>) -> Option<SplitRule> {
    let weights = Split::ALL.map(|split| table.weight(split.as_str()).map_or(0.0, |at| at.value));
    table.need("seed", "seed = 2019");
    let seed = table.integer("seed", 0..u64::MAX).map(|at| at.value);
    if weights.iter().sum::<f64>() <= 0.0 {
        table.note(
            table.span(),
            "[split] gives no split any weight".into(),
            "add `sample`, `public` or `private`",
        );
    }
    table.finish();
    Some(SplitRule::Ratio { weights, seed: seed? })
}
