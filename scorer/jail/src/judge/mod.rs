//! The judge's side of the wall: starts runners, feeds them, watches their clocks and says how they ended.

mod clock;
mod ending;
mod launch;
mod running;
mod spawner;

use std::time::Duration;

pub use launch::spawn;
pub use running::{KillHandle, Running};

use crate::answers;
use crate::error::JailError;
use crate::fault::FaultReport;
use crate::kernel::privileges;
use crate::plan::{AdapterSpec, AnswerSpec, ItemSpec, RunPlan};
use crate::site::{Layers, Limits, Site, Tier, Usage};

/// What a run has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The jail is closed; nothing of the team's has been touched yet.
    Ready {
        /// The tier in force.
        tier: Tier,
        /// What was found in force.
        layers: Layers,
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

/// Puts up the whole jail once, without a model, and says what this host gives under the site's policy. Asking the kernel
/// for single features would prove nothing: some hosts grant namespaces and then forbid what they are for.
pub fn probe(site: &Site) -> Result<(Tier, Layers), JailError> {
    let answer = AnswerSpec::Classes { class_count: 1 };
    let plan = RunPlan {
        item: ItemSpec::Image { width: 1, height: 1, channels: 1 },
        answer,
        adapter: AdapterSpec::default(),
        threads: 1,
        batch_items_max: 1,
        slot_count: 1,
        slot_input_bytes: 1,
        slot_output_bytes: answers::bytes_max(&answer, 1),
        detail: false,
    };
    let limits = Limits { wall: Duration::from_secs(30), cpu_s: 30, memory_mib: 1024, threads: 1 };
    let mut running = spawn(site, &plan, &[], &limits)?;
    match running.next()? {
        Event::Ready { tier, layers } => Ok((tier, layers)),
        _ => Err(JailError::WrongTier),
    }
}

/// Makes this process unreadable for others of its user, and leaves no core files. For workers, before they hold keys.
pub fn harden() -> Result<(), JailError> {
    privileges::limit(libc::RLIMIT_CORE, 0, 0).map_err(JailError::Watch)?;
    privileges::set_dumpable(false).map_err(JailError::Watch)
}
