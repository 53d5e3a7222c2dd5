//! Pages of a list.

use egret_contest::Micros;

use crate::StoreError;

const DEFAULT_SIZE: u32 = 50;
const SIZE_MAX: u32 = 200;

/// Which part of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// At most this many; 0 is 50, more than 200 is 200.
    pub size: u32,
    /// [`Paged::next`] of the page before; `None` is the first page.
    pub after: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Paged<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end. Opaque; the caller binds it to its list.
    pub next: Option<String>,
}

impl Page {
    pub(crate) fn size(&self) -> usize {
        (if self.size == 0 { DEFAULT_SIZE } else { self.size.min(SIZE_MAX) }) as usize
    }

    /// How many rows to ask for: one more than the page, to know whether there is another page.
    pub(crate) fn limit(&self) -> i64 {
        self.size() as i64 + 1
    }

    /// The key after which the page starts, for lists ordered by one text.
    pub(crate) fn after_text(&self) -> String {
        self.after.clone().unwrap_or_default()
    }

    /// The key after which the page starts, for lists ordered by one number.
    pub(crate) fn after_number(&self, first: i64) -> Result<i64, StoreError> {
        self.after.as_ref().map_or(Ok(first), |text| text.parse().map_err(|_| StoreError::BadCursor))
    }

    /// The key after which the page starts, for lists ordered by time and id.
    pub(crate) fn after_time_and_id(&self, first: (Micros, &str)) -> Result<(Micros, String), StoreError> {
        let Some(text) = &self.after else { return Ok((first.0, first.1.to_owned())) };
        let (at, id) = text.split_once(':').ok_or(StoreError::BadCursor)?;
        Ok((Micros(at.parse().map_err(|_| StoreError::BadCursor)?), id.to_owned()))
    }

    /// Cuts what was fetched to the page; `key` gives the cursor of its last item.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, key: impl FnOnce(&T) -> String) -> Paged<T> {
        let more = items.len() > self.size();
        items.truncate(self.size());
        Paged { next: items.last().filter(|_| more).map(key), items }
    }
}

/// After every id: newest-first lists start here.
pub(crate) const LAST: (Micros, &str) = (Micros(i64::MAX), "");
/// Before every id: oldest-first lists start here.
pub(crate) const FIRST: (Micros, &str) = (Micros(i64::MIN), "");
