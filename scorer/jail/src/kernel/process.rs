//! Processes, their descriptors and their ends.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use crate::protocol::Obituary;

/// Gives the child of `command` these descriptors at these numbers and `dir` as its current directory, makes it a member of the
/// control group behind `entrance`, and ties its life to the thread that spawns it.
pub(crate) fn hand_over(
    command: &mut Command,
    handed: Vec<(OwnedFd, RawFd)>,
    dir: Option<&'static File>,
    entrance: Option<File>,
) {
    let judge = std::process::id();
    let above = handed.iter().map(|(_, target)| *target).max().unwrap_or(0) + 1;
    let child_side = move || {
        dir.map_or(Ok(()), stand_in)?;
        entrance.as_ref().map_or(Ok(()), |entrance| (&*entrance).write_all(b"0"))?;
        // Sources may lie on others' targets: first move all of them out of the way.
        let mut moved = [0; 16];
        for ((source, _), place) in handed.iter().zip(&mut moved) {
            // SAFETY: plain integers; async-signal-safe.
            *place = super::check(unsafe { libc::fcntl(source.as_raw_fd(), libc::F_DUPFD_CLOEXEC, above) })?;
        }
        for ((_, target), place) in handed.iter().zip(moved) {
            // SAFETY: plain integers; async-signal-safe.
            super::check(unsafe { libc::dup2(place, *target) })?;
        }
        die_with_parent()?;
        // SAFETY: cannot fail, touches no memory.
        if unsafe { libc::getppid() } as u32 != judge {
            // The judge died before the line above took hold.
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure calls async-signal-safe functions only and allocates nothing
    // (`ErrorKind` and `last_os_error` errors are values without a heap).
    unsafe { command.pre_exec(child_side) };
}

/// Makes an open folder the current directory, whatever its path has become. Async-signal-safe.
pub(crate) fn stand_in(dir: &File) -> io::Result<()> {
    // SAFETY: plain integers.
    super::check(unsafe { libc::fchdir(dir.as_raw_fd()) }).map(drop)
}

/// This process is killed when the thread that forked it ends. A change of user or namespace clears this: say it again then.
pub(crate) fn die_with_parent() -> io::Result<()> {
    // SAFETY: plain integers.
    super::check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong) }).map(drop)
}

/// Process id of the parent; 0 if it is in another namespace.
pub(crate) fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}

/// Owns a descriptor that the judge has put at a fixed number; fails if it is not open.
pub(crate) fn take_fd(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: plain integers.
    super::check(unsafe { libc::fcntl(number, libc::F_GETFD) })?;
    // SAFETY: open, and taken once: only `inside::enter` calls this, for distinct numbers, at the start of the process.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Closes all descriptors of a range, both ends included. For ranges in which no value of this process owns one, or in
/// a process that will never drop such a value.
pub(crate) fn close_range(first: RawFd, last: RawFd) -> io::Result<()> {
    // SAFETY: as above; a descriptor that is not open is skipped.
    super::check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } as libc::c_int).map(drop)
}

/// Writes to a descriptor by number, best effort: for last words.
pub(crate) fn write_to(number: RawFd, bytes: &[u8]) {
    // SAFETY: `bytes` is valid for its length; a closed descriptor is an error, not a fault.
    unsafe { libc::write(number, bytes.as_ptr().cast(), bytes.len()) };
}

/// Leaves at once: no destructors, no handlers of native libraries.
pub(crate) fn leave(code: i32) -> ! {
    // SAFETY: does not return.
    unsafe { libc::_exit(code) }
}

/// Which side of a fork this is.
pub(crate) enum Side {
    /// The old process; the number of the new.
    Parent(libc::pid_t),
    /// The new process.
    Child,
}

/// Forks a process of one thread, which the caller has made sure of.
pub(crate) fn fork() -> io::Result<Side> {
    // SAFETY: with one thread no lock can be held by a thread that the child lacks.
    let pid = super::check(unsafe { libc::fork() })?;
    Ok(if pid == 0 { Side::Child } else { Side::Parent(pid) })
}

/// Makes this process the leader of a session without a terminal.
pub(crate) fn new_session() -> io::Result<()> {
    // SAFETY: touches no memory.
    super::check(unsafe { libc::setsid() }).map(drop)
}

/// Waits for a child to end.
pub(crate) fn wait_for(child: libc::pid_t) -> io::Result<Obituary> {
    let mut status = 0;
    // SAFETY: all zeroes is a valid rusage.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both are valid for writes.
        let result = super::check(unsafe { libc::wait4(child, &raw mut status, 0, &raw mut usage) });
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    let time = |at: libc::timeval| Duration::new(at.tv_sec as u64, at.tv_usec as u32 * 1000);
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    Ok(Obituary { status, cpu, peak_rss_bytes: usage.ru_maxrss as u64 * 1024 })
}

/// A handle on a process that never comes to mean another one.
pub(crate) fn pidfd(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: plain integers.
    let fd = super::check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as libc::c_int)?;
    // SAFETY: the call just made this descriptor; it is close-on-exec by definition.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sends a signal; a process that has ended is not an error worth telling.
pub(crate) fn signal(pidfd: &OwnedFd, signal: libc::c_int) {
    let no_info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: a null siginfo asks for the default one.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, no_info, 0) };
}

/// Waits until one of `fds` can be read or has hung up; none is marked if `timeout` passed or a signal came between.
pub(crate) fn readable<const N: usize>(
    fds: [BorrowedFd; N],
    timeout: Option<Duration>,
) -> io::Result<[bool; N]> {
    let mut polled = fds.map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 });
    let timeout = timeout.map(|left| libc::timespec {
        tv_sec: left.as_secs() as _,
        tv_nsec: libc::c_long::from(left.subsec_nanos()),
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the array and the time are valid through the call; a null mask leaves signals alone.
    let result = unsafe { libc::ppoll(polled.as_mut_ptr(), N as libc::nfds_t, timeout, std::ptr::null()) };
    match super::check(result) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok([false; N]),
        Err(error) => Err(error),
        Ok(_) => Ok(polled.map(|fd| fd.revents != 0)),
    }
}
