//! Rows of labels and rows of predictions, joined by item.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use egret_metrics::{Field, SuiteInfo};
use serde_json::{Map, Value};

use super::cells::name_of;
use super::limits::{self, Limits};
use super::wrong;
use crate::{Table, TableError};

/// What joins rows, in the order in which it is looked for. The last two are labels of some suites as well.
pub(super) const KEYS: [&str; 5] = ["id", "file", "item", "image", "video"];

/// The rows of one file, column by column.
#[derive(Default)]
pub(super) struct Side {
    pub file: String,
    pub settings: Option<Map<String, Value>>,
    /// The classes that have a column each.
    pub classes: Option<Classes>,
    /// What rows are counted in, `line` or `entry`.
    unit: &'static str,
    /// Which line or entry each row is.
    numbers: Vec<u32>,
    columns: BTreeMap<&'static str, Vec<Value>>,
}

/// Classes over whose columns the list of a field is spread.
pub(super) struct Classes {
    pub field: &'static str,
    /// In the order of the columns.
    pub names: Vec<String>,
}

impl Side {
    pub fn new(file: &str, unit: &'static str) -> Self {
        Self { file: file.to_owned(), unit, ..Self::default() }
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Where a row stands.
    pub fn place(&self, row: usize) -> String {
        self.place_of(self.numbers[row] as usize)
    }

    /// Where a line or entry of this number stands.
    pub fn place_of(&self, number: usize) -> String {
        format!("{}, {} {number}", self.file, self.unit)
    }

    /// Adds a row. A cell that it lacks is null.
    ///
    /// # Errors
    /// It is one too many.
    pub fn add(
        &mut self,
        number: usize,
        cells: impl IntoIterator<Item = (&'static str, Value)>,
        limits: &Limits,
    ) -> Result<(), TableError> {
        let row = self.numbers.len();
        limits::check(row as u64 + 1, limits.row_count, "rows", "score in parts", || self.place_of(number))?;
        for (name, cell) in cells {
            let column = self.columns.entry(name).or_default();
            column.resize(row, Value::Null);
            column.push(cell);
        }
        self.numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
        Ok(())
    }

    /// The cells of a column that some row has, one per row, to be changed.
    pub fn column(&mut self, name: &str) -> Option<&mut Vec<Value>> {
        let column = self.columns.get_mut(name)?;
        column.resize(self.numbers.len(), Value::Null);
        Some(column)
    }

    fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// The name of each row, in a column that is there.
    fn names<'s>(&'s self, key: &'s str) -> impl Iterator<Item = Result<Cow<'s, str>, TableError>> {
        let cells = self.columns[key].iter().chain(std::iter::repeat(&Value::Null));
        cells.take(self.numbers.len()).enumerate().map(move |(row, cell)| {
            // An image may be {id, w, h}.
            let cell = cell.as_object().and_then(|object| object.get("id")).unwrap_or(cell);
            match cell {
                Value::String(name) if !name.is_empty() => Ok(Cow::Borrowed(name.as_str())),
                _ => name_of(cell).map(Cow::Owned).ok_or_else(|| {
                    let what = format!("`{key}` is neither a text nor a number");
                    wrong(self.place(row), what, "name the item")
                }),
            }
        })
    }

    fn twice(&self, name: &str, row: usize, before: usize) -> TableError {
        let what = format!("`{name}` is there already, at {}", self.place(before));
        wrong(self.place(row), what, "keep one row of each item")
    }
}

/// The row of predictions of each row of labels; `None` for all: they are in the same order.
type Order = Option<Vec<Option<usize>>>;

/// Makes a table of two files, or of one that has labels and predictions of an item together.
pub(super) fn join(
    suite: &SuiteInfo,
    mut labels: Side,
    predictions: Option<Side>,
    settings: Map<String, Value>,
) -> Result<Table, TableError> {
    let mut table = Table { row_count: labels.numbers.len(), ..Table::default() };
    table.settings = labels.settings.take().unwrap_or_default();
    match predictions {
        Some(mut predictions) => {
            if predictions.settings.take().is_some_and(|settings| settings != table.settings) {
                let remedy = "settings belong into the file of the labels";
                return Err(wrong(predictions.file, "it has settings of its own", remedy));
            }
            let order = order(&labels, &predictions)?;
            take(&mut table, suite.predictions, &mut predictions, order.as_deref())?;
        }
        None => {
            // Pictures and videos of a table need not have names; an id must be one.
            if let Some(key) = KEYS[..3].iter().find(|key| labels.has(key)) {
                places(&labels, key)?;
            }
            take(&mut table, suite.predictions, &mut labels, None)?;
        }
    }
    take(&mut table, suite.labels, &mut labels, None)?;
    // What the caller says holds, whatever the file says.
    table.settings.extend(settings);
    Ok(table)
}

fn order(labels: &Side, predictions: &Side) -> Result<Order, TableError> {
    let Some(key) = key_of(labels, predictions)? else {
        let (expected, found) = (labels.numbers.len(), predictions.numbers.len());
        if expected != found {
            let what = format!("{found} rows, where {} has {expected}", labels.file);
            let remedy = "give both files a column `id`, or as many rows in the same order";
            return Err(wrong(predictions.file.as_str(), what, remedy));
        }
        return Ok(None);
    };
    let places = places(labels, key)?;
    let mut order = vec![None; labels.numbers.len()];
    for (row, name) in predictions.names(key).enumerate() {
        let name = name?;
        let Some(label) = places.get(&name) else {
            let what = format!("`{name}` is not among the labels");
            return Err(wrong(predictions.place(row), what, "remove the row"));
        };
        if let Some(before) = order[*label].replace(row) {
            return Err(predictions.twice(&name, row, before));
        }
    }
    Ok(Some(order))
}

/// The column that joins rows; `None` where they are joined by position.
fn key_of(labels: &Side, predictions: &Side) -> Result<Option<&'static str>, TableError> {
    for (at, key) in KEYS.into_iter().enumerate() {
        match (labels.has(key), predictions.has(key)) {
            (true, true) => return Ok(Some(key)),
            (false, false) => {}
            _ if at >= 3 || labels.is_empty() || predictions.is_empty() => {}
            (in_labels, _) => {
                let file = if in_labels { &predictions.file } else { &labels.file };
                let what = format!("it has no `{key}`, which the other file has");
                return Err(wrong(file.as_str(), what, format!("give both files `{key}`, or neither")));
            }
        }
    }
    Ok(None)
}

/// The row of each name.
fn places<'s>(side: &'s Side, key: &'s str) -> Result<HashMap<Cow<'s, str>, usize>, TableError> {
    let mut places = HashMap::with_capacity(side.numbers.len());
    for (row, name) in side.names(key).enumerate() {
        let name = name?;
        if let Some(before) = places.insert(name.clone(), row) {
            return Err(side.twice(&name, row, before));
        }
    }
    Ok(places)
}

/// Moves the columns of these fields into a table; an item without a row has null in each.
fn take(
    table: &mut Table,
    fields: &[Field],
    side: &mut Side,
    order: Option<&[Option<usize>]>,
) -> Result<(), TableError> {
    let mut found = 0;
    for field in fields {
        let Some(cells) = side.column(field.name).map(std::mem::take) else { continue };
        let column = match order {
            Some(order) => {
                let mut cells = cells;
                order.iter().map(|row| row.map_or(Value::Null, |row| cells[row].take())).collect()
            }
            None => cells,
        };
        table.columns.insert(field.name.to_owned(), column);
        found += 1;
    }
    if found > 0 || side.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
    let what = format!("none of {} is there", names.join(", "));
    Err(wrong(side.file.as_str(), what, "name the columns so, in the header or in each object"))
}
