//! The model's output into answers: which output to read, and how.
//!
//! Choosing, where the team declared nothing: outputs that can hold scores (float `[n,C]`, also `[n,C,1,1]`) come before
//! floats of unknown width, before quantised scores (integers `[n,C]`), before labels (integers `[n]` or `[n,1]`). The best
//! group must have exactly one member. So the exports of scikit-learn, a label and probabilities, are read by their
//! probabilities; two float outputs of the right width are ambiguous, and one must be declared.
//!
//! What a model declares is not what it produces: the shape is checked again in every run, before an element is read.

mod choose;
mod read;

use std::fmt;

use egret_onnx::TensorInfo;

/// Which output is read, and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The declared output.
    pub output: TensorInfo,
    /// C.
    pub class_count: u32,
    /// Class numbers, not scores.
    pub labels: bool,
    /// Applied to every row of float scores.
    pub softmax: bool,
}

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

/// `` `probabilities` float32 [n,10] as scores, softmax ``
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = if self.labels { "class numbers" } else { "scores" };
        write!(f, "{} as {meaning}{}", self.output, if self.softmax { ", softmax" } else { "" })
    }
}
