//! The same evaluation without a server: admission, jail, adapter, answers, metrics, on items that lie open.
//!
//! It is the worker's own code from the runner's start to the report, so that what a team reads at home is what the server
//! will say, to the last digit, and an organizer what a baseline scores before anything is published. Only data that the caller
//! may see come here: a team's are public, an organizer's are their own.

use egret_contract::{Adapter, AnswerContract, Grading, InputContract, Limits};
use egret_datasets::Labels;
use egret_proto::{
    contract::answer_to_wire,
    v1::{CheckReport, MetricValue},
    worker::v1::EvaluationSpec,
};

use crate::{
    Jail, Mishap,
    assignment::ShardId,
    attempt::{Opening, Supply, attempt},
    convert::{self, Slots},
    finalize::finish,
    stop::Stop,
};

/// What a task says of its evaluations.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Items.
    pub input: InputContract,
    /// Answers.
    pub answer: AnswerContract,
    /// Ids of the metric registry; the first one ranks, unless there is a composite.
    pub metrics: Vec<String>,
    /// What is made of their values.
    pub grading: Grading,
    /// Enforced as on the server.
    pub limits: Limits,
}

/// Items and labels of one shard, open.
#[derive(Clone, Debug)]
pub struct OpenShard {
    /// The items, laid out as [`egret_contract::item`] says.
    pub inputs: Vec<u8>,
    /// What is true of them.
    pub labels: Labels,
}

impl OpenShard {
    /// Items, and bytes of their inputs.
    #[must_use]
    pub fn size(&self) -> (u32, u64) {
        (self.labels.truths.len() as u32, self.inputs.len() as u64)
    }
}

/// What a model is tried on. Shards are opened when a slot of the runner is free for them, so that two are in memory at most,
/// however many there are.
#[derive(Clone, Debug)]
pub struct Material<I> {
    slots: Slots,
    item_count: u32,
    explain: bool,
    shards: I,
}

impl<I: Iterator<Item = Result<OpenShard, Mishap>>> Material<I> {
    /// Items of which nothing is hidden: faults are explained. `sizes` are those of the shards: items, and bytes of inputs.
    pub fn open(sizes: &[(u32, u64)], shards: I) -> Self {
        let slots = Slots {
            count: if sizes.len() > 1 { 2 } else { 1 },
            items: sizes.iter().map(|(items, _)| *items).max().unwrap_or(0),
            bytes: sizes.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0),
        };
        let item_count = sizes.iter().map(|(items, _)| items).sum();
        Self { slots, item_count, explain: true, shards }
    }

    /// Items that are treated as hidden: an answer that cannot be used is a wrong answer to one item, and faults have no words.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { explain: false, ..self }
    }
}

/// Runs `model`, a file as it would be submitted, on all shards; the report is the one that the server's check would give of them.
/// Blocks, and must be called from a thread that outlives the run, such as a [`crate::Bench`]'s.
pub fn rehearse<J: Jail>(
    jail: &J,
    contract: &Contract,
    adapter: Adapter,
    model: &[u8],
    material: Material<impl Iterator<Item = Result<OpenShard, Mishap>>>,
) -> Result<CheckReport, Mishap> {
    let spec = EvaluationSpec {
        input: Some((&contract.input).into()),
        answer: Some(answer_to_wire(&contract.answer, &contract.input)),
        metrics: contract.metrics.clone(),
        limits: Some((&contract.limits).into()),
    };
    let Material { slots, item_count, explain, shards } = material;
    let run = convert::run(&spec, adapter, slots, explain)?;
    let ended = attempt(jail, &run, model, Open(shards), &Stop::default())?;
    let outcome = match ended.result {
        Ok(tally) => convert::scored(&finish(&tally.state)?),
        Err(fault) => convert::faulted(&fault, explain),
    };
    let mut told = CheckReport {
        adapter_summary: ended.adapter_summary,
        item_count,
        limits: spec.limits,
        ..convert::check_report(outcome, &ended.usage)
    };
    if let (Some(composite), true) = (&contract.grading.composite, told.passed) {
        // The speed is that of this machine.
        let item_ms = (item_count > 0).then(|| told.wall_ms as f64 / f64::from(item_count));
        let value_of = |id: &str| told.metrics.iter().find(|metric| metric.id == id)?.value;
        let value = composite.value(value_of, item_ms);
        told.metrics.insert(0, MetricValue { id: Grading::COMPOSITE_ID.to_owned(), value });
    }
    Ok(told)
}

struct Open<I>(I);

impl<I: Iterator<Item = Result<OpenShard, Mishap>>> Supply for Open<I> {
    fn take(&mut self) -> Result<Option<Opening>, Mishap> {
        let Some(OpenShard { inputs, labels }) = self.0.next().transpose()? else { return Ok(None) };
        let id = ShardId { split: labels.split, index: labels.index, item_count: labels.truths.len() as u32 };
        let fill = move |slot: &mut [u8]| {
            let room =
                slot.get_mut(..inputs.len()).ok_or(Mishap::Malformed("a shard is larger than its slot"))?;
            room.copy_from_slice(&inputs);
            Ok(())
        };
        Ok(Some(Opening { id, order: None, inputs: Box::new(fill), labels: Box::new(move || Ok(labels)) }))
    }
}
