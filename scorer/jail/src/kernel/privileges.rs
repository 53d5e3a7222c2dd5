//! Users, namespaces, capabilities and limits of this process.

use std::io;

/// Becomes a user and group without supplementary groups.
pub(crate) fn become_user(uid: u32, gid: u32) -> io::Result<()> {
    // SAFETY: an empty list needs no memory.
    super::check(unsafe { libc::setgroups(0, std::ptr::null()) })?;
    // SAFETY: plain integers.
    super::check(unsafe { libc::setresgid(gid, gid, gid) })?;
    // SAFETY: plain integers.
    super::check(unsafe { libc::setresuid(uid, uid, uid) }).map(drop)
}

/// Effective user and group.
pub(crate) fn user_and_group() -> (u32, u32) {
    // SAFETY: cannot fail, touches no memory.
    let uid = unsafe { libc::geteuid() };
    // SAFETY: cannot fail, touches no memory.
    let gid = unsafe { libc::getegid() };
    (uid, gid)
}

/// Enters all new namespaces at once: the new user namespace then owns the others.
pub(crate) fn unshare_everything() -> io::Result<()> {
    let flags = libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP;
    // SAFETY: changes what later calls may see, no memory.
    super::check(unsafe { libc::unshare(flags) }).map(drop)
}

/// Sets a limit, soft and hard, never above the hard limit that is already in force.
pub(crate) fn limit(resource: libc::__rlimit_resource_t, soft: u64, hard: u64) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is valid for writes.
    super::check(unsafe { libc::getrlimit(resource, &raw mut limit) })?;
    limit.rlim_cur = soft.min(limit.rlim_max);
    limit.rlim_max = hard.min(limit.rlim_max);
    // SAFETY: `limit` is valid for reads.
    super::check(unsafe { libc::setrlimit(resource, &raw const limit) }).map(drop)
}

/// `prctl` with integers only.
fn prctl(option: libc::c_int, argument: libc::c_ulong) -> io::Result<libc::c_int> {
    let zero: libc::c_ulong = 0;
    // SAFETY: the options used below take integers.
    super::check(unsafe { libc::prctl(option, argument, zero, zero, zero) })
}

/// Whether other processes of the same user may read this one, and whether `/proc/self` belongs to the user.
pub(crate) fn set_dumpable(dumpable: bool) -> io::Result<()> {
    prctl(libc::PR_SET_DUMPABLE, dumpable.into()).map(drop)
}

/// See [`set_dumpable`].
pub(crate) fn is_dumpable() -> io::Result<bool> {
    Ok(prctl(libc::PR_GET_DUMPABLE, 0)? == 1)
}

/// See [`no_new_privileges`].
pub(crate) fn has_no_new_privileges() -> io::Result<bool> {
    Ok(prctl(libc::PR_GET_NO_NEW_PRIVS, 0)? == 1)
}

/// Seconds of processor time this process may take, if that is limited.
pub(crate) fn processor_limit() -> io::Result<Option<u64>> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is valid for writes.
    super::check(unsafe { libc::getrlimit(libc::RLIMIT_CPU, &raw mut limit) })?;
    Ok((limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur))
}

/// No program executed from here on gains privileges.
pub(crate) fn no_new_privileges() -> io::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1).map(drop)
}

/// Memory that is or was writable never becomes executable.
pub(crate) fn deny_write_execute() -> io::Result<()> {
    prctl(libc::PR_SET_MDWE, libc::PR_MDWE_REFUSE_EXEC_GAIN.into()).map(drop)
}

/// Whether this kernel knows [`deny_write_execute`]: Linux 6.3 and newer.
pub(crate) fn knows_write_execute() -> bool {
    prctl(libc::PR_GET_MDWE, 0).is_ok()
}

/// Whether this kernel enforces Landlock.
pub(crate) fn knows_landlock() -> bool {
    const VERSION: libc::c_uint = 1;
    let none = std::ptr::null::<libc::c_void>();
    // SAFETY: with this flag the kernel takes no structure and answers with a number.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, 0_usize, VERSION) >= 1 }
}

/// Version 3 of the capability interface: two words per set.
const CAPABILITY_VERSION: u32 = 0x2008_0522;
/// No root, no set-uid fix-up, no ambient capabilities, each locked, and keep-caps locked off.
const SECURE_BITS: libc::c_ulong = 0xef;
const CAP_SETPCAP: u32 = 8;

/// Effective, permitted and inheritable sets, low words then high words.
type Capabilities = [u32; 6];

fn capabilities() -> io::Result<Capabilities> {
    let mut header = [CAPABILITY_VERSION, 0];
    let mut data = [0; 6];
    // SAFETY: both arrays have the size and layout of the kernel's structures of this version.
    super::check(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, &raw mut data) } as libc::c_int)?;
    Ok(data)
}

/// Drops every capability of every set, for good, and verifies it.
pub(crate) fn drop_capabilities() -> io::Result<()> {
    let before = capabilities()?;
    // Without CAP_SETPCAP (tier B as an ordinary user) the bounding set stays as it is; with no_new_privs in force and no
    // capability permitted it grants nothing.
    if before[0] & (1 << CAP_SETPCAP) != 0 {
        prctl(libc::PR_SET_SECUREBITS, SECURE_BITS)?;
        // The kernel says EINVAL after its last capability.
        (0..64).take_while(|capability| prctl(libc::PR_CAPBSET_DROP, *capability).is_ok()).count();
        if prctl(libc::PR_CAPBSET_READ, 0)? != 0 {
            return Err(io::Error::other("the bounding set is not empty"));
        }
    }
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as libc::c_ulong)?;
    let header = [CAPABILITY_VERSION, 0];
    let none: Capabilities = [0; 6];
    // SAFETY: both arrays have the size and layout of the kernel's structures of this version.
    let result = unsafe { libc::syscall(libc::SYS_capset, &raw const header, &raw const none) };
    super::check(result as libc::c_int)?;
    if capabilities()? != none {
        return Err(io::Error::other("capabilities are left"));
    }
    Ok(())
}
