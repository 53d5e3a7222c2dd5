//! Rows of labels and rows of predictions, joined by item.

use std::collections::HashMap;

use egret_metrics::{Field, SuiteInfo};
use serde_json::{Map, Value};

use super::cells::name_of;
use super::wrong;
use crate::{Table, TableError};

/// What joins rows, in the order in which it is looked for. The last two are labels of some suites as well.
const KEYS: [&str; 5] = ["id", "file", "item", "image", "video"];

/// The rows of one file.
#[derive(Default)]
pub(super) struct Side {
    pub file: String,
    pub settings: Option<Map<String, Value>>,
    pub rows: Vec<Row>,
    /// Names of classes that columns were spread over, in their order.
    pub classes: Option<Vec<String>>,
}

/// One of them.
pub(super) struct Row {
    /// Where it stands.
    pub place: String,
    pub cells: Map<String, Value>,
}

/// Makes a table of two files, or of one that has labels and predictions of an item together.
pub(super) fn join(
    suite: &SuiteInfo,
    mut labels: Side,
    predictions: Option<Side>,
    settings: Map<String, Value>,
) -> Result<Table, TableError> {
    let mut table = Table { row_count: labels.rows.len(), ..Table::default() };
    let key = key_of(&labels, predictions.as_ref())?;
    let places = key.map(|key| places(&labels, key)).transpose()?;
    table.settings = labels.settings.take().unwrap_or_default();
    if let Some(mut predictions) = predictions {
        if predictions.settings.take().is_some_and(|settings| settings != table.settings) {
            let remedy = "settings belong into the file of the labels";
            return Err(wrong(predictions.file, "it has settings of its own", remedy));
        }
        let order = match (key, places) {
            (Some(key), Some(places)) => by_name(&predictions, key, &places, labels.rows.len())?,
            _ => by_position(&labels, &predictions)?,
        };
        take(&mut table, suite.predictions, &mut predictions, &order)?;
    } else {
        let order: Vec<_> = (0..labels.rows.len()).map(Some).collect();
        take(&mut table, suite.predictions, &mut labels, &order)?;
    }
    let order: Vec<_> = (0..labels.rows.len()).map(Some).collect();
    take(&mut table, suite.labels, &mut labels, &order)?;
    // What the caller says holds, whatever the file says.
    table.settings.extend(settings);
    Ok(table)
}

/// The cell that joins rows; `None` where they are joined by position.
fn key_of(labels: &Side, predictions: Option<&Side>) -> Result<Option<&'static str>, TableError> {
    let has = |side: &Side, key| side.rows.first().is_some_and(|row: &Row| row.cells.contains_key(key));
    for key in KEYS {
        let Some(predictions) = predictions else {
            // Pictures and videos of a table need not have names; an id must be one.
            if matches!(key, "id" | "file" | "item") && has(labels, key) {
                return Ok(Some(key));
            }
            continue;
        };
        match (has(labels, key), has(predictions, key)) {
            (true, true) => return Ok(Some(key)),
            (false, false) => {}
            _ if matches!(key, "image" | "video")
                || labels.rows.is_empty()
                || predictions.rows.is_empty() => {}
            (in_labels, _) => {
                let file = if in_labels { &predictions.file } else { &labels.file };
                let what = format!("it has no `{key}`, which the other file has");
                return Err(wrong(file.as_str(), what, format!("give both files `{key}`, or neither")));
            }
        }
    }
    Ok(None)
}

fn key_cell(row: &Row, key: &str) -> Result<String, TableError> {
    let cell = row.cells.get(key).unwrap_or(&Value::Null);
    // An image may be {id, w, h}.
    let cell = cell.as_object().and_then(|object| object.get("id")).unwrap_or(cell);
    name_of(cell).ok_or_else(|| {
        wrong(row.place.as_str(), format!("`{key}` is neither a text nor a number"), "name the item")
    })
}

/// The row of each name.
fn places(side: &Side, key: &str) -> Result<HashMap<String, usize>, TableError> {
    let mut places = HashMap::with_capacity(side.rows.len());
    for (at, row) in side.rows.iter().enumerate() {
        let name = key_cell(row, key)?;
        if let Some(before) = places.insert(name.clone(), at) {
            return Err(twice(row, &name, &side.rows[before]));
        }
    }
    Ok(places)
}

/// The row of predictions of each row of labels.
fn by_name(
    predictions: &Side,
    key: &str,
    labels: &HashMap<String, usize>,
    row_count: usize,
) -> Result<Vec<Option<usize>>, TableError> {
    let mut order = vec![None; row_count];
    for (at, row) in predictions.rows.iter().enumerate() {
        let name = key_cell(row, key)?;
        let Some(label) = labels.get(&name) else {
            let what = format!("`{name}` is not among the labels");
            return Err(wrong(row.place.as_str(), what, "remove the row"));
        };
        if let Some(before) = order[*label].replace(at) {
            return Err(twice(row, &name, &predictions.rows[before]));
        }
    }
    Ok(order)
}

fn twice(row: &Row, name: &str, before: &Row) -> TableError {
    let what = format!("`{name}` is there already, at {}", before.place);
    wrong(row.place.as_str(), what, "keep one row of each item")
}

fn by_position(labels: &Side, predictions: &Side) -> Result<Vec<Option<usize>>, TableError> {
    let (expected, found) = (labels.rows.len(), predictions.rows.len());
    if expected != found {
        let what = format!("{found} rows, where {} has {expected}", labels.file);
        let remedy = "give both files a column `id`, or as many rows in the same order";
        return Err(wrong(predictions.file.as_str(), what, remedy));
    }
    Ok((0..found).map(Some).collect())
}

/// Moves the columns of these fields into a table; an item without a row has null in each.
fn take(
    table: &mut Table,
    fields: &[Field],
    side: &mut Side,
    order: &[Option<usize>],
) -> Result<(), TableError> {
    for field in fields {
        if !side.rows.iter().any(|row| row.cells.contains_key(field.name)) {
            continue;
        }
        let cell = |at: &Option<usize>| {
            at.and_then(|at| side.rows[at].cells.remove(field.name)).unwrap_or(Value::Null)
        };
        let column = order.iter().map(cell).collect();
        table.columns.insert(field.name.to_owned(), column);
    }
    let is_there = |field: &Field| table.columns.contains_key(field.name);
    if side.rows.is_empty() || fields.iter().any(is_there) {
        return Ok(());
    }
    let names: Vec<_> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
    let what = format!("none of {} is there", names.join(", "));
    Err(wrong(side.file.as_str(), what, "name the columns so, in the header or in each object"))
}
