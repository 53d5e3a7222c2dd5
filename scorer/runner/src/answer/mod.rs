//! The model's outputs into answers.
//!
//! What a model declares is not what it produces: shapes are checked in every run, before an element is read.
//!
//! | module | question |
//! |---|---|
//! | [`read`] | what does a run say of its items? |
//! | [`numbers`] | elements of any type as float32 |
//! | [`boxes`] | what has a detector found, and where? |
//! | [`ctc`] | which text is the best path? |

mod boxes;
mod ctc;
mod numbers;
mod read;

pub use read::Reader;

/// An output that is no answer. Made of shapes and types only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);
