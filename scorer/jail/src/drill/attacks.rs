//! The attacks themselves, as an attacker would write them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::ptr;
use std::time::{Duration, Instant};

use super::{Attack, STRAY_FD, Target};
use crate::kernel::privileges;
use crate::protocol::fds;

/// What [`Attack::Allocate`] asks for: above every limit that a drill runs under.
const ALLOCATION_BYTES: usize = 1 << 30;
/// What [`Attack::AllocateShared`] touches: above what a drill's control group holds.
const SHARED_BYTES: usize = 160 << 20;
/// How long [`Attack::Spin`] goes on under a limit that does not strike.
const SPIN_MAX: Duration = Duration::from_secs(5);
const PAGE: usize = 4096;

/// Tries it. `waiter` is the parent's number on the host.
pub(crate) fn carry_out(attack: Attack, target: &Target, waiter: u32) -> io::Result<()> {
    match attack {
        Attack::Nothing | Attack::ExtraThread => Ok(()),
        Attack::ReadFile => fs::read(&target.file).map(drop),
        Attack::WriteFile => OpenOptions::new().append(true).open(&target.file)?.write_all(b"x"),
        Attack::MakeFile => {
            // Without a name, so that nothing is left where it works.
            OpenOptions::new().write(true).custom_flags(libc::O_TMPFILE).open(&target.folder).map(drop)
        }
        Attack::Execute => execute(),
        Attack::Fork => fork(),
        Attack::TcpSocket | Attack::SocketFromThread => socket(libc::AF_INET, libc::SOCK_STREAM),
        Attack::UdpSocket => socket(libc::AF_INET, libc::SOCK_DGRAM),
        Attack::VsockSocket => socket(libc::AF_VSOCK, libc::SOCK_STREAM),
        Attack::ConnectTcp => TcpStream::connect((Ipv4Addr::LOCALHOST, target.tcp_port)).map(drop),
        Attack::SendUdp => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?
            .send_to(b"x", (Ipv4Addr::LOCALHOST, target.udp_port))
            .map(drop),
        Attack::IoUring => io_uring(),
        Attack::Trace => trace(libc::PTRACE_TRACEME, 0),
        #[cfg(target_arch = "x86_64")]
        Attack::Compat => compat(),
        Attack::MapCode => map(libc::PROT_READ | libc::PROT_EXEC).map(drop),
        Attack::ProtectCode => protect(),
        Attack::Mount => mount(),
        Attack::GainPrivileges => unless(privileges::has_no_new_privileges()?),
        Attack::DumpCore => unless(!privileges::is_dumpable()?),
        Attack::Allocate => allocate(),
        Attack::AllocateShared => allocate_shared(),
        Attack::Spin => spin(),
        Attack::Sleep => loop {
            std::thread::sleep(Duration::from_secs(1000));
        },
        Attack::Segfault => {
            segfault();
            Ok(())
        }
        Attack::Abort => std::process::abort(),
        Attack::StrayDescriptor => descriptor(STRAY_FD),
        Attack::KnownDescriptor => descriptor(fds::STATUS),
        Attack::SignalWaiter => signal(waiter),
        Attack::SignalWorker => signal(target.worker),
        Attack::ReadWaiterMemory => File::open(format!("/proc/{waiter}/mem")).map(drop),
        Attack::ReadWorkerMemory => File::open(format!("/proc/{}/mem", target.worker)).map(drop),
        Attack::ReadWaiterEnvironment => fs::read(format!("/proc/{waiter}/environ")).map(drop),
        Attack::ReadWorkerEnvironment => fs::read(format!("/proc/{}/environ", target.worker)).map(drop),
        // SEIZE does not stop the process that is traced, and ends with the tracer.
        Attack::TraceWaiter => trace(libc::PTRACE_SEIZE, waiter),
        Attack::TraceWorker => trace(libc::PTRACE_SEIZE, target.worker),
    }
}

/// The convention of system calls.
fn check(result: libc::c_long) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// As the kernel would answer.
fn unless(refused: bool) -> io::Result<()> {
    if refused { Err(io::Error::from_raw_os_error(libc::EPERM)) } else { Ok(()) }
}

fn socket(family: libc::c_int, kind: libc::c_int) -> io::Result<()> {
    // SAFETY: plain integers.
    check(unsafe { libc::socket(family, kind, 0) }.into())
}

/// Comes back only if it fails; the other program ends with code 0.
fn execute() -> io::Result<()> {
    let arguments = [c"/bin/true".as_ptr(), ptr::null()];
    // SAFETY: the path and the list are constant and end with zero; an empty environment is allowed.
    check(unsafe { libc::execve(arguments[0], arguments.as_ptr(), [ptr::null()].as_ptr()) }.into())
}

fn fork() -> io::Result<()> {
    // SAFETY: the child leaves at once.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        crate::kernel::process::leave(0);
    }
    check(pid.into())
}

fn io_uring() -> io::Result<()> {
    // The kernel's structure has 120 bytes; zeroes ask for nothing special.
    let mut parameters = [0_u64; 16];
    // SAFETY: the kernel writes no more than its structure.
    check(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) })
}

fn trace(request: libc::c_uint, pid: u32) -> io::Result<()> {
    let none = ptr::null_mut::<libc::c_void>();
    // SAFETY: neither request reads or writes memory of this process.
    check(unsafe { libc::ptrace(request, pid as libc::pid_t, none, none) })
}

#[cfg(target_arch = "x86_64")]
fn compat() -> io::Result<()> {
    let answer: i64;
    // SAFETY: getpid of the 32-bit table; touches no memory. The table's calls change r8 to r11.
    unsafe {
        std::arch::asm!("int 0x80", inlateout("rax") 20_i64 => answer,
            lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _);
    }
    if answer > 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(-answer as i32)) }
}

fn map(protection: libc::c_int) -> io::Result<*mut libc::c_void> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: the kernel chooses the address, so no existing memory is touched.
    let page = unsafe { libc::mmap(ptr::null_mut(), PAGE, protection, flags, -1, 0) };
    if page == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(page) }
}

fn protect() -> io::Result<()> {
    let page = map(libc::PROT_READ | libc::PROT_WRITE)?;
    // SAFETY: a page of our own that nothing refers to.
    check(unsafe { libc::mprotect(page, PAGE, libc::PROT_READ | libc::PROT_EXEC) }.into())
}

fn mount() -> io::Result<()> {
    let (none, kind) = (c"none".as_ptr(), c"tmpfs".as_ptr());
    // SAFETY: constant C strings; no options.
    check(unsafe { libc::mount(none, c"/empty".as_ptr(), kind, 0, ptr::null()) }.into())
}

fn allocate() -> io::Result<()> {
    let mut memory = Vec::<u8>::new();
    let taken = memory.try_reserve_exact(ALLOCATION_BYTES);
    // Never touched, so that the control costs nothing; the limit counts what is asked for.
    std::hint::black_box(&memory);
    taken.map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))
}

fn allocate_shared() -> io::Result<()> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: the kernel chooses the address, so no existing memory is touched.
    let memory = unsafe { libc::mmap(ptr::null_mut(), SHARED_BYTES, protection, flags, -1, 0) };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    for offset in (0..SHARED_BYTES).step_by(PAGE) {
        // SAFETY: within the mapping, which nothing else refers to.
        unsafe { memory.cast::<u8>().wrapping_add(offset).write_volatile(1) };
    }
    Ok(())
}

fn spin() -> io::Result<()> {
    if privileges::processor_limit()?.is_none() {
        return Ok(());
    }
    let began = Instant::now();
    while began.elapsed() < SPIN_MAX {
        std::hint::black_box(0);
    }
    Ok(())
}

fn segfault() {
    // SAFETY: it is not: nothing is mapped there. The attack is to crash.
    unsafe { ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
}

fn descriptor(number: i32) -> io::Result<()> {
    // SAFETY: plain integers.
    check(unsafe { libc::fcntl(number, libc::F_GETFD) }.into())
}

/// Signal 0 asks for everything but the delivery.
fn signal(pid: u32) -> io::Result<()> {
    // SAFETY: plain integers.
    check(unsafe { libc::kill(pid as libc::pid_t, 0) }.into())
}
