//! What can be known of an ONNX file without running it.

pub mod adapter;
pub mod answer;
mod signature;

pub use signature::{DType, Signature, TensorInfo};
