use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{OutOfRange, Ranges};

/// Shards of a unit of work: a hidden evaluation of more is shared among workers. The organizer's check reckons with it.
pub const UNIT_SHARDS_MAX: u32 = 8;
/// Bytes of what a unit of several leaves to be merged with the others, sealed.
pub const UNIT_STATE_BYTES_MAX: u64 = 64 << 20;
/// Bytes of all that the units of one evaluation leave: one worker gets them in one message.
pub const MERGED_STATES_BYTES_MAX: u64 = 128 << 20;

/// Limits of one evaluation: the same for every team, enforced, and echoed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock seconds.
    pub wall_s_max: u32,
    /// CPU seconds over all threads.
    pub cpu_s_max: u32,
    /// Memory of the runner, in MiB.
    pub memory_mib_max: u32,
    /// Threads of the runtime.
    pub thread_count: u32,
    /// Size of a model, in MiB.
    pub model_mib_max: u32,
}

impl Limits {
    /// Seconds of one evaluation.
    pub const WALL_S: RangeInclusive<u32> = 1..=86_400;
    /// CPU seconds of one evaluation, over all threads.
    pub const CPU_S: RangeInclusive<u32> = 1..=5_529_600;
    /// Memory of one runner, in MiB; below the least, ONNX Runtime itself does not start.
    pub const MEMORY_MIB: RangeInclusive<u32> = 256..=262_144;
    /// Threads of one runner.
    pub const THREADS: RangeInclusive<u32> = 1..=64;
    /// Size of a model, in MiB.
    pub const MODEL_MIB: RangeInclusive<u32> = 1..=16_384;

    /// The size of the largest model, in bytes.
    #[must_use]
    pub fn model_bytes_max(&self) -> u64 {
        u64::from(self.model_mib_max) << 20
    }

    /// Everything that is out of range.
    #[must_use]
    pub fn problems(&self) -> Vec<OutOfRange> {
        let mut ranges = Ranges::default();
        ranges.within("limits.wall_s_max", self.wall_s_max, &Self::WALL_S);
        ranges.within("limits.cpu_s_max", self.cpu_s_max, &Self::CPU_S);
        ranges.within("limits.memory_mib_max", self.memory_mib_max, &Self::MEMORY_MIB);
        ranges.within("limits.thread_count", self.thread_count, &Self::THREADS);
        ranges.within("limits.model_mib_max", self.model_mib_max, &Self::MODEL_MIB);
        ranges.0
    }
}

/// What an organizer who says nothing gets: ten minutes on two threads, all of them busy.
impl Default for Limits {
    fn default() -> Self {
        Self { wall_s_max: 600, cpu_s_max: 1_200, memory_mib_max: 4_096, thread_count: 2, model_mib_max: 512 }
    }
}
