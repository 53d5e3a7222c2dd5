//! One attempt: one model in one runner process against every shard of an assignment.
//!
//! Slots are double-buffered: while the runner works on one, the next shard is opened into another, decrypted straight
//! into the shared memory. Everything here blocks and runs on a bench thread.

use std::{collections::VecDeque, sync::Arc};

use egret_datasets::DataKey;
use egret_jail::{Event, FaultCode, FaultReport, Usage};
use egret_metrics::ClassesState;

use crate::{
    Mishap,
    assignment::{Assignment, ShardRef},
    feed::{SealedShard, Shards},
    jailed::{Jail, JailedRun},
    judge::Judge,
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
    pub result: Result<ClassesState, Fault>,
    /// How the adapter was resolved: derived from the model and the contract only. Empty if the model never loaded.
    pub adapter_summary: String,
    pub usage: Usage,
    /// The runner died without a word: it is tried again before the model is blamed.
    pub died: bool,
}

/// Runs the attempt to its end. `Err` is our own failure.
pub(crate) fn attempt<J: Jail>(
    jail: &J,
    assignment: &Arc<Assignment>,
    model: &[u8],
    key: &DataKey,
    shards: Shards,
    stop: &Stop,
) -> Result<Ended, Mishap> {
    let mut supply = Supply { shards, next: None, remaining: assignment.shards.len() };
    // No process is started before there is something to give it.
    supply.next = supply.take()?;
    let run = jail.spawn(&assignment.plan, model, &assignment.limits)?;
    let _armed = stop.arm(run.killer());
    let judge = Judge::new(assignment.plan.answer, assignment.scoring.clone(), assignment.detail)?;
    let mut pump = Pump {
        run,
        judge,
        key,
        item_bytes: assignment.plan.item.bytes(),
        supply,
        free: (0..assignment.plan.slot_count).collect(),
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
    let result = outcome?.map(|()| judge.into_state());
    Ok(Ended { result, adapter_summary, usage, died })
}

struct Pump<'a, R> {
    run: R,
    judge: Judge,
    key: &'a DataKey,
    item_bytes: u64,
    supply: Supply,
    free: VecDeque<u32>,
    /// Slots the runner has, in the order it got them.
    flying: VecDeque<Flight>,
    adapter_summary: String,
    died: bool,
}

struct Flight {
    slot: u32,
    shard: ShardRef,
    sealed_labels: Vec<u8>,
}

impl<R: JailedRun> Pump<'_, R> {
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
                    let marked = self.judge.mark(&answers, &flight.sealed_labels, self.key, flight.shard)?;
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
            let Some(shard) = self.supply.take()? else { return Ok(()) };
            self.free.pop_front();
            let SealedShard { shard, inputs, labels: sealed_labels } = shard;
            let header = egret_datasets::open_inputs(self.key, inputs.as_slice(), self.run.slot_mut(slot))
                .map_err(|_| Mishap::TestSet("a shard's inputs do not open"))?;
            if (header.split, header.index, header.item_count) != (shard.split, shard.index, shard.item_count)
            {
                return Err(Mishap::TestSet("a shard's inputs are not those of the lease"));
            }
            if header.item_bytes != self.item_bytes {
                return Err(Mishap::TestSet("a shard's inputs do not have the contract's size"));
            }
            // A runner that has already ended refuses the slot; its last word comes from `next`.
            if let Err(error) = self.run.submit(slot, shard.item_count) {
                tracing::debug!(%error, "the runner takes no more slots");
            }
            self.flying.push_back(Flight { slot, shard, sealed_labels });
        }
        Ok(())
    }
}

/// The shards that are still to come.
struct Supply {
    shards: Shards,
    next: Option<SealedShard>,
    remaining: usize,
}

impl Supply {
    /// The next shard, or `None` after the last. Counted, so that a feed that ends early is never taken for the end.
    fn take(&mut self) -> Result<Option<SealedShard>, Mishap> {
        if self.next.is_some() {
            return Ok(self.next.take());
        }
        if self.remaining == 0 {
            return Ok(None);
        }
        self.remaining -= 1;
        self.shards.blocking_recv().ok_or(Mishap::Stopped)?.map(Some)
    }
}
