//! The same evaluation without a server: admission, jail, adapter, answers, metrics, on items that lie open.
//!
//! It is the worker's own code from the runner's start to the report, so that what a team reads at home is what the server
//! will say, to the last digit. Only public data come here: nothing is sealed, and faults are explained.

use egret_contract::{Adapter, AnswerContract, InputContract, Limits};
use egret_datasets::{Labels, Split};
use egret_jail::{FaultCode, Site, Usage};
use egret_metrics::Report;
use egret_proto::{contract::answer_to_wire, worker::v1::EvaluationSpec};

use crate::{
    Mishap,
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
    /// Ids of the metric registry; the first one ranks.
    pub metrics: Vec<String>,
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

/// How a rehearsal ended.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The scores, or what is wrong with the model.
    pub result: Result<Report, Fault>,
    /// How items became tensors; empty if the model never loaded.
    pub adapter_summary: String,
    /// What the runner used.
    pub usage: Usage,
}

/// What is wrong with the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Of the closed list.
    pub code: FaultCode,
    /// What went wrong.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
}

/// Runs `model` on `shards`. Blocks, and must be called from a thread that outlives the run.
pub fn rehearse(
    site: &Site,
    contract: &Contract,
    adapter: Adapter,
    model: &[u8],
    shards: Vec<OpenShard>,
) -> Result<Rehearsal, Mishap> {
    let spec = EvaluationSpec {
        input: Some((&contract.input).into()),
        answer: Some(answer_to_wire(&contract.answer, &contract.input)),
        metrics: contract.metrics.clone(),
        limits: Some((&contract.limits).into()),
    };
    let slots = Slots {
        count: if shards.len() > 1 { 2 } else { 1 },
        items: shards.iter().map(|shard| shard.labels.truths.len() as u32).max().unwrap_or(0),
        bytes: shards.iter().map(|shard| shard.inputs.len() as u64).max().unwrap_or(0),
    };
    // Hidden data never lies open: what comes here is the organizer's own, or public.
    let run = convert::run(&spec, adapter, slots, true)?;
    let supply = Open(shards.into_iter());
    let ended = attempt(site, &run, model, supply, &Stop::default())?;
    let fault =
        |fault: crate::attempt::Fault| Fault { code: fault.code, detail: fault.detail, remedy: fault.remedy };
    let result = match ended.result {
        Ok(state) => Ok(finish(&state)?),
        Err(failed) => Err(fault(failed)),
    };
    Ok(Rehearsal { result, adapter_summary: ended.adapter_summary, usage: ended.usage })
}

struct Open(std::vec::IntoIter<OpenShard>);

impl Supply for Open {
    fn take(&mut self) -> Result<Option<Opening>, Mishap> {
        let Some(OpenShard { inputs, labels }) = self.0.next() else { return Ok(None) };
        let (split, index): (Split, u32) = (labels.split, labels.index);
        let id = ShardId { split, index, item_count: labels.truths.len() as u32 };
        let fill = move |slot: &mut [u8]| {
            let room =
                slot.get_mut(..inputs.len()).ok_or(Mishap::Malformed("a shard is larger than its slot"))?;
            room.copy_from_slice(&inputs);
            Ok(())
        };
        Ok(Some(Opening { id, inputs: Box::new(fill), labels: Box::new(move || Ok(labels)) }))
    }
}
