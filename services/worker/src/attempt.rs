//! One attempt: one model in one runner process against every shard of an assignment.
//!
//! Slots are double-buffered: while the runner works on one, the next shard is opened into another, decrypted straight
//! into the shared memory. Everything here blocks and runs on a bench thread.

use std::{collections::VecDeque, sync::Arc};

use egret_datasets::{DataKey, Labels};
use egret_jail::{Event, FaultCode, FaultReport, Usage};

use crate::{
    Mishap,
    assignment::{Assignment, Run, ShardId},
    feed::{SealedShard, Shards},
    jailed::{Jail, JailedRun},
    judge::{Judge, Tally},
    order::Order,
    stop::Stop,
};

/// The target of what only the operator may read: texts that may quote hidden items, and what hidden runs took.
pub(crate) const RESTRICTED: &str = "egret_worker::restricted";

/// The model failed. Texts are empty unless the assignment is the public sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: FaultCode,
    pub detail: String,
    pub remedy: String,
}

/// How an attempt ended.
pub(crate) struct Ended {
    pub result: Result<Tally, Fault>,
    /// How the adapter was resolved: derived from the model and the contract only. Empty if the model never loaded.
    pub adapter_summary: String,
    pub usage: Usage,
    /// The runner died without a word: it is tried again before the model is blamed.
    pub died: bool,
}

/// Runs the attempt to its end. `Err` is our own failure.
pub(crate) fn attempt<J: Jail>(
    jail: &J,
    run: &Run,
    model: &[u8],
    mut supply: impl Supply,
    stop: &Stop,
) -> Result<Ended, Mishap> {
    let Run { plan, limits, scoring, keeps_outcomes } = run;
    // No process is started before there is something to give it.
    let first = supply.take()?;
    let run = jail.spawn(plan, model, limits)?;
    let _armed = stop.arm(run.killer());
    let (input, answer) = (plan.input.clone(), plan.answer.clone());
    let tally = Tally::new(scoring, *keeps_outcomes)?;
    let judge = Judge::new(input, answer, tally, plan.threads, plan.detail);
    let mut pump = Pump {
        run,
        judge,
        first,
        supply,
        free: (0..plan.slot_count).collect(),
        flying: VecDeque::new(),
        adapter_summary: String::new(),
        died: false,
    };
    let outcome = pump.work();
    let Pump { run, judge, adapter_summary, died, .. } = pump;
    let usage = run.finish();
    // Whatever a killed runner said last, the work was stopped by us.
    if stop.reason().is_some() {
        return Err(Mishap::Stopped);
    }
    let result = match outcome? {
        Ok(()) => judge.finish()?,
        Err(fault) => Err(fault),
    };
    Ok(Ended { result, adapter_summary, usage, died })
}

struct Pump<R, S> {
    run: R,
    judge: Judge,
    first: Option<Opening>,
    supply: S,
    free: VecDeque<u32>,
    /// Slots the runner has, in the order it got them.
    flying: VecDeque<Flight>,
    adapter_summary: String,
    died: bool,
}

struct Flight {
    slot: u32,
    id: ShardId,
    order: Option<Order>,
    labels: OpenLabels,
}

impl<R: JailedRun, S: Supply> Pump<R, S> {
    fn work(&mut self) -> Result<Result<(), Fault>, Mishap> {
        loop {
            self.fill()?;
            if self.flying.is_empty() {
                return Ok(Ok(()));
            }
            match self.run.next()? {
                Event::Ready { .. } => {}
                Event::Loaded { summary } => self.adapter_summary = summary,
                Event::Done { slot, answers } => {
                    let flight = self.flying.pop_front().filter(|flight| flight.slot == slot);
                    let flight = flight.ok_or(Mishap::Runner("answers to a slot it does not have"))?;
                    let marked =
                        self.judge.mark(&answers, flight.id, flight.order.as_ref(), flight.labels)?;
                    if let Err(fault) = marked {
                        return Ok(Err(fault));
                    }
                    self.free.push_back(slot);
                }
                Event::Faulted(report) => return Ok(Err(self.faulted(report))),
            }
        }
    }

    fn faulted(&mut self, report: FaultReport) -> Fault {
        self.died = report.seccomp_violation || report.code == FaultCode::Crash;
        // The note may quote hidden data: it goes to this worker's own log and nowhere else.
        tracing::warn!(target: RESTRICTED, code = %report.code, note = report.operator_note, "the runner reports a fault");
        Fault { code: report.code, detail: report.detail, remedy: report.remedy }
    }

    /// Opens a shard into every free slot and hands it over.
    fn fill(&mut self) -> Result<(), Mishap> {
        while let Some(&slot) = self.free.front() {
            let next = self.first.take().map_or_else(|| self.supply.take(), |first| Ok(Some(first)))?;
            let Some(Opening { id, order, inputs, labels }) = next else { return Ok(()) };
            self.free.pop_front();
            inputs(self.run.slot_mut(slot))?;
            // A runner that has already ended refuses the slot; its last word comes from `next`.
            if let Err(error) = self.run.submit(slot, id.item_count) {
                tracing::debug!(%error, "the runner takes no more slots");
            }
            self.flying.push_back(Flight { slot, id, order, labels });
        }
        Ok(())
    }
}

/// Puts a shard's inputs into a slot.
type OpenInputs = Box<dyn FnOnce(&mut [u8]) -> Result<(), Mishap> + Send>;
/// Opens a shard's labels.
type OpenLabels = Box<dyn FnOnce() -> Result<Labels, Mishap> + Send>;

/// A shard, neither part of it opened.
pub(crate) struct Opening {
    pub id: ShardId,
    /// In which order `inputs` puts the items; `None`: as the shard has them.
    pub order: Option<Order>,
    pub inputs: OpenInputs,
    pub labels: OpenLabels,
}

/// The shards of an attempt, in their order.
pub(crate) trait Supply {
    /// The next one, or `None` after the last.
    fn take(&mut self) -> Result<Option<Opening>, Mishap>;
}

/// Sealed shards as they are fetched.
pub(crate) struct Fetched {
    pub shards: Shards,
    /// Counted, so that a feed that ends early is never taken for the end.
    pub remaining: usize,
    pub assignment: Arc<Assignment>,
    pub key: Arc<DataKey>,
}

impl Supply for Fetched {
    fn take(&mut self) -> Result<Option<Opening>, Mishap> {
        if self.remaining == 0 {
            return Ok(None);
        }
        self.remaining -= 1;
        let SealedShard { shard, inputs, labels } = self.shards.blocking_recv().ok_or(Mishap::Stopped)??;
        let (id, key) = (shard.id, self.key.clone());
        let Assignment { run: Run { plan, .. }, model, .. } = &*self.assignment;
        // Of the public sample every place is known.
        let order = (!plan.detail)
            .then(|| key.item_order(model.digest.as_bytes(), id.split, id.index, id.item_count))
            .map(Order::new);
        let (arranged, input) = (order.clone(), plan.input.clone());
        let open_inputs = move |slot: &mut [u8]| {
            let header = egret_datasets::open_inputs(&key, inputs.as_slice(), slot)
                .map_err(|_| Mishap::Shard { blob: shard.inputs, what: "its inputs do not open" })?;
            if (header.split, header.index, header.item_count) != (id.split, id.index, id.item_count) {
                return Err(Mishap::TestSet("a shard's inputs are not those of the lease"));
            }
            let Some(order) = arranged else { return Ok(()) };
            let malformed =
                |_| Mishap::Shard { blob: shard.inputs, what: "its inputs are not of the contract" };
            order.arrange(&input, &mut slot[..header.bytes as usize]).map_err(malformed)
        };
        let key = self.key.clone();
        let open_labels = move || {
            egret_datasets::open_labels(&key, labels.as_slice())
                .map_err(|_| Mishap::Shard { blob: shard.labels, what: "its labels do not open" })
        };
        Ok(Some(Opening { id, order, inputs: Box::new(open_inputs), labels: Box::new(open_labels) }))
    }
}
