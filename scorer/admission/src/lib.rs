//! What can be known of an ONNX file without running it: whether it is admitted, what it takes and gives, and how a task's
//! items would be fed to it.
//!
//! A submitted file is hostile until shown otherwise, and ONNX Runtime trusts it too much: it opens files that tensors name,
//! expands functions until the night comes, and dies of tiny graphs. [`admit`] reads the file first, in safe Rust, and
//! refuses what no ordinary model has. The runner does so behind the jail's wall before ONNX Runtime sees a byte, and
//! `egret check` does exactly the same on a team's laptop, with the same words.
//!
//! # How
//!
//! The file is walked as it lies, field by field: nothing is copied into a tree, recursion is bounded by the
//! depth of messages, every byte is looked at a small constant number of times. What is kept is names of initializers of the
//! graphs that we are in, and calls of functions: with the bounds of [`limits`], at most [`SCAN_MEMORY_BYTES_MAX`], whatever
//! the size of the file. The reader is stricter than ONNX Runtime's wherever the same bytes could be read in two ways.
//!
//! # What it does not do
//!
//! It does not know operators, infer shapes or run anything: a file that is admitted can still be refused by ONNX Runtime,
//! crash it, or never end. That is what the jail is for.
//!
//! # Rules and limits
//!
#![doc = include_str!("../RULES.md")]

pub mod adapter;
pub mod answer;
pub mod limits;
pub mod package;
mod place;
mod refusal;
mod scan;
mod schema;
mod signature;
mod wire;

pub use egret_jail::plan;
pub use refusal::{Inadmissible, RULES, Rule};
pub use signature::{DType, Facts, Signature, TensorInfo};

/// What [`admit`] keeps at most beside the file itself.
pub const SCAN_MEMORY_BYTES_MAX: usize = 32 << 20;

/// A file that keeps every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What the model takes and gives, by its own account.
    pub signature: Signature,
    /// Figures for people.
    pub facts: Facts,
}

/// Applies the one rule that needs no bytes, so that a file too large need not be read.
pub fn admit_size(bytes: u64) -> Result<(), Inadmissible> {
    scan::admit_size(bytes)
}

/// Applies every rule to the bytes of a file.
pub fn admit(file: &[u8]) -> Result<Admitted, Inadmissible> {
    scan::admit(file)
}
