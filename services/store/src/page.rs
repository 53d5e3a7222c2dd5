//! Pages of a list.

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
