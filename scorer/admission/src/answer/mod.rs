//! Which output holds the answer, and how it is read.
//!
//! Choosing, where the team declared nothing: outputs that can hold scores (float `[n,C]`, also `[n,C,1,1]`) come before
//! floats of unknown width, before quantised scores (integers `[n,C]`), before labels (integers `[n]` or `[n,1]`). The best
//! group must have exactly one member. So the exports of scikit-learn, a label and probabilities, are read by their
//! probabilities; two float outputs of the right width are ambiguous, and one must be declared.
//!
//! What a model declares is not what it produces: the runner checks the shape again in every run.

mod choose;

use std::fmt;

use crate::TensorInfo;

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

/// `` `probabilities` float32 [n,10] as scores, softmax ``
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = if self.labels { "class numbers" } else { "scores" };
        write!(f, "{} as {meaning}{}", self.output, if self.softmax { ", softmax" } else { "" })
    }
}
