//! Texts: Kaldi's `utterance words…`, or one text per line; a folder of such files where a text has several right answers.

use std::path::Path;

use egret_metrics::SuiteInfo;
use serde_json::Value;

use super::named::{Named, table};
use super::source::{Source, entries};
use super::{Reading, wrong};
use crate::{Table, TableError};

/// How lines of two files belong together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    /// The first word is the utterance; the rest, after one blank, the text.
    ByFirstWord,
    /// Line by line.
    ByPosition,
}

/// Whether a suite compares texts.
pub(super) fn reads(suite: &SuiteInfo) -> bool {
    ["transcript", "mt", "caption"].contains(&suite.name)
}

#[derive(Default)]
struct Item {
    references: Vec<Value>,
    found: Option<Value>,
}

pub(super) fn read(suite: &SuiteInfo, reading: Reading<'_>, pairing: Pairing) -> Result<Table, TableError> {
    let mut items: Named<Item> = Named::new(reading.limits);
    let files = if reading.labels.is_dir() {
        entries(reading.labels, reading.limits)?.into_iter().map(|(_, path)| path).collect()
    } else {
        vec![reading.labels.to_path_buf()]
    };
    let takes_one = suite.name == "transcript";
    if files.is_empty() || takes_one && files.len() > 1 {
        let what = format!("{} files of references", files.len());
        let remedy = if takes_one { "give one" } else { "put one file per reference into the folder" };
        return Err(wrong(reading.labels.display().to_string(), what, remedy));
    }
    for (path, before) in files.iter().zip(0..) {
        references(path, before, &reading, pairing, &mut items)?;
    }
    let source = Source::open(reading.predictions, reading.limits)?;
    let mut count = 0;
    for (line, at) in source.lines().zip(1_u64..) {
        let line = line?;
        let Some((name, text)) = split(line.text, at, pairing) else { continue };
        let Some(item) = items.find(&name) else {
            let what = match pairing {
                Pairing::ByFirstWord => format!("`{name}` is not among the labels"),
                Pairing::ByPosition => format!("more lines than the {} of the labels", items.len()),
            };
            return Err(line.wrong(what, "remove the line"));
        };
        if item.found.replace(Value::from(text)).is_some() {
            return Err(line.wrong(format!("`{name}` has a text already"), "keep one"));
        }
        count += 1;
    }
    if pairing == Pairing::ByPosition && count < items.len() {
        let what = format!("{count} lines, where the labels have {}", items.len());
        return Err(wrong(source.file, what, "write one line per text, a blank one where there is none"));
    }
    let column = if takes_one { "ref" } else { "refs" };
    let row = |(_, mut item): (String, Item)| {
        let truth = if takes_one { item.references.swap_remove(0) } else { Value::from(item.references) };
        [truth, Value::from(item.found)]
    };
    Ok(table(reading.settings, [column, "hyp"], items.into_items().into_iter().map(row)))
}

/// Reads one file of right texts; `before` others were read, and all name the same items.
fn references(
    path: &Path,
    before: usize,
    reading: &Reading<'_>,
    pairing: Pairing,
    items: &mut Named<Item>,
) -> Result<(), TableError> {
    let source = Source::open(path, reading.limits)?;
    let mut count = 0;
    for (line, at) in source.lines().zip(1_u64..) {
        let line = line?;
        let Some((name, text)) = split(line.text, at, pairing) else { continue };
        let item = items.at(&name, || line.place())?;
        if item.references.len() != before {
            let twice = item.references.len() > before;
            let what = if twice { "is there already" } else { "is not in the other files of references" };
            return Err(line.wrong(format!("`{name}` {what}"), "name each text once in each file"));
        }
        item.references.push(Value::from(text));
        count += 1;
    }
    if count < items.len() {
        let what = format!("{count} texts, where another file of references has {}", items.len());
        return Err(wrong(source.file, what, "name each text once in each file"));
    }
    Ok(())
}

/// The name of an item and its text; `None` of a blank line between named ones.
fn split(line: &str, at: u64, pairing: Pairing) -> Option<(String, &str)> {
    match pairing {
        Pairing::ByPosition => Some((at.to_string(), line)),
        Pairing::ByFirstWord if line.trim().is_empty() => None,
        Pairing::ByFirstWord => {
            let (name, text) = line.split_once([' ', '\t']).unwrap_or((line, ""));
            Some((name.to_owned(), text))
        }
    }
}
