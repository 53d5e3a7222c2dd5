//! Feeds a model through the jail as a worker does, slot by slot.

use std::path::PathBuf;
use std::time::Duration;

use egret_jail::answers::{self, AnswerFault, Answers};
use egret_jail::plan::{Adapter, AnswerContract, InputContract, RunPlan};
use egret_jail::{Event, FaultReport, Layers, Limits, Running, Site, TierPolicy, Usage};

/// Items of a slot, and the largest batch: neither divides the other, nor the item counts of the tests.
const SLOT_ITEMS: u32 = 7;
const BATCH_ITEMS_MAX: u32 = 3;

/// Four pixels by two, three channels.
pub fn rgb() -> InputContract {
    InputContract::images(4, 2, 3)
}

/// Ten samples.
pub fn audio() -> InputContract {
    InputContract::sounds(8000, 10)
}

/// Rows of three scores.
pub fn rows(values: Vec<f32>) -> Answers {
    Answers::Rows { width: 3, values }
}

/// What a run came to.
#[derive(Debug, PartialEq)]
pub struct Answered {
    /// How the adapter was resolved.
    pub summary: String,
    /// All slots' answers, in the order of the items.
    pub answers: Answers,
}

/// One model and its task.
pub struct Case {
    model: Vec<u8>,
    plan: RunPlan,
    limits: Limits,
    layers: Option<Layers>,
}

impl Case {
    /// A model for a task of three classes, on the public sample.
    pub fn new(model: Vec<u8>, input: InputContract) -> Self {
        Self::of(model, input, AnswerContract::one_of(3))
    }

    /// The same for any task.
    pub fn of(model: Vec<u8>, input: InputContract, answer: AnswerContract) -> Self {
        let plan = RunPlan::new(input, answer, SLOT_ITEMS);
        let plan = RunPlan { threads: 2, batch_items_max: BATCH_ITEMS_MAX, slot_count: 2, ..plan };
        let limits = Limits { wall: Duration::from_secs(60), cpu_s: 30, memory_mib: 512, threads: 2 };
        Self { model, plan, limits, layers: None }
    }

    /// The same with a declared adapter.
    pub fn adapter(mut self, adapter: Adapter) -> Self {
        self.plan.adapter = adapter;
        self
    }

    /// The same on hidden items.
    pub fn hidden(mut self) -> Self {
        self.plan.detail = false;
        self
    }

    /// The same behind walls other than the site's.
    pub fn behind(mut self, layers: Layers) -> Self {
        self.layers = Some(layers);
        self
    }

    /// The same with a processor limit of `cpu_s` seconds.
    pub fn cpu_limit(mut self, cpu_s: u32) -> Self {
        self.limits.cpu_s = cpu_s;
        self
    }

    /// The same with `memory_mib` MiB.
    pub fn memory_limit(mut self, memory_mib: u32) -> Self {
        self.limits.memory_mib = memory_mib;
        self
    }

    /// The same with this much wall-clock time.
    pub fn wall_limit(mut self, wall: Duration) -> Self {
        self.limits.wall = wall;
        self
    }

    /// The same with so many threads.
    pub fn threads(mut self, threads: u32) -> Self {
        (self.plan.threads, self.limits.threads) = (threads, threads);
        self
    }

    /// Runs to the end, expecting answers; what it took.
    #[track_caller]
    pub fn usage(&self, items: &[u8]) -> Usage {
        self.run(items, |_| ()).expect("answers").1
    }

    /// Looks at the process that runs the model, by its id, when it has answered the first slot.
    #[track_caller]
    pub fn while_answering<T>(&self, items: &[u8], look: impl Fn(u32) -> T) -> T {
        let mut seen = None;
        self.run(items, |running| {
            let children = format!("/proc/{0}/task/{0}/children", running.pid());
            let children = std::fs::read_to_string(children).unwrap();
            seen = Some(look(children.trim().parse().unwrap()));
        })
        .expect("answers");
        seen.expect("a slot was answered")
    }

    /// Runs to the end, expecting answers.
    #[track_caller]
    pub fn answered(&self, items: &[u8]) -> Answered {
        match self.run(items, |_| ()) {
            Ok((answered, _)) => answered,
            Err(report) => panic!("answers expected, not {report:?}"),
        }
    }

    /// Runs to the end, expecting answers; the items without one.
    #[track_caller]
    pub fn unanswered(&self, items: &[u8]) -> Vec<usize> {
        let faults = self.answered(items).answers.unusable(&self.plan.answer);
        faults.iter().filter_map(AnswerFault::item).collect()
    }

    /// Runs to the end, expecting a fault.
    #[track_caller]
    pub fn faulted(&self, items: &[u8]) -> FaultReport {
        match self.run(items, |_| ()) {
            Ok((answered, _)) => panic!("a fault expected, not {answered:?}"),
            Err(report) => report,
        }
    }

    fn run(
        &self,
        items: &[u8],
        mut after_slot: impl FnMut(&Running),
    ) -> Result<(Answered, Usage), FaultReport> {
        let running = match self.layers {
            None => egret_jail::spawn(&site(), &self.plan, &self.model, &self.limits),
            Some(layers) => egret_jail::spawn_behind(&site(), layers, &self.plan, &self.model, &self.limits),
        };
        let mut running = running.unwrap();
        let slots: Vec<&[u8]> = items.chunks(self.plan.slot_input_bytes as usize).collect();
        let mut submitted = 0;
        while submitted < slots.len().min(self.plan.slot_count as usize) {
            self.submit(&mut running, &slots, submitted);
            submitted += 1;
        }
        let mut answered = Answered { summary: String::new(), answers: rows(Vec::new()) };
        let mut done = 0;
        while done < slots.len() {
            match running.next().unwrap() {
                Event::Ready { .. } => {}
                Event::Loaded { summary } => answered.summary = summary,
                Event::Done { slot, answers } => {
                    assert_eq!(slot, done as u32 % self.plan.slot_count);
                    let parsed = answers::decode(
                        &answers,
                        &self.plan.answer,
                        &self.plan.input,
                        self.items(slots[done]),
                    );
                    append(&mut answered.answers, parsed.unwrap());
                    done += 1;
                    after_slot(&running);
                    if submitted < slots.len() {
                        self.submit(&mut running, &slots, submitted);
                        submitted += 1;
                    }
                }
                Event::Faulted(report) => return Err(report),
            }
        }
        let ended = running.finish();
        assert!(ended.usage.peak_rss_bytes > 0, "{ended:?}");
        Ok((answered, ended.usage))
    }

    fn submit(&self, running: &mut Running, slots: &[&[u8]], index: usize) {
        let slot = index as u32 % self.plan.slot_count;
        running.slot_mut(slot)[..slots[index].len()].copy_from_slice(slots[index]);
        running.submit(slot, self.items(slots[index])).unwrap();
    }

    fn items(&self, slot: &[u8]) -> u32 {
        (slot.len() as u64 / self.plan.input.item_bytes_max()) as u32
    }
}

fn append(all: &mut Answers, more: Answers) {
    match (&mut *all, more) {
        (Answers::Rows { values: all, .. }, Answers::Rows { values: more, .. }) => all.extend(more),
        (Answers::Indices(all), Answers::Indices(more)) => all.extend(more),
        (Answers::Rows { values, .. }, more) if values.is_empty() => *all = more,
        (all, more) => panic!("{more:?} after {all:?}"),
    }
}

/// This host, with the real runner and library.
pub fn site() -> Site {
    let ort_lib = std::env::var_os("EGRET_ORT_LIB").map_or_else(
        || {
            let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
                || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache"),
                PathBuf::from,
            );
            cache.join("egret/onnxruntime-1.31.1/libonnxruntime.so.1.31.1")
        },
        PathBuf::from,
    );
    Site { runner: PathBuf::from(env!("CARGO_BIN_EXE_egret-runner")), ort_lib, tier: TierPolicy::RequireA }
}

/// `count` items of bytes that differ from each other.
pub fn images(count: usize) -> Vec<u8> {
    (0..count * 24).map(|index| (index * 37 % 251) as u8).collect()
}
