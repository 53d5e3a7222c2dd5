//! Items found by name, in the order in which the labels name them.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::limits::{self, Limits};
use crate::{Table, TableError};

/// What is known of each item.
pub(super) struct Named<T> {
    places: HashMap<String, usize>,
    items: Vec<(String, T)>,
    row_count_max: u64,
}

impl<T: Default> Named<T> {
    pub fn new(limits: &Limits) -> Self {
        Self { places: HashMap::new(), items: Vec::new(), row_count_max: limits.row_count }
    }

    /// The item of this name, a new one if there was none. `place` is where the name stands.
    pub fn at(&mut self, name: &str, place: impl FnOnce() -> String) -> Result<&mut T, TableError> {
        let next = self.items.len();
        let at = match self.places.get(name) {
            Some(at) => *at,
            None => {
                limits::check(next as u64 + 1, self.row_count_max, "items", "score in parts", place)?;
                self.places.insert(name.to_owned(), next);
                self.items.push((name.to_owned(), T::default()));
                next
            }
        };
        Ok(&mut self.items[at].1)
    }

    /// The item of this name, if there is one.
    pub fn find(&mut self, name: &str) -> Option<&mut T> {
        self.places.get(name).map(|at| &mut self.items[*at].1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// All of them, names first.
    pub fn into_items(self) -> Vec<(String, T)> {
        self.items
    }
}

/// A table whose columns were filled row by row.
pub(super) fn table<const N: usize>(
    settings: Map<String, Value>,
    names: [&str; N],
    rows: impl Iterator<Item = [Value; N]>,
) -> Table {
    let mut columns: [Vec<Value>; N] = std::array::from_fn(|_| Vec::new());
    for row in rows {
        columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
    }
    let row_count = columns.first().map_or(0, Vec::len);
    let columns: BTreeMap<_, _> = names.into_iter().map(str::to_owned).zip(columns).collect();
    Table { settings, columns, row_count }
}
