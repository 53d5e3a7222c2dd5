//! Programs that run beside us and end with us, on every path.

use std::{
    process::{Child, Command, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::process::{describe, run};

/// How often a wait looks up.
const GLANCE: Duration = Duration::from_millis(20);

/// Whether somebody wants us to stop. While one of these lives, SIGINT and SIGTERM set it instead of ending this process,
/// which would leave programs behind.
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens to SIGINT and SIGTERM.
    pub fn on_signals() -> Result<Self> {
        let wanted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, wanted.clone()).context("signals cannot be listened to")?;
        }
        Ok(Self(wanted))
    }

    /// Whether a signal has come.
    pub fn wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Looks again and again until `look` has something; fails when we are to stop.
    pub fn wait_for<T>(&self, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            if self.wanted() {
                bail!("stopped");
            }
            thread::sleep(GLANCE);
        }
    }

    /// Runs a command to its end with its output shown; fails if it does.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let mut program = Program::start(command)?;
        let status = self.wait_for(|| program.ended())?;
        if !status.success() {
            bail!("{} ended with {status}", describe(command));
        }
        Ok(())
    }
}

/// A running program. Dropping it kills it and waits for its end.
pub struct Program(Child);

impl Program {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self> {
        Ok(Self(command.spawn().with_context(|| format!("cannot start {}", describe(command)))?))
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// SIGTERM; a clean end must follow within `patience`.
    pub fn terminate(mut self, patience: Duration) -> Result<()> {
        run(Command::new("kill").args(["-TERM", &self.0.id().to_string()]))?;
        let deadline = Instant::now() + patience;
        loop {
            match self.ended()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("it ended with {status} on SIGTERM"),
                None if Instant::now() > deadline => bail!("it did not end within {patience:?} of SIGTERM"),
                None => thread::sleep(GLANCE),
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
