//! `labels.csv` and the folder of media: which items there are, what they are, and where they belong.

mod files;
mod groups;
mod ratio;
mod rows;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::manifest::nearest;
use crate::{AnswerContract, Problem, Split, SplitRule, TaskManifest};
use files::Found;
use rows::{Row, Rows};

/// Bytes of a file name in `labels.csv`.
pub(crate) const ID_BYTES_MAX: usize = 1024;

/// One labelled file. About a hundred bytes: names are all that is kept of a set in memory, media never are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The path inside the folder of media, with `/` between its parts.
    pub id: String,
    /// Its line in `labels.csv`.
    pub line: u32,
    /// Index of its class.
    pub class: u32,
    /// Where it belongs.
    pub split: Split,
}

/// A row that names a file and a class, before splits are known.
struct Candidate {
    id: String,
    line: u32,
    class: u32,
    split: Option<Split>,
    group: Option<String>,
}

/// The distinct labels: by value where all are whole numbers, otherwise by bytes. Problems are left to [`read`].
pub(crate) fn distinct(dir: &Path, file: &Path) -> Vec<String> {
    let rows = rows::read(dir, file, &mut Vec::new()).map_or_else(Vec::new, |rows| rows.rows);
    let mut labels: Vec<String> =
        rows.into_iter().map(|row| row.label).filter(|label| !label.is_empty()).collect();
    labels.sort_unstable();
    labels.dedup();
    let value = |label: &String| label.parse::<u64>().ok().filter(|value| value.to_string() == *label);
    if labels.iter().all(|label| value(label).is_some()) {
        labels.sort_by_key(value);
    }
    labels
}

/// Reads a task's labels and looks at its media, noting every problem. Items with a problem are left out.
pub(crate) fn read(dir: &Path, task: &TaskManifest, problems: &mut Vec<Problem>) -> Vec<Item> {
    let file = task.labels_file();
    let Some(rows) = rows::read(dir, &file, problems) else { return Vec::new() };
    check_columns(&rows, task, problems);
    let Some(mut found) = files::find(dir, &task.media, problems) else { return Vec::new() };
    let AnswerContract::Classes(answer) = &task.answer;
    let classes: HashMap<&str, u32> = answer.classes.iter().map(String::as_str).zip(0..).collect();
    let mut lines = HashMap::new();
    let by_column = task.split == SplitRule::Column && rows.has_split;
    let mut candidates = Vec::with_capacity(rows.rows.len());
    for row in rows.rows {
        let line = row.line;
        match candidate(row, by_column, &classes, &mut lines, &mut found) {
            Ok(candidate) => candidates.push(candidate),
            Err(wrong) => {
                problems.extend(
                    wrong.into_iter().map(|(what, remedy)| Problem::at_line(&file, line, what, remedy)),
                );
            }
        }
    }
    for id in found.unclaimed() {
        let what = "the file has no label";
        problems.push(Problem::of_file(
            task.media.join(id),
            what,
            "add a row to labels.csv or move the file away",
        ));
    }
    if candidates.is_empty() && problems.is_empty() {
        problems.push(Problem::of_file(&file, "there are no items", "add a row per file"));
    }
    groups::check(&file, &candidates, problems);
    let splits = match &task.split {
        SplitRule::Ratio { weights, seed } => ratio::assign(&candidates, *weights, *seed),
        SplitRule::Column => {
            candidates.iter().map(|candidate| candidate.split.unwrap_or(Split::Private)).collect()
        }
    };
    let items = candidates.into_iter().zip(splits);
    items.map(|(Candidate { id, line, class, .. }, split)| Item { id, line, class, split }).collect()
}

fn check_columns(rows: &Rows, task: &TaskManifest, problems: &mut Vec<Problem>) {
    let file = task.labels_file();
    match (&task.split, rows.has_split) {
        (SplitRule::Column, false) => problems.push(Problem::at_line(
            &file,
            1,
            "there is no column `split`, and task.toml has no [split]",
            "add the column (sample, public, private), or [split] with weights and a seed",
        )),
        (SplitRule::Ratio { .. }, true) => problems.push(Problem::at_line(
            &file,
            1,
            "there is a column `split`, and task.toml has [split] too",
            "remove one of them",
        )),
        _ => {}
    }
}

type Wrong = Vec<(String, String)>;

/// Makes sense of one row, or says everything that is wrong with it.
fn candidate(
    row: Row,
    by_column: bool,
    classes: &HashMap<&str, u32>,
    lines: &mut HashMap<String, u32>,
    found: &mut Found,
) -> Result<Candidate, Wrong> {
    let mut wrong = Wrong::new();
    let mut note = |what: String, remedy: String| wrong.push((what, remedy));
    let id = match relative(&row.file) {
        Ok(id) => {
            if let Some(first) = lines.get(&id) {
                note(
                    format!("\"{id}\" is listed twice, first in line {first}"),
                    "remove one of the rows".into(),
                );
            } else if let Err((what, remedy)) = found.claim(&id) {
                note(what, remedy);
            }
            lines.entry(id.clone()).or_insert(row.line);
            Some(id)
        }
        Err(what) => {
            note(what.into(), "name a file inside the folder of media, relative to it".into());
            None
        }
    };
    let class = classes.get(row.label.as_str()).copied();
    if row.label.is_empty() {
        note("the label is empty".into(), "fill it in".into());
    } else if class.is_none() {
        let remedy = match nearest(&row.label, classes.keys().copied()) {
            Some(nearest) => format!("did you mean \"{nearest}\"?"),
            None => "add it to `classes` of [answer] or correct the label".into(),
        };
        note(format!("the class \"{}\" is not known", row.label), remedy);
    }
    let split = row.split.as_deref().filter(|_| by_column).map(|text| (text, Split::parse(text)));
    if let Some((text, None)) = split {
        note(format!("the split \"{text}\" is not known"), "use sample, public or private".into());
    }
    match (id, class) {
        (Some(id), Some(class)) if wrong.is_empty() => Ok(Candidate {
            id,
            line: row.line,
            class,
            split: split.and_then(|(_, split)| split),
            group: row.group.filter(|group| !group.is_empty()),
        }),
        _ => Err(wrong),
    }
}

/// The path as it is kept: inside the folder, without `.` and doubled separators.
fn relative(file: &str) -> Result<String, &'static str> {
    if file.is_empty() {
        return Err("the file name is empty");
    }
    if file.len() > ID_BYTES_MAX {
        return Err("the file name is too long");
    }
    if file.chars().any(char::is_control) {
        return Err("the file name has control characters");
    }
    let mut path = PathBuf::new();
    for part in Path::new(file).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err("the path leads out of the folder of media");
            }
        }
    }
    path.to_str().filter(|path| !path.is_empty()).map(str::to_owned).ok_or("the file name is empty")
}
