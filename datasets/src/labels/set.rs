use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Split, TrueBox, Truth};

/// The items of a task, as their labels have them. Forty bytes each, and their names and labels as bytes one behind the other:
/// media are never kept, nor texts, which are read again where they stand.
#[derive(Default)]
pub(crate) struct ItemSet {
    items: Vec<Item>,
    bytes: Vec<u8>,
    groups: Vec<String>,
    /// Where the parts of items come from.
    pub parts: Parts,
    /// What items have to do with one another.
    pub links: Links,
}

/// Where the parts of items come from.
#[derive(Default)]
pub(crate) enum Parts {
    /// The only part is the file that the item is called by.
    #[default]
    Named,
    /// The item's row names them, or holds them.
    Row {
        /// The table, relative to the package.
        file: PathBuf,
        /// Its columns.
        column_count: usize,
        /// The column of each part.
        places: Vec<Place>,
    },
}

/// A column of the labels' table that a part comes from.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// It names a file, or a folder of frames.
    File(usize),
    /// It holds the text itself.
    Text(usize),
}

impl Place {
    /// The column.
    pub fn column(self) -> usize {
        let (Self::File(column) | Self::Text(column)) = self;
        column
    }
}

/// What items of an embedding task have to do with one another. Items are numbered as in the set.
#[derive(Default)]
pub(crate) enum Links {
    /// Nothing.
    #[default]
    None,
    /// Two items, and whether they show the same.
    Trials(Vec<(u32, u32, bool)>),
    /// Per item its identity and its camera; [`NONE`] is a camera like no other.
    Identities(Vec<(u32, u32)>),
    /// Query, gallery item, grade; [`EXCLUDED`] for an item that is dropped from the query's list.
    Relevance(Vec<(u32, u32, i16)>),
}

/// No group, no camera.
pub(crate) const NONE: u32 = u32::MAX;
/// The grade of gallery items that are dropped from a query's list.
pub(crate) const EXCLUDED: i16 = -1;

/// What an item is in a retrieval task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Query,
    Gallery,
}

/// What labels say of an item, before its media are decoded.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Label {
    /// All of it.
    Known(Truth),
    /// Boxes, each with the line or the annotation it comes from.
    Boxes { canvas: Canvas, boxes: Vec<(u64, TrueBox)> },
    /// The picture that holds its mask, relative to the folder of media.
    Mask(String),
    /// It follows from its links.
    Linked,
}

/// The picture that boxes lie on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Canvas {
    /// The item's own.
    Own,
    /// The item's own, of which the labels state the pixels.
    Stated(u32, u32),
    /// One of these pixels, of which the item's file is a copy at another size.
    Other(u32, u32),
}

#[derive(Clone, Copy)]
struct Item {
    id_at: u64,
    label_at: u64,
    row_at: u64,
    line: u32,
    group: u32,
    label_bytes: u32,
    id_bytes: u16,
    split: Option<Split>,
    role: Option<Role>,
}

/// A new item.
pub(crate) struct Draft<'a> {
    pub id: &'a str,
    /// Its line in the labels; 0 where those have no lines.
    pub line: u32,
    /// Where its row begins.
    pub row_at: u64,
    pub split: Option<Split>,
    /// [`NONE`]: none.
    pub group: u32,
    pub role: Option<Role>,
    pub label: &'a Label,
}

impl ItemSet {
    /// Adds an item; its number.
    pub fn push(&mut self, draft: &Draft<'_>) -> u32 {
        let number = self.items.len() as u32;
        let id_at = self.bytes.len() as u64;
        self.bytes.extend_from_slice(draft.id.as_bytes());
        self.items.push(Item {
            id_at,
            label_at: 0,
            row_at: draft.row_at,
            line: draft.line,
            group: draft.group,
            label_bytes: 0,
            id_bytes: draft.id.len() as u16,
            split: draft.split,
            role: draft.role,
        });
        self.set_label(number, draft.label);
        number
    }

    /// Says what an item's label is.
    pub fn set_label(&mut self, item: u32, label: &Label) {
        // Memory takes whatever is written.
        let encoded = postcard::to_stdvec(label).unwrap_or_default();
        let kept = &mut self.items[item as usize];
        (kept.label_at, kept.label_bytes) = (self.bytes.len() as u64, encoded.len() as u32);
        self.bytes.extend(encoded);
    }

    /// Adds boxes to those of an item.
    pub fn add_boxes(&mut self, item: u32, more: Vec<(u64, TrueBox)>) {
        if let Label::Boxes { canvas, mut boxes } = self.label(item) {
            boxes.extend(more);
            self.set_label(item, &Label::Boxes { canvas, boxes });
        }
    }

    /// Gives up the room that growing has left.
    pub fn shrink(&mut self) {
        self.items.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }

    pub fn set_groups(&mut self, groups: Vec<String>) {
        self.groups = groups;
    }

    pub fn set_split(&mut self, item: u32, split: Split) {
        self.items[item as usize].split = Some(split);
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All numbers.
    pub fn numbers(&self) -> std::ops::Range<u32> {
        0..self.items.len() as u32
    }

    fn slice(&self, at: u64, bytes: usize) -> &[u8] {
        &self.bytes[at as usize..at as usize + bytes]
    }

    pub fn id(&self, item: u32) -> &str {
        let Item { id_at, id_bytes, .. } = self.items[item as usize];
        std::str::from_utf8(self.slice(id_at, usize::from(id_bytes))).unwrap_or_default()
    }

    pub fn label(&self, item: u32) -> Label {
        let Item { label_at, label_bytes, .. } = self.items[item as usize];
        // What was written by `set_label` is read again.
        postcard::from_bytes(self.slice(label_at, label_bytes as usize)).unwrap_or(Label::Linked)
    }

    pub fn line(&self, item: u32) -> u32 {
        self.items[item as usize].line
    }

    pub fn row_at(&self, item: u32) -> u64 {
        self.items[item as usize].row_at
    }

    pub fn role(&self, item: u32) -> Option<Role> {
        self.items[item as usize].role
    }

    /// The split it was given; `None` before it has one.
    pub fn stated_split(&self, item: u32) -> Option<Split> {
        self.items[item as usize].split
    }

    /// The split. Items that lack one have a problem, and are not sealed.
    pub fn split(&self, item: u32) -> Split {
        self.items[item as usize].split.unwrap_or(Split::Private)
    }

    /// The number of its group, if it has one.
    pub fn group_number(&self, item: u32) -> Option<u32> {
        Some(self.items[item as usize].group).filter(|group| *group != NONE)
    }

    /// The name of its group; empty if it has none.
    pub fn group(&self, item: u32) -> &str {
        self.group_number(item).map_or("", |group| self.groups[group as usize].as_str())
    }
}
