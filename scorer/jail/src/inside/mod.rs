//! The runner's side of the wall. For `egret-runner` alone.
//!
//! [`enter`] puts up the outer walls, the runner starts ONNX Runtime between them, [`Inside::seal`] closes the last one.

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
use crate::plan::RunPlan;
use crate::protocol::fds;
use crate::setup::SetupStep;
use crate::site::{Layers, Tier};

pub use error::SetupError;
pub use seal::Sealed;

use error::At;

/// Behind the outer walls: nothing of the host is left but libraries to load. Threads may still be started.
pub struct Inside {
    briefing: Briefing,
    ort_lib: PathBuf,
    layers: Layers,
    model: Mapping,
    input: Mapping,
    output: Mapping,
    own_status: File,
}

/// Puts up the outer walls. The first thing `main` does, while the process has one thread.
///
/// It returns in a new process, pid 1 of the jail; the old one waits for it and never returns.
pub fn enter() -> Result<Inside, SetupError> {
    let judge = process::parent_id();

    // R1. Descriptors first: nothing that the worker may have leaked is there when anything else happens.
    process::close_range(fds::BRIEFING + 1, i32::MAX).at(SetupStep::Descriptors)?;
    let briefing = read_briefing().at(SetupStep::Descriptors)?;
    require_one_thread().at(SetupStep::Descriptors)?;
    let take = |number| process::take_fd(number).map(File::from).at(SetupStep::Descriptors);
    let (model, input, output) = (take(fds::MODEL)?, take(fds::INPUT)?, take(fds::OUTPUT)?);

    // While this is still root: afterwards the folders above the library may be closed to us. Mounts and `dlopen` use the
    // current directory, which needs no look at its parents, and which survives the change of namespaces.
    let (ort_dir, ort_name) = split(&briefing.ort_lib).at(SetupStep::Identity)?;
    std::env::set_current_dir(ort_dir).at(SetupStep::Identity)?;
    identity::leave_root().at(SetupStep::Identity)?;
    let ort_here = Path::new(".").join(ort_name);
    File::open(&ort_here).at(SetupStep::Identity)?;

    // R2. All namespaces in one call, so that the user namespace owns the others.
    let contained = briefing.tier == Tier::A;
    if contained {
        identity::enter_namespaces()?;
    }

    // R3. A pid namespace begins with the next child. Everything from here on happens in that child; the waiter must not
    // hold the jail's pipes, or the judge would not see them close.
    waiter::fork_below(judge)?;
    // Before R4 takes /proc away: read again in R8, when the threads are counted.
    let own_status = File::open("/proc/self/status").at(SetupStep::Waiter)?;

    // R4. Needs the capabilities that R6 drops, and must come before R7, which forbids mounting.
    let ort_lib = if contained {
        root::replace()?;
        Path::new(root::ORT_DIR).join(ort_name)
    } else {
        ort_here
    };

    // R5. After the mounts, before anything is allocated for the model. None of it can be raised again after R6.
    rules::limit_resources(&briefing).at(SetupStep::Limits)?;

    // R6. no_new_privs first: Landlock and seccomp ask for it.
    privileges::no_new_privileges().at(SetupStep::Privileges)?;
    privileges::drop_capabilities().at(SetupStep::Privileges)?;

    // R7. Before any thread exists: Landlock reaches only the calling thread and its later children.
    let landlock_abi = rules::enforce_landlock(briefing.tier)?;

    // R8, first part: the memory that crosses the wall. The rest of R8 is the runner's: library, pool, warm-up.
    let model = Mapping::readable(&model).at(SetupStep::Memory)?;
    let input = Mapping::readable(&input).at(SetupStep::Memory)?;
    let output = Mapping::writable(&output).at(SetupStep::Memory)?;
    let layers = Layers { namespaces: contained, landlock_abi, mdwe: false };
    check_sizes(&briefing.plan, &input, &output).at(SetupStep::Memory)?;
    Ok(Inside { briefing, ort_lib, layers, model, input, output, own_status })
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
