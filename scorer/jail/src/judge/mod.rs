//! The judge's side of the wall: starts runners, feeds them, watches their clocks and says how they ended.

mod cgroup;
mod clock;
mod ending;
mod launch;
mod running;
mod spawner;

pub(crate) use ending::Ending;
pub(crate) use launch::{asked, spawn_drill};
pub use launch::{spawn, spawn_behind};
pub use running::{KillHandle, Running};

use crate::error::JailError;
use crate::fault::FaultReport;
use crate::kernel::privileges;
use crate::layers::Layers;
use crate::site::Usage;

/// What a run has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The jail is closed; nothing of the team's has been touched yet.
    Ready {
        /// What is in force: exactly what was asked for.
        layers: Layers,
        /// The ABI of Landlock in force, 0 without.
        landlock_abi: u8,
    },
    /// The model is loaded.
    Loaded {
        /// How the adapter was resolved. Empty unless the plan allowed detail.
        summary: String,
    },
    /// A submitted slot is answered, and free again.
    Done {
        /// The slot.
        slot: u32,
        /// The judge's own copy of the answers' bytes, for [`crate::answers::decode`].
        answers: Vec<u8>,
    },
    /// The model is at fault; the run is over.
    Faulted(FaultReport),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// What it took. Processor time and memory are 0 if the runner did not live to be waited for.
    pub usage: Usage,
}

/// Makes this process unreadable for others of its user, and leaves no core files. For workers, before they hold keys.
pub fn harden() -> Result<(), JailError> {
    privileges::limit(libc::RLIMIT_CORE, 0, 0).map_err(JailError::Watch)?;
    privileges::set_dumpable(false).map_err(JailError::Watch)
}
