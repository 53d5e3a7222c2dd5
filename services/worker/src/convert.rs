//! The only place where wire messages and the worker's own types meet.

use std::time::Duration;

use egret_contract::{Adapter, AnswerContract, InputContract};
use egret_datasets::Split;
use egret_jail::{FaultCode, Limits, answers, plan::RunPlan};
use egret_metrics::{
    Report, Scoring, Shape,
    comparison::{REPLICATE_COUNT_MAX, REPLICATE_COUNT_MIN},
};
use egret_proto::{
    v1,
    worker::v1::{
        CompareWork, EvaluationSpec, Faulted, FinalizeWork, Scored, ShardWork, Usage, faulted, verdict,
    },
};

use crate::{
    BlobId, Mishap,
    assignment::{Assignment, Comparison, Finalist, Finalization, Run, ShardId, ShardRef},
    attempt::Fault,
};

/// Items of one batch at most; the same for every team. Batches never cross shards.
pub const BATCH_ITEMS_MAX: u32 = 32;
/// Shared memory of one slot at most.
const SLOT_BYTES_MAX: u64 = 1 << 30;
/// A sealed shard at most: its plaintext and the overhead of sealing.
const SHARD_BYTES_MAX: u64 = SLOT_BYTES_MAX + (1 << 20);
/// Printable text of a fault, in bytes.
const TEXT_BYTES_MAX: usize = 2000;

/// Parses a lease's shard work.
pub(crate) fn assignment(work: ShardWork) -> Result<Assignment, Mishap> {
    let spec = work.spec.ok_or(Mishap::Malformed("no specification"))?;
    let shards = work.shards.iter().map(shard).collect::<Result<Vec<_>, _>>()?;
    // Each shard says its split under its own seal too, so a mislabelled lease cannot have hidden data explained.
    let sample = shards.iter().all(|shard| shard.id.split == Split::Sample);
    let detail = work.split == i32::from(v1::Split::Sample) && sample;
    let items = shards.iter().map(|shard| shard.id.item_count).max().ok_or(Mishap::Malformed("no shards"))?;
    let bytes = work.shards.iter().map(|shard| shard.inputs_plain_bytes).max().unwrap_or(0);
    let model = work.model.as_ref().and_then(BlobId::from_proto).ok_or(Mishap::Malformed("no model"))?;
    let adapter = Adapter::try_from(&work.adapter.unwrap_or_default());
    let adapter =
        adapter.map_err(|_| Mishap::Malformed("an adapter this worker does not know; upgrade it"))?;
    let slots = Slots { count: if shards.len() > 1 { 2 } else { 1 }, items, bytes };
    let run = Run { keeps_outcomes: !detail, ..run(&spec, adapter, slots, detail)? };
    if model.size_bytes > run.plan.model_bytes_max {
        return Err(Mishap::Malformed("the model is larger than its limit"));
    }
    let (sealed_key, sole_unit) = (work.sealed_key, work.sole_unit);
    Ok(Assignment { run, model, shards, sealed_key, sole_unit })
}

/// Room for the largest shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots {
    pub count: u32,
    pub items: u32,
    pub bytes: u64,
}

/// What is run and how it is scored, by a task's specification.
pub(crate) fn run(
    spec: &EvaluationSpec,
    adapter: Adapter,
    slots: Slots,
    detail: bool,
) -> Result<Run, Mishap> {
    let limits = limits(spec)?;
    let input = spec.input.as_ref().and_then(|input| InputContract::try_from(input).ok());
    let input = input.filter(|input| input.problems().is_empty());
    let input = input.ok_or(Mishap::Malformed("no input contract that this worker knows; upgrade it"))?;
    let (answer, scoring) = (answer(spec)?, scoring(spec)?);
    let slot_output_bytes = answers::bytes_max(&answer, &input, slots.items);
    if slots.bytes > SLOT_BYTES_MAX || slot_output_bytes > SLOT_BYTES_MAX {
        return Err(Mishap::Malformed("a shard is larger than a slot may be"));
    }
    let plan = RunPlan {
        adapter,
        threads: limits.threads,
        batch_items_max: BATCH_ITEMS_MAX,
        slot_count: slots.count,
        slot_items: slots.items,
        slot_input_bytes: slots.bytes,
        slot_output_bytes,
        model_bytes_max: u64::from(spec.limits.map_or(0, |limits| limits.model_mib_max)) << 20,
        detail,
        input,
        answer,
    };
    Ok(Run { plan, limits, scoring, keeps_outcomes: false })
}

/// Parses a lease's finalize work.
pub(crate) fn finalization(work: FinalizeWork) -> Result<Finalization, Mishap> {
    let spec = work.spec.ok_or(Mishap::Malformed("no specification"))?;
    if work.sealed_states.is_empty() {
        return Err(Mishap::Malformed("no partial states"));
    }
    Ok(Finalization { scoring: scoring(&spec)?, sealed_states: work.sealed_states })
}

/// Parses a lease's comparison.
pub(crate) fn comparison(work: CompareWork) -> Result<Comparison, Mishap> {
    let spec = work.spec.ok_or(Mishap::Malformed("no specification"))?;
    let seed = <[u8; 32]>::try_from(&work.seed[..]).map_err(|_| Mishap::Malformed("a seed is 32 bytes"))?;
    if !(REPLICATE_COUNT_MIN..=REPLICATE_COUNT_MAX).contains(&work.replicate_count) {
        return Err(Mishap::Malformed("a number of replicates that no comparison has"));
    }
    let finalist = |finalist: egret_proto::worker::v1::Finalist| Finalist {
        submission: finalist.submission,
        units: finalist.units,
    };
    let finalists: Vec<Finalist> = work.finalists.into_iter().map(finalist).collect();
    if finalists.is_empty() || finalists.iter().any(|finalist| finalist.units.is_empty()) {
        return Err(Mishap::Malformed("a finalist without outcomes"));
    }
    let scoring = scoring(&spec)?;
    if scoring.metrics.is_empty() {
        return Err(Mishap::Malformed("no metrics"));
    }
    let (replicate_count, threads) = (work.replicate_count, limits(&spec)?.threads);
    Ok(Comparison { scoring, seed, replicate_count, threads, finalists })
}

fn limits(spec: &EvaluationSpec) -> Result<Limits, Mishap> {
    let limits = spec.limits.ok_or(Mishap::Malformed("no limits"))?;
    let all = [limits.wall_s_max, limits.cpu_s_max, limits.memory_mib_max, limits.thread_count];
    if all.contains(&0) {
        return Err(Mishap::Malformed("a limit is zero"));
    }
    Ok(Limits {
        wall: Duration::from_secs(u64::from(limits.wall_s_max)),
        cpu_s: limits.cpu_s_max,
        memory_mib: limits.memory_mib_max,
        threads: limits.thread_count,
    })
}

fn answer(spec: &EvaluationSpec) -> Result<AnswerContract, Mishap> {
    let answer = spec.answer.as_ref().and_then(|answer| AnswerContract::try_from(answer).ok());
    answer.ok_or(Mishap::Malformed("no answer contract that this worker knows; upgrade it"))
}

fn scoring(spec: &EvaluationSpec) -> Result<Scoring, Mishap> {
    let shape = Shape::of(&answer(spec)?);
    let metrics = spec.metrics.iter().map(|id| egret_metrics::find(shape.kind(), id));
    let metrics = metrics.collect::<Option<Vec<_>>>();
    let metrics = metrics.ok_or(Mishap::Malformed("a metric this worker does not know; upgrade it"))?;
    Ok(Scoring { shape, metrics })
}

fn shard(shard: &v1::Shard) -> Result<ShardRef, Mishap> {
    let blob = |blob: &Option<v1::BlobRef>| blob.as_ref().and_then(BlobId::from_proto);
    let (Some(inputs), Some(labels)) = (blob(&shard.inputs), blob(&shard.labels)) else {
        return Err(Mishap::Malformed("a shard without inputs or labels"));
    };
    if shard.item_count == 0 || inputs.size_bytes.max(labels.size_bytes) > SHARD_BYTES_MAX {
        return Err(Mishap::Malformed("a shard is empty or too large"));
    }
    let split = match shard.split() {
        v1::Split::Sample => Split::Sample,
        v1::Split::Public => Split::Public,
        v1::Split::Private => Split::Private,
        v1::Split::Unspecified => return Err(Mishap::Malformed("a shard without a split")),
    };
    let id = ShardId { split, index: shard.index, item_count: shard.item_count };
    Ok(ShardRef { id, inputs, labels })
}

/// A report on the wire.
pub(crate) fn scored(report: &Report) -> verdict::Outcome {
    let metrics = report.values.iter();
    let metrics = metrics.map(|value| v1::MetricValue { id: value.id.clone(), value: value.value }).collect();
    verdict::Outcome::Scored(Scored { metrics })
}

/// A fault on the wire. Its texts travel only where nothing is hidden, whatever the runner or the judge wrote.
pub(crate) fn faulted(fault: &Fault, detail: bool) -> verdict::Outcome {
    let text = |text: &str| if detail { printable(text) } else { String::new() };
    verdict::Outcome::Faulted(Faulted {
        code: code(fault.code).into(),
        detail: text(&fault.detail),
        remedy: text(&fault.remedy),
    })
}

fn code(code: FaultCode) -> faulted::Code {
    match code {
        FaultCode::InvalidModel => faulted::Code::InvalidModel,
        FaultCode::ContractMismatch => faulted::Code::ContractMismatch,
        FaultCode::TimeLimit => faulted::Code::TimeLimit,
        FaultCode::CpuLimit => faulted::Code::CpuLimit,
        FaultCode::MemoryLimit => faulted::Code::MemoryLimit,
        FaultCode::OutputInvalid => faulted::Code::OutputInvalid,
        FaultCode::NonFinite => faulted::Code::NonFinite,
        FaultCode::Crash => faulted::Code::Crash,
        FaultCode::RuntimeError => faulted::Code::RuntimeError,
    }
}

/// What the runner used.
pub(crate) fn usage(usage: &egret_jail::Usage) -> Usage {
    Usage {
        wall_ms: usage.wall.as_millis() as u64,
        cpu_ms: usage.cpu.as_millis() as u64,
        peak_memory_mib: usage.peak_rss_bytes.div_ceil(1 << 20),
    }
}

/// What a check says of an outcome; the rest of the report is its default.
pub(crate) fn check_report(outcome: verdict::Outcome, used: &egret_jail::Usage) -> v1::CheckReport {
    let (fault, detail, remedy, metrics) = match outcome {
        verdict::Outcome::Scored(Scored { metrics }) => (None, String::new(), String::new(), metrics),
        verdict::Outcome::Faulted(faulted) => {
            (Some(faulted.code()), faulted.detail, faulted.remedy, Vec::new())
        }
    };
    let Usage { wall_ms, cpu_ms, peak_memory_mib } = usage(used);
    v1::CheckReport {
        passed: fault.is_none(),
        fault: fault.map(|code| code.as_str_name().to_owned()).unwrap_or_default(),
        detail,
        remedy,
        metrics,
        wall_ms,
        cpu_ms,
        peak_memory_mib,
        ..v1::CheckReport::default()
    }
}

/// Text a terminal shows as it is, at most [`TEXT_BYTES_MAX`] bytes of it.
fn printable(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    clean[..clean.floor_char_boundary(TEXT_BYTES_MAX)].to_owned()
}
