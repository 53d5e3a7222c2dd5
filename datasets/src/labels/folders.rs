//! Folders as labels: `media/<class>/<file>`, or `media/<split>/<class>/<file>`.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use super::files::Found;
use super::reading::{Claim, Common, Reading};
use super::set::Label;
use crate::{Problem, Split, SplitRule, Truth};

/// Whether a folder has folders in it.
pub(crate) fn any(folder: &Path) -> bool {
    !inside(folder).is_empty()
}

/// The names of the folders in a folder, but for hidden ones.
fn inside(folder: &Path) -> BTreeSet<String> {
    let entries = folder.read_dir().into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| !name.starts_with('.')).collect()
}

/// The classes that the folders below `media` are called by.
pub(super) fn classes(media: &Path) -> HashSet<String> {
    let tops = inside(media);
    if tops.iter().all(|top| Split::parse(top).is_some()) {
        return tops.iter().flat_map(|split| inside(&media.join(split))).collect();
    }
    tops.into_iter().collect()
}

/// Whether the outermost folders are splits.
fn by_split(files: &[String]) -> bool {
    let mut tops = files.iter().filter_map(|file| file.split_once('/')).map(|(top, _)| top).peekable();
    tops.peek().is_some() && tops.all(|top| Split::parse(top).is_some())
}

/// The split and the class that a file's folders say.
fn parts(file: &str, by_split: bool) -> Option<(Option<Split>, &str)> {
    let (split, rest) = if by_split {
        let (split, rest) = file.split_once('/')?;
        (Split::parse(split), rest)
    } else {
        (None, file)
    };
    rest.split_once('/').map(|(class, _)| (split, class))
}

/// Makes an item of every file.
pub(super) fn read(reading: &mut Reading<'_>, problems: &mut Vec<Problem>) {
    let files = reading.found.as_ref().map_or_else(Vec::new, Found::files);
    let media = &reading.task.media;
    let by_split = by_split(&files);
    let (what, remedy) = match (&reading.task.split, by_split) {
        (SplitRule::Column, false) => (
            "the folders name no splits, and task.toml has no [split]",
            "sort the classes into folders sample, public and private, or add [split] with weights and a seed",
        ),
        (SplitRule::Ratio { .. }, true) => {
            ("the folders name splits, and task.toml has [split] too", "remove one of them")
        }
        _ => ("", ""),
    };
    if !what.is_empty() {
        problems.push(Problem::of_file(media, what, remedy));
    }
    for (file, line) in files.iter().zip(1..) {
        let mut note = |(what, remedy)| problems.push(Problem::of_file(media.join(file), what, remedy));
        let claimed = reading.claim(file, line, Claim::File);
        let Some((split, class)) = parts(file, by_split) else {
            note(("the file lies in no folder of a class".into(), "move it into one".into()));
            continue;
        };
        match (claimed, reading.class(class)) {
            (Ok(id), Ok(class)) => {
                // There are no lines: problems name the file.
                let common = Common { line: 0, split, key: &id, ..Common::default() };
                reading.push(&id, &common, &Label::Known(Truth::Class(class)));
            }
            (claimed, class) => {
                claimed.err().into_iter().chain(class.err()).for_each(&mut note);
            }
        }
    }
}
