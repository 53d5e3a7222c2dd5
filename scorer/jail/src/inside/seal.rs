//! R8 to R11: the last wall, and what can be done behind it.

use std::fs::File;
use std::io::{Read, Write};
use std::mem::ManuallyDrop;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, apply_filter_all_threads,
};

use super::error::{At, SetupError};
use super::{Inside, policy};
use crate::briefing::Slots;
use crate::fault::FaultCode;
use crate::kernel::memory::Mapping;
use crate::kernel::{privileges, process, signals};
use crate::layers::Layer;
use crate::plan::RunPlan;
use crate::protocol::{COMMAND_BYTES, Command, Record, fds};
use crate::setup::SetupStep;

/// The wall is closed: this process can compute and talk to the judge, nothing else.
///
/// It does not hold a descriptor that would be closed with it: `close` is not among the calls that are left.
pub struct Sealed {
    plan: RunPlan,
    model: ManuallyDrop<Mapping>,
    input: ManuallyDrop<Mapping>,
    output: ManuallyDrop<Mapping>,
    status: ManuallyDrop<File>,
    commands: ManuallyDrop<File>,
}

impl Inside {
    /// Closes the system-call filter over all threads and tells the judge. Called when every thread that will ever be runs,
    /// ONNX Runtime has run a model of our own, and not one byte of the team's has been looked at.
    pub fn seal(mut self, expected_threads: u32) -> Result<Sealed, SetupError> {
        // R8, last part. A thread too many is the library's own (telemetry) and would be killed under way, the model with it.
        let found = self.thread_count().at(SetupStep::Threads)?;
        if found != expected_threads {
            let detail = format!("{found} threads are running, expected {expected_threads}");
            return Err(SetupError::new(SetupStep::Threads, detail));
        }
        let take = |number| process::take_fd(number).map(|fd| ManuallyDrop::new(File::from(fd)));
        let status = take(fds::STATUS).at(SetupStep::Descriptors)?;
        let commands = take(fds::COMMANDS).at(SetupStep::Descriptors)?;

        // R9. Crashes end the process as the kernel does it: Rust's own handler would call rt_sigaction, and a crash would
        // look like an attack. pid 1 ignores the defaults of ABRT and XCPU, so those leave by handlers.
        for crash in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
            signals::set_default(crash).at(SetupStep::Signals)?;
        }
        for end in [libc::SIGABRT, libc::SIGXCPU] {
            signals::leave_on(end).at(SetupStep::Signals)?;
        }

        // R10. prctl, the change of directory and closing descriptors come before seccomp, which forbids them. ONNX Runtime
        // is loaded, so nothing needs to become executable any more.
        let Inside {
            briefing, mut layers, landlock_abi, model, input, output, own_status, empty_dir, ..
        } = self;
        drop(own_status);
        if let Some(dir) = empty_dir {
            process::stand_in(&dir).at(SetupStep::Memory)?;
        }
        if briefing.layers.has(Layer::Privileges) {
            privileges::set_dumpable(false).at(SetupStep::Privileges)?;
        }
        if briefing.layers.has(Layer::Mdwe) {
            privileges::deny_write_execute().at(SetupStep::Mdwe)?;
            layers = layers.and(Layer::Mdwe);
        }
        if briefing.layers.has(Layer::Seccomp) {
            close_filter()?;
            layers = layers.and(Layer::Seccomp);
        }

        let (model, input, output) =
            (ManuallyDrop::new(model), ManuallyDrop::new(input), ManuallyDrop::new(output));
        let sealed = Sealed { plan: briefing.plan, model, input, output, status, commands };
        // R11.
        sealed.report(&Record::Ready { layers, landlock_abi });
        Ok(sealed)
    }
}

/// The milder filter first: the stricter one forbids adding filters.
fn close_filter() -> Result<(), SetupError> {
    let own_pid = std::process::id();
    let refuse =
        filter(policy::refused(), SeccompAction::Allow, SeccompAction::Errno(libc::EPERM.cast_unsigned()))?;
    let allow = filter(policy::allowed(own_pid), SeccompAction::KillProcess, SeccompAction::Allow)?;
    for program in [refuse, allow] {
        apply_filter_all_threads(&program).map_err(failed)?;
    }
    Ok(())
}

fn filter(
    table: Vec<policy::Entry>,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, SetupError> {
    let mut rules = std::collections::BTreeMap::new();
    for (call, alternatives) in table {
        let mut conditions = Vec::new();
        for checks in alternatives {
            let checks = checks
                .into_iter()
                .map(|(argument, width, operator, value)| {
                    SeccompCondition::new(argument, width, operator, value)
                })
                .collect::<Result<_, _>>();
            conditions.push(checks.and_then(SeccompRule::new).map_err(failed)?);
        }
        if rules.insert(call, conditions).is_some() {
            return Err(failed(format!("system call {call} is twice in one table")));
        }
    }
    let arch = std::env::consts::ARCH.try_into().map_err(failed)?;
    let filter = SeccompFilter::new(rules, otherwise, matched, arch).map_err(failed)?;
    filter.try_into().map_err(failed)
}

fn failed(error: impl Into<Box<dyn std::error::Error>>) -> SetupError {
    SetupError::new(SetupStep::Seccomp, error.into().to_string())
}

impl Sealed {
    /// The judge's plan.
    #[must_use]
    pub fn plan(&self) -> &RunPlan {
        &self.plan
    }

    /// The model's bytes.
    #[must_use]
    pub fn model(&self) -> &[u8] {
        self.model.bytes()
    }

    /// Blocks for the next command; `None` when the judge has no more, or a command that the plan does not allow.
    #[must_use]
    pub fn next_command(&self) -> Option<Command> {
        let mut bytes = [0; COMMAND_BYTES];
        (&*self.commands).read_exact(&mut bytes).ok()?;
        let command = Command::from_bytes(bytes);
        (command.slot < self.plan.slot_count && command.items <= self.plan.slot_items).then_some(command)
    }

    /// An input slot.
    #[must_use]
    pub fn input(&self, slot: u32) -> &[u8] {
        &self.input.bytes()[Slots::input(&self.plan).range(slot)]
    }

    /// An output slot.
    pub fn output(&mut self, slot: u32) -> &mut [u8] {
        &mut self.output.bytes_mut()[Slots::output(&self.plan).range(slot)]
    }

    /// The input slot and the output slot of one number, at once.
    pub fn buffers(&mut self, slot: u32) -> (&[u8], &mut [u8]) {
        let input = &self.input.bytes()[Slots::input(&self.plan).range(slot)];
        (input, &mut self.output.bytes_mut()[Slots::output(&self.plan).range(slot)])
    }

    /// The model is loaded and will be fed like this.
    pub fn report_loaded(&self, summary: &str) {
        self.report(&Record::Loaded { summary: summary.to_owned() });
    }

    /// The first `bytes` bytes of the output slot are the answers.
    pub fn report_done(&self, slot: u32, bytes: u64) {
        self.report(&Record::Done { slot, bytes });
    }

    /// The model is at fault. Followed by [`Sealed::exit`]. The text leaves only if the plan allows detail; the judge sees
    /// to that, not this process.
    pub fn report_fault(&self, code: FaultCode, detail: &str, remedy: &str) {
        self.report(&Record::Fault { code, detail: detail.to_owned(), remedy: remedy.to_owned() });
    }

    /// Ends the process at once, without destructors of native libraries.
    pub fn exit(&self, code: i32) -> ! {
        process::leave(code)
    }

    /// A judge that is gone has no use for what we do next.
    fn report(&self, record: &Record) {
        if (&*self.status).write_all(&record.encode()).is_err() {
            process::leave(0);
        }
    }
}
