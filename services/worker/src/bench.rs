//! A dedicated thread for one slot's runner.
//!
//! The runner asks the kernel to die with the *thread* that forked it, so that thread must outlive every run; and driving
//! a runner blocks, which a thread of the async runtime must not. One bench lives as long as its slot.

use std::{io, sync::mpsc, thread};

use tokio::sync::oneshot;

use crate::Mishap;

type Job = Box<dyn FnOnce() + Send>;

/// Handle to the thread; dropping it ends the thread after its current job.
pub struct Bench {
    jobs: mpsc::Sender<Job>,
}

impl Bench {
    /// Starts the thread of slot `index`.
    pub fn start(index: usize) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new().name(format!("bench-{index}")).spawn(move || {
            for job in queue {
                job();
            }
        })?;
        Ok(Self { jobs })
    }

    /// Runs `work` on the bench thread and waits for it. Fails only if the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Mishap> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            // A panic must end the job, not the thread: the thread is what keeps later runners alive.
            if let Ok(result) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
                // Nobody waits any more: the work was dropped, and so is its result.
                let _ = reply.send(result);
            }
        });
        self.jobs.send(job).map_err(|_| Mishap::Panicked)?;
        answer.await.map_err(|_| Mishap::Panicked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_job_runs_on_the_same_thread_even_after_a_panic() {
        let bench = Bench::start(0).unwrap();
        let first = bench.run(|| thread::current().id()).await.unwrap();
        assert!(matches!(bench.run(|| panic!("expected by the test")).await, Err::<(), _>(Mishap::Panicked)));
        assert_eq!(bench.run(|| thread::current().id()).await.unwrap(), first);
    }
}
