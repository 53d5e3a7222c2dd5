//! The threads of the global pool, and the proof that every one of them is running.
//!
//! A thread that has not finished its start-up in libc when the jail is sealed makes a system call (`rseq`,
//! `set_robust_list`) that the seal forbids, and an honest team's run dies. So the pool's threads are started here, each
//! reports when it runs Rust code, and [`Roster::wait`] returns only when all have.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use ort::environment::ThreadManager;

/// As a main thread has; deep graphs recurse in kernels of ONNX Runtime.
const STACK_BYTES: usize = 8 << 20;

#[derive(Default)]
struct Counts {
    created: u32,
    running: u32,
}

/// Who was started and who runs.
#[derive(Clone, Default)]
pub(crate) struct Roster {
    shared: Arc<(Mutex<Counts>, Condvar)>,
}

impl Roster {
    fn note(&self, change: impl FnOnce(&mut Counts)) {
        let (counts, changed) = &*self.shared;
        change(&mut counts.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
    }

    /// Blocks until every created thread runs; returns how many there are.
    pub(crate) fn wait(&self) -> u32 {
        let (counts, changed) = &*self.shared;
        let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = changed
            .wait_while(counts, |counts| counts.running < counts.created)
            .unwrap_or_else(PoisonError::into_inner);
        counts.running
    }
}

impl ThreadManager for Roster {
    type Thread = JoinHandle<()>;

    fn create(&self, work: impl FnOnce() + Send + 'static) -> ort::Result<Self::Thread> {
        let roster = self.clone();
        let handle = Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(move || {
                roster.note(|counts| counts.running += 1);
                work();
            })
            .map_err(ort::Error::wrap)?;
        self.note(|counts| counts.created += 1);
        Ok(handle)
    }

    fn join(thread: Self::Thread) -> ort::Result<()> {
        // A panicking worker thread has no one to tell at this point: the environment is going away.
        let _ = thread.join();
        Ok(())
    }
}
