//! The runner's side of the wall. For `egret-runner` alone.
//!
//! [`enter`] puts up the outer walls, the runner starts ONNX Runtime between them, [`Inside::seal`] closes the last one.
//! Which walls is the judge's word, in the briefing; the runner says which it has put up, and the judge compares.

mod drill;
mod error;
mod identity;
mod policy;
mod root;
mod rules;
mod seal;
mod waiter;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use crate::briefing::{Briefing, Slots};
use crate::kernel::memory::Mapping;
use crate::kernel::{privileges, process};
use crate::layers::{Layer, Layers};
use crate::plan::RunPlan;
use crate::protocol::fds;
use crate::setup::SetupStep;

pub use error::SetupError;
pub use seal::Sealed;

use error::At;

/// Behind the outer walls: nothing of the host is left but libraries to load. Threads may still be started.
pub struct Inside {
    briefing: Briefing,
    ort_lib: PathBuf,
    /// Put up so far.
    layers: Layers,
    landlock_abi: u8,
    model: Mapping,
    input: Mapping,
    output: Mapping,
    own_status: File,
    /// Where the sealed runner will stand, unless it stands there already.
    empty_dir: Option<File>,
    /// The waiter's id, as it was before there were namespaces.
    waiter: u32,
}

/// Puts up the outer walls. The first thing `main` does, while the process has one thread.
///
/// It returns in a new process, pid 1 of the jail; the old one waits for it and never returns. Nor does it return where the
/// judge asks for a drill instead of a run: that is over when it would.
pub fn enter() -> Result<Inside, SetupError> {
    let judge = process::parent_id();

    // R1. Descriptors first: nothing that the worker may have leaked is there when anything else happens.
    process::close_range(fds::BRIEFING + 1, i32::MAX).at(SetupStep::Descriptors)?;
    let mut briefing = read_briefing().at(SetupStep::Descriptors)?;
    require_one_thread().at(SetupStep::Descriptors)?;
    let take = |number| process::take_fd(number).map(File::from).at(SetupStep::Descriptors);
    let (model, input, output) = (take(fds::MODEL)?, take(fds::INPUT)?, take(fds::OUTPUT)?);
    let (asked, waiter) = (briefing.layers, std::process::id());
    let mut layers = Layers::NONE;

    // The judge's wall, entered before this program began; seen while /proc is there and the group has its name.
    if let Some(name) = &briefing.member_of {
        require_membership(name).at(SetupStep::Cgroup)?;
        layers = layers.and(Layer::Cgroup);
    }

    // While this is still root: afterwards the folders above the library may be closed to us. Mounts and `dlopen` use the
    // current directory, which needs no look at its parents, and which survives the change of namespaces. The judge has
    // started us in an empty one, to which the seal returns; a new root has its own, and must not keep a way to the old.
    let empty_dir =
        if asked.has(Layer::Namespaces) { None } else { Some(File::open(".").at(SetupStep::Identity)?) };
    let (ort_dir, ort_name) = split(&briefing.ort_lib).at(SetupStep::Identity)?;
    std::env::set_current_dir(ort_dir).at(SetupStep::Identity)?;
    identity::leave_root().at(SetupStep::Identity)?;
    let ort_here = Path::new(".").join(ort_name);
    File::open(&ort_here).at(SetupStep::Identity)?;

    // R2. All namespaces in one call, so that the user namespace owns the others.
    if asked.has(Layer::Namespaces) {
        identity::enter_namespaces()?;
    }

    // R3. A pid namespace begins with the next child. Everything from here on happens in that child; the waiter must not
    // hold the jail's pipes, or the judge would not see them close.
    waiter::fork_below(judge)?;
    // Before R4 takes /proc away: read again in R8, when the threads are counted.
    let own_status = File::open("/proc/self/status").at(SetupStep::Waiter)?;
    // No wall, so best effort: a host that is short of memory takes the model, not the worker.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");

    // R4. Needs the capabilities that R6 drops, and must come before R7, which forbids mounting.
    let mut ort_lib = ort_here;
    if asked.has(Layer::Namespaces) {
        root::replace()?;
        ort_lib = Path::new(root::ORT_DIR).join(ort_name);
        layers = layers.and(Layer::Namespaces);
    }

    // R5. After the mounts, before anything is allocated for the model. None of it can be raised again after R6.
    if asked.has(Layer::Limits) {
        rules::limit_resources(&briefing).at(SetupStep::Limits)?;
        layers = layers.and(Layer::Limits);
    }

    // R6. no_new_privs first: Landlock and seccomp ask for it.
    if asked != Layers::NONE {
        privileges::no_new_privileges().at(SetupStep::Privileges)?;
    }
    if asked.has(Layer::Privileges) {
        privileges::drop_capabilities().at(SetupStep::Privileges)?;
        layers = layers.and(Layer::Privileges);
    }

    // R7. Before any thread exists: Landlock reaches only the calling thread and its later children.
    let mut landlock_abi = 0;
    if asked.has(Layer::Landlock) {
        landlock_abi = rules::enforce_landlock(ort_lib.parent().unwrap_or(Path::new(".")))?;
        layers = layers.and(Layer::Landlock);
    }

    // R8, first part: the memory that crosses the wall. The rest of R8 is the runner's: library, pool, warm-up.
    let model = Mapping::readable(&model).at(SetupStep::Memory)?;
    let input = Mapping::readable(&input).at(SetupStep::Memory)?;
    let output = Mapping::writable(&output).at(SetupStep::Memory)?;
    check_sizes(&briefing.plan, &input, &output).at(SetupStep::Memory)?;
    let drill = briefing.drill.take();
    let inside = Inside {
        briefing,
        ort_lib,
        layers,
        landlock_abi,
        model,
        input,
        output,
        own_status,
        empty_dir,
        waiter,
    };
    match drill {
        None => Ok(inside),
        Some(drill) => inside.carry_out(&drill),
    }
}

impl Inside {
    /// The judge's plan.
    #[must_use]
    pub fn plan(&self) -> &RunPlan {
        &self.briefing.plan
    }

    /// Where the ONNX Runtime library lies, as seen from in here.
    #[must_use]
    pub fn ort_lib(&self) -> &Path {
        &self.ort_lib
    }

    /// Threads of this process, by the kernel's count.
    fn thread_count(&mut self) -> std::io::Result<u32> {
        self.own_status.rewind()?;
        thread_count(&mut self.own_status)
    }
}

fn thread_count(status: &mut File) -> std::io::Result<u32> {
    let mut text = String::new();
    status.read_to_string(&mut text)?;
    let count = text.lines().find_map(|line| line.strip_prefix("Threads:")?.trim().parse().ok());
    count.ok_or_else(|| std::io::Error::other("the kernel does not count threads"))
}

/// Forking, unsharing a user namespace and Landlock all need it.
fn require_one_thread() -> std::io::Result<()> {
    match thread_count(&mut File::open("/proc/self/status")?)? {
        1 => Ok(()),
        count => Err(std::io::Error::other(format!("entered with {count} threads"))),
    }
}

fn require_membership(group: &str) -> std::io::Result<()> {
    let groups = std::fs::read_to_string("/proc/self/cgroup")?;
    if groups.lines().any(|line| line.ends_with(&format!("/{group}"))) {
        return Ok(());
    }
    Err(std::io::Error::other(format!("it is not in {group}")))
}

fn read_briefing() -> std::io::Result<Briefing> {
    let mut memory = File::from(process::take_fd(fds::BRIEFING)?);
    memory.rewind()?;
    let mut text = Vec::new();
    memory.read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

fn split(ort_lib: &Path) -> std::io::Result<(&Path, &std::ffi::OsStr)> {
    let parts = ort_lib.parent().zip(ort_lib.file_name());
    parts
        .filter(|_| ort_lib.is_absolute())
        .ok_or_else(|| std::io::Error::other("the library's path is not absolute"))
}

fn check_sizes(plan: &RunPlan, input: &Mapping, output: &Mapping) -> std::io::Result<()> {
    let fits = |slots: Slots, mapping: &Mapping| mapping.bytes().len() as u64 == slots.total_bytes();
    if fits(Slots::input(plan), input) && fits(Slots::output(plan), output) {
        return Ok(());
    }
    Err(std::io::Error::other("the shared memory has another size than the plan"))
}
