//! The model's output into answers.
//!
//! What a model declares is not what it produces: the shape is checked in every run, before an element is read.

mod read;

pub use read::Read;

/// Answers of a slot, in the order of its items.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// Row-major `[items, class_count]`.
    Scores(Vec<f32>),
    /// One class per item, not yet checked for range.
    Indices(Vec<i64>),
}

/// An output that is no answer. Made of shapes and types only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);
