//! Starting a runner: sealed memory, pipes, and a process that inherits nothing else.

use std::ffi::CStr;
use std::fs::{self, DirBuilder, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::cgroup::Group;
use super::running::{Running, Wires};
use super::{cgroup, spawner};
use crate::briefing::{Briefing, Slots};
use crate::drill::{Drill, STRAY_FD};
use crate::error::JailError;
use crate::kernel::memory::{FIXED_SIZE, FROZEN, KEPT_BY_ME, Mapping, memfd, seal};
use crate::kernel::{privileges, process};
use crate::layers::{Layer, Layers};
use crate::plan::RunPlan;
use crate::protocol::fds;
use crate::site::{Limits, Site};

/// Starts a runner for `model` behind all the walls of the site's tier. Blocks until the process exists, not until it is
/// ready. May be called from any thread.
pub fn spawn(site: &Site, plan: &RunPlan, model: &[u8], limits: &Limits) -> Result<Running, JailError> {
    launch(site, asked(site), None, plan, model, limits)
}

/// The same behind walls of the caller's choice, to measure what they cost and to show that they change no answer. Only
/// where nothing is hidden: a plan without `detail` is refused, unless all walls of the site's tier are there.
pub fn spawn_behind(
    site: &Site,
    layers: Layers,
    plan: &RunPlan,
    model: &[u8],
    limits: &Limits,
) -> Result<Running, JailError> {
    launch(site, layers, None, plan, model, limits)
}

/// Starts a runner that carries out an attack of our own. It gets no model and no items.
pub(crate) fn spawn_drill(
    site: &Site,
    layers: Layers,
    drill: Drill,
    plan: &RunPlan,
    limits: &Limits,
) -> Result<Running, JailError> {
    launch(site, layers, Some(drill), plan, &[], limits)
}

/// The walls that every run on hidden data has on this host.
pub(crate) fn asked(site: &Site) -> Layers {
    static OFFERED: LazyLock<Layers> = LazyLock::new(|| {
        let knows = [
            (Layer::Cgroup, cgroup::offered()),
            (Layer::Landlock, privileges::knows_landlock()),
            (Layer::Mdwe, privileges::knows_write_execute()),
        ];
        knows.into_iter().filter(|(_, known)| *known).fold(Layers::NONE, |set, (layer, _)| set.and(layer))
    });
    site.tier.tier().asks(*OFFERED)
}

fn launch(
    site: &Site,
    layers: Layers,
    drill: Option<Drill>,
    plan: &RunPlan,
    model: &[u8],
    limits: &Limits,
) -> Result<Running, JailError> {
    plan.check().map_err(JailError::Plan)?;
    if limits.threads != plan.threads {
        return Err(JailError::Plan("the limits and the plan differ in threads"));
    }
    if !plan.detail && !layers.cover(asked(site)) {
        return Err(JailError::Plan("hidden items are shown only behind every wall of the site's tier"));
    }
    let runner = existing(&site.runner)
        .map_err(|source| JailError::RunnerMissing { path: site.runner.clone(), source })?;
    // Links resolved: the runner is shown the folder in which the library really lies.
    let ort_lib = existing(&site.ort_lib)
        .map_err(|source| JailError::LibraryMissing { path: site.ort_lib.clone(), source })?;
    // In a root of its own the runner finds an empty folder there; elsewhere it gets ours.
    let dir = if layers.has(Layer::Namespaces) { None } else { Some(empty_dir()?) };

    let (inputs, outputs) = (Slots::input(plan), Slots::output(plan));
    let drilled = drill.is_some();
    let shared_bytes = inputs.total_bytes() + outputs.total_bytes() + model.len() as u64;
    let group = layers
        .has(Layer::Cgroup)
        .then(|| Group::make(limits.memory_mib, shared_bytes))
        .transpose()
        .map_err(JailError::Cgroup)?;
    let entrance = group.as_ref().map(Group::entrance).transpose().map_err(JailError::Cgroup)?;
    let member_of = group.as_ref().map(Group::name);
    let briefing = Briefing::new(plan, ort_lib, layers, member_of, drill, limits, shared_bytes);
    let briefing = serde_json::to_vec(&briefing)
        .map_err(|error| JailError::Memory { what: "briefing", source: error.into() })?;

    let in_memory = |what| move |source| JailError::Memory { what, source };
    let briefing = frozen(c"egret-briefing", &briefing).map_err(in_memory("briefing"))?;
    let model = frozen(c"egret-model", model).map_err(in_memory("model"))?;
    let (input, input_mapping) = kept(inputs.total_bytes()).map_err(in_memory("input"))?;
    // The judge never maps the output: it reads by `pread`, so no write of the runner's can race with a reference.
    let output = memfd(c"egret-output", outputs.total_bytes()).map_err(in_memory("output"))?;
    seal(&output, FIXED_SIZE).map_err(in_memory("output"))?;

    let (status, status_in) = io::pipe().map_err(JailError::Pipe)?;
    let (report, report_in) = io::pipe().map_err(JailError::Pipe)?;
    let (commands_out, commands) = io::pipe().map_err(JailError::Pipe)?;
    let output_copy = output.try_clone().map_err(JailError::Pipe)?;

    let mut command = Command::new(runner);
    command
        .env_clear()
        // Official builds of ONNX Runtime phone home without it.
        .env("ORT_DISABLE_TELEMETRY", "1")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // A Ctrl-C at the worker's terminal is the worker's to handle.
        .process_group(0);
    let mut handed = vec![
        (model.into(), fds::MODEL),
        (input.into(), fds::INPUT),
        (output_copy.into(), fds::OUTPUT),
        (status_in.into(), fds::STATUS),
        (report_in.into(), fds::REPORT),
        (commands_out.into(), fds::COMMANDS),
        (briefing.into(), fds::BRIEFING),
    ];
    if drilled {
        // As if the worker had leaked it.
        handed.push((report.try_clone().map_err(JailError::Pipe)?.into(), STRAY_FD));
    }
    process::hand_over(&mut command, handed, dir, entrance);
    // The command, and with it our copies of the runner's descriptors, is dropped there.
    let child = spawner::spawn(command).map_err(JailError::Spawn)?;
    let wires = Wires { status, report, commands, output, group };
    Running::watch(child, wires, input_mapping, plan.clone(), limits, layers)
}

/// A folder that stays empty: it has no name any more, only this descriptor.
fn empty_dir() -> Result<&'static File, JailError> {
    static EMPTY: Mutex<Option<&'static File>> = Mutex::new(None);
    let mut empty = EMPTY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(dir) = *empty {
        return Ok(dir);
    }
    // A name that nobody can take first.
    let name = RandomState::new().build_hasher().finish();
    let path = std::env::temp_dir().join(format!("egret-empty-{name:016x}"));
    let make = || {
        DirBuilder::new().mode(0o555).create(&path)?;
        let dir = File::open(&path)?;
        fs::remove_dir(&path)?;
        Ok(dir)
    };
    let dir: &'static File = Box::leak(Box::new(
        make().map_err(|source| JailError::NoEmptyFolder { path: std::env::temp_dir(), source })?,
    ));
    Ok(empty.insert(dir))
}

fn existing(path: &Path) -> io::Result<PathBuf> {
    let path = path.canonicalize()?;
    if path.is_file() { Ok(path) } else { Err(io::Error::other("it is not a file")) }
}

/// Memory that nobody can change any more.
fn frozen(name: &CStr, content: &[u8]) -> io::Result<File> {
    let mut file = memfd(name, 0)?;
    file.write_all(content)?;
    seal(&file, FROZEN)?;
    Ok(file)
}

/// Memory that only the mapping returned can change.
fn kept(bytes: u64) -> io::Result<(File, Mapping)> {
    let file = memfd(c"egret-input", bytes)?;
    let mapping = Mapping::writable(&file)?;
    seal(&file, KEPT_BY_ME)?;
    Ok((file, mapping))
}
