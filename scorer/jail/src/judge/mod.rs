//! The judge's side of the wall.

use crate::error::JailError;
use crate::fault::FaultReport;
use crate::plan::RunPlan;
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
    /// What it took.
    pub usage: Usage,
}

/// Ends a run from another thread.
#[derive(Debug, Clone)]
pub struct KillHandle;

impl KillHandle {
    /// Kills the runner; [`Running::next`] then says [`JailError::Cancelled`]. Does nothing to a run that has ended.
    pub fn kill(&self) {}
}

/// A runner at work. Dropping it kills the runner and waits for it.
pub struct Running;

impl Running {
    /// The memory of an input slot that is not submitted.
    ///
    /// # Panics
    /// If there is no such slot or it is submitted: filling it then would change what the model is computing on.
    pub fn slot_mut(&mut self, slot: u32) -> &mut [u8] {
        todo!("{slot}")
    }

    /// Asks for the answers to the first `items` items of a slot. May be called before the model is loaded.
    pub fn submit(&mut self, slot: u32, items: u32) -> Result<(), JailError> {
        todo!("{slot} {items}")
    }

    /// Blocks until the runner has something to say, a limit is reached, or something of ours fails.
    pub fn next(&mut self) -> Result<Event, JailError> {
        todo!()
    }

    /// A way to end the run from another thread.
    pub fn kill_handle(&self) -> KillHandle {
        KillHandle
    }

    /// Process id of the runner's waiter on this host.
    pub fn pid(&self) -> u32 {
        todo!()
    }

    /// Ends the run, kindly if it is idle, and says what it took.
    pub fn finish(self) -> Ended {
        todo!()
    }
}

/// Starts a runner for `model`. Blocks until the process exists, not until it is ready.
pub fn spawn(site: &Site, plan: &RunPlan, model: &[u8], limits: &Limits) -> Result<Running, JailError> {
    todo!("{site:?} {plan:?} {model:?} {limits:?}")
}

/// Puts up the whole jail once, without a model, and says which tier this host gives under the site's policy.
pub fn probe(site: &Site) -> Result<(Tier, Layers), JailError> {
    todo!("{site:?}")
}

/// Makes this process unreadable for others of its user: not dumpable, no core files. For workers, before they hold keys.
pub fn harden() -> Result<(), JailError> {
    todo!()
}
