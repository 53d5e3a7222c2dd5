//! CSV: names of columns in the first row, an item in each row after it.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use egret_metrics::{Field, SuiteInfo};
use serde_json::{Number, Value};

use super::cells::not_finite;
use super::limits;
use super::rows::{Side, join};
use super::source::{Source, line_place};
use super::spread::{self, Column, unite};
use super::{Reading, wrong};
use crate::{Table, TableError};

pub(super) fn read(suite: &SuiteInfo, reading: Reading<'_>) -> Result<Table, TableError> {
    let (mut labels, mut predictions);
    if reading.is_one_file() {
        let fields: Vec<Field> = suite.labels.iter().chain(suite.predictions).copied().collect();
        labels = side(suite, reading.labels, &fields, &reading)?;
        predictions = None;
    } else {
        labels = side(suite, reading.labels, suite.labels, &reading)?;
        predictions = Some(side(suite, reading.predictions, suite.predictions, &reading)?);
    }
    unite(suite, &reading.settings, &mut labels, predictions.as_mut())?;
    join(suite, labels, predictions, reading.settings)
}

/// The rows of a file of which these fields are wanted.
fn side(suite: &SuiteInfo, path: &Path, fields: &[Field], reading: &Reading<'_>) -> Result<Side, TableError> {
    let source = Source::open(path, reading.limits)?;
    let is_tsv = path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("tsv"));
    let delimiter = if is_tsv { b'\t' } else { b',' };
    let mut builder = ReaderBuilder::new();
    let mut reader = builder.delimiter(delimiter).trim(Trim::Headers).from_reader(source.text().as_bytes());
    let unreadable = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line) as usize;
        let what = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} cells, where the header has {expected_len}")
            }
            _ => "it is not CSV".to_owned(),
        };
        wrong(line_place(&source.file, line), what, "quote cells that hold commas, quotes or line ends")
    };
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let count = header.len() as u64;
    let place = || line_place(&source.file, 1);
    limits::check(count, reading.limits.cell_count, "columns", "remove some", place)?;
    let layout = spread::layout(suite, fields, &header, &source.file)?;
    let mut side = Side::new(&source.file, "line");
    side.classes = layout.classes;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        let line = record.position().map_or(1, csv::Position::line) as usize;
        let place = || line_place(&source.file, line);
        let (bytes, most) = (record.as_slice().len() as u64, reading.limits.line_bytes);
        limits::check(bytes, most, "bytes in a row", "check the quotes", place)?;
        let cells = cells(&layout.columns, &record, &header, place)?;
        side.add(line, cells, reading.limits)?;
    }
    Ok(side)
}

/// Cells by field.
type Cells = Vec<(&'static str, Value)>;

/// What the columns of a row say.
fn cells(
    columns: &[Column],
    record: &StringRecord,
    header: &StringRecord,
    place: impl Fn() -> String,
) -> Result<Cells, TableError> {
    let mut cells = Cells::new();
    for ((column, text), name) in columns.iter().zip(record).zip(header) {
        match column {
            Column::Ignored => {}
            Column::Name(field) => cells.push((field, Value::from(text.trim()))),
            Column::Text(field) => cells.push((field, Value::from(text))),
            Column::Texts(field) => cells.push((field, texts(text))),
            Column::Cell(field) => cells.push((field, cell(text))),
            Column::Part(field, _) => push(&mut cells, field, cell(text)),
            Column::TextPart(field, _) => push(&mut cells, field, Value::from(text)),
            Column::Class(field) => {
                let value = cell(text);
                if !value.is_number() && !value.is_null() && not_finite(text.trim()).is_none() {
                    let what = format!("`{text}` in the column `{name}` is not the number of a class");
                    let remedy = format!("name other columns id, or write a column `{field}`");
                    return Err(wrong(place(), what, remedy));
                }
                push(&mut cells, field, value);
            }
        }
    }
    for (field, value) in &mut cells {
        let of = |column: &&Column| match column {
            Column::Part(name, _) | Column::TextPart(name, _) | Column::Class(name) => name == field,
            _ => false,
        };
        let Some(parts) = value.as_array_mut() else { continue };
        // Nothing in any of the columns is nothing predicted; a text that is not there is none of the texts.
        match columns.iter().find(of) {
            Some(Column::TextPart(..)) => parts.retain(|text| text != ""),
            Some(_) if parts.iter().all(Value::is_null) => *value = Value::Null,
            _ => {}
        }
    }
    Ok(cells)
}

/// Adds an entry to the list of a field.
fn push(cells: &mut Cells, field: &'static str, value: Value) {
    match cells.iter_mut().find(|(name, _)| *name == field) {
        Some((_, Value::Array(parts))) => parts.push(value),
        _ => cells.push((field, Value::from(vec![value]))),
    }
}

/// A number, array or object as JSON has it; nothing is null; all else is a text.
fn cell(text: &str) -> Value {
    let text = text.trim();
    if text.is_empty() {
        return Value::Null;
    }
    let json = matches!(text.as_bytes()[0], b'0'..=b'9' | b'-' | b'[' | b'{');
    if let Some(value) = json.then(|| serde_json::from_str(text).ok()).flatten() {
        return value;
    }
    not_finite(text).or_else(|| number(text)).unwrap_or_else(|| Value::from(text))
}

/// Numbers that JSON wants to be written otherwise: `.5`, `1.`, `+2`. A leading zero is a name's.
fn number(text: &str) -> Option<Value> {
    let digits = text.trim_start_matches(['+', '-']);
    if digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit() {
        return None;
    }
    Number::from_f64(text.parse().ok()?).map(Value::Number)
}

/// A list of texts, or a text alone.
fn texts(text: &str) -> Value {
    let list = serde_json::from_str(text).ok();
    let is_texts = |list: &Vec<Value>| list.iter().all(Value::is_string);
    Value::from(list.filter(is_texts).unwrap_or_else(|| vec![Value::from(text)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_cell_says() {
        for (text, value) in [
            ("", Value::Null),
            ("  ", Value::Null),
            (" 1 ", json!(1)),
            ("-0.5e1", json!(-5.0)),
            (".5", json!(0.5)),
            ("1.", json!(1.0)),
            ("+2", json!(2.0)),
            ("007", json!("007")),
            ("1e999", json!("1e999")),
            ("nan", json!("NaN")),
            ("-inf", json!("-Infinity")),
            ("[1, 2]", json!([1, 2])),
            (r#"{"a": 1}"#, json!({"a": 1})),
            ("[1, nan]", json!("[1, nan]")),
            ("true", json!("true")),
            ("null", json!("null")),
            ("a cat", json!("a cat")),
        ] {
            assert_eq!(cell(text), value, "{text}");
        }
        assert_eq!(texts(r#"["a", "b"]"#), json!(["a", "b"]));
        assert_eq!(texts("[1]"), json!(["[1]"]));
        assert_eq!(texts("a"), json!(["a"]));
    }
}
