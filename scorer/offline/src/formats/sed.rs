//! sed_eval: sounds in recordings, `file onset offset label` between tabs.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::cells::finite;
use super::named::{Named, table};
use super::rttm::seconds;
use super::source::{Line, Source};
use super::{Reading, wrong};
use crate::{Table, TableError};

const FORM: &str =
    "write file, onset, offset and label with tabs between them, or the file alone where nothing is heard";

#[derive(Default)]
struct Recording {
    truth: Vec<Value>,
    found: Vec<Value>,
    /// Where the last event ends, seconds.
    end: f64,
}

pub(super) fn read(mut reading: Reading<'_>) -> Result<Table, TableError> {
    let lengths = reading.take("durations").map(|path| lengths(&path, &reading)).transpose()?;
    let every = reading.take("duration").map(|value| seconds(&value)).transpose()?;
    let mut recordings: Named<Recording> = Named::new(reading.limits);
    let labels = Source::open(reading.labels, reading.limits)?;
    for line in labels.rows(&[]) {
        let line = line?;
        let Some((file, event)) = event(&line)? else { continue };
        let recording = recordings.at(file, || line.place())?;
        let Some((onset, offset, label)) = event else { continue };
        recording.truth.push(json!([label, onset, offset]));
        recording.end = recording.end.max(offset);
    }
    let predictions = Source::open(reading.predictions, reading.limits)?;
    for line in predictions.rows(&[]) {
        let line = line?;
        let Some((file, event)) = event(&line)? else { continue };
        let Some(recording) = recordings.find(file) else {
            let remedy = "remove the event, or write a line of the labels with nothing but the file";
            return Err(line.wrong(format!("`{file}` is not among the labels"), remedy));
        };
        let Some((onset, offset, label)) = event else { continue };
        recording.found.push(json!([label, onset, offset]));
        recording.end = recording.end.max(offset);
    }
    let row = |(file, recording): (String, Recording)| {
        let known = lengths.as_ref().and_then(|lengths| lengths.get(&file).copied());
        let duration = known.or(every).unwrap_or(recording.end);
        [Value::from(recording.truth), Value::from(recording.found), Value::from(duration)]
    };
    let rows = recordings.into_items().into_iter().map(row);
    Ok(table(reading.settings, ["ref", "est", "duration"], rows))
}

/// Onset, offset and label.
type Event<'s> = (f64, f64, &'s str);

/// The file of a line, and what is heard in it. `None` of the header that some write.
fn event<'s>(line: &Line<'s>) -> Result<Option<(&'s str, Option<Event<'s>>)>, TableError> {
    let cells: Vec<&str> = line.text.split('\t').map(str::trim).collect();
    let file = cells[0];
    if file.is_empty() {
        return Err(line.wrong("no file", FORM));
    }
    if cells[1..].iter().all(|cell| cell.is_empty()) {
        return Ok(Some((file, None)));
    }
    let [_, onset, offset, label] = cells.as_slice() else {
        return Err(line.wrong(format!("{} cells", cells.len()), FORM));
    };
    if *onset == "onset" && *offset == "offset" {
        return Ok(None);
    }
    let (onset, offset) = (finite(onset, "onset", line)?, finite(offset, "offset", line)?);
    if label.is_empty() || offset < onset {
        return Err(line.wrong("an event without a label, or that ends before it begins", FORM));
    }
    Ok(Some((file, Some((onset, offset, label)))))
}

/// Seconds by file, from lines of both.
fn lengths(path: &Value, reading: &Reading<'_>) -> Result<HashMap<String, f64>, TableError> {
    let path = path.as_str();
    let path = path.ok_or_else(|| wrong("setting durations", "it is not a text", "name a file"))?;
    let source = Source::open(path.as_ref(), reading.limits)?;
    let mut lengths = HashMap::new();
    for line in source.rows(&[]) {
        let line = line?;
        let Some((file, duration)) = line.text.split_once('\t') else {
            return Err(line.wrong("no tab", "write file and seconds with a tab between them"));
        };
        if duration.trim() == "duration" {
            continue;
        }
        let seconds = finite(duration.trim(), "duration", &line)?;
        if lengths.insert(file.trim().to_owned(), seconds).is_some() {
            return Err(line.wrong(format!("`{file}` has a length already"), "keep one"));
        }
    }
    Ok(lengths)
}
