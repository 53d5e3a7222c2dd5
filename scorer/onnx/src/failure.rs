//! What goes wrong with a model, told apart by what the caller may do about it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whether a failure is about memory or about the model itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An allocation was refused: under the jail, the memory limit.
    Memory,
    /// Anything else that the model is to blame for.
    Model,
}

/// The bytes did not become a session.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct LoadError {
    /// Memory, or the model.
    pub cause: Cause,
    /// ONNX Runtime's own words: they name operators and tensors of the model, and nothing of any input.
    pub text: String,
}

/// A run did not produce the requested output.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct RunError {
    /// Memory, or the model.
    pub cause: Cause,
    /// ONNX Runtime's own words. They may quote values of the input: never show them where inputs are hidden.
    pub text: String,
}

impl Cause {
    /// ONNX Runtime reports a refused allocation as text only; these are the forms it takes.
    fn of(text: &str) -> Self {
        const MEMORY: [&str; 4] =
            ["bad_alloc", "Failed to allocate memory", "bad allocation", "bad_array_new_length"];
        if MEMORY.iter().any(|form| text.contains(form)) { Self::Memory } else { Self::Model }
    }
}

impl LoadError {
    pub(crate) fn new(text: String) -> Self {
        Self { cause: Cause::of(&text), text }
    }
}

impl RunError {
    pub(crate) fn new(text: String) -> Self {
        Self { cause: Cause::of(&text), text }
    }
}

/// Calls into `ort`, turning its errors and its panics into text.
///
/// The wrapper panics on values that it believes impossible (an output of a type it does not know, a null value from a
/// run) and that a model can nevertheless produce.
pub(crate) fn guarded<T>(call: impl FnOnce() -> ort::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.message().to_owned()),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("the ONNX Runtime wrapper panicked")
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_allocation_is_known_by_its_words() {
        assert_eq!(Cause::of("Exception during initialization: std::bad_alloc"), Cause::Memory);
        assert_eq!(
            Cause::of(
                "BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 4"
            ),
            Cause::Memory
        );
        assert_eq!(Cause::of("Load model failed: Protobuf parsing failed."), Cause::Model);
    }

    #[test]
    fn a_panic_of_the_wrapper_becomes_text() {
        let outcome = guarded::<()>(|| panic!("infallible: {}", 1));
        assert_eq!(outcome.unwrap_err(), "infallible: 1");
    }
}
