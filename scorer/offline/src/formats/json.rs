//! JSON objects of items: one per line, or all in an array.

use std::path::Path;

use egret_metrics::{Field, SuiteInfo};
use serde_json::{Map, Value};

use super::limits;
use super::rows::{KEYS, Side, join};
use super::source::{Source, line_place};
use super::{Reading, wrong};
use crate::{Table, TableError};

const REMEDY: &str =
    r#"write an object such as {"id": "a", "score": 0.5}; NaN and infinities are texts: "NaN", "-Infinity""#;

pub(super) fn read(suite: &SuiteInfo, reading: Reading<'_>) -> Result<Table, TableError> {
    let is_one = reading.is_one_file();
    let in_labels = suite.labels.iter().chain(suite.predictions.iter().filter(|_| is_one));
    let labels = side(in_labels, reading.labels, &reading)?;
    let predictions = (!is_one).then(|| side(suite.predictions.iter(), reading.predictions, &reading));
    join(suite, labels, predictions.transpose()?, reading.settings)
}

fn side<'f>(
    fields: impl Iterator<Item = &'f Field>,
    path: &Path,
    reading: &Reading<'_>,
) -> Result<Side, TableError> {
    let mut names: Vec<&'static str> = fields.map(|field| field.name).collect();
    names.extend(KEYS.iter().filter(|key| !names.contains(key)).copied().collect::<Vec<_>>());
    let source = Source::open(path, reading.limits)?;
    let is_array = source.text().trim_start().starts_with('[');
    let mut side = Side::new(&source.file, if is_array { "entry" } else { "line" });
    if is_array {
        for (value, number) in array(&source)?.into_iter().zip(1..) {
            add(&mut side, &names, number, value, reading)?;
        }
        return Ok(side);
    }
    for line in source.rows(&[]) {
        let line = line?;
        let value = serde_json::from_str(line.text);
        let value = value.map_err(|error| line.wrong(format!("it is not JSON: {error}"), REMEDY))?;
        add(&mut side, &names, line.number, value, reading)?;
    }
    Ok(side)
}

/// The values of an array that a file holds.
fn array(source: &Source) -> Result<Vec<Value>, TableError> {
    match document(source)? {
        Value::Array(values) => Ok(values),
        _ => Err(wrong(source.file.as_str(), "it is not an array", REMEDY)),
    }
}

/// A file that is one JSON value.
pub(super) fn document(source: &Source) -> Result<Value, TableError> {
    serde_json::from_str(source.text()).map_err(|error| {
        let place = line_place(&source.file, error.line());
        wrong(place, format!("it is not JSON: {error}"), "check that the file is whole")
    })
}

fn add(
    side: &mut Side,
    names: &[&'static str],
    number: usize,
    value: Value,
    reading: &Reading<'_>,
) -> Result<(), TableError> {
    let place = || side.place_of(number);
    let Value::Object(mut cells) = value else {
        return Err(wrong(place(), "it is not an object", REMEDY));
    };
    let is_first = side.is_empty() && side.settings.is_none();
    if is_first && cells.len() == 1 && cells.contains_key("settings") {
        side.settings = Some(settings(place(), cells)?);
        return Ok(());
    }
    let count = cells.len() as u64;
    limits::check(count, reading.limits.cell_count, "cells in a row", "remove some", place)?;
    let cells = names.iter().filter_map(|name| Some((*name, cells.remove(*name)?)));
    side.add(number, cells, reading.limits)
}

fn settings(place: String, mut cells: Map<String, Value>) -> Result<Map<String, Value>, TableError> {
    match cells.remove("settings") {
        Some(Value::Object(settings)) => Ok(settings),
        _ => Err(wrong(place, "the settings are not an object", r#"write {"settings": {"classes": 3}}"#)),
    }
}
