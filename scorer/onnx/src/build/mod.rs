//! ONNX files written in Rust, byte by byte: what tests and benchmarks feed to a runner without Python at hand.
//!
//! [`graph`] writes any small graph; [`models`] holds the ones that tests name: honest classifiers of each shape, and
//! models that misbehave in one way each.

pub mod graph;
pub mod models;
mod protobuf;

pub use graph::{Attribute, Graph, Tensor};
pub use models::*;
