//! The system calls that the standard library does not offer, each as a safe function.
//!
//! All `unsafe` of the recipe is in here, so that it can be read for its order alone. (What the drills attack with lies
//! beside them.)

pub(crate) mod memory;
pub(crate) mod mounts;
pub(crate) mod privileges;
pub(crate) mod process;
pub(crate) mod signals;

use std::io;

/// The convention of system calls: −1 means `errno`.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
