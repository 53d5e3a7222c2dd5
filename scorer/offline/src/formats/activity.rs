//! ActivityNet: a database of videos with annotated segments, and results by video.

use serde_json::{Map, Value, json};

use super::json::document;
use super::limits;
use super::named::table;
use super::source::Source;
use super::{Reading, wrong};
use crate::{Table, TableError};

/// Videos whose names are numbers keep them; others are numbered from 0 in the order of their names.
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
    others.iter().for_each(|name| drop(database.remove(name)));
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

    let numbers = numbers(&database);
    let mut classes: Vec<Value> = Vec::new();
    let mut rows = Vec::new();
    for ((name, video), number) in database.into_iter().zip(numbers) {
        let place = |at: usize| format!("{}, database, {name}, annotations[{at}]", labels.file);
        let truth = segments(&video["annotations"], false, place)?;
        classes.extend(truth.iter().map(|segment| segment[0].clone()));
        let place = |at: usize| format!("{}, results, {name}[{at}]", source.file);
        let found = segments(results.get(&name).unwrap_or(&Value::Null), true, place)?;
        rows.push([Value::from(number), Value::from(truth), Value::from(found)]);
    }
    reading.settings.entry("classes").or_insert_with(|| {
        classes.sort_by_cached_key(|class| (class.as_u64(), class.to_string()));
        classes.dedup();
        Value::from(classes)
    });
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

/// The number of each video, in the order of names.
fn numbers(database: &Map<String, Value>) -> Vec<u64> {
    let own = |name: &String| name.parse::<u64>().ok().filter(|number| number.to_string() == *name);
    let own: Option<Vec<u64>> = database.keys().map(own).collect();
    own.unwrap_or_else(|| (0..database.len() as u64).collect())
}

/// Entries as the table has them: class, start, end, and the score of a result.
fn segments(list: &Value, scored: bool, place: impl Fn(usize) -> String) -> Result<Vec<Value>, TableError> {
    let entries: &[Value] = match list {
        Value::Null => &[],
        Value::Array(entries) => entries.as_slice(),
        _ => return Err(wrong(place(0), "it is in no list", "write a list of segments")),
    };
    let one = |(at, entry): (usize, &Value)| {
        let segment = entry["segment"].as_array().map(Vec::as_slice);
        let (Some([start, end]), label) = (segment, &entry["label"]) else {
            return Err(wrong(place(at), "it has no `segment` of start and end", "write [1.5, 4.0]"));
        };
        if label.is_null() || scored && entry["score"].is_null() {
            let what = if label.is_null() { "it has no `label`" } else { "it has no `score`" };
            return Err(wrong(place(at), what, "write one"));
        }
        Ok(if scored { json!([label, start, end, entry["score"]]) } else { json!([label, start, end]) })
    };
    entries.iter().enumerate().map(one).collect()
}
