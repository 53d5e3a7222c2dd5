//! R3: the fork into waiter and pid 1.
//!
//! The waiter holds none of the jail's memory or pipes and does one thing: it tells the judge how pid 1 ended and what it
//! took, which the judge, not being the parent, cannot learn. `SIGTERM` to the waiter kills pid 1.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use super::error::{At, SetupError};
use crate::kernel::process::{self, Side};
use crate::kernel::signals;
use crate::protocol::fds;
use crate::setup::SetupStep;

/// Forks. Returns in the child alone.
pub(super) fn fork_below(judge: u32) -> Result<(), SetupError> {
    let (ours, waiters) = io::pipe().at(SetupStep::Waiter)?;
    match process::fork().at(SetupStep::Waiter)? {
        Side::Parent(child) => {
            // A failure here leaves no report: the judge takes that for our fault, as it is.
            let code = wait(child, judge).is_err().into();
            process::leave(code)
        }
        Side::Child => {
            drop(waiters);
            begin(ours.as_fd()).at(SetupStep::Waiter)
        }
    }
}

/// The waiter's life.
fn wait(child: i32, judge: u32) -> io::Result<()> {
    signals::forward_term_to(child)?;
    // If the judge died before the tie held, nobody is left to be told: leaving kills pid 1, which is tied to this process.
    process::die_with_parent()?;
    if process::parent_id() != judge {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    // Values of this process own some of these; it never returns to drop them.
    process::close_range(fds::MODEL, fds::STATUS)?;
    process::close_range(fds::COMMANDS, fds::COMMANDS)?;
    let obituary = process::wait_for(child)?;
    File::from(process::take_fd(fds::REPORT)?).write_all(&obituary.encode())
}

/// The child's first steps.
fn begin(waiters_life: std::os::fd::BorrowedFd) -> io::Result<()> {
    process::die_with_parent()?;
    // The parent's id is 0 from in here, dead or alive, so its end of a pipe tells whether it died before the line above.
    if process::readable([waiters_life], Some(Duration::ZERO))? == [true] {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    process::new_session()?;
    process::close_range(fds::REPORT, fds::REPORT)
}
