use egret_metrics::SuiteInfo;
use serde_json::{Map, Value};

use crate::{Cell, Column, Table, TableError, cell::Place};

/// A table with all settings of its suite.
pub(super) struct Input<'a> {
    pub(super) table: &'a Table,
    pub(super) settings: &'a Map<String, Value>,
}

/// The settings of a table, and the registry's defaults where it gives none.
pub(super) fn settings(suite: &SuiteInfo, table: &Table) -> Result<Map<String, Value>, TableError> {
    for name in table.settings.keys() {
        if !suite.settings.iter().any(|field| field.name == name) {
            let known: Vec<&str> = suite.settings.iter().map(|field| field.name).collect();
            let known = if known.is_empty() { "no settings".to_owned() } else { known.join(", ") };
            let remedy = format!("{} has {known}", suite.name);
            let what = "it is unknown".to_owned();
            return Err(TableError { place: format!("setting `{name}`"), what, remedy });
        }
    }
    let of = |field: &egret_metrics::Field| {
        let given = table.settings.get(field.name).filter(|value| !value.is_null()).cloned();
        let default = || match field.default? {
            "" => Some(Value::Null),
            text => Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))),
        };
        let value = given.or_else(default).ok_or_else(|| TableError {
            place: format!("setting `{}`", field.name),
            what: "it is missing".to_owned(),
            remedy: format!("give it: {}", field.meaning),
        })?;
        Ok((field.name.to_owned(), value))
    };
    suite.settings.iter().map(of).collect()
}

impl<'a> Input<'a> {
    pub(super) fn column(&self, name: &'a str) -> Result<Column<'a>, TableError> {
        self.table.column(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.table.has(name)
    }

    /// A setting; nothing where neither the table nor the registry has a value.
    pub(super) fn setting(&self, name: &'static str) -> Cell<'a> {
        Cell::new(self.settings.get(name).unwrap_or(&Value::Null), Place::Setting(name))
    }

    /// How many numbers a row has: a setting, otherwise what `read` finds in the rows.
    pub(super) fn width(
        &self,
        name: &'static str,
        found: impl FnOnce() -> Result<u32, TableError>,
    ) -> Result<u32, TableError> {
        let setting = self.setting(name);
        if setting.is_null() { found() } else { setting.whole() }
    }
}
