//! What items there are, what is true of them, and where they belong: tables, COCO JSON, folders, trials, and the folder of media
//! beside them.
//!
//! | answer | columns of `labels.csv` beside the file's |
//! |---|---|
//! | `classes` | `label` |
//! | `multilabel` | `label`, several with a bar between them; empty: none of them |
//! | `values` | one per value, called by its name |
//! | `boxes` | `label`, `x`, `y`, `w`, `h`, a row per box, in pixels from the upper left corner; `area`, `crowd`; `width` and `height` where the boxes lie on a picture of another size than the file's; a row with the file alone: no objects |
//! | `mask` | `mask`, a PNG in the folder of media whose gray level or palette index is the class; the highest level is void |
//! | `transcript` | `text`, or `label` where models are given `text` |
//! | `segments` | `label`, `start_s`, `end_s`, a row per event; a row with the file alone: no events |
//! | `embedding`, verification | none; `trials.csv`: `first`, `second`, `target` (1, 0), `split`. Without `labels.csv` its files are the items |
//! | `embedding`, retrieval | `role` (query, gallery), `identity`, `camera`; or `relevance.csv`: `query`, `item`, `grade` (1 to 255; 0: judged, irrelevant; −1: dropped) |
//!
//! A query should find the gallery items of its split and its identity; those that its own camera saw are dropped from its list.
//! Gallery items of identity −1 are nobody, and left out. Every table may have `split` and `group`. A single file is in the column
//! `file`, a single text in `text`, parts of composite items are in columns of their names; what is not a single file may have an `id`.

mod coco;
mod columns;
mod csv;
mod files;
mod folders;
mod groups;
mod identities;
mod objects;
mod pairs;
mod ratio;
mod reading;
mod set;
mod table;
mod truths;

use std::collections::HashSet;
use std::path::Path;

use egret_contract::{AnswerContract, Search};

use crate::{LabelFiles, LabelSource, Problem, TaskManifest};
use reading::Reading;
use table::{Spec, Table};

pub(crate) use columns::names as column_names;
pub(crate) use folders::any as has_folders;
pub(crate) use set::{Canvas, EXCLUDED, ItemSet, Label, Links, NONE, Parts, Place, Role};
pub(crate) use table::RowReader;

/// Bytes of an id: of a file name in the labels.
pub(crate) const ID_BYTES_MAX: usize = 1024;
/// Bytes of the name of a group.
pub(crate) const GROUP_BYTES_MAX: usize = 1024;

/// The classes that the labels of a task have, and what to call those labels. Of a table: by value where all are whole numbers,
/// otherwise by bytes, several between bars if `several`. Problems are left to [`read`].
pub(crate) fn class_names(
    dir: &Path,
    media: &Path,
    files: &LabelFiles,
    several: bool,
) -> (Vec<String>, String) {
    let (names, origin) = match &files.source {
        LabelSource::Coco(file) => return (coco::classes(dir, file), in_file(file)),
        LabelSource::Folders => (folders::classes(&dir.join(media)), "in the folders of media".to_owned()),
        LabelSource::Csv(file) => (distinct(dir, file, files, several), in_file(file)),
        LabelSource::Trials => (HashSet::new(), "in the trials".to_owned()),
    };
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_unstable();
    let value = |name: &String| name.parse::<u64>().ok().filter(|value| value.to_string() == *name);
    if names.iter().all(|name| value(name).is_some()) {
        names.sort_by_key(value);
    }
    (names, origin)
}

fn in_file(file: &Path) -> String {
    format!("in {}", file.file_name().unwrap_or_default().display())
}

fn distinct(dir: &Path, file: &Path, files: &LabelFiles, several: bool) -> HashSet<String> {
    let mut names = HashSet::new();
    let known = ["label".to_owned()];
    let spec = Spec { files, known: &known, required: &known, lenient: true };
    if let Some(table) = Table::open(dir, file, &spec, &mut Vec::new()) {
        let label = table.required("label");
        table.rows(&mut Vec::new(), |row, _| {
            let text = row.text(label);
            let mut add = |name: &str| {
                if !name.is_empty() && !names.contains(name) {
                    names.insert(name.to_owned());
                }
            };
            if several { truths::labels(text).for_each(&mut add) } else { add(text) }
        });
    }
    names
}

/// Reads a task's labels and looks at its media, noting every problem. Items with a problem are left out.
pub(crate) fn read(dir: &Path, task: &TaskManifest, problems: &mut Vec<Problem>) -> ItemSet {
    let before = problems.len();
    let Some(mut reading) = Reading::start(dir, task, problems) else { return ItemSet::default() };
    match &task.labels.source {
        LabelSource::Csv(file) => csv::read(&mut reading, file, problems),
        LabelSource::Coco(file) => coco::read(&mut reading, file, problems),
        LabelSource::Folders => folders::read(&mut reading, problems),
        LabelSource::Trials => pairs::items(&mut reading, task.labels_file(), problems),
    }
    let mut set = reading.finish(problems);
    let AnswerContract::Embedding(answer) = &task.answer else { return set };
    // What is missing in what was not understood is most likely a consequence.
    if set.is_empty() || problems[before..].iter().any(|problem| problem.file == task.labels_file()) {
        return set;
    }
    match (answer.search, &task.labels.relevance) {
        (Search::Verification, _) => set.links = pairs::trials(dir, task, &set, problems),
        (Search::Retrieval { .. }, Some(file)) => {
            set.links = pairs::relevance(dir, task, file, &set, problems);
        }
        (Search::Retrieval { .. }, None) => {
            if let Links::Identities(items) = &set.links {
                identities::check(task.labels_file(), &set, items, problems);
            }
        }
    }
    set
}
