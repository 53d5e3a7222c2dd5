//! Figures: metric values, resource usage, and the check's report on the public sample.

use serde::{Deserialize, Serialize};

use crate::{FaultCode, Limits};

/// A metric's value; `None` is undefined, which never ranks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// The metric's id.
    pub id: String,
    /// The value; never NaN or infinite once it has passed [`MetricValue::new`].
    pub value: Option<f64>,
}

impl MetricValue {
    /// A value; NaN and infinities become undefined here, so that they can neither rank nor be stored.
    pub fn new(id: impl Into<String>, value: Option<f64>) -> Self {
        Self { id: id.into(), value: value.filter(|v| v.is_finite()) }
    }
}

/// What a runner used. Shown to the team for the public sample only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Wall-clock time.
    pub wall_ms: u64,
    /// CPU time over all threads.
    pub cpu_ms: u64,
    /// Peak memory.
    pub peak_memory_mib: u64,
}

/// The result on the public sample, in full detail: nothing hidden is involved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// `None`: passed, and admitted to the hidden evaluation.
    pub fault: Option<FaultCode>,
    /// A sentence with op, tensor, expected and found shape, limit; empty if it passed.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
    /// How items were fed to the model.
    pub adapter_summary: String,
    /// Exact metrics on the sample.
    pub metrics: Vec<MetricValue>,
    /// What the run used.
    pub usage: Usage,
    /// Items in the sample.
    pub item_count: u32,
    /// The limits that applied.
    pub limits: Limits,
}

impl CheckReport {
    /// Whether the model went on to the hidden evaluation.
    pub fn passed(&self) -> bool {
        self.fault.is_none()
    }
}
