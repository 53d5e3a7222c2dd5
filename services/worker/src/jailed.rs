//! What the worker needs of a jail, so that its own rules can be tested with a scripted one.

use egret_jail::{Event, JailError, Limits, Site, Usage, doctor::Report, plan::RunPlan};

/// Starts runners.
pub trait Jail: Send + Sync + 'static {
    /// One runner process.
    type Run: JailedRun;
    /// Attacks every layer, and says what holds. Blocks for a second or two.
    fn examine(&self) -> Report;
    /// Starts a runner for one attempt. Blocks; called from a bench thread only.
    fn spawn(&self, plan: &RunPlan, model: &[u8], limits: &Limits) -> Result<Self::Run, JailError>;
}

/// A runner at work: commands go in by slots, events come out in their order.
pub trait JailedRun {
    /// The shared memory of a slot that the runner is not working on.
    fn slot_mut(&mut self, slot: u32) -> &mut [u8];
    /// Hands a filled slot to the runner.
    fn submit(&mut self, slot: u32, items: u32) -> Result<(), JailError>;
    /// Waits for the runner's next word, its end, or a limit.
    fn next(&mut self) -> Result<Event, JailError>;
    /// A way to kill the runner from any thread, at any time, also after its end.
    fn killer(&self) -> Box<dyn Fn() + Send + Sync>;
    /// Ends the runner and says what it used.
    fn finish(self) -> Usage;
}

impl Jail for Site {
    type Run = egret_jail::Running;

    fn examine(&self) -> Report {
        egret_jail::doctor::examine(self)
    }

    fn spawn(&self, plan: &RunPlan, model: &[u8], limits: &Limits) -> Result<Self::Run, JailError> {
        egret_jail::spawn(self, plan, model, limits)
    }
}

impl JailedRun for egret_jail::Running {
    fn slot_mut(&mut self, slot: u32) -> &mut [u8] {
        Self::slot_mut(self, slot)
    }

    fn submit(&mut self, slot: u32, items: u32) -> Result<(), JailError> {
        Self::submit(self, slot, items)
    }

    fn next(&mut self) -> Result<Event, JailError> {
        Self::next(self)
    }

    fn killer(&self) -> Box<dyn Fn() + Send + Sync> {
        let handle = self.kill_handle();
        Box::new(move || handle.kill())
    }

    fn finish(self) -> Usage {
        Self::finish(self).usage
    }
}
