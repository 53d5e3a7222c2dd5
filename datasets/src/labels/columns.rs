use egret_contract::{AnswerContract, Search};

use crate::{LabelFiles, LabelSource};

/// The columns that `labels.csv` may have for an answer, and whether each must be there.
fn of(files: &LabelFiles, answer: &AnswerContract) -> Vec<(String, bool)> {
    let mut columns: Vec<(String, bool)> = Vec::new();
    let mut add =
        |names: &[&str], required| columns.extend(names.iter().map(|name| ((*name).to_owned(), required)));
    match files.parts.as_slice() {
        // A text may also lie in a file; one of the columns must be there.
        [only] if only == "text" => add(&["text", "file"], false),
        parts => parts.iter().for_each(|part| add(&[part], true)),
    }
    if files.parts != ["file"] {
        add(&["id"], false);
    }
    match answer {
        AnswerContract::Classes(_) | AnswerContract::Multilabel(_) => add(&["label"], true),
        AnswerContract::Values(values) => values.value_names.iter().for_each(|name| add(&[name], true)),
        AnswerContract::Boxes(_) => {
            add(&["label", "x", "y", "w", "h"], true);
            add(&["area", "crowd", "width", "height"], false);
        }
        AnswerContract::Mask(_) => add(&["mask"], true),
        AnswerContract::Transcript(_) => add(&[transcript(files)], true),
        AnswerContract::Embedding(answer) => {
            if matches!(answer.search, Search::Retrieval { .. }) {
                add(&["role"], true);
                add(&["identity"], files.relevance.is_none());
                add(&["camera"], false);
            }
        }
        AnswerContract::Segments(_) => add(&["label", "start_s", "end_s"], true),
    }
    add(&["split", "group"], false);
    columns
}

/// The column of a transcript: `text`, unless that is what models are given.
pub(super) fn transcript(files: &LabelFiles) -> &'static str {
    if files.parts.iter().any(|part| part == "text") { "label" } else { "text" }
}

/// All columns that `labels.csv` may have.
pub(super) fn known(files: &LabelFiles, answer: &AnswerContract) -> Vec<String> {
    of(files, answer).into_iter().map(|(name, _)| name).collect()
}

/// Those that must be there.
pub(super) fn required(files: &LabelFiles, answer: &AnswerContract) -> Vec<String> {
    of(files, answer).into_iter().filter(|(_, required)| *required).map(|(name, _)| name).collect()
}

/// The columns of `trials.csv`.
pub(super) const TRIALS: [&str; 4] = ["first", "second", "target", "split"];
/// The columns of `relevance.csv`.
pub(super) const RELEVANCE: [&str; 3] = ["query", "item", "grade"];

/// The names of all columns of all files of a task: what `[labels]` may rename. One that is there twice cannot be told apart.
pub(crate) fn names(files: &LabelFiles, answer: &AnswerContract) -> Vec<String> {
    let mut names = match files.source {
        LabelSource::Csv(_) => known(files, answer),
        LabelSource::Coco(_) | LabelSource::Folders | LabelSource::Trials => Vec::new(),
    };
    if files.trials.is_some() {
        // Both tables may have a column `split`, of the one name.
        names.retain(|name| name != "split");
        names.extend(TRIALS.map(str::to_owned));
    }
    if files.relevance.is_some() {
        names.extend(RELEVANCE.map(str::to_owned));
    }
    names
}
