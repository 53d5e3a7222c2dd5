use std::collections::BTreeMap;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::cell::{Cell, Place};

/// What is wrong with a table, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {what}; {remedy}")]
pub struct TableError {
    /// A file and line, a row and column, or a setting.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Labels and predictions of items, column by column, and the settings that hold for all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// By the names of the suite's settings in the registry.
    pub settings: Map<String, Value>,
    /// Cells by column, as JSON has them: one per row. A missing prediction is null.
    pub columns: BTreeMap<String, Vec<Value>>,
    /// How many rows each column has.
    pub row_count: usize,
}

impl Table {
    /// The cells of one column, in the order of the rows.
    ///
    /// # Errors
    /// There is no such column, or it has another number of cells than there are rows.
    pub fn column<'a>(&'a self, name: &'a str) -> Result<Column<'a>, TableError> {
        let error = |what, remedy| TableError { place: format!("column `{name}`"), what, remedy };
        let Some(cells) = self.columns.get(name) else {
            let names: Vec<&str> = self.columns.keys().map(String::as_str).collect();
            let remedy = format!("name one of these so: {}", names.join(", "));
            return Err(error("it is missing".to_owned(), remedy));
        };
        if cells.len() != self.row_count {
            let what = format!("{} cells for {} rows", cells.len(), self.row_count);
            return Err(error(what, "give one cell per row".to_owned()));
        }
        Ok(Column { name, cells })
    }

    /// Whether there is such a column.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }
}

/// The cells of one column.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    name: &'a str,
    cells: &'a [Value],
}

impl<'a> Column<'a> {
    /// In the order of the rows.
    pub fn cells(self) -> impl Iterator<Item = Cell<'a>> {
        let place = move |row| Place::Row { row, column: self.name };
        self.cells.iter().enumerate().map(move |(row, value)| Cell::new(value, place(row)))
    }

    /// Each cell read.
    ///
    /// # Errors
    /// The first that `read` gives.
    pub fn each<T, E>(self, read: impl FnMut(Cell<'a>) -> Result<T, E>) -> Result<Vec<T>, E> {
        self.cells().map(read).collect()
    }

    /// Each cell read, `None` where nothing is given.
    ///
    /// # Errors
    /// The first that `read` gives.
    pub fn answers<T, E>(self, mut read: impl FnMut(Cell<'a>) -> Result<T, E>) -> Result<Vec<Option<T>>, E> {
        self.each(|cell| if cell.is_null() { Ok(None) } else { read(cell).map(Some) })
    }
}
