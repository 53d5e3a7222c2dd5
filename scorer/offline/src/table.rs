use std::collections::BTreeMap;

use serde_json::{Map, Value};
use thiserror::Error;

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
