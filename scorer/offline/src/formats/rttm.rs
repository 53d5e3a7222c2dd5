//! RTTM: turns of speakers in recordings, which a UEM file or a setting says the lengths of.

use serde_json::{Value, json};

use super::cells::{finite, sum};
use super::named::{Named, table};
use super::source::{Line, Source};
use super::{Reading, wrong};
use crate::{Table, TableError};

const FORM: &str = "SPEAKER file 1 start duration <NA> <NA> name <NA> <NA>";

#[derive(Default)]
struct Recording {
    truth: Vec<Value>,
    found: Vec<Value>,
    /// Seconds, where a UEM file says it.
    duration: Option<f64>,
    /// Where the last turn ends, seconds.
    end: f64,
}

pub(super) fn read(mut reading: Reading<'_>) -> Result<Table, TableError> {
    let mut recordings: Named<Recording> = Named::new(reading.limits);
    if let Some(uem) = reading.take("uem") {
        let path = uem.as_str().ok_or_else(|| wrong("setting uem", "it is not a text", "name a UEM file"))?;
        lengths(&Source::open(path.as_ref(), reading.limits)?, &mut recordings)?;
    }
    let every = reading.take("duration").map(|value| seconds(&value)).transpose()?;
    let labels = Source::open(reading.labels, reading.limits)?;
    for line in labels.rows(&[";;"]) {
        let line = line?;
        let Some((file, turn, end)) = turn(&line)? else { continue };
        let recording = recordings.at(file, || line.place())?;
        recording.truth.push(turn);
        recording.end = recording.end.max(end);
    }
    let predictions = Source::open(reading.predictions, reading.limits)?;
    for line in predictions.rows(&[";;"]) {
        let line = line?;
        let Some((file, turn, end)) = turn(&line)? else { continue };
        let Some(recording) = recordings.find(file) else {
            let what = format!("`{file}` is not among the labels");
            return Err(line.wrong(what, "remove the turn, or name the recording in a UEM file"));
        };
        recording.found.push(turn);
        recording.end = recording.end.max(end);
    }
    let row = |(_, recording): (String, Recording)| {
        let duration = recording.duration.or(every).unwrap_or(recording.end);
        [Value::from(recording.truth), Value::from(recording.found), Value::from(duration)]
    };
    let rows = recordings.into_items().into_iter().map(row);
    Ok(table(reading.settings, ["ref", "hyp", "duration"], rows))
}

/// Seconds of a setting.
pub(super) fn seconds(value: &Value) -> Result<f64, TableError> {
    let number = value.as_f64().filter(|number| *number >= 0.0);
    number.ok_or_else(|| wrong("setting duration", format!("{value} is not a duration"), "write seconds"))
}

/// File, turn and end of a line; `None` of one that is about something else.
fn turn<'s>(line: &Line<'s>) -> Result<Option<(&'s str, Value, f64)>, TableError> {
    let words: Vec<&str> = line.text.split_whitespace().collect();
    let [kind, file, _, start, duration, _, _, speaker, ..] = words.as_slice() else {
        // Such as `SPKR-INFO`, which may be shorter.
        let is_turn = words.first().is_none_or(|kind| *kind == "SPEAKER");
        return if is_turn || words.len() < 2 {
            Err(line.wrong(format!("{} words", words.len()), format!("write `{FORM}`")))
        } else {
            Ok(None)
        };
    };
    if *kind != "SPEAKER" {
        return Ok(None);
    }
    let begin = finite(start, "start", line)?;
    if finite(duration, "duration", line)? < 0.0 {
        return Err(line.wrong("a duration below 0", "write start and duration, not start and end"));
    }
    let end = sum(start, duration).ok_or_else(|| line.wrong("a turn without an end", "write seconds"))?;
    Ok(Some((file, json!([begin, end, speaker]), end)))
}

/// Reads `file channel start end` lines. One stretch from 0 is all that the score knows.
fn lengths(uem: &Source, recordings: &mut Named<Recording>) -> Result<(), TableError> {
    for line in uem.rows(&[";;"]) {
        let line = line?;
        let [file, _, start, end] = line.words("file 1 0 end")?;
        let (start, end) = (finite(start, "start", &line)?, finite(end, "end", &line)?);
        if start != 0.0 || end < 0.0 {
            let what = "a stretch that does not begin at 0";
            return Err(line.wrong(what, "cut the recording and its turns, so that all of it counts"));
        }
        if recordings.at(file, || line.place())?.duration.replace(end).is_some() {
            let what = format!("`{file}` has a length already");
            return Err(line.wrong(what, "keep one stretch per recording"));
        }
    }
    Ok(())
}
