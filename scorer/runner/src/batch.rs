//! One slot of items through the model, batch by batch.

use egret_admission::adapter::{Batch as BatchSize, Resolved};
use egret_contract::InputContract;
use egret_jail::answers::Answers;
use egret_jail::plan::RunPlan;
use egret_onnx::{Cause, Input, Model, RunError};

use crate::adapter::{self, Batch, Feed, Tokens, Unfed};
use crate::answer::{Reader, Unreadable};

/// What ended a slot early. The model's fault, all of it.
#[derive(Debug)]
pub enum Stopped {
    /// ONNX Runtime failed; its text may quote items.
    Run(RunError),
    /// The output is no answer.
    Unreadable(Unreadable),
    /// The tokenizer fails on a text; its words may quote it.
    Tokenizer(String),
    /// The memory limit leaves no room for the tensors.
    Memory(String),
}

impl Stopped {
    /// Whether it may be this batch alone that fails.
    fn is_of_the_batch(&self) -> bool {
        !matches!(self, Self::Memory(_))
    }
}

/// A model, fitted to its task.
pub struct Batches {
    model: Model,
    size: BatchSize,
    tensors: Vec<(String, Box<dyn Feed>)>,
    tokens: Tokens,
    reader: Reader,
    outputs: Vec<String>,
    input: InputContract,
    /// A last, short batch of a model with a fixed one, filled up.
    padded: Vec<u8>,
    /// On the public sample a batch that fails is a fault, explained. On hidden items those that fail alone are left
    /// without an answer, and count as wrong: a fault would tell the team what is in them.
    detail: bool,
}

impl Batches {
    /// Reserves the tensors.
    pub fn new(model: Model, resolved: Resolved, tokens: Tokens, plan: &RunPlan) -> Result<Self, Stopped> {
        let size = resolved.feeding.batch;
        let items_max = match size {
            BatchSize::UpTo(items) => (items as usize).min(plan.slot_items as usize),
            BatchSize::Exactly(items) => items as usize,
        };
        let mut tensors = Vec::new();
        for feed in &resolved.feeding.tensors {
            tensors.push((feed.tensor.clone(), adapter::feed(feed, &plan.input, items_max).map_err(unfed)?));
        }
        let mut padded = Vec::new();
        if let (BatchSize::Exactly(items), Some(bytes)) = (size, plan.input.item_bytes()) {
            let bytes = (bytes as usize).saturating_mul(items as usize);
            padded.try_reserve_exact(bytes).map_err(|_| unfed(Unfed::Memory))?;
        }
        let reader = Reader::new(resolved.reading, plan.input.clone(), &plan.answer);
        let (outputs, input, detail) = (reader.outputs(), plan.input.clone(), plan.detail);
        Ok(Self { model, size, tensors, tokens, reader, outputs, input, padded, detail })
    }

    /// Answers the first `count` items of a slot, in order.
    pub fn answer(&mut self, slot: &[u8], count: u32) -> Result<Answers, Stopped> {
        self.reader.start(count as usize).map_err(|_| unfed(Unfed::Memory))?;
        let mut rest = slot;
        let mut left = count as usize;
        let most = self.size.items_max() as usize;
        while left > 0 {
            let before = rest;
            let items =
                (0..left.min(most)).map(|_| self.input.next(&mut rest)).collect::<Result<Vec<_>, _>>();
            let items = items.map_err(|_| unfed(Unfed::Malformed))?;
            let dense = &before[..before.len() - rest.len()];
            match self.run(&items, dense) {
                Err(stopped) if stopped.is_of_the_batch() && !self.detail => self.one_by_one(&items)?,
                ran => ran?,
            }
            left -= items.len();
        }
        Ok(self.reader.finish())
    }

    /// A batch that failed, each item by itself: the others in it are not to suffer.
    fn one_by_one(&mut self, items: &[&[u8]]) -> Result<(), Stopped> {
        for item in items {
            match self.run(&[item], item) {
                Err(stopped) if stopped.is_of_the_batch() => self.reader.leave_unanswered(),
                ran => ran?,
            }
        }
        Ok(())
    }

    fn run(&mut self, items: &[&[u8]], dense: &[u8]) -> Result<(), Stopped> {
        let rows = match self.size {
            BatchSize::UpTo(_) => items.len(),
            BatchSize::Exactly(size) => size as usize,
        };
        // Repeats of the last item: a model sees only what it might have seen anyway.
        let mut fed = items.to_vec();
        fed.resize(rows, items.last().copied().unwrap_or_default());
        let dense = if items.len() < rows {
            self.padded.clear();
            for item in &fed {
                self.padded.extend_from_slice(item);
            }
            &self.padded
        } else {
            dense
        };
        let batch = Batch { items: &fed, dense };
        self.tokens.start();
        let mut shapes = Vec::with_capacity(self.tensors.len());
        for (_, feed) in &mut self.tensors {
            shapes.push(feed.fill(&batch, &mut self.tokens).map_err(unfed)?);
        }
        let inputs: Vec<Input<'_>> = self
            .tensors
            .iter()
            .zip(&shapes)
            .map(|((name, feed), shape)| Input { name, shape, data: feed.lend(&batch) })
            .collect();
        let outputs: Vec<&str> = self.outputs.iter().map(String::as_str).collect();
        let reader = &mut self.reader;
        self.model
            .run(&inputs, &outputs, |views| reader.read(views, rows as u64, items))
            .map_err(|error| match error.cause {
                Cause::Memory => Stopped::Memory(error.text),
                Cause::Model => Stopped::Run(error),
            })?
            .map_err(Stopped::Unreadable)
    }
}

fn unfed(unfed: Unfed) -> Stopped {
    match unfed {
        Unfed::Memory => Stopped::Memory("no room for one batch of input".to_owned()),
        Unfed::Malformed => {
            Stopped::Unreadable(Unreadable("an item is not what the task's contract says".to_owned()))
        }
        Unfed::Tokenizer(words) => Stopped::Tokenizer(words),
    }
}
