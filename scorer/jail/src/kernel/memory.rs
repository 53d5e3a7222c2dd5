//! Memory shared across the wall: memfds with seals, and their mappings.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};

/// No size changes: neither side can make the other's mapping fault.
pub(crate) const FIXED_SIZE: libc::c_int = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
/// No writes by anyone, ever.
pub(crate) const FROZEN: libc::c_int = FIXED_SIZE | libc::F_SEAL_WRITE;
/// No writes but through mappings that exist already.
pub(crate) const KEPT_BY_ME: libc::c_int = FIXED_SIZE | libc::F_SEAL_FUTURE_WRITE;

/// Anonymous memory of `bytes` zero bytes behind a descriptor.
pub(crate) fn memfd(name: &CStr, bytes: u64) -> io::Result<File> {
    let sealable = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    let create = |flags| {
        // SAFETY: `name` is a C string that lives through the call.
        super::check(unsafe { libc::memfd_create(name.as_ptr(), flags) })
    };
    // NOEXEC_SEAL is Linux 6.3; an older kernel refuses the flag, and MFD_CLOEXEC plus seccomp still forbid execution.
    let fd = create(sealable | libc::MFD_NOEXEC_SEAL).or_else(|_| create(sealable))?;
    // SAFETY: the call just made this descriptor, nobody else owns it.
    let file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    file.set_len(bytes)?;
    Ok(file)
}

/// Adds seals for good.
pub(crate) fn seal(file: &File, seals: libc::c_int) -> io::Result<()> {
    // SAFETY: plain integers.
    super::check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) }).map(drop)
}

/// A shared mapping of a whole memfd. The memfd's size is sealed, so the mapping never faults.
pub(crate) struct Mapping {
    start: NonNull<u8>,
    len: usize,
    writable: bool,
}

// SAFETY: the mapping belongs to this value alone, like a boxed slice.
unsafe impl Send for Mapping {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps all of `file` to be read.
    pub(crate) fn readable(file: &File) -> io::Result<Self> {
        Self::of(file, false)
    }

    /// Maps all of `file` to be read and written.
    pub(crate) fn writable(file: &File) -> io::Result<Self> {
        Self::of(file, true)
    }

    fn of(file: &File, writable: bool) -> io::Result<Self> {
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        if len == 0 {
            // mmap refuses length 0; an empty slice needs no memory.
            return Ok(Self { start: NonNull::dangling(), len, writable });
        }
        let protection = libc::PROT_READ | if writable { libc::PROT_WRITE } else { 0 };
        let fd = file.as_fd().as_raw_fd();
        // SAFETY: the kernel chooses the address, so no existing memory is touched.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, protection, libc::MAP_SHARED, fd, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| io::Error::other("mapped at null"))?;
        Ok(Self { start, len, writable })
    }

    /// The bytes. The protocol, not the type, keeps the other side from writing them meanwhile; see the crate's page.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `start` is valid for `len` bytes until drop (or dangling with length 0).
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// The bytes, to be written.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        assert!(self.writable, "the mapping is read-only");
        // SAFETY: as above, mapped writable, and borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: mapped by `of`, unmapped once; no slice outlives `self`.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
        }
    }
}
