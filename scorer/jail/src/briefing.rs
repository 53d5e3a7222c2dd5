//! What the judge tells a runner before it starts: the plan and this host's side of it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::drill::Drill;
use crate::layers::Layers;
use crate::plan::RunPlan;
use crate::site::Limits;

/// The content of the briefing memory. It holds nothing secret.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Briefing {
    pub plan: RunPlan,
    /// Absolute, without symbolic links.
    pub ort_lib: PathBuf,
    /// The walls to put up: all of them, and no others.
    pub layers: Layers,
    /// The name of the control group that the runner has been put into.
    pub member_of: Option<String>,
    /// An attack of our own in place of a model.
    pub drill: Option<Drill>,
    pub cpu_s: u32,
    pub memory_mib: u32,
    pub threads: u32,
    /// Bytes of the shared memory, which counts against the address space.
    pub shared_bytes: u64,
}

impl Briefing {
    pub(crate) fn new(
        plan: &RunPlan,
        ort_lib: PathBuf,
        layers: Layers,
        member_of: Option<String>,
        drill: Option<Drill>,
        limits: &Limits,
        shared_bytes: u64,
    ) -> Self {
        let Limits { cpu_s, memory_mib, threads, .. } = *limits;
        let plan = plan.clone();
        Self { plan, ort_lib, layers, member_of, drill, cpu_s, memory_mib, threads, shared_bytes }
    }
}

/// Slots begin at whole pages, so that tensors in them are aligned for any element.
const PAGE_BYTES: u64 = 4096;

/// The slots of one shared memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slots {
    count: u32,
    bytes: u64,
}

impl Slots {
    pub(crate) fn input(plan: &RunPlan) -> Self {
        Self { count: plan.slot_count, bytes: plan.slot_input_bytes }
    }

    pub(crate) fn output(plan: &RunPlan) -> Self {
        Self { count: plan.slot_count, bytes: plan.slot_output_bytes }
    }

    fn stride(self) -> u64 {
        self.bytes.next_multiple_of(PAGE_BYTES)
    }

    /// Bytes of the whole memory. [`RunPlan::check`] has bounded the factors.
    pub(crate) fn total_bytes(self) -> u64 {
        self.stride() * u64::from(self.count)
    }

    /// Where a slot begins.
    pub(crate) fn offset(self, slot: u32) -> u64 {
        assert!(slot < self.count, "slot {slot} of {}", self.count);
        self.stride() * u64::from(slot)
    }

    /// The bytes of a slot within the whole memory.
    pub(crate) fn range(self, slot: u32) -> std::ops::Range<usize> {
        let start = self.offset(slot) as usize;
        start..start + self.bytes as usize
    }
}
