//! Starting a runner: sealed memory, pipes, and a process that inherits nothing else.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::running::{Running, Wires};
use super::spawner;
use crate::briefing::{Briefing, Slots};
use crate::error::JailError;
use crate::kernel::memory::{FIXED_SIZE, FROZEN, KEPT_BY_ME, Mapping, memfd, seal};
use crate::kernel::process;
use crate::plan::RunPlan;
use crate::protocol::fds;
use crate::site::{Limits, Site};

/// Starts a runner for `model`. Blocks until the process exists, not until it is ready. May be called from any thread.
pub fn spawn(site: &Site, plan: &RunPlan, model: &[u8], limits: &Limits) -> Result<Running, JailError> {
    plan.check().map_err(JailError::Plan)?;
    if limits.threads != plan.threads {
        return Err(JailError::Plan("the limits and the plan differ in threads"));
    }
    let runner = existing(&site.runner)
        .map_err(|source| JailError::RunnerMissing { path: site.runner.clone(), source })?;
    // Links resolved: the runner is shown the folder in which the library really lies.
    let ort_lib = existing(&site.ort_lib)
        .map_err(|source| JailError::LibraryMissing { path: site.ort_lib.clone(), source })?;

    let (inputs, outputs) = (Slots::input(plan), Slots::output(plan));
    let shared_bytes = inputs.total_bytes() + outputs.total_bytes() + model.len() as u64;
    let tier = site.tier.tier();
    let briefing = serde_json::to_vec(&Briefing::new(plan, ort_lib, tier, limits, shared_bytes))
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
    let handed = vec![
        (model.into(), fds::MODEL),
        (input.into(), fds::INPUT),
        (output_copy.into(), fds::OUTPUT),
        (status_in.into(), fds::STATUS),
        (report_in.into(), fds::REPORT),
        (commands_out.into(), fds::COMMANDS),
        (briefing.into(), fds::BRIEFING),
    ];
    process::hand_over(&mut command, handed);
    // The command, and with it our copies of the runner's descriptors, is dropped there.
    let child = spawner::spawn(command).map_err(JailError::Spawn)?;
    Running::watch(
        child,
        Wires { status, report, commands, output },
        input_mapping,
        plan.clone(),
        limits,
        tier,
    )
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
