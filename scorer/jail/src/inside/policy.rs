//! The system calls of a sealed runner, as data.
//!
//! Three answers: a call is allowed (perhaps only with certain arguments), it fails with `EPERM` (an honest library probes
//! for something and takes the no), or the process is killed: every call that is in neither table, and every call of
//! another architecture (`int 0x80`, x32). Running models needs six: brk, mmap, munmap, futex, write and exit_group.

use libc::c_long;
use seccompiler::SeccompCmpArgLen::{self, Dword, Qword};
use seccompiler::SeccompCmpOp::{self, Eq, MaskedEq, Ne};

use crate::protocol::fds;

/// One comparison: argument number, width, operator, value.
pub(super) type Check = (u8, SeccompCmpArgLen, SeccompCmpOp, u64);

/// A call, and when the table means it: if all checks of any alternative hold; without alternatives, always.
pub(super) type Entry = (c_long, Vec<Vec<Check>>);

const READ_WRITE: u64 = (libc::PROT_READ | libc::PROT_WRITE) as u64;
/// `MAP_TYPE` and `MAP_ANONYMOUS`: the flags that say what is mapped.
const MAP_KIND: u64 = (0x0f | libc::MAP_ANONYMOUS) as u64;
const PRIVATE_ANONYMOUS: u64 = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
/// `futex` operations without their PRIVATE and CLOCK_REALTIME flags.
const FUTEX_OP: u64 = 0x7f;

fn always(call: c_long) -> Entry {
    (call, vec![])
}

/// One alternative per value of one argument.
fn one_of(call: c_long, argument: u8, mask: u64, values: &[u64]) -> Entry {
    (call, values.iter().map(|value| vec![(argument, Dword, MaskedEq(mask), *value)]).collect())
}

/// Calls that work. `own_pid` is the only process that may be sent a signal, and that is the end of it.
pub(super) fn allowed(own_pid: u32) -> Vec<Entry> {
    let mut table: Vec<Entry> = [
        // Memory of one's own, given back.
        libc::SYS_brk,
        libc::SYS_munmap,
        // Waiting and looking at the clock; most clock reads never enter the kernel.
        libc::SYS_sched_yield,
        libc::SYS_nanosleep,
        libc::SYS_clock_nanosleep,
        libc::SYS_clock_gettime,
        libc::SYS_gettimeofday,
        // Who am I: 1, in the namespace.
        libc::SYS_getpid,
        libc::SYS_gettid,
        // Masks and returns of signals; new handlers are not allowed.
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_restart_syscall,
        libc::SYS_sigaltstack,
        libc::SYS_getrandom,
        // The ends of a thread and of the process.
        libc::SYS_exit,
        libc::SYS_exit_group,
    ]
    .into_iter()
    .chain(ALLOWED_HERE)
    .map(always)
    .collect();

    table.extend([
        // New memory: private, anonymous, never executable. Files and shared memory are not to be had.
        (
            libc::SYS_mmap,
            vec![vec![
                (2, Qword, MaskedEq(!READ_WRITE), 0),
                (3, Qword, MaskedEq(MAP_KIND), PRIVATE_ANONYMOUS),
            ]],
        ),
        // Growing an arena of malloc.
        (libc::SYS_mprotect, vec![vec![(2, Qword, MaskedEq(!READ_WRITE), 0)]]),
        // realloc.
        (libc::SYS_mremap, vec![vec![(3, Qword, Eq, libc::MREMAP_MAYMOVE as u64)]]),
        // Hints of allocators.
        one_of(
            libc::SYS_madvise,
            2,
            0xffff_ffff,
            &[libc::MADV_DONTNEED, libc::MADV_FREE, libc::MADV_HUGEPAGE, libc::MADV_NOHUGEPAGE]
                .map(|hint| hint as u64),
        ),
        // Locks and the thread pool: WAIT WAKE REQUEUE CMP_REQUEUE WAKE_OP WAIT_BITSET WAKE_BITSET; none with priorities.
        one_of(libc::SYS_futex, 1, FUTEX_OP, &[0, 1, 3, 4, 5, 9, 10]),
        // Commands come in, records go out, by these two numbers. Others are refused by the table below.
        always(libc::SYS_read),
        always(libc::SYS_write),
        // abort() signals itself.
        (
            libc::SYS_tgkill,
            vec![vec![(0, Dword, Eq, u64::from(own_pid)), (2, Dword, Eq, libc::SIGABRT as u64)]],
        ),
    ]);
    // A call that the other table answers with EPERM must pass this one: the harsher answer wins.
    table.extend(REFUSED.into_iter().chain(REFUSED_HERE).map(always));
    table
}

/// Calls that fail with `EPERM`.
pub(super) fn refused() -> Vec<Entry> {
    let mut table: Vec<Entry> = REFUSED.into_iter().chain(REFUSED_HERE).map(always).collect();
    table.push((libc::SYS_write, vec![vec![(0, Dword, Ne, fds::STATUS as u64)]]));
    table.push((libc::SYS_read, vec![vec![(0, Dword, Ne, fds::COMMANDS as u64)]]));
    table
}

/// What honest code may try: look at files (external data of a model among them), at the machine, or print.
const REFUSED: [c_long; 15] = [
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_writev,
    libc::SYS_ioctl,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_setaffinity,
    libc::SYS_getcpu,
];

/// Calls that only this architecture has.
#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: [c_long; 1] = [libc::SYS_time];
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: [c_long; 6] =
    [libc::SYS_open, libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink, libc::SYS_mlock];

/// Not tested on this architecture; it has no older forms of these calls.
#[cfg(target_arch = "aarch64")]
const ALLOWED_HERE: [c_long; 0] = [];
#[cfg(target_arch = "aarch64")]
const REFUSED_HERE: [c_long; 1] = [libc::SYS_mlock];

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("the jail has no system-call policy for this architecture");
