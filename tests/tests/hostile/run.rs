//! One model in one runner, as a worker runs it, and everything that can be seen of it.

use std::{
    fmt, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use egret_jail::{
    Event, FaultReport, JailError, Limits, Running, Site, TierPolicy, Usage,
    answers::{self, AnswerFault, Answers},
    plan::{AnswerContract, InputContract, RunPlan},
};
use egret_tests::{binary, children};

use crate::{
    corpus::{self, folder},
    network::Counters,
};

/// Items of a run; the last slot is a short one, and so is the last batch.
const ITEMS: usize = 6;
const SLOT_ITEMS: u32 = 4;
/// Items that a model sees at once.
pub const BATCH_ITEMS_MAX: u32 = 3;
const THREADS: u32 = 2;
const MEMORY_MIB: u32 = 512;
/// Runs of one model until one is seen from its beginning.
const SIGHTINGS: u32 = 10;
/// How long after its end a run may have processes: long enough for a busy machine to reap them, for how fast they are gone is a
/// benchmark's business.
const LEFTOVERS: Duration = Duration::from_secs(2);

/// The verdict on a run that left items without an answer.
pub const UNANSWERED: &str = "Unanswered";

/// How models are run: where, how long, and whether anything is told of them.
#[derive(Clone)]
pub struct Stage {
    pub site: Site,
    pub limits: Limits,
    detail: bool,
}

/// How a run ended.
pub enum Verdict {
    /// Per item, in order.
    Answers(Vec<Answer>),
    /// The model's fault.
    Fault(FaultReport),
    /// Ours.
    Mishap(JailError),
}

/// The bytes of one item's answer; none where the item has no answer that can be scored, which counts as a wrong one.
pub type Answer = Option<Vec<u8>>;

/// What a team sees of a run on hidden items before any release: that there are answers to score, or none.
#[derive(PartialEq, Eq)]
pub enum Seen {
    Scored(Vec<Answer>),
    Failed,
}

/// A run, and what it left.
pub struct Run {
    pub verdict: Verdict,
    /// What would be told to the team in words.
    pub told: Vec<String>,
    pub usage: Usage,
    /// From `Ready` to the verdict, by this process's clock: the end of the process is within.
    pub took: Duration,
    /// Whether anything was sent or tried.
    pub talked: bool,
    /// Processes that were there 100 ms later.
    pub left: Vec<u32>,
}

impl Stage {
    /// Hidden items, and a copy of the runner that nobody else uses, so that its processes can be told from others.
    pub fn new(tier: TierPolicy) -> Result<Self> {
        let ort_lib = std::env::var_os("EGRET_ORT_LIB")
            .context("EGRET_ORT_LIB is not set; `cargo xtask test` fetches the library and sets it")?;
        let runner = folder().join("egret-runner");
        fs::create_dir_all(folder())?;
        // Another file, not other bytes in the same one: a runner of an earlier test might still be mapped.
        let _ = fs::remove_file(&runner);
        fs::copy(binary("EGRET_RUNNER", "egret-runner")?, &runner)?;
        let limits = Limits { wall: Duration::ZERO, cpu_s: 0, memory_mib: MEMORY_MIB, threads: THREADS };
        Ok(Self { site: Site { runner, ort_lib: PathBuf::from(ort_lib), tier }, limits, detail: false })
    }

    /// As on the public sample: everything may be told.
    pub fn explained(mut self) -> Self {
        self.detail = true;
        self
    }

    /// Seconds of the wall clock and of the processor.
    pub fn limits(mut self, wall_s: u64, cpu_s: u32) -> Self {
        self.limits = Limits { wall: Duration::from_secs(wall_s), cpu_s, ..self.limits };
        self
    }

    /// Whether items are hidden.
    pub fn hides(&self) -> bool {
        !self.detail
    }

    /// Runs a model to its end; the bit is the first one of the first item. On a busy host a short run may be over before
    /// its namespace was seen: such a run proves nothing, and is repeated.
    pub fn run(&self, model: &[u8], item: &InputContract, bit: bool) -> Result<Run> {
        for _ in 0..SIGHTINGS {
            if let Some(run) = self.sighted(model, item, bit)? {
                return Ok(run);
            }
        }
        bail!("{SIGHTINGS} runs were over before their network was seen")
    }

    fn sighted(&self, model: &[u8], item: &InputContract, bit: bool) -> Result<Option<Run>> {
        let plan = RunPlan::new(item.clone(), AnswerContract::one_of(3), SLOT_ITEMS);
        let (threads, batch_items_max, detail) = (THREADS, BATCH_ITEMS_MAX, self.detail);
        let plan = RunPlan { threads, batch_items_max, slot_count: 2, detail, ..plan };
        let mut running = egret_jail::spawn(&self.site, &plan, model, &self.limits)?;
        let waiter = running.pid();
        // While the jail is being put up, which takes longer than this.
        let Some(runner) = child_of(waiter) else { return Ok(None) };
        let Some(mut counters) = Counters::of(&runner.to_string())? else { return Ok(None) };
        let Event::Ready { .. } = running.next()? else { bail!("the first word is Ready") };
        let ready = Instant::now();

        let mut told = Vec::new();
        let verdict = match feed(&mut running, &plan, bit, &mut told) {
            Ok(verdict) => verdict,
            Err(error) => Verdict::Mishap(error),
        };
        let took = ready.elapsed();
        let usage = running.finish().usage;
        let left = outliving(vec![waiter, runner]);
        Ok(Some(Run { verdict, told, usage, took, talked: counters.changed()?, left }))
    }
}

/// Fills both slots, then each again when it is answered.
fn feed(
    running: &mut Running,
    plan: &RunPlan,
    bit: bool,
    told: &mut Vec<String>,
) -> Result<Verdict, JailError> {
    let items = corpus::items(&plan.input, ITEMS, bit);
    let count = |slot: &[u8]| (slot.len() as u64 / plan.input.item_bytes_max()) as u32;
    let slots: Vec<&[u8]> = items.chunks(plan.slot_input_bytes as usize).collect();
    assert_eq!(slots.len(), plan.slot_count as usize, "every slot is used, once");
    for (index, slot) in (0..).zip(&slots) {
        running.slot_mut(index)[..slot.len()].copy_from_slice(slot);
        running.submit(index, count(slot))?;
    }
    let (mut answered, mut next) = (Vec::new(), 0);
    while next < slots.len() {
        match running.next()? {
            Event::Ready { .. } => {}
            Event::Loaded { summary } => told.push(summary),
            Event::Done { answers, .. } => {
                match judge(&answers, count(slots[next]), plan) {
                    Ok(answers) => answered.extend(answers),
                    Err(fault) => return Ok(Verdict::Fault(fault)),
                }
                next += 1;
            }
            Event::Faulted(report) => {
                told.extend([report.detail.clone(), report.remedy.clone()]);
                return Ok(Verdict::Fault(report));
            }
        }
    }
    Ok(Verdict::Answers(answered))
}

/// As a worker does: what cannot be scored is a fault where it can be explained, else a wrong answer to one item.
fn judge(bytes: &[u8], items: u32, plan: &RunPlan) -> Result<Vec<Answer>, FaultReport> {
    let answers = answers::decode(bytes, &plan.answer, &plan.input, items).map_err(|fault| report(&fault))?;
    let faults = answers.unusable(&plan.answer);
    if let Some(fault) = faults.first().filter(|_| plan.detail) {
        return Err(report(fault));
    }
    let rows: Vec<Vec<u8>> = match answers {
        Answers::Rows { width, values } => values
            .chunks(width as usize)
            .map(|row| row.iter().flat_map(|score| score.to_le_bytes()).collect())
            .collect(),
        Answers::Indices(indices) => indices.iter().map(|index| index.to_le_bytes().to_vec()).collect(),
        other => panic!("answers of another kind: {other:?}"),
    };
    let mut rows: Vec<Answer> = rows.into_iter().map(Some).collect();
    faults.iter().filter_map(AnswerFault::item).for_each(|item| rows[item] = None);
    Ok(rows)
}

/// The judge's own words are made of numbers; a worker drops them, too, where items are hidden.
fn report(fault: &AnswerFault) -> FaultReport {
    FaultReport {
        code: fault.code(),
        detail: String::new(),
        remedy: String::new(),
        operator_note: fault.to_string(),
        seccomp_violation: false,
    }
}

/// The runner of a waiter, as soon as it exists; none if the waiter has ended.
fn child_of(waiter: u32) -> Option<u32> {
    while PathBuf::from(format!("/proc/{waiter}/exe")).read_link().is_ok() {
        if let Some(runner) = children(waiter).first() {
            return Some(*runner);
        }
        std::thread::yield_now();
    }
    None
}

/// Those that live on; looks again and again until all are gone or the time is over.
pub fn outliving(mut pids: Vec<u32>) -> Vec<u32> {
    let until = Instant::now() + LEFTOVERS;
    while !pids.is_empty() && Instant::now() < until {
        pids.retain(|pid| PathBuf::from(format!("/proc/{pid}")).exists());
        std::thread::yield_now();
    }
    pids
}

impl Run {
    /// What the team's record would hold.
    pub fn seen(&self) -> Seen {
        match &self.verdict {
            Verdict::Answers(answers) => Seen::Scored(answers.clone()),
            Verdict::Fault(_) | Verdict::Mishap(_) => Seen::Failed,
        }
    }

    /// What the operator's log would hold.
    pub fn note(&self) -> String {
        match &self.verdict {
            Verdict::Answers(answers) => {
                let none = answers.iter().filter(|answer| answer.is_none()).count();
                if none > 0 { format!("{none} of {ITEMS} items have no answer") } else { String::new() }
            }
            Verdict::Fault(report) if report.seccomp_violation => {
                format!("FORBIDDEN CALL: {}", report.operator_note)
            }
            Verdict::Fault(report) => report.operator_note.clone(),
            Verdict::Mishap(error) => error.to_string(),
        }
    }
}

/// As in the manifest.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answers(answers) if answers.contains(&None) => f.write_str(UNANSWERED),
            Self::Answers(_) => f.write_str("Answers"),
            Self::Fault(report) => f.write_str(report.code.name()),
            Self::Mishap(_) => f.write_str("Mishap"),
        }
    }
}
