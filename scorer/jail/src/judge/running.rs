//! One runner at work: what it may say when, and how long it may take.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::cgroup::Group;
use super::clock::Clock;
use super::ending::{self, Ending};
use super::{Ended, Event};
use crate::briefing::Slots;
use crate::error::JailError;
use crate::fault::{FaultCode, FaultReport};
use crate::kernel::memory::Mapping;
use crate::kernel::process;
use crate::layers::Layers;
use crate::plan::RunPlan;
use crate::protocol::{Command, OBITUARY_BYTES, Obituary, RECORD_BYTES, Record, clean};
use crate::site::{Limits, Usage};

/// How long a runner may take to close the jail; far above what a busy host needs.
const SETUP_MAX: Duration = Duration::from_mins(1);
/// How long an idle runner may take to leave when it is asked to.
const LEAVE_MAX: Duration = Duration::from_millis(500);
/// How long the waiter may take to kill pid 1 before both are killed.
const TERM_MAX: Duration = Duration::from_millis(250);
/// What is kept of a runner's stderr.
const STDERR_BYTES_MAX: usize = 8 << 10;

/// The judge's ends of what leads to a runner.
pub(super) struct Wires {
    pub status: PipeReader,
    pub report: PipeReader,
    pub commands: PipeWriter,
    pub output: File,
    /// Its control group, where it has one.
    pub group: Option<Group>,
}

/// What the runner may say next depends on how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Putting up the jail: ours, nothing hostile has run.
    SettingUp,
    /// Loading the model.
    Loading,
    /// Answering.
    Working,
    /// A fault, an error or the end has been told.
    Over,
}

/// Ends a run from another thread.
#[derive(Debug, Clone)]
pub struct KillHandle(Arc<Killer>);

#[derive(Debug)]
struct Killer {
    waiter: OwnedFd,
    cancelled: AtomicBool,
}

impl KillHandle {
    /// Kills the runner; [`Running::next`] then says [`JailError::Cancelled`]. Does nothing to a run that has ended.
    pub fn kill(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        process::signal(&self.0.waiter, libc::SIGTERM);
    }
}

/// A runner at work. Dropping it kills the runner and waits for it.
pub struct Running {
    waiter: Child,
    killer: Arc<Killer>,
    status: PipeReader,
    report: PipeReader,
    commands: Option<PipeWriter>,
    output: File,
    /// Removed when the run is buried, being dropped after that.
    group: Option<Group>,
    input: Mapping,
    plan: RunPlan,
    limits: Limits,
    layers: Layers,
    stage: Stage,
    submitted: Vec<bool>,
    clock: Clock,
    inbox: Vec<u8>,
    stderr: Vec<u8>,
    obituary: Option<Obituary>,
    reaped: bool,
}

impl Running {
    pub(super) fn watch(
        waiter: Child,
        wires: Wires,
        input: Mapping,
        plan: RunPlan,
        limits: &Limits,
        layers: Layers,
    ) -> Result<Self, JailError> {
        let pidfd = process::pidfd(waiter.id()).map_err(JailError::Watch)?;
        let Wires { status, report, commands, output, group } = wires;
        // Until the runner is ready the clock holds the time for setting up, which is ours.
        let mut clock = Clock::new(SETUP_MAX);
        clock.start(Instant::now());
        Ok(Self {
            waiter,
            killer: Arc::new(Killer { waiter: pidfd, cancelled: AtomicBool::new(false) }),
            status,
            report,
            commands: Some(commands),
            output,
            group,
            input,
            submitted: vec![false; plan.slot_count as usize],
            plan,
            limits: *limits,
            layers,
            stage: Stage::SettingUp,
            clock,
            inbox: Vec::with_capacity(RECORD_BYTES),
            stderr: Vec::new(),
            obituary: None,
            reaped: false,
        })
    }

    /// The memory of an input slot that is not submitted.
    ///
    /// # Panics
    /// If there is no such slot or it is submitted: filling it then would change what the model is computing on.
    pub fn slot_mut(&mut self, slot: u32) -> &mut [u8] {
        assert!(!self.submitted[slot as usize], "slot {slot} is submitted");
        &mut self.input.bytes_mut()[Slots::input(&self.plan).range(slot)]
    }

    /// Asks for the answers to the first `items` items of a slot. May be called before the model is loaded.
    pub fn submit(&mut self, slot: u32, items: u32) -> Result<(), JailError> {
        if self.stage == Stage::Over {
            return Err(JailError::Over);
        }
        if self.submitted.get(slot as usize) != Some(&false) || items > self.plan.slot_items {
            return Err(JailError::Slot { slot, items });
        }
        self.submitted[slot as usize] = true;
        if self.stage == Stage::Working {
            self.clock.start(Instant::now());
        }
        match self.commands.as_mut().map(|pipe| pipe.write_all(&Command { slot, items }.to_bytes())) {
            // A runner that has died says so in `next`.
            None | Some(Ok(())) => Ok(()),
            Some(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Some(Err(error)) => Err(JailError::Pipe(error)),
        }
    }

    /// Blocks until the runner has something to say, a limit is reached, or something of ours fails. After a fault or an
    /// error the run is over.
    #[expect(
        clippy::should_implement_trait,
        reason = "a run is not a sequence of alike things, and it can fail"
    )]
    pub fn next(&mut self) -> Result<Event, JailError> {
        match self.stage {
            Stage::Over => return Err(JailError::Over),
            Stage::Working if !self.submitted.contains(&true) => return Err(JailError::Idle),
            _ => {}
        }
        let told = self.listen();
        if matches!(told, Err(_) | Ok(Event::Faulted(_))) {
            self.clock.stop(Instant::now());
            self.stage = Stage::Over;
        }
        told
    }

    /// A way to end the run from another thread.
    #[must_use]
    pub fn kill_handle(&self) -> KillHandle {
        KillHandle(self.killer.clone())
    }

    /// How the runner ended, once it has.
    pub(crate) fn ending(&self) -> Ending {
        let ending = Ending::of(self.obituary, &self.limits);
        match (&self.group, ending) {
            (Some(group), Ending::Signal(libc::SIGKILL) | Ending::Unknown) if group.has_struck() => {
                Ending::MemorySpent
            }
            _ => ending,
        }
    }

    /// Process id, on this host, of the runner's waiter.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.waiter.id()
    }

    /// Ends the run, kindly if it is idle, and says what it took.
    #[must_use]
    pub fn finish(mut self) -> Ended {
        self.commands = None;
        if self.stage == Stage::Working && !self.submitted.contains(&true) {
            // An idle runner leaves when there are no more commands.
            self.wait_for_waiter(LEAVE_MAX);
        }
        self.bury();
        let wall =
            if self.stage == Stage::SettingUp { Duration::ZERO } else { self.clock.used(Instant::now()) };
        let (cpu, peak_rss_bytes) =
            self.obituary.map_or((Duration::ZERO, 0), |end| (end.cpu, end.peak_rss_bytes));
        Ended { usage: Usage { wall, cpu, peak_rss_bytes } }
    }

    /// One event, or the end.
    fn listen(&mut self) -> Result<Event, JailError> {
        loop {
            if let Ok(bytes) = self.inbox.as_slice().try_into() {
                let record = Record::decode(bytes);
                self.inbox.clear();
                return self.accept(record);
            }
            let left = self.clock.left(Instant::now());
            if left.is_zero() {
                return self.out_of_time();
            }
            let [talks] = process::readable([self.status.as_fd()], Some(left)).map_err(JailError::Watch)?;
            if talks && !self.read_status().map_err(JailError::Watch)? {
                // Only pid 1 holds the other end, and it cannot close it while it lives.
                return self.ended();
            }
        }
    }

    /// Reads what there is of a record; false at the end.
    fn read_status(&mut self) -> io::Result<bool> {
        let mut part = [0; RECORD_BYTES];
        let missing = RECORD_BYTES - self.inbox.len();
        let count = self.status.read(&mut part[..missing])?;
        self.inbox.extend_from_slice(&part[..count]);
        Ok(count > 0)
    }

    /// Decides what a record means now. Before [`Record::Ready`] the runner is ours; after it, nothing is believed that
    /// could not have been said by an honest one.
    fn accept(&mut self, record: Option<Record>) -> Result<Event, JailError> {
        let now = Instant::now();
        match (self.stage, record) {
            (Stage::SettingUp, Some(Record::Ready { layers, landlock_abi })) => {
                if layers != self.layers {
                    return Err(JailError::WrongLayers { asked: self.layers, found: layers });
                }
                self.stage = Stage::Loading;
                self.clock = Clock::new(self.limits.wall);
                self.clock.start(now);
                Ok(Event::Ready { layers, landlock_abi })
            }
            (Stage::SettingUp, Some(Record::SetupFailed { step, errno, detail })) => {
                Err(JailError::Setup { step, errno, detail, remedy: step.remedy(errno) })
            }
            (Stage::SettingUp, _) => Err(JailError::DiedInSetup { how: "it spoke out of turn".into() }),
            (Stage::Loading, Some(Record::Loaded { summary })) => {
                self.stage = Stage::Working;
                self.pause_if_idle(now);
                // The model could have looked at the input slots already, so this text is as good as any other.
                Ok(Event::Loaded { summary: if self.plan.detail { summary } else { String::new() } })
            }
            (Stage::Working, Some(Record::Done { slot, bytes }))
                if self.submitted.get(slot as usize) == Some(&true)
                    && bytes <= self.plan.slot_output_bytes =>
            {
                let mut answers = vec![0; bytes as usize];
                let offset = Slots::output(&self.plan).offset(slot);
                self.output.read_exact_at(&mut answers, offset).map_err(JailError::Watch)?;
                self.submitted[slot as usize] = false;
                self.pause_if_idle(now);
                Ok(Event::Done { slot, answers })
            }
            (Stage::Loading | Stage::Working, Some(Record::Fault { code, detail, remedy })) => {
                Ok(self.fault(code, detail, remedy))
            }
            (_, record) => {
                let detail = "the model made the runner misbehave".to_owned();
                let mut event = self.fault(FaultCode::Crash, detail, ending::CRASH_REMEDY.into());
                if let (Event::Faulted(report), Some(record)) = (&mut event, record) {
                    report.operator_note = clean(format!("out of turn: {record:?}").as_bytes());
                }
                Ok(event)
            }
        }
    }

    fn pause_if_idle(&mut self, now: Instant) {
        if !self.submitted.contains(&true) {
            self.clock.stop(now);
        }
    }

    /// The team reads the text only if the plan allows it; the operator always can.
    fn fault(&self, code: FaultCode, text: String, remedy: String) -> Event {
        let (detail, remedy) =
            if self.plan.detail { (text.clone(), remedy) } else { (String::new(), String::new()) };
        Event::Faulted(FaultReport { code, detail, remedy, operator_note: text, seccomp_violation: false })
    }

    /// The clock has run out.
    fn out_of_time(&mut self) -> Result<Event, JailError> {
        let was = self.stage;
        self.clock.stop(Instant::now());
        self.bury();
        if was == Stage::SettingUp {
            return Err(JailError::SetupTimeout { waited_s: SETUP_MAX.as_secs() });
        }
        let wall = self.limits.wall;
        let during = if was == Stage::Loading { "loading the model" } else { "answering" };
        let text = format!("the limit of {wall:?} wall-clock time was reached while {during}");
        Ok(self.fault(FaultCode::TimeLimit, text, "make the model faster or smaller".into()))
    }

    /// The runner has ended without being asked to.
    fn ended(&mut self) -> Result<Event, JailError> {
        self.clock.stop(Instant::now());
        // The waiter needs a moment to write its report.
        self.wait_for_waiter(LEAVE_MAX);
        self.bury();
        if self.killer.cancelled.load(Ordering::SeqCst) {
            return Err(JailError::Cancelled);
        }
        let ending = self.ending();
        if self.stage == Stage::SettingUp {
            return Err(JailError::DiedInSetup { how: format!("{ending}; stderr: {}", clean(&self.stderr)) });
        }
        let verdict = ending.verdict()?;
        let mut event = self.fault(verdict.code, verdict.text, verdict.remedy.into());
        if let Event::Faulted(report) = &mut event {
            report.operator_note = ending.to_string();
            report.seccomp_violation = ending.is_seccomp_violation();
        }
        Ok(event)
    }

    /// Waits for the waiter to end, for so long.
    fn wait_for_waiter(&self, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match process::readable([self.killer.waiter.as_fd()], Some(left)) {
                Ok([true]) => return true,
                Ok(_) if left.is_zero() => return false,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    /// Makes sure that nothing of the runner is left. Best effort where the kernel itself fails us.
    fn bury(&mut self) {
        if self.reaped {
            return;
        }
        process::signal(&self.killer.waiter, libc::SIGTERM);
        if !self.wait_for_waiter(TERM_MAX) {
            // Takes pid 1 with it, unwaited.
            process::signal(&self.killer.waiter, libc::SIGKILL);
        }
        let _ = self.waiter.wait();
        self.reaped = true;
        let mut bytes = [0; OBITUARY_BYTES];
        if has_more(&self.report) && self.report.read_exact(&mut bytes).is_ok() {
            self.obituary = Some(Obituary::decode(&bytes));
        }
        // Pid 1 of a waiter that was killed may take a moment more: its end of the pipe closes when it is gone.
        let until = Instant::now() + TERM_MAX;
        let mut waste = [0; RECORD_BYTES];
        while let Ok([true]) =
            process::readable([self.status.as_fd()], Some(until.saturating_duration_since(Instant::now())))
        {
            if !matches!(self.status.read(&mut waste), Ok(1..)) {
                break;
            }
        }
        self.read_stderr();
    }

    /// A pipe takes more than a runner writes before stderr is closed to it, so reading once, at the end, is enough.
    fn read_stderr(&mut self) {
        if let Some(mut pipe) = self.waiter.stderr.take() {
            let mut bytes = [0; STDERR_BYTES_MAX];
            if has_more(&pipe)
                && let Ok(count) = pipe.read(&mut bytes)
            {
                self.stderr.extend_from_slice(&bytes[..count]);
            }
        }
    }
}

/// Whether a read would not block.
fn has_more(pipe: &impl AsFd) -> bool {
    matches!(process::readable([pipe.as_fd()], Some(Duration::ZERO)), Ok([true]))
}

impl Drop for Running {
    fn drop(&mut self) {
        self.bury();
    }
}
