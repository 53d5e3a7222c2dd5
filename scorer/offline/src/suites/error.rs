use egret_metrics::MetricError;
use thiserror::Error;

use crate::TableError;

/// Why a table has no score.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScoreError {
    /// A cell, column, setting or metric is not what the suite asks for.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The suite refuses the values.
    #[error("{}", told(.0))]
    Metric(#[from] MetricError),
}

impl ScoreError {
    /// The code of the golden files, as [`MetricError::code`] has it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Table(_) => "invalid_input",
            Self::Metric(error) => error.code(),
        }
    }
}

/// An item of an update is a row of the table; rows are told from 1, as people count.
fn told(error: &MetricError) -> String {
    let text = error.to_string();
    let row = text.strip_prefix("item ").and_then(|rest| rest.split_once(": "));
    match row.and_then(|(item, what)| Some((item.parse::<usize>().ok()?, what))) {
        Some((item, what)) => format!("row {}: {what}", item + 1),
        None => text,
    }
}
