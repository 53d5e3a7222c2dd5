//! The one thread that starts runners.
//!
//! The kernel ties a runner's life to the *thread* that forked it. Threads of a pool come and go, and would take healthy
//! runners with them; this one lives as long as the process.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};

type Job = (Command, Sender<io::Result<Child>>);

static JOBS: LazyLock<Mutex<Sender<Job>>> = LazyLock::new(|| {
    let (sender, jobs) = channel::<Job>();
    let work = move || {
        for (mut command, answer) in jobs {
            // An asker that is gone leaves its Child to be dropped: the runner sees its pipes close and ends.
            let _ = answer.send(command.spawn());
        }
    };
    // Without the thread every `spawn` below fails by its closed channel.
    let _ = std::thread::Builder::new().name("jail-spawner".into()).spawn(work);
    Mutex::new(sender)
});

/// Spawns on the thread that lives.
pub(super) fn spawn(command: Command) -> io::Result<Child> {
    let gone = || io::Error::other("the spawning thread is gone");
    let (sender, answer) = channel();
    JOBS.lock().unwrap_or_else(PoisonError::into_inner).send((command, sender)).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}
