//! A worked example of every metric, from the registry.

use egret_metrics::SuiteInfo;
use serde_json::{Map, Value};

use super::{ScoreError, score};
use crate::{Table, TableError};

/// A table, and the value of every metric by its id; `None` is undefined.
pub type Example = (Table, Vec<(String, Option<f64>)>);

/// The example of a suite, and what every metric says of it, by plain id.
///
/// # Errors
/// As [`score`]; that it has none is tested.
pub fn example(suite: &SuiteInfo) -> Result<Example, ScoreError> {
    let table = table_of(suite.example)?;
    let ids: Vec<String> = suite.metrics.iter().map(|info| suite.plain_id(info)).collect();
    let report = score(suite.name, &ids, &table)?.finish()?;
    Ok((table, report.values.into_iter().map(|value| (value.id, value.value)).collect()))
}

/// A table of JSON lines: an object per row, and settings in a first line of their own.
fn table_of(lines: &str) -> Result<Table, TableError> {
    let mut table = Table::default();
    for (number, line) in (1..).zip(lines.lines()) {
        let error = |what: String| TableError {
            place: format!("line {number}"),
            what,
            remedy: "write a JSON object per row, all with the same columns".to_owned(),
        };
        let mut row: Map<String, Value> = serde_json::from_str(line).map_err(|e| error(e.to_string()))?;
        if let Some(Value::Object(settings)) = row.remove("settings") {
            table.settings = settings;
            continue;
        }
        for (name, value) in row {
            let column = table.columns.entry(name).or_default();
            column.resize(table.row_count, Value::Null);
            column.push(value);
        }
        table.row_count += 1;
        if let Some(name) = table.columns.iter().find(|(_, cells)| cells.len() < table.row_count) {
            return Err(error(format!("column `{}` is missing", name.0)));
        }
    }
    Ok(table)
}
