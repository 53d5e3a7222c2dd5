//! ONNX Runtime, and nothing else: start it, load a model from bytes, read its signature, run it on borrowed buffers.
//!
//! This is the only crate that names `ort`. It knows nothing of tasks, items, answers or the jail; the adapter that turns
//! hidden items into tensors lives in `egret-runner`. It works outside the jail just as well, which is how benchmarks
//! measure a bare loop against the platform.
//!
//! The order matters to the jail: [`Runtime::start`] does everything that needs files and threads, so that
//! [`Model::load`] and [`Model::run`] need neither.
//!
//! A model is hostile until shown otherwise. Nothing here makes ONNX Runtime safe against one: it can still kill the
//! process. What is promised is that no panic of the wrapper escapes, and that errors are typed.

#[cfg(feature = "testing")]
pub mod build;
mod failure;
mod model;
mod runtime;
mod tensor;
mod threads;
mod warmup;

pub use failure::{Cause, LoadError, RunError};
pub use model::Model;
pub use runtime::{Runtime, StartError};
pub use tensor::{DType, Input, InputData, OutputData, OutputView, TensorInfo};
