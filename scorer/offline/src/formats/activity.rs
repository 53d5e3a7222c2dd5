//! ActivityNet: a database of videos with annotated segments, and results by video.

use serde_json::{Map, Value};

use super::json::document;
use super::limits;
use super::named::table;
use super::source::Source;
use super::{Reading, wrong};
use crate::{Table, TableError};

/// Videos stand in the order of their names.
pub(super) fn read(mut reading: Reading<'_>) -> Result<Table, TableError> {
    let subset = reading.take("subset");
    let labels = Source::open(reading.labels, reading.limits)?;
    let mut database = member(&labels, "database")?;
    let count = database.len() as u64;
    limits::check(count, reading.limits.row_count, "videos", "score in parts", || labels.file.clone())?;
    // Those of other parts may have results, which do not count.
    let is_asked = |video: &Value| subset.as_ref().is_none_or(|subset| video["subset"] == *subset);
    let others: Vec<String> =
        database.iter().filter(|(_, video)| !is_asked(video)).map(|(name, _)| name.clone()).collect();
    for name in &others {
        database.remove(name);
    }
    if let (Some(subset), true) = (&subset, database.is_empty()) {
        let what = format!("no video is of the subset {subset}");
        return Err(wrong(labels.file, what, "name another with the setting subset"));
    }

    let source = Source::open(reading.predictions, reading.limits)?;
    let results = member(&source, "results")?;
    let known = |name: &String| database.contains_key(name) || others.contains(name);
    if let Some(name) = results.keys().find(|name| !known(name)) {
        let what = format!("the video `{name}` is not in the database");
        return Err(wrong(format!("{}, results", source.file), what, "remove it"));
    }

    let mut rows = Vec::new();
    for (name, video) in database {
        let place = |at: usize| format!("{}, database, {name}, annotations[{at}]", labels.file);
        let truth = segments(&video["annotations"], &["label", "segment"], place)?;
        let place = |at: usize| format!("{}, results, {name}[{at}]", source.file);
        let found = results.get(&name).unwrap_or(&Value::Null);
        let found = segments(found, &["label", "segment", "score"], place)?;
        rows.push([Value::from(name), Value::from(truth), Value::from(found)]);
    }
    Ok(table(reading.settings, ["video", "gts", "preds"], rows.into_iter()))
}

/// An object of the file's object.
fn member(source: &Source, name: &str) -> Result<Map<String, Value>, TableError> {
    match document(source)?.get_mut(name).map(Value::take) {
        Some(Value::Object(member)) => Ok(member),
        _ => {
            let what = format!("it has no object `{name}`");
            Err(wrong(source.file.as_str(), what, format!("write {{\"{name}\": {{…}}}}")))
        }
    }
}

/// What a suite reads of each entry, which has all of it.
fn segments(list: &Value, names: &[&str], place: impl Fn(usize) -> String) -> Result<Vec<Value>, TableError> {
    let entries: &[Value] = match list {
        Value::Null => &[],
        Value::Array(entries) => entries.as_slice(),
        _ => return Err(wrong(place(0), "it is in no list", "write a list of segments")),
    };
    let one = |(at, entry): (usize, &Value)| {
        if let Some(name) = names.iter().find(|name| entry[**name].is_null()) {
            return Err(wrong(place(at), format!("it has no `{name}`"), "write one"));
        }
        Ok(names.iter().map(|name| ((*name).to_owned(), entry[*name].clone())).collect())
    };
    entries.iter().enumerate().map(one).collect()
}
