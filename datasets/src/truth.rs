use std::fmt;

use serde::{Deserialize, Serialize};

use crate::runs;

/// What is true of an item. Item numbers are places in the split's order of sealing, from 0.
///
/// How it is kept in shards, and committed to, is its postcard encoding: the number of the variant as in this list, from 0, then
/// its fields in order; masks run-length coded ([`Truth::Mask`]).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Truth {
    /// The index of its class.
    Class(u32),
    /// The indices of all its classes, ascending, each once.
    Classes(Vec<u32>),
    /// Numbers, in the order of the task's value names; finite.
    Values(Vec<f64>),
    /// The objects in the picture.
    Boxes {
        /// Pixels of the original picture, after its EXIF orientation.
        width: u32,
        /// See `width`.
        height: u32,
        /// In the order of the organizer's file.
        boxes: Vec<TrueBox>,
    },
    /// A class per pixel of the contract's picture.
    Mask {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Rows from the top; [`Truth::VOID`] where nothing is to be scored. In shards: a list of (run, class).
        #[serde(with = "runs")]
        classes: Vec<u16>,
    },
    /// What is said or written.
    Text(String),
    /// Events, in the order of the organizer's file.
    Segments(Vec<TrueSegment>),
    /// The trials of which this is the later item: the earlier one, and whether both show the same. Ascending by item.
    Trials(Vec<(u32, bool)>),
    /// A query of a retrieval task. Items are numbered within the gallery, and ascend.
    Query {
        /// Gallery items with their grades; 0 is judged and irrelevant.
        relevant: Vec<(u32, u8)>,
        /// Gallery items that are dropped from this query's list before it is scored.
        excluded: Vec<u32>,
    },
    /// An item of a retrieval task's gallery.
    Gallery,
}

/// An object in a picture: pixels of the original, x to the right and y down from the upper left corner.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrueBox {
    /// The index of its class.
    pub class: u32,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width, above 0.
    pub w: f64,
    /// Height, above 0.
    pub h: f64,
    /// Square pixels: of the object where the organizer knows it, else w · h.
    pub area: f64,
    /// A crowd: detections on it count neither for nor against a model.
    pub crowd: bool,
}

/// An event: seconds from the beginning of the item, half-open.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrueSegment {
    /// The index of its class.
    pub class: u32,
    /// Its beginning, 0 or more.
    pub start_s: f64,
    /// Its end, after its beginning.
    pub end_s: f64,
}

impl Truth {
    /// The class of mask pixels that are not scored.
    pub const VOID: u16 = u16::MAX;
}

/// Says what kind, never which: labels are hidden data, and debug output ends in logs.
impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Class(_) => "Class",
            Self::Classes(_) => "Classes",
            Self::Values(_) => "Values",
            Self::Boxes { .. } => "Boxes",
            Self::Mask { .. } => "Mask",
            Self::Text(_) => "Text",
            Self::Segments(_) => "Segments",
            Self::Trials(_) => "Trials",
            Self::Query { .. } => "Query",
            Self::Gallery => "Gallery",
        };
        write!(f, "{kind}(…)")
    }
}
