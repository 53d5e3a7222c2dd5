//! Isolation for one run of one hostile model.
//!
//! # Theory of operation
//!
//! A submitted model is hostile code: the native runtime that executes it dies of tiny files, reads files that models name,
//! and prints inputs in its error texts. So it runs in a process of its own, the **runner**, and everything of worth (labels,
//! keys, the truth of the score) stays in the **judge**, the process that uses [`spawn`] and [`Running`].
//!
//! Ordinary sandboxes wrap a program before it starts, and must leave it all that a program needs to start: opening files,
//! mapping code, making threads. Ours closes from the inside ([`inside`]): the runner first puts up the outer walls, then loads
//! the runtime, makes every thread it will ever have and runs a model of our own, and only then closes the last wall, over
//! all threads. Not one byte of the team's has been looked at until then, and after it the kernel answers a short list of
//! calls (`inside/policy.rs`), of which running models needs six.
//!
//! ```text
//! judge                         waiter                     runner (pid 1 of its namespace)
//! spawn: memfds, pipes, exec -> R1 descriptors, user
//!                               R2 namespaces
//!                               R3 fork ----------------->  R4 empty root
//!                               waits                       R5 limits
//!                                                           R6 no privileges
//!                                                           R7 Landlock
//!                                                           R8 ONNX Runtime, threads, warm-up, count of threads
//!                                                           R9 signals
//!                                                           R10 MDWE, seccomp over all threads
//! Ready <-------------------------------------------------  R11
//! submit(slot) ------------------------------------------>  load, infer
//! Done(slot) <--------------------------------------------  ...
//!                               tells how it ended <------  exit, crash or kill
//! Faulted / finish <----------
//! ```
//!
//! **What crosses the wall** is fixed before it closes: a briefing and the model in memory that nobody can change any more;
//! input slots that only the judge's own mapping can change; output slots of fixed size, which the judge copies and then
//! parses ([`answers`]); commands of eight bytes inwards; records of one size outwards ([`protocol`]). What comes out after
//! `Ready` is believed only as far as an honest runner could have said it. Text reaches the team only where nothing is hidden
//! ([`plan::RunPlan::detail`]); else it stays in [`FaultReport::operator_note`].
//!
//! **Layers are data.** The judge names the walls ([`Layers`]) in the briefing; each step of the recipe runs if its layer is
//! among them, and the runner reports those it has put up, which must be exactly those asked for. Nothing is dropped on the
//! way: what a kernel cannot give is known before it is asked for ([`Tier::asks`]).
//!
//! **The order** of the steps, and why none can be moved:
//!
//! - R1 before all: a descriptor or a thread too many would make every later step unsound. Leaving root comes while
//!   `/proc/self` and the library's folder can still be reached by name; the tie to the judge's life is renewed after each
//!   change of user or namespace, which clear it.
//! - R2 while there is one thread; R3 after it, as a pid namespace begins with the next child.
//! - R4 needs the capabilities that R6 drops, and mounts, which R7 forbids; `/proc` is read through a descriptor from then on.
//! - R5 after the mounts and before anything is allocated for the model; R6 makes it final.
//! - R6 before R7 and R10: both ask for `no_new_privs`.
//! - R7 before any thread is made: Landlock reaches the calling thread and its later children only.
//! - R8 needs files and threads, so it lies before R10; every thread must have finished its own start, or the filter kills it.
//! - R9 before R10, which forbids new handlers. The empty current directory, too: ONNX Runtime looks there for the files that
//!   models name, and until R8 is over it is the library's folder.
//! - R10: MDWE after the last code is mapped; of the two filters the milder first, as the stricter forbids more of them.
//! - R11: the first untrusted byte.
//!
//! **Proof.** [`doctor`] attacks each layer, alone and with nothing in the way, by the runner that evaluates: a *drill* takes the
//! place of the model. A drill gets no model and no items, and hidden items are shown behind every wall of the site's tier or
//! not at all ([`spawn_behind`]).
//!
//! **Blame is a type.** [`JailError`] is ours: a layer that could not be put up, a runner killed from outside. No layer fails
//! open: each step of the set-up has its own exit code and error ([`SetupStep`]), with the remedy for this host.
//! [`FaultCode`] is the model's, a closed set.
//!
//! **Clocks.** The wall clock runs while the runner loads or has work, not while it waits for the judge, and is ended by the
//! judge's kill. Processor time and memory are limits of the kernel; as no second process can exist behind the wall, limits of
//! the process are limits of the sandbox.
//!
//! **Lives.** A runner dies with its waiter, the waiter with the thread that started it (one that lives as long as the judge),
//! and a [`Running`] that is dropped takes both with it. No process outlives its judge.
//!
//! **Tiers** are sets of layers that must be in force ([`Tier`]). A is all of them; MDWE is asked for where the kernel has it,
//! and a control group where the host lets the worker make one.
//! B lacks the namespaces and the empty root; C may also lack Landlock, inside a boundary that the operator declares. Neither is
//! ever chosen silently: see [`TierPolicy`]. seccomp exists in every tier, since Landlock does not stop UDP, netlink or vsock,
//! and a network namespace does not stop vsock.
//!
//! What this does *not* do: look at models (`egret-onnx` does, in the runner), score, or protect from a bug in the few kernel
//! calls that are left, from side channels between runners on one processor, or from the operator. The policy for aarch64 and
//! control groups of version 2 are written and compile, but have not been run.

pub mod answers;
mod briefing;
pub mod doctor;
mod drill;
mod error;
mod fault;
pub mod inside;
mod judge;
mod kernel;
mod layers;
pub mod plan;
pub mod protocol;
mod setup;
mod site;

pub use error::JailError;
pub use fault::{FaultCode, FaultReport};
pub use judge::{Ended, Event, KillHandle, Running, harden, spawn, spawn_behind};
pub use layers::{Layer, Layers};
pub use setup::SetupStep;
pub use site::{Limits, Site, Tier, TierPolicy, Usage};
