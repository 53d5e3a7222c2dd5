//! Signal dispositions.

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::protocol::exit;

/// The process that [`forward_term_to`] kills; 0 for none.
static CHARGE: AtomicI32 = AtomicI32::new(0);

extern "C" fn leave(signal: libc::c_int) {
    let code = if signal == libc::SIGXCPU { exit::CPU_LIMIT } else { exit::ABORTED };
    // SAFETY: async-signal-safe, does not return.
    unsafe { libc::_exit(code) }
}

extern "C" fn kill_charge(_signal: libc::c_int) {
    let charge = CHARGE.load(Ordering::Relaxed);
    if charge > 0 {
        // SAFETY: async-signal-safe; the charge is our child and not yet waited for, so its id is not reused.
        unsafe { libc::kill(charge, libc::SIGKILL) };
    }
}

fn set(signal: libc::c_int, handler: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: all zeroes is a valid sigaction: no flags, empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: `action` is valid; the handlers set here are async-signal-safe.
    super::check(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) }).map(drop)
}

/// The kernel's own answer to a signal.
pub(crate) fn set_default(signal: libc::c_int) -> io::Result<()> {
    set(signal, libc::SIG_DFL)
}

/// Exits at once on `SIGABRT` and `SIGXCPU`, with the codes of [`exit`].
pub(crate) fn leave_on(signal: libc::c_int) -> io::Result<()> {
    set(signal, leave as *const () as libc::sighandler_t)
}

/// On `SIGTERM` the child is killed and this process lives on to report it.
pub(crate) fn forward_term_to(child: libc::pid_t) -> io::Result<()> {
    CHARGE.store(child, Ordering::Relaxed);
    set(libc::SIGTERM, kill_charge as *const () as libc::sighandler_t)
}
