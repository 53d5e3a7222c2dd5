//! The adapter: how a task's items become the model's tensors. What a team did not declare is inferred from the signature.
//!
//! | module | question |
//! |---|---|
//! | `layout` | in which order do the elements of a part stand in the tensor? |
//! | `numbers` | which number does a stored sample become? |
//! | `feed` | how is one tensor filled with one part? |
//! | `resolve` | does this model fit this task, and how exactly? |
//!
//! The loops that do it are the runner's.

mod feed;
mod layout;
mod numbers;
mod resolve;

pub use feed::{Field, How, Pixels, TensorFeed};
pub use layout::{Extent, Layout};
pub use numbers::Affine;
pub use resolve::{
    Batch, FIXED_BATCH_ITEMS_MAX, Feeding, Forecast, Resolved, Terms, forecast, resolve, resolve_feeding,
};

/// Why a model does not fit its task. Made of the model's signature, the task's contract and the declared adapter, and
/// of nothing else, so that it may be shown wherever those may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The tensor, what was expected and what was found.
    pub detail: String,
    /// What the team can do about it.
    pub remedy: String,
}

impl Mismatch {
    /// A mismatch and its remedy.
    pub fn new(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { detail: detail.into(), remedy: remedy.into() }
    }
}

/// An empty string is as good as none.
pub(crate) fn declared(field: Option<&str>) -> Option<&str> {
    field.filter(|text| !text.is_empty())
}
