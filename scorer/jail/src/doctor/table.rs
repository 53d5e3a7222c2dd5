//! Which attack proves which wall, by which means it is stopped.

use super::report::Subject;
use super::trial::{Found, Trial};
use crate::drill::Attack;
use crate::layers::{Layer, Layers};
use crate::setup::SetupStep;

/// A line of the table: an attack behind walls, and the same, or its like, where nothing stops it.
pub(super) struct Row {
    pub subject: Subject,
    /// In words, for people.
    pub words: &'static str,
    pub with: Trial,
    pub without: Trial,
    /// Any of these is the expected means.
    pub expected: Vec<Found>,
}

/// A wall alone against an attack, and no wall against it.
struct Alone(Layer, &'static str, Attack, &'static [i32]);

/// Where nothing but the one wall stands. An empty list of errors means that the kernel kills the process.
const ALONE: [Alone; 26] = [
    Alone(Layer::Namespaces, "read a file of the host", Attack::ReadFile, &[libc::ENOENT]),
    Alone(Layer::Namespaces, "write a file of the host", Attack::WriteFile, &[libc::ENOENT]),
    Alone(Layer::Namespaces, "send a UDP packet", Attack::SendUdp, &[libc::ENETUNREACH]),
    Alone(Layer::Namespaces, "reach a TCP port", Attack::ConnectTcp, &[libc::ENETUNREACH]),
    Alone(Layer::Namespaces, "signal its parent", Attack::SignalWaiter, &[libc::ESRCH]),
    Alone(Layer::Limits, "take more memory than the limit", Attack::Allocate, &[libc::ENOMEM]),
    Alone(Layer::Privileges, "gain privileges by a program", Attack::GainPrivileges, &[libc::EPERM]),
    Alone(Layer::Privileges, "leave its memory in a core file", Attack::DumpCore, &[libc::EPERM]),
    Alone(Layer::Landlock, "read a file of the host", Attack::ReadFile, &[libc::EACCES]),
    Alone(Layer::Landlock, "write a file of the host", Attack::WriteFile, &[libc::EACCES]),
    Alone(Layer::Landlock, "make a file", Attack::MakeFile, &[libc::EACCES]),
    Alone(Layer::Landlock, "run a program", Attack::Execute, &[libc::EACCES]),
    Alone(Layer::Landlock, "reach a TCP port", Attack::ConnectTcp, &[libc::EACCES]),
    Alone(Layer::Landlock, "signal its parent", Attack::SignalWaiter, &[libc::EPERM]),
    Alone(Layer::Mdwe, "make written memory executable", Attack::ProtectCode, &[libc::EACCES]),
    Alone(Layer::Seccomp, "read a file of the host", Attack::ReadFile, &[libc::EPERM]),
    Alone(Layer::Seccomp, "make a TCP socket", Attack::TcpSocket, &[]),
    Alone(Layer::Seccomp, "make a UDP socket", Attack::UdpSocket, &[]),
    Alone(Layer::Seccomp, "make a vsock socket", Attack::VsockSocket, &[]),
    Alone(Layer::Seccomp, "make a socket from an older thread", Attack::SocketFromThread, &[]),
    Alone(Layer::Seccomp, "run a program", Attack::Execute, &[]),
    Alone(Layer::Seccomp, "fork", Attack::Fork, &[]),
    Alone(Layer::Seccomp, "trace", Attack::Trace, &[]),
    Alone(Layer::Seccomp, "set up io_uring", Attack::IoUring, &[]),
    Alone(Layer::Seccomp, "map executable memory", Attack::MapCode, &[]),
    Alone(Layer::Seccomp, "signal its parent", Attack::SignalWaiter, &[]),
];

/// The whole table. `asked` is what runs have on this host.
pub(super) fn rows(asked: Layers) -> Vec<Row> {
    let bare = |attack| Trial { attack, layers: Layers::NONE };
    let errors = |numbers: &[i32]| numbers.iter().map(|errno| Found::Errno(*errno)).collect::<Vec<_>>();
    let mut rows: Vec<Row> = ALONE
        .into_iter()
        .map(|Alone(layer, words, attack, numbers)| Row {
            subject: Subject::Layer(layer),
            words,
            with: Trial { attack, layers: Layers::of(&[layer]) },
            without: bare(attack),
            expected: if numbers.is_empty() { vec![Found::Forbidden] } else { errors(numbers) },
        })
        .collect();
    #[cfg(target_arch = "x86_64")]
    rows.push(Row {
        subject: Subject::Layer(Layer::Seccomp),
        words: "make a system call of the 32-bit table",
        with: Trial { attack: Attack::Compat, layers: Layers::of(&[Layer::Seccomp]) },
        without: bare(Attack::Compat),
        expected: vec![Found::Forbidden],
    });
    let row = |subject, words, with, without, expected| Row { subject, words, with, without, expected };
    let namespaces = Layers::of(&[Layer::Namespaces]);
    // The worker's own user, without the capabilities that root of a container has over it.
    let plain = |attack| Trial { attack, layers: Layers::of(&[Layer::Privileges]) };
    let secret = errors(&[libc::EACCES, libc::EPERM]);
    // Before the last wall: what the worker keeps must not hang on seccomp alone.
    let unsealed = Layers::of(&asked.iter().filter(|layer| *layer != Layer::Seccomp).collect::<Vec<_>>());
    let sealed = |attack| Trial { attack, layers: asked };
    rows.extend([
        row(
            Subject::Layer(Layer::Limits),
            "take more processor time than the limit",
            Trial { attack: Attack::Spin, layers: Layers::of(&[Layer::Limits]) },
            bare(Attack::Spin),
            vec![Found::CpuLimit],
        ),
        row(
            Subject::Layer(Layer::Cgroup),
            "take more shared memory than the limit",
            Trial { attack: Attack::AllocateShared, layers: Layers::of(&[Layer::Cgroup]) },
            bare(Attack::AllocateShared),
            vec![Found::MemoryLimit],
        ),
        // Only a namespace gives a runner capabilities to lose.
        row(
            Subject::Layer(Layer::Privileges),
            "mount",
            Trial { attack: Attack::Mount, layers: namespaces.and(Layer::Privileges) },
            Trial { attack: Attack::Mount, layers: namespaces },
            errors(&[libc::EPERM]),
        ),
        row(
            Subject::Worker,
            "read the worker's environment",
            plain(Attack::ReadWorkerEnvironment),
            plain(Attack::ReadWaiterEnvironment),
            secret.clone(),
        ),
        row(
            Subject::Worker,
            "read the worker's memory",
            plain(Attack::ReadWorkerMemory),
            plain(Attack::ReadWaiterMemory),
            secret.clone(),
        ),
        row(
            Subject::Worker,
            "trace the worker",
            plain(Attack::TraceWorker),
            plain(Attack::TraceWaiter),
            secret,
        ),
        row(
            Subject::Worker,
            "read the worker's memory before the seal",
            Trial { attack: Attack::ReadWorkerMemory, layers: unsealed },
            plain(Attack::ReadWaiterMemory),
            errors(&[libc::ENOENT, libc::EACCES, libc::EPERM]),
        ),
        row(
            Subject::Worker,
            "signal the worker",
            sealed(Attack::SignalWorker),
            bare(Attack::SignalWaiter),
            vec![Found::Forbidden],
        ),
        row(
            Subject::Worker,
            "use a descriptor that the worker leaked",
            bare(Attack::StrayDescriptor),
            bare(Attack::KnownDescriptor),
            errors(&[libc::EBADF]),
        ),
        row(
            Subject::Judge,
            "crash by a memory access",
            sealed(Attack::Segfault),
            sealed(Attack::Nothing),
            vec![Found::Died("it died of SIGSEGV (a memory access)".to_owned())],
        ),
        row(
            Subject::Judge,
            "abort",
            sealed(Attack::Abort),
            sealed(Attack::Nothing),
            vec![Found::Died("it aborted".to_owned())],
        ),
        row(
            Subject::Judge,
            "run a thread that is not counted",
            sealed(Attack::ExtraThread),
            sealed(Attack::Nothing),
            vec![Found::NotUp { step: Some(SetupStep::Threads), why: String::new() }],
        ),
    ]);
    rows.sort_by_key(|row| row.subject);
    rows
}

/// The Landlock ABI that first stopped an attack; 0 where the question does not arise.
pub(super) fn landlock_abi_needed(row: &Row) -> u8 {
    match (row.subject, row.with.attack) {
        (Subject::Layer(Layer::Landlock), Attack::ConnectTcp) => 4,
        (Subject::Layer(Layer::Landlock), Attack::SignalWaiter) => 6,
        _ => 0,
    }
}
