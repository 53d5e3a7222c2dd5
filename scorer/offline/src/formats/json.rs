//! JSON objects of items: one per line, or all in an array.

use std::path::Path;

use egret_metrics::SuiteInfo;
use serde_json::{Map, Value};

use super::limits;
use super::rows::{Row, Side, join};
use super::source::{Source, line_place};
use super::{Reading, wrong};
use crate::{Table, TableError};

const REMEDY: &str =
    r#"write an object such as {"id": "a", "score": 0.5}; NaN and infinities are texts: "NaN", "-Infinity""#;

pub(super) fn read(suite: &SuiteInfo, reading: Reading<'_>) -> Result<Table, TableError> {
    let labels = side(reading.labels, &reading)?;
    let predictions = (!reading.is_one_file()).then(|| side(reading.predictions, &reading)).transpose()?;
    join(suite, labels, predictions, reading.settings)
}

fn side(path: &Path, reading: &Reading<'_>) -> Result<Side, TableError> {
    let source = Source::open(path, reading.limits)?;
    let mut side = Side { file: source.file.clone(), ..Side::default() };
    if source.text().trim_start().starts_with('[') {
        for (value, number) in array(&source)?.into_iter().zip(1..) {
            add(&mut side, format!("{}, entry {number}", source.file), value, reading)?;
        }
    } else {
        for line in source.rows(&[]) {
            let line = line?;
            let value = serde_json::from_str(line.text);
            let value = value.map_err(|error| line.wrong(format!("it is not JSON: {error}"), REMEDY))?;
            add(&mut side, line.place(), value, reading)?;
        }
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

fn add(side: &mut Side, place: String, value: Value, reading: &Reading<'_>) -> Result<(), TableError> {
    let Value::Object(cells) = value else {
        return Err(wrong(place, "it is not an object", REMEDY));
    };
    let is_first = side.rows.is_empty() && side.settings.is_none();
    if is_first && cells.len() == 1 && cells.contains_key("settings") {
        side.settings = Some(settings(&place, cells)?);
        return Ok(());
    }
    let count = side.rows.len() as u64 + 1;
    limits::check(count, reading.limits.row_count, "rows", "score in parts", || place.clone())?;
    let count = cells.len() as u64;
    limits::check(count, reading.limits.cell_count, "cells in a row", "remove some", || place.clone())?;
    side.rows.push(Row { place, cells });
    Ok(())
}

fn settings(place: &str, mut cells: Map<String, Value>) -> Result<Map<String, Value>, TableError> {
    match cells.remove("settings") {
        Some(Value::Object(settings)) => Ok(settings),
        _ => Err(wrong(place, "the settings are not an object", r#"write {"settings": {"classes": 3}}"#)),
    }
}
