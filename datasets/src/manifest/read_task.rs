//! `tasks/<id>/task.toml` → [`TaskManifest`].

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use egret_contract::{AnswerContract, EmbeddingAnswer, Limits, Search};

use super::read_answer::{self, Answer, Around, Kind};
use super::reader::{Source, Table, nearest};
use super::{
    DESCRIPTION_BYTES_MAX, LabelFiles, LabelSource, SplitRule, TITLE_BYTES_MAX, TaskManifest, metrics,
    read_grading, read_input, read_labels,
};
use crate::{Problem, Split, labels};

/// Reads the text of a `task.toml` that lies at `file` in `package`.
pub(super) fn read(
    package: &Path,
    file: &Path,
    text: &str,
    id: &str,
) -> (Option<TaskManifest>, Vec<Problem>) {
    let source = Source::new(file, text);
    let task = source.document().and_then(|document| task(document, package, file, id));
    (task, source.into_problems())
}

fn task(mut document: Table<'_, '_>, package: &Path, file: &Path, id: &str) -> Option<TaskManifest> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let title = document.required("title", TITLE_BYTES_MAX, "title = \"…\"");
    let mut text = |key, bytes_max| document.text(key, bytes_max).map_or_else(String::new, |text| text.value);
    let title_zh = text("title_zh", TITLE_BYTES_MAX);
    let description = text("description", DESCRIPTION_BYTES_MAX);
    let description_zh = text("description_zh", DESCRIPTION_BYTES_MAX);
    let licence = text("licence", TITLE_BYTES_MAX);
    let media =
        if document.has("media") { document.path("media", folder) } else { Some(folder.join("media")) };
    document.need("input", "[input]` with `kind = \"image\"` or another kind");
    let input = document.table("input").and_then(read_input::read);
    let stated = read_labels::read(&mut document, folder);
    let parts = input.as_ref().map_or_else(Vec::new, |(_, columns)| columns.clone());
    let in_folders = media.as_ref().is_some_and(|media| labels::has_folders(&package.join(media)));
    let find = |kind| stated.find(package, folder, kind, parts.clone(), in_folders);
    document.need("answer", "[answer]` with `kind = \"classes\"");
    let answer = document.table("answer").and_then(|table| {
        let labelled = |kind| {
            let files = find(kind);
            let media = media.as_deref().unwrap_or(Path::new(""));
            labels::class_names(package, media, &files, kind == Kind::Multilabel)
        };
        let input = input.as_ref().map(|(contract, _)| contract);
        let around = Around { package, folder, input, labelled: &labelled };
        read_answer::read(table, &around)
    });
    document.need("metrics", "metrics = [\"accuracy\"]");
    let contract = answer.as_ref().map(|answer| &answer.contract);
    let metrics = document.strings("metrics").map(|ids| metrics::read(&document, ids, contract));
    let grading = read_grading::read(&mut document, metrics.as_deref().unwrap_or_default(), contract);
    let ladder =
        read_grading::ladder(&mut document, metrics.as_deref().unwrap_or_default(), &grading, contract);
    let limits = document.table("limits").map_or_else(Limits::default, limits);
    let split = document.table("split").map_or(Some(SplitRule::Column), split);
    let labels =
        answer.as_ref().map(|answer| label_files(&document, &stated, find(answer.kind), &answer.contract));
    document.finish();
    let Answer { contract: answer, class_names_public, files: lists, .. } = answer?;
    let labels = labels?;
    let mut files = vec![file.to_path_buf()];
    files.extend(lists);
    files.extend(labels.files().cloned());
    Some(TaskManifest {
        id: id.to_owned(),
        title: title?.value,
        title_zh,
        description,
        description_zh,
        licence,
        input: input?.0,
        answer,
        class_names_public,
        metrics: metrics?,
        grading,
        ladder,
        limits,
        split: split?,
        media: media?,
        labels,
        files,
    })
}

/// What there is to read for this answer; columns that are renamed must be ones that are read.
fn label_files(
    document: &Table<'_, '_>,
    stated: &read_labels::Stated,
    mut files: LabelFiles,
    answer: &AnswerContract,
) -> LabelFiles {
    if matches!(files.source, LabelSource::Coco(_)) && !matches!(answer, AnswerContract::Boxes(_)) {
        let what = format!("`labels` is COCO JSON, which holds boxes; the answer is {}", answer.word());
        document.note(0..0, what, "name a table of labels, or use `kind = \"boxes\"` in [answer]");
    }
    let retrieval = |answer: &EmbeddingAnswer| matches!(answer.search, Search::Retrieval { .. });
    match answer {
        AnswerContract::Embedding(answer) if retrieval(answer) => files.trials = None,
        _ => files.relevance = None,
    }
    let known = labels::column_names(&files, answer);
    for (name, there) in &stated.columns {
        if !known.contains(name) {
            let remedy = match nearest(name, known.iter().map(String::as_str)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("known here: path, trials, relevance, ignore, {}", known.join(", ")),
            };
            document.note(there.span.clone(), format!("unknown key `{name}` of [labels]"), remedy);
        }
    }
    files
}

fn limits(mut table: Table<'_, '_>) -> Limits {
    let mut limit = |key, range: RangeInclusive<u32>, default: u32| {
        let range = u64::from(*range.start())..u64::from(*range.end()) + 1;
        table.integer(key, range).map_or(default, |at| at.value as u32)
    };
    let default = Limits::default();
    let wall_s_max = limit("wall_s_max", Limits::WALL_S, default.wall_s_max);
    let thread_count = limit("thread_count", Limits::THREADS, default.thread_count);
    let limits = Limits {
        wall_s_max,
        // All threads busy for all of the time, unless the organizer says otherwise.
        cpu_s_max: limit("cpu_s_max", Limits::CPU_S, wall_s_max * thread_count),
        memory_mib_max: limit("memory_mib_max", Limits::MEMORY_MIB, default.memory_mib_max),
        thread_count,
        model_mib_max: limit("model_mib_max", Limits::MODEL_MIB, default.model_mib_max),
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

impl LabelFiles {
    /// The files themselves.
    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let source = match &self.source {
            LabelSource::Csv(file) | LabelSource::Coco(file) => Some(file),
            LabelSource::Folders | LabelSource::Trials => None,
        };
        source.into_iter().chain(&self.trials).chain(&self.relevance)
    }
}
