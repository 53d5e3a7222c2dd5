//! Mounting, in a mount namespace of one's own.

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

fn text(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)
}

fn mount(
    source: &CStr,
    target: &CStr,
    kind: &CStr,
    flags: libc::c_ulong,
    options: Option<&CStr>,
) -> io::Result<()> {
    let options = options.map_or(ptr::null(), |text| text.as_ptr().cast());
    // SAFETY: all pointers are C strings that live through the call, or null where the kernel allows it.
    super::check(unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, options) })
        .map(drop)
}

/// Cuts the propagation of mounts to and from the parent namespace.
pub(crate) fn make_private() -> io::Result<()> {
    mount(c"none", c"/", c"none", libc::MS_REC | libc::MS_PRIVATE, None)
}

/// Mounts an empty, small file system in memory.
pub(crate) fn tmpfs(target: &Path) -> io::Result<()> {
    let flags = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
    mount(c"tmpfs", &text(target)?, c"tmpfs", flags, Some(c"size=256k,mode=0755"))
}

/// Shows `source` at `target`, with all that is mounted below it, read-only and without devices or set-user-id programs.
pub(crate) fn bind_readonly(source: &Path, target: &Path) -> io::Result<()> {
    mount(&text(source)?, &text(target)?, c"none", libc::MS_BIND | libc::MS_REC, None)?;
    set_readonly(target, true)
}

/// Only ever adds restrictions, which needs no knowledge of the flags that an outer namespace has locked.
pub(crate) fn set_readonly(target: &Path, recursive: bool) -> io::Result<()> {
    let target = text(target)?;
    let attr = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path and structure live through the call, and the size given is the structure's.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            target.as_ptr(),
            flags,
            &raw const attr,
            size_of::<libc::mount_attr>(),
        )
    };
    super::check(result as libc::c_int).map(drop)
}

/// Makes the current directory, a mount, the root of this process and lets go of the old root.
pub(crate) fn pivot_to_current_dir() -> io::Result<()> {
    // SAFETY: constant C strings.
    super::check(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) } as libc::c_int)?;
    // The old root now lies over the new one, at the same place.
    // SAFETY: a constant C string.
    super::check(unsafe { libc::umount2(c".".as_ptr(), libc::MNT_DETACH) }).map(drop)
}
