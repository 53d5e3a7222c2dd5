//! From what went wrong to what the judge is told: a closed code, and words, which may quote items and model alike. On hidden
//! items the judge shows them to the operator alone.

use egret_admission::Inadmissible;
use egret_admission::adapter::Mismatch;
use egret_admission::package::Unpackable;
use egret_jail::FaultCode;
use egret_onnx::{Cause, LoadError};

use crate::batch::Stopped;

/// The model's fault.
#[derive(Debug)]
pub struct Fault {
    /// Which of the closed list.
    pub code: FaultCode,
    /// What went wrong.
    pub detail: String,
    /// The team's next step.
    pub remedy: String,
}

impl Fault {
    fn new(code: FaultCode, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), remedy: remedy.into() }
    }

    /// An output that is no answer.
    pub fn output(detail: impl Into<String>) -> Self {
        Self::new(
            FaultCode::OutputInvalid,
            detail,
            "make the output of the shape that was declared for every batch size n, the last and shorter one too",
        )
    }

    /// A `tokenizer.json` that cannot be read, or not be applied.
    pub fn tokenizer(detail: impl Into<String>) -> Self {
        let detail = format!("tokenizer.json: {}", detail.into());
        Self::new(
            FaultCode::InvalidModel,
            detail,
            "write it with Hugging Face tokenizers: tokenizer.save(\"tokenizer.json\")",
        )
    }

    fn memory(detail: impl Into<String>) -> Self {
        Self::new(
            FaultCode::MemoryLimit,
            detail,
            "make the model or its largest intermediate tensor smaller; a smaller fixed batch helps too",
        )
    }
}

impl From<Unpackable> for Fault {
    fn from(wrong: Unpackable) -> Self {
        Self::new(FaultCode::InvalidModel, wrong.detail, wrong.remedy)
    }
}

impl From<Inadmissible> for Fault {
    fn from(refused: Inadmissible) -> Self {
        Self::new(FaultCode::InvalidModel, refused.to_string(), refused.rule.remedy())
    }
}

impl From<LoadError> for Fault {
    fn from(error: LoadError) -> Self {
        match error.cause {
            Cause::Memory => Self::memory(error.text),
            Cause::Model => Self::new(
                FaultCode::InvalidModel,
                error.text,
                "try the file with onnxruntime 1.31 on the CPU: one .onnx file with its weights inside, and operators \
                 that a plain installation has",
            ),
        }
    }
}

impl From<Mismatch> for Fault {
    fn from(mismatch: Mismatch) -> Self {
        Self::new(FaultCode::ContractMismatch, mismatch.detail, mismatch.remedy)
    }
}

impl From<Stopped> for Fault {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Memory(detail) => Self::memory(detail),
            Stopped::Unreadable(unreadable) => Self::output(unreadable.0),
            Stopped::Tokenizer(detail) => Self::tokenizer(detail),
            Stopped::Run(error) => Self::new(
                FaultCode::RuntimeError,
                error.text,
                "run the model on the public sample with onnxruntime 1.31, in batches as above, and look at the \
                 operator named",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_allocation_is_the_memory_limit() {
        let fault = Fault::from(LoadError { cause: Cause::Memory, text: "std::bad_alloc".to_owned() });
        assert_eq!(fault.code, FaultCode::MemoryLimit);
    }
}
