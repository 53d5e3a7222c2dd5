//! A jail that follows a script: a small real implementation of the worker's side of one, without a process.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use egret_jail::{
    Event, FaultCode, FaultReport, JailError, Layer, Layers, Limits, Tier, Usage,
    answers::{self, Answers},
    plan::{AnswerContract, RunPlan},
};
use egret_worker::{Jail, JailedRun, Probe, Report, Subject, Verdict};
use tokio::sync::Semaphore;

/// Text a runner might write about hidden data; nothing hidden may ever carry it out.
pub const SECRET: &str = "row 17 is 0.215713";

/// What one runner does with every slot it gets.
#[derive(Clone, Copy)]
pub enum Act {
    /// Answers with the class that the picture shows, except that class 3 is taken for 0.
    Classify,
    /// Answers the same with class indices.
    Index,
    /// Answers to one item with NaN.
    Nan,
    /// Answers with scores that are no probabilities.
    Logits,
    /// Answers for one item too few.
    Short,
    /// Says that the model failed.
    Fault(FaultCode),
    /// Is killed by something that is neither a limit nor the worker.
    KilledByHost,
    /// Does not answer until it is killed.
    Hang,
}

/// The n-th runner follows the n-th act; the last act repeats.
#[derive(Clone)]
pub struct Scripted(Arc<Script>);

struct Script {
    acts: Vec<Act>,
    spawned: AtomicU32,
    /// A permit for every runner that hangs.
    hanging: Semaphore,
    kills: AtomicU32,
    limits: Mutex<Vec<Limits>>,
    /// The first bytes of all items that were shown, slot by slot.
    shown: Mutex<Vec<Vec<u8>>>,
    /// What examinations find, one after the other; then that all is well.
    findings: Mutex<VecDeque<Verdict>>,
}

/// What an examination would find if every layer came to `verdict`.
pub fn report(verdict: &Verdict) -> Report {
    let text = || "scripted".to_owned();
    let probes = Layer::ALL.map(|layer| Probe {
        subject: Subject::Layer(layer),
        attack: text(),
        expected: text(),
        found: text(),
        without: text(),
        verdict: verdict.clone(),
    });
    Report::new(Tier::A, Layers::of(&Layer::ALL), text(), 7, probes.into())
}

impl Scripted {
    pub fn new(acts: &[Act]) -> Self {
        let (spawned, kills, hanging) = (AtomicU32::new(0), AtomicU32::new(0), Semaphore::new(0));
        Self(Arc::new(Script {
            acts: acts.into(),
            spawned,
            hanging,
            kills,
            limits: Mutex::default(),
            shown: Mutex::default(),
            findings: Mutex::default(),
        }))
    }

    /// Runners started so far.
    pub fn spawned(&self) -> u32 {
        self.0.spawned.load(Ordering::SeqCst)
    }

    pub fn kills(&self) -> u32 {
        self.0.kills.load(Ordering::SeqCst)
    }

    /// What the next examinations find.
    pub fn will_find(&self, findings: impl IntoIterator<Item = Verdict>) {
        self.0.findings.lock().unwrap().extend(findings);
    }

    /// Completes once a runner hangs.
    pub async fn hangs(&self) {
        self.0.hanging.acquire().await.unwrap().forget();
    }

    /// The first bytes of the items that were shown since the last call, slot by slot.
    pub fn take_shown(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0.shown.lock().unwrap())
    }

    /// The limits of the first runner.
    pub fn limits(&self) -> Limits {
        self.0.limits.lock().unwrap()[0]
    }
}

impl Jail for Scripted {
    type Run = Run;

    fn examine(&self) -> Report {
        report(&self.0.findings.lock().unwrap().pop_front().unwrap_or(Verdict::Proved))
    }

    fn spawn(&self, plan: &RunPlan, _model: &[u8], limits: &Limits) -> Result<Run, JailError> {
        let nth = self.0.spawned.fetch_add(1, Ordering::SeqCst) as usize;
        self.0.limits.lock().unwrap().push(*limits);
        let AnswerContract::Classes(answer) = &plan.answer else { panic!("a task of classes") };
        Ok(Run {
            act: self.0.acts[nth.min(self.0.acts.len() - 1)],
            class_count: answer.classes.class_count as usize,
            item_bytes: plan.input.item_bytes_max() as usize,
            slots: vec![vec![0; plan.slot_input_bytes as usize]; plan.slot_count as usize],
            output_bytes: plan.slot_output_bytes as usize,
            queue: VecDeque::new(),
            loaded: false,
            killed: Arc::default(),
            script: Arc::clone(&self.0),
        })
    }
}

pub struct Run {
    act: Act,
    class_count: usize,
    item_bytes: usize,
    slots: Vec<Vec<u8>>,
    output_bytes: usize,
    queue: VecDeque<(u32, u32)>,
    loaded: bool,
    killed: Arc<(Mutex<bool>, Condvar)>,
    script: Arc<Script>,
}

impl JailedRun for Run {
    fn slot_mut(&mut self, slot: u32) -> &mut [u8] {
        assert!(self.queue.iter().all(|(busy, _)| *busy != slot), "the runner works on slot {slot}");
        &mut self.slots[slot as usize]
    }

    fn submit(&mut self, slot: u32, items: u32) -> Result<(), JailError> {
        self.queue.push_back((slot, items));
        Ok(())
    }

    fn next(&mut self) -> Result<Event, JailError> {
        if !std::mem::replace(&mut self.loaded, true) {
            return Ok(Event::Loaded { summary: "scripted".into() });
        }
        let (slot, items) = self.queue.pop_front().expect("next is called only with work in flight");
        match self.act {
            Act::Fault(code) => Ok(fault(code)),
            Act::KilledByHost => Err(JailError::KilledFromOutside { how: "signal 9".into() }),
            Act::Hang => {
                self.script.hanging.add_permits(1);
                let (killed, changed) = &*self.killed;
                drop(changed.wait_while(killed.lock().unwrap(), |killed| !*killed).unwrap());
                Err(JailError::Cancelled)
            }
            _ => Ok(Event::Done { slot, answers: self.answers(slot, items) }),
        }
    }

    fn killer(&self) -> Box<dyn Fn() + Send + Sync> {
        let (killed, script) = (Arc::clone(&self.killed), Arc::clone(&self.script));
        Box::new(move || {
            script.kills.fetch_add(1, Ordering::SeqCst);
            *killed.0.lock().unwrap() = true;
            killed.1.notify_all();
        })
    }

    fn finish(self) -> Usage {
        Usage {
            wall: Duration::from_millis(1500),
            cpu: Duration::from_millis(1200),
            peak_rss_bytes: 30 << 20,
        }
    }
}

impl Run {
    fn answers(&self, slot: u32, items: u32) -> Vec<u8> {
        let shown = self.slots[slot as usize].chunks(self.item_bytes).take(items as usize);
        let shown: Vec<u8> = shown.map(|item| item[0]).collect();
        self.script.shown.lock().unwrap().push(shown.clone());
        let shown: Vec<usize> = shown.into_iter().map(|byte| usize::from(byte) / 60 % 3).collect();
        let mut bytes = vec![0; self.output_bytes];
        if matches!(self.act, Act::Index) {
            let indices: Vec<i64> = shown.iter().map(|&class| class as i64).collect();
            let used = answers::encode(&mut bytes, &Answers::Indices(indices)).unwrap();
            bytes.truncate(used as usize);
            return bytes;
        }
        let mut scores = vec![0.0; self.class_count * shown.len()];
        for (row, &class) in scores.chunks_mut(self.class_count).zip(&shown) {
            row[class] = if matches!(self.act, Act::Logits) { 7.5 } else { 1.0 };
        }
        if matches!(self.act, Act::Nan) {
            // An item that would have been right for sure: what is taken for 0 may be a 3.
            let item = shown.iter().position(|class| *class != 0).unwrap();
            scores[item * self.class_count] = f32::NAN;
        }
        let items = if matches!(self.act, Act::Short) { items - 1 } else { items };
        scores.truncate(items as usize * self.class_count);
        let rows = Answers::Rows { width: self.class_count as u32, values: scores };
        let used = answers::encode(&mut bytes, &rows).unwrap();
        bytes.truncate(used as usize);
        bytes
    }
}

/// A broken runner might write details though it was told not to: the worker must not pass them on.
fn fault(code: FaultCode) -> Event {
    let (detail, remedy) = (SECRET.to_owned(), "export it again".to_owned());
    let operator_note = String::new();
    Event::Faulted(FaultReport { code, detail, remedy, operator_note, seccomp_violation: false })
}
