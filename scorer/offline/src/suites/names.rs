//! Names as the numbers that suites want.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Cell, Column, TableError};

/// Names and their numbers from 0.
pub(super) struct Names<'a> {
    numbers: BTreeMap<String, u32>,
    /// The setting that lists them. Without it they are the names that occur.
    listed: Option<Cell<'a>>,
}

impl<'a> Names<'a> {
    /// In the order of a setting's list, the same for every part of a set.
    pub(super) fn listed(setting: Cell<'a>) -> Result<Self, TableError> {
        Self::numbered(setting, setting.each(|cell| Ok(cell.name()?.into_owned()))?)
    }

    fn numbered(setting: Cell<'a>, names: Vec<String>) -> Result<Self, TableError> {
        let count = names.len();
        let numbers: BTreeMap<String, u32> = names.into_iter().zip(0..).collect();
        if numbers.len() < count {
            return Err(setting.error("a name stands there twice", "name each once"));
        }
        Ok(Self { numbers, listed: Some(setting) })
    }

    /// Those that occur, ascending: whole numbers first, then texts by their bytes. Only tables in which the same names occur
    /// number them alike.
    pub(super) fn occurring(names: impl IntoIterator<Item = String>) -> Self {
        Self { numbers: ascending(names).into_iter().zip(0..).collect(), listed: None }
    }

    /// What a setting lists if it is given, otherwise what occurs.
    pub(super) fn of(
        setting: Cell<'a>,
        occurring: impl FnOnce() -> Result<Vec<String>, TableError>,
    ) -> Result<Self, TableError> {
        if setting.is_null() { Ok(Self::occurring(occurring()?)) } else { Self::listed(setting) }
    }

    /// The ids of categories `{id, …}` or the bare ids that a setting lists, ascending as COCO has them; without the setting
    /// those that occur.
    pub(super) fn of_categories(
        setting: Cell<'a>,
        occurring: impl FnOnce() -> Result<Vec<String>, TableError>,
    ) -> Result<Self, TableError> {
        if setting.is_null() {
            return Ok(Self::occurring(occurring()?));
        }
        let ids = setting.each(|cell| category_id(cell))?;
        let count = ids.len();
        let ids = ascending(ids);
        if ids.len() < count {
            return Err(setting.error("a category stands there twice", "name each once"));
        }
        Self::numbered(setting, ids)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.numbers.len() as u32
    }

    /// The number of a name.
    pub(super) fn number(&self, cell: Cell<'_>) -> Result<u32, TableError> {
        let name = cell.name()?;
        self.numbers.get(&*name).copied().ok_or_else(|| {
            let list = self.listed.map_or("the table".to_owned(), |setting| setting.place());
            cell.error(format!("`{name}` is unknown"), format!("name it in {list}, or take it out"))
        })
    }
}

/// The id of a category, which may stand alone.
fn category_id(cell: Cell<'_>) -> Result<String, TableError> {
    let id = cell.part("id").unwrap_or(cell);
    Ok(id.name()?.into_owned())
}

/// Each name once: whole numbers by size, then texts by their bytes.
fn ascending(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let key = |name: String| (name.parse::<u64>().unwrap_or(u64::MAX), name);
    let names: BTreeSet<(u64, String)> = names.into_iter().map(key).collect();
    names.into_iter().map(|(_, name)| name).collect()
}

/// The items of a table as numbers, which decide among equal scores: places in the list of a setting, otherwise the rows of
/// the table. Each item has one row.
pub(super) fn places(column: Column<'_>, listed: Cell<'_>) -> Result<Vec<u64>, TableError> {
    let names = column.each(|cell| Ok::<_, TableError>(cell.name()?.into_owned()))?;
    once(column.cells().zip(&names))?;
    if listed.is_null() {
        return Ok((0..names.len() as u64).collect());
    }
    let listed = Names::listed(listed)?;
    column.each(|cell| listed.number(cell).map(u64::from))
}

/// Refuses what stands in two rows.
pub(super) fn once<'a, K: Ord + std::fmt::Display>(
    rows: impl Iterator<Item = (Cell<'a>, K)>,
) -> Result<(), TableError> {
    let mut seen = BTreeSet::new();
    for (cell, key) in rows {
        let what = format!("`{key}` has a row already");
        if !seen.insert(key) {
            return Err(cell.error(what, "give each one row"));
        }
    }
    Ok(())
}
