//! What a task asks of a model: inputs, answers, limits, and how a team's adapter may bridge to them. One vocabulary for the
//! organizer's files, the wire, the ledger, the worker and the jail.
//!
//! PURE: plain data, their ranges ([`InputContract::problems`], [`AnswerContract::problems`], [`Limits::problems`]), and the
//! one layout of decoded items in memory ([`item`]), and where pictures lie in the contract's ([`Frame`]). No IO, no codecs, no metrics.

mod adapter;
mod answer;
mod geometry;
mod grading;
mod input;
pub mod item;
mod limits;

pub use adapter::{Adapter, LogMel, Resize, TextEncoding};
pub use answer::{
    AnswerContract, BOX_COUNT_MAX, BoxesAnswer, CLASS_COUNT_MAX, ClassNames, ClassesAnswer, DIMENSION_MAX,
    EMBEDDINGS_BYTES_MAX, EmbeddingAnswer, MaskAnswer, SEGMENT_COUNT_MAX, Search, SegmentsAnswer, Similarity,
    TOP_COUNT_MAX, TranscriptAnswer, VALUE_COUNT_MAX, VOCABULARY_MAX, ValuesAnswer,
};
pub use geometry::{Frame, Rect};
pub use grading::{Certificate, Composite, CompositePart, CompositeRule, Grading, Speed};
pub use input::{
    AudioInput, Fit, IMAGE_SIDE_MAX, ITEM_BYTES_MAX, ImageInput, InputContract, Length, Longer,
    PART_COUNT_MAX, Part, PartKind, SAMPLE_RATE_HZ, TEXT_BYTES_MAX, TextInput, VIDEO_FRAMES_MAX, VideoInput,
};
pub use limits::{Limits, MERGED_STATES_BYTES_MAX, UNIT_SHARDS_MAX, UNIT_STATE_BYTES_MAX};

/// A figure or a text of a contract that is out of its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// Which one: `input.image.width`.
    pub field: String,
    /// What it must be: `must be 1 to 4096`.
    pub rule: String,
}

impl OutOfRange {
    fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { field: field.into(), rule: rule.into() }
    }
}

/// Collects what is out of range.
#[derive(Default)]
struct Ranges(Vec<OutOfRange>);

impl Ranges {
    fn expect(&mut self, holds: bool, field: impl Into<String>, rule: impl Into<String>) {
        if !holds {
            self.0.push(OutOfRange::new(field, rule));
        }
    }

    fn within(&mut self, field: impl Into<String>, value: u32, range: &std::ops::RangeInclusive<u32>) {
        self.expect(range.contains(&value), field, format!("must be {} to {}", range.start(), range.end()));
    }
}
