//! A runner without ONNX Runtime, for the jail's own tests: its "model" is the name of an attack, which it carries out
//! once it is sealed. With the arguments `judge ATTACK HOST TIER` it is the judge of such a runner instead, on a host that
//! refuses what HOST says (see [`Host`]).
//!
//! An attack that comes back reports `RuntimeError` with what the kernel answered; the tests look at that or at the death.

use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use egret_jail::inside::{self, Sealed};
use egret_jail::plan::{AnswerContract, InputContract, RunPlan};
use egret_jail::{Event, FaultCode, Limits, Site, TierPolicy, answers};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

type Baton = Arc<(Mutex<bool>, Condvar)>;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("judge") => {
            let argument = |index| std::env::args().nth(index).unwrap_or_default();
            Host::named(&argument(3)).become_it();
            judge(&argument(2), &argument(4));
        }
        _ => run(),
    }
}

fn run() {
    let jail = inside::enter().unwrap_or_else(|error| error.exit());
    // Stands for ONNX Runtime: the library's folder can be read between the walls, other files cannot.
    if let Err(error) = std::fs::read(jail.ort_lib()) {
        inside::SetupError::runtime(error).exit();
    }
    if jail.plan().adapter.layout.as_deref() == Some("look around") && Path::new("/etc/passwd").exists() {
        inside::SetupError::runtime("/etc/passwd is there").exit();
    }
    let threads = jail.plan().threads;
    let baton = Baton::default();
    for _ in 1..threads {
        let baton = baton.clone();
        let (up, is_up) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // What a thread does to begin with is over: the seal would not let it.
            up.send(()).unwrap();
            let mut go = baton.0.lock().unwrap();
            while !*go {
                go = baton.1.wait(go).unwrap();
            }
            socket(libc::AF_INET, libc::SOCK_STREAM);
        });
        is_up.recv().unwrap();
    }
    // The test of the thread count asks for two in the plan's name and starts one.
    let expected =
        if jail.plan().adapter.layout.as_deref() == Some("one too many") { threads - 1 } else { threads };
    let mut sealed = jail.seal(expected).unwrap_or_else(|error| error.exit());

    let attack = String::from_utf8(sealed.model().to_vec()).expect("the attack's name is text");
    sealed.report_loaded("probe");
    let answer = carry_out(&attack, &mut sealed, &baton);
    let said = match answer {
        Ok(value) => format!("worked: {value}"),
        Err(error) => format!("errno {}", error.raw_os_error().unwrap_or(0)),
    };
    sealed.report_fault(FaultCode::RuntimeError, &said, "");
    sealed.exit(0)
}

fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A system call with integers, as an attacker would make it.
fn call(number: libc::c_long, arguments: [libc::c_long; 6]) -> io::Result<libc::c_long> {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    // SAFETY: attacks pass integers and null pointers; the process is made to be killed.
    check(unsafe { libc::syscall(number, first, second, third, fourth, fifth, sixth) })
}

fn socket(family: i32, kind: i32) -> i64 {
    call(libc::SYS_socket, [family.into(), kind.into(), 0, 0, 0, 0]).unwrap_or(-1)
}

fn map(protection: i32, flags: i32) -> io::Result<libc::c_long> {
    call(libc::SYS_mmap, [0, 4096, protection.into(), flags.into(), -1, 0])
}

fn carry_out(attack: &str, sealed: &mut Sealed, baton: &Baton) -> io::Result<i64> {
    let own = i64::from(std::process::id());
    match attack {
        "honest" => answer_commands(sealed),
        "open" => std::fs::File::open("/etc/passwd").map(|_| 0),
        "list" => Ok(std::fs::read_dir(".")?.count() as i64),
        "create" => std::fs::File::create("/tmp/egret-was-here").map(|_| 0),
        "stdout" => call(libc::SYS_write, [1, c"x".as_ptr() as i64, 1, 0, 0, 0]),
        "stdin" => call(libc::SYS_read, [0, 0, 0, 0, 0, 0]),
        "inet" => Ok(socket(libc::AF_INET, libc::SOCK_STREAM)),
        "udp" => Ok(socket(libc::AF_INET, libc::SOCK_DGRAM)),
        "unix" => Ok(socket(libc::AF_UNIX, libc::SOCK_STREAM)),
        "netlink" => Ok(socket(libc::AF_NETLINK, libc::SOCK_RAW)),
        "vsock" => Ok(socket(libc::AF_VSOCK, libc::SOCK_STREAM)),
        "other-thread" => {
            *baton.0.lock().unwrap() = true;
            baton.1.notify_all();
            spin()
        }
        "fork" => call(libc::SYS_clone, [libc::SIGCHLD.into(), 0, 0, 0, 0, 0]),
        "thread" => std::thread::Builder::new().spawn(|| ()).map(|_| 0),
        "exec" => call(libc::SYS_execve, [c"/bin/true".as_ptr() as i64, 0, 0, 0, 0, 0]),
        "ptrace" => call(libc::SYS_ptrace, [libc::PTRACE_ATTACH.into(), 1, 0, 0, 0, 0]),
        "read-process" => call(libc::SYS_process_vm_readv, [own, 0, 0, 0, 0, 0]),
        "kill-parent" => call(libc::SYS_kill, [-1, libc::SIGKILL.into(), 0, 0, 0, 0]),
        "kill-self" => call(libc::SYS_tgkill, [own, own, libc::SIGKILL.into(), 0, 0, 0]),
        "unshare" => call(libc::SYS_unshare, [libc::CLONE_NEWUSER.into(), 0, 0, 0, 0, 0]),
        "mount" => call(libc::SYS_mount, [0, 0, 0, 0, 0, 0]),
        "io-uring" => call(libc::SYS_io_uring_setup, [1, 0, 0, 0, 0, 0]),
        "bpf" => call(libc::SYS_bpf, [0, 0, 0, 0, 0, 0]),
        "userfaultfd" => call(libc::SYS_userfaultfd, [0, 0, 0, 0, 0, 0]),
        "memfd" => call(libc::SYS_memfd_create, [c"x".as_ptr() as i64, 0, 0, 0, 0, 0]),
        "prctl" => call(libc::SYS_prctl, [libc::PR_SET_DUMPABLE.into(), 1, 0, 0, 0, 0]),
        "handler" => call(libc::SYS_rt_sigaction, [libc::SIGXCPU.into(), 0, 0, 8, 0, 0]),
        "mmap-exec" => map(libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS),
        "mmap-shared" => map(libc::PROT_READ, libc::MAP_SHARED | libc::MAP_ANONYMOUS),
        "mmap-plain" => {
            map(libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).map(|_| 0)
        }
        "mprotect-exec" => {
            let page = map(libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS)?;
            call(libc::SYS_mprotect, [page, 4096, (libc::PROT_READ | libc::PROT_EXEC).into(), 0, 0, 0])
        }
        "write-input" => {
            let place = sealed.input(0).as_ptr().cast_mut();
            // SAFETY: it is not: the memory is read-only. The attack is to try.
            unsafe { place.write_volatile(1) };
            Ok(0)
        }
        "write-model" => {
            let place = sealed.model().as_ptr().cast_mut();
            // SAFETY: it is not: the memory is read-only. The attack is to try.
            unsafe { place.write_volatile(1) };
            Ok(0)
        }
        "writable-input" => {
            let place = sealed.input(0).as_ptr() as i64;
            call(libc::SYS_mprotect, [place, 4096, (libc::PROT_READ | libc::PROT_WRITE).into(), 0, 0, 0])
        }
        #[cfg(target_arch = "x86_64")]
        "int80" => {
            let answer: i64;
            // SAFETY: getpid of the 32-bit table; touches no memory.
            unsafe { std::arch::asm!("int 0x80", inlateout("rax") 20_i64 => answer) };
            Ok(answer)
        }
        #[cfg(target_arch = "x86_64")]
        "x32" => call(0x4000_0000 + libc::SYS_getpid, [0; 6]),
        "segv" => {
            // SAFETY: it is not. The attack is to crash.
            unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
            Ok(0)
        }
        "abort" => std::process::abort(),
        "fpe" => {
            // SAFETY: raising the signal as a division would.
            unsafe { libc::raise(libc::SIGABRT) };
            Ok(0)
        }
        "panic" => panic!("as a library would"),
        "overflow" => Ok(descend(1)),
        "exit-as-setup" => sealed.exit(75),
        "memory" => allocate(sealed),
        "out-of-memory-exit" => sealed.exit(egret_jail::protocol::exit::MEMORY_LIMIT),
        "cpu" => spin(),
        "cpu-deaf" => {
            let mask = u64::MAX;
            call(libc::SYS_rt_sigprocmask, [libc::SIG_BLOCK.into(), &raw const mask as i64, 0, 8, 0, 0])?;
            spin()
        }
        "sleep" => loop {
            std::thread::sleep(std::time::Duration::from_secs(1000));
        },
        "lie-done" => {
            sealed.report_done(0, u64::MAX);
            spin()
        }
        "lie-loaded" => {
            sealed.report_loaded("again");
            spin()
        }
        "garbage" => {
            let junk = [0x5a_u8; 4096];
            call(libc::SYS_write, [6, junk.as_ptr() as i64, 4096, 0, 0, 0])?;
            spin()
        }
        "half-a-record" => {
            call(libc::SYS_write, [6, c"D".as_ptr() as i64, 1, 0, 0, 0])?;
            sealed.exit(0)
        }
        "escape-text" => {
            sealed.report_fault(FaultCode::InvalidModel, "\u{1b}[2J\u{202e}text\nmore", "do\tthis");
            spin()
        }
        other => panic!("no attack {other}"),
    }
}

fn spin() -> ! {
    loop {
        std::hint::black_box(0);
    }
}

#[expect(unconditional_recursion, reason = "the attack is to overflow the stack")]
fn descend(depth: i64) -> i64 {
    let here = std::hint::black_box([depth; 512]);
    descend(depth + 1) + here[0]
}

/// Takes memory until there is none, then says so as the real runner does.
fn allocate(sealed: &Sealed) -> ! {
    let mut taken: Vec<Vec<u8>> = Vec::with_capacity(1 << 16);
    loop {
        let mut more = Vec::new();
        if more.try_reserve_exact(8 << 20).is_err() {
            sealed.report_fault(FaultCode::MemoryLimit, &format!("{}", taken.len() * 8), "");
            sealed.exit(0);
        }
        more.resize(8 << 20, 1);
        taken.push(more);
    }
}

/// The class of an item is its first byte.
fn answer_commands(sealed: &mut Sealed) -> ! {
    let item_bytes = sealed.plan().input.item_bytes_max() as usize;
    while let Some(command) = sealed.next_command() {
        let (input, output) = sealed.buffers(command.slot);
        let items = input.chunks_exact(item_bytes).take(command.items as usize);
        let classes: Vec<i64> = items.map(|item| item[0].into()).collect();
        let bytes =
            answers::encode(output, &answers::Answers::Indices(classes)).expect("the slot is large enough");
        sealed.report_done(command.slot, bytes);
    }
    sealed.exit(0)
}

/// What a host refuses, and how: the answers of real ones, given by filters of our own.
struct Host {
    refusals: Vec<(libc::c_long, i32)>,
    namespaces_max: Option<&'static str>,
}

impl Host {
    fn named(name: &str) -> Self {
        let refusing =
            |refusals: &[(libc::c_long, i32)]| Self { refusals: refusals.into(), namespaces_max: None };
        match name {
            "" | "plain" => refusing(&[]),
            // Docker's and Kubernetes' default profile, for processes without CAP_SYS_ADMIN.
            "docker" => refusing(&[
                (libc::SYS_unshare, libc::EPERM),
                (libc::SYS_mount, libc::EPERM),
                (libc::SYS_clone3, libc::ENOSYS),
            ]),
            // Ubuntu's AppArmor: namespaces are given, and then nothing may be done with them.
            "apparmor" => refusing(&[(libc::SYS_mount, libc::EACCES)]),
            // user.max_user_namespaces = 0
            "no-namespaces-left" => Self { refusals: vec![], namespaces_max: Some("0") },
            // gVisor, and kernels that start without it.
            "no-landlock" => refusing(&[(libc::SYS_landlock_create_ruleset, libc::ENOSYS)]),
            "old-kernel" => refusing(&[(libc::SYS_unshare, libc::EINVAL)]),
            // A profile that lets nobody put up filters of their own; the last filter that can be.
            "no-seccomp" => refusing(&[(libc::SYS_seccomp, libc::EINVAL)]),
            other => panic!("no host {other}"),
        }
    }

    fn become_it(self) {
        if let Some(max) = self.namespaces_max {
            // SAFETY: touches no memory.
            let uid = unsafe { libc::geteuid() };
            // SAFETY: touches no memory.
            let gid = unsafe { libc::getegid() };
            // SAFETY: this process has one thread; touches no memory.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWUSER) }, 0, "a namespace to set the limit in");
            for (file, text) in [
                ("/proc/self/setgroups", "deny".to_owned()),
                ("/proc/self/uid_map", format!("0 {uid} 1")),
                ("/proc/self/gid_map", format!("0 {gid} 1")),
                ("/proc/sys/user/max_user_namespaces", max.to_owned()),
            ] {
                std::fs::write(file, text).expect(file);
            }
        }
        for (call, errno) in self.refusals {
            let answer = SeccompAction::Errno(errno.cast_unsigned());
            let arch = std::env::consts::ARCH.try_into().expect("an architecture that has filters");
            let filter = SeccompFilter::new([(call, vec![])].into(), SeccompAction::Allow, answer, arch);
            let program: BpfProgram = filter.and_then(TryInto::try_into).expect("a filter of one call");
            seccompiler::apply_filter(&program).expect("the host takes shape");
        }
    }
}

/// Judges one attack on itself, printing what a test in another process wants to know.
fn judge(attack: &str, tier: &str) {
    let own = std::env::current_exe().expect("this program");
    let tier = match tier {
        "B" => TierPolicy::AllowB,
        "C" => TierPolicy::External("gvisor".into()),
        _ => TierPolicy::RequireA,
    };
    let site = Site { runner: own.clone(), ort_lib: own, tier };
    let plan = RunPlan::new(InputContract::images(1, 1, 1), AnswerContract::one_of(256), 1);
    let limits = Limits { wall: std::time::Duration::from_mins(1), cpu_s: 60, memory_mib: 256, threads: 1 };
    let mut running = egret_jail::spawn(&site, &plan, attack.as_bytes(), &limits).expect("a runner");
    running.submit(0, 1).expect("room for a command");
    println!("waiter {}", running.pid());
    loop {
        match running.next() {
            Ok(event) => {
                println!("{event:?}");
                if matches!(event, Event::Faulted(_)) {
                    return;
                }
            }
            Err(error) => {
                println!("error: {error}");
                return;
            }
        }
    }
}
