//! Isolation for one run of one hostile model.

pub mod answers;
mod briefing;
mod error;
mod fault;
pub mod inside;
mod judge;
mod kernel;
pub mod plan;
pub mod protocol;
mod setup;
mod site;

pub use error::JailError;
pub use fault::{FaultCode, FaultReport};
pub use judge::{Ended, Event, KillHandle, Running, harden, probe, spawn};
pub use setup::SetupStep;
pub use site::{Layers, Limits, Site, Tier, TierPolicy, Usage};
