//! The closed set of ways in which a team's model can fail.

use crate::text_enum::text_enum;

text_enum! {
    /// Why a model failed: the team's fault, never ours. The words are what clients see, for the public sample only.
    FaultCode {
        /// The bytes are not an ONNX model that can be loaded.
        InvalidModel = "INVALID_MODEL",
        /// The model's signature does not fit the task's contract.
        ContractMismatch = "CONTRACT_MISMATCH",
        /// Ran longer than `wall_s_max`.
        TimeLimit = "TIME_LIMIT",
        /// Used more than `cpu_s_max`.
        CpuLimit = "CPU_LIMIT",
        /// Used more than `memory_mib_max`.
        MemoryLimit = "MEMORY_LIMIT",
        /// The answer has the wrong shape or type, or an index out of range.
        OutputInvalid = "OUTPUT_INVALID",
        /// A score was NaN or infinite.
        NonFinite = "NON_FINITE",
        /// The runner died.
        Crash = "CRASH",
        /// ONNX Runtime reported an error while running.
        RuntimeError = "RUNTIME_ERROR",
    }
}

impl FaultCode {
    /// What is told of a fault on hidden data after its phase has been revealed.
    pub const fn class(self) -> &'static str {
        match self {
            Self::TimeLimit | Self::CpuLimit | Self::MemoryLimit => "LIMIT",
            Self::OutputInvalid | Self::NonFinite => "OUTPUT",
            Self::InvalidModel | Self::ContractMismatch | Self::Crash | Self::RuntimeError => "FAILED",
        }
    }
}
