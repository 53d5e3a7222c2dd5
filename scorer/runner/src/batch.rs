//! One slot of items through the model, batch by batch.

use std::collections::TryReserveError;

use egret_admission::adapter::{Batch, Resolved};
use egret_onnx::{Cause, Input, Model, RunError};

use crate::adapter::apply::{self, Feed};
use crate::answer::{Answers, Read as _, Unreadable};

/// What ended a slot early. The model's fault, all of it.
#[derive(Debug)]
pub enum Stopped {
    /// ONNX Runtime failed; its text may quote items.
    Run(RunError),
    /// The output is no answer.
    Unreadable(Unreadable),
    /// The memory limit leaves no room for the tensors.
    Memory(String),
}

/// A model, fitted to its task.
pub struct Batches {
    model: Model,
    resolved: Resolved,
    feed: Box<dyn Feed>,
    item_bytes: usize,
    /// The input tensor's shape; the batch stands first and changes.
    shape: Vec<i64>,
    /// A last, short batch of a model with a fixed one, filled up.
    padded: Vec<u8>,
    /// On the public sample a batch that fails is a fault, explained. On hidden items those that fail alone are left
    /// without an answer, and count as wrong: a fault would tell the team what is in them.
    detail: bool,
}

impl Batches {
    /// Reserves the tensors. No slot may hold more than `slot_items_max` items.
    pub fn new(
        model: Model,
        resolved: Resolved,
        slot_items_max: usize,
        detail: bool,
    ) -> Result<Self, Stopped> {
        let feeding = &resolved.feeding;
        let item_bytes = feeding.item.bytes() as usize;
        let items_max = match feeding.batch {
            Batch::UpTo(items) => (items as usize).min(slot_items_max),
            Batch::Exactly(items) => items as usize,
        };
        let feed = apply::feed(feeding, items_max).map_err(refused)?;
        let mut padded = Vec::new();
        if let Batch::Exactly(items) = feeding.batch {
            padded.try_reserve_exact(item_bytes.saturating_mul(items as usize)).map_err(refused)?;
        }
        let shape = std::iter::once(0).chain(feeding.dims.iter().map(|dim| *dim as i64)).collect();
        Ok(Self { model, resolved, feed, item_bytes, shape, padded, detail })
    }

    /// Answers every item of a slot, in order.
    pub fn answer(&mut self, items: &[u8]) -> Result<Answers, Stopped> {
        let count = items.len() / self.item_bytes;
        let mut answers = self.resolved.reading.empty(count).map_err(refused)?;
        let batch_bytes = self.item_bytes * self.resolved.feeding.batch.items_max() as usize;
        for batch in items.chunks(batch_bytes) {
            match self.run(batch, &mut answers) {
                Err(Stopped::Run(_) | Stopped::Unreadable(_)) if !self.detail => {
                    self.one_by_one(batch, &mut answers)?;
                }
                ran => ran?,
            }
        }
        Ok(answers)
    }

    /// A batch that failed, each item by itself: the others in it are not to suffer.
    fn one_by_one(&mut self, batch: &[u8], answers: &mut Answers) -> Result<(), Stopped> {
        for item in batch.chunks(self.item_bytes) {
            match self.run(item, answers) {
                Err(Stopped::Run(_) | Stopped::Unreadable(_)) => {
                    self.resolved.reading.leave_unanswered(answers);
                }
                ran => ran?,
            }
        }
        Ok(())
    }

    fn run(&mut self, batch: &[u8], answers: &mut Answers) -> Result<(), Stopped> {
        let wanted = batch.len() / self.item_bytes;
        let rows = match self.resolved.feeding.batch {
            Batch::UpTo(_) => wanted,
            Batch::Exactly(items) => items as usize,
        };
        let fed = if wanted < rows {
            // Repeats of the last item: a model sees only what it might have seen anyway.
            self.padded.clear();
            self.padded.extend_from_slice(batch);
            let last = &batch[batch.len() - self.item_bytes..];
            for _ in wanted..rows {
                self.padded.extend_from_slice(last);
            }
            &self.padded
        } else {
            batch
        };
        self.shape[0] = rows as i64;
        let input =
            Input { name: &self.resolved.feeding.input, shape: &self.shape, data: self.feed.feed(fed) };
        let reading = &self.resolved.reading;
        self.model
            .run(&[input], &reading.output.name, |view| reading.read(view, rows as u64, wanted, answers))
            .map_err(|error| match error.cause {
                Cause::Memory => Stopped::Memory(error.text),
                Cause::Model => Stopped::Run(error),
            })?
            .map_err(Stopped::Unreadable)
    }
}

fn refused(_: TryReserveError) -> Stopped {
    Stopped::Memory("no room for one batch of input".to_owned())
}
