//! How an evaluation ends when it is the model that decides: scored, or at fault. Our own failures are not verdicts.

use serde::{Deserialize, Serialize};

use crate::{FaultCode, MetricValue, Usage};

/// A model's failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Which of the closed list.
    pub code: FaultCode,
    /// Printable; empty unless the split is the public sample.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
}

/// What an evaluation found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Exact values of the task's metrics.
    Scored(Vec<MetricValue>),
    /// The model failed.
    Faulted(Fault),
}

/// An outcome with what it is pinned to. Of a hidden split it is restricted: only a [`crate::Release`] leaves the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was found.
    pub outcome: Outcome,
    /// What the runner used.
    pub usage: Usage,
    /// Version of the runner.
    pub runner_version: String,
    /// Digest of the ONNX Runtime library.
    pub runtime_sha256: String,
    /// How items were fed to the model.
    pub adapter_summary: String,
    /// Items scored.
    pub item_count: u32,
}
