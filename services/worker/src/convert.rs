//! The only place where wire messages and the worker's own types meet.

use std::time::Duration;

use egret_datasets::Split;
use egret_jail::{
    FaultCode, Limits,
    plan::{AdapterSpec, AnswerSpec, ItemSpec, RunPlan},
};
use egret_metrics::{ClassesParams, Report};
use egret_proto::{
    v1::{self, answer_contract, input_contract},
    worker::v1::{EvaluationSpec, Faulted, FinalizeWork, Scored, ShardWork, Usage, faulted, verdict},
};

use crate::{
    BlobId, Mishap,
    assignment::{Assignment, Finalization, ShardRef},
    attempt::Fault,
};

/// Items of one batch at most; the same for every team. Batches never cross shards.
const BATCH_ITEMS_MAX: u32 = 32;
/// Shared memory of one slot at most.
const SLOT_BYTES_MAX: u64 = 1 << 30;
/// A sealed shard at most: its plaintext and the overhead of sealing.
const SHARD_BYTES_MAX: u64 = SLOT_BYTES_MAX + (1 << 20);
/// Printable text of a fault, in bytes.
const TEXT_BYTES_MAX: usize = 2000;

/// Parses a lease's shard work.
pub(crate) fn assignment(work: ShardWork) -> Result<Assignment, Mishap> {
    let spec = work.spec.ok_or(Mishap::Malformed("no specification"))?;
    let limits = limits(&spec)?;
    let (answer, scoring) = (answer(&spec)?, scoring(&spec)?);
    let item = item(&spec)?;
    let shards = work.shards.iter().map(shard).collect::<Result<Vec<_>, _>>()?;
    // Each shard says its split under its own seal too, so a mislabelled lease cannot have hidden data explained.
    let detail =
        work.split == i32::from(v1::Split::Sample) && shards.iter().all(|shard| shard.split == Split::Sample);
    let items_max =
        shards.iter().map(|shard| shard.item_count).max().ok_or(Mishap::Malformed("no shards"))?;
    let slot_input_bytes = item.bytes() * u64::from(items_max);
    let slot_output_bytes = egret_jail::answers::bytes_max(&answer, items_max);
    if slot_input_bytes > SLOT_BYTES_MAX || slot_output_bytes > SLOT_BYTES_MAX {
        return Err(Mishap::Malformed("a shard is larger than a slot may be"));
    }
    let model = work.model.as_ref().and_then(BlobId::from_proto).ok_or(Mishap::Malformed("no model"))?;
    let model_mib_max = spec.limits.map_or(0, |limits| limits.model_mib_max);
    if model.size_bytes > u64::from(model_mib_max) << 20 {
        return Err(Mishap::Malformed("the model is larger than its limit"));
    }
    let plan = RunPlan {
        item,
        answer,
        adapter: adapter(work.adapter.unwrap_or_default()),
        threads: limits.threads,
        batch_items_max: BATCH_ITEMS_MAX,
        slot_count: if shards.len() > 1 { 2 } else { 1 },
        slot_input_bytes,
        slot_output_bytes,
        detail,
    };
    let (sealed_key, sole_unit) = (work.sealed_key, work.sole_unit);
    Ok(Assignment { plan, limits, scoring, model, shards, sealed_key, detail, sole_unit })
}

/// Parses a lease's finalize work.
pub(crate) fn finalization(work: FinalizeWork) -> Result<Finalization, Mishap> {
    let spec = work.spec.ok_or(Mishap::Malformed("no specification"))?;
    if work.sealed_states.is_empty() {
        return Err(Mishap::Malformed("no partial states"));
    }
    Ok(Finalization { scoring: scoring(&spec)?, sealed_states: work.sealed_states })
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

fn item(spec: &EvaluationSpec) -> Result<ItemSpec, Mishap> {
    match spec.input.as_ref().and_then(|input| input.kind.as_ref()) {
        Some(input_contract::Kind::Image(image)) => {
            Ok(ItemSpec::Image { width: image.width, height: image.height, channels: image.channels })
        }
        Some(input_contract::Kind::Audio(audio)) => {
            Ok(ItemSpec::Audio { sample_rate_hz: audio.sample_rate_hz, sample_count: audio.sample_count_max })
        }
        None => Err(Mishap::Malformed("no input contract")),
    }
}

fn class_count(spec: &EvaluationSpec) -> Result<u32, Mishap> {
    match spec.answer.as_ref().and_then(|answer| answer.kind.as_ref()) {
        Some(answer_contract::Kind::Classes(classes)) => Ok(classes.class_count),
        None => Err(Mishap::Malformed("no answer contract")),
    }
}

fn answer(spec: &EvaluationSpec) -> Result<AnswerSpec, Mishap> {
    Ok(AnswerSpec::Classes { class_count: class_count(spec)? })
}

fn scoring(spec: &EvaluationSpec) -> Result<ClassesParams, Mishap> {
    let metrics = spec.metrics.iter().map(|id| egret_metrics::find(id)).collect::<Option<Vec<_>>>();
    let metrics = metrics.ok_or(Mishap::Malformed("a metric this worker does not know; upgrade it"))?;
    Ok(ClassesParams { class_count: class_count(spec)?, metrics })
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
    Ok(ShardRef { split, index: shard.index, item_count: shard.item_count, inputs, labels })
}

fn adapter(adapter: v1::Adapter) -> AdapterSpec {
    let given = |text: String| (!text.is_empty()).then_some(text);
    AdapterSpec {
        layout: given(adapter.layout),
        dtype: given(adapter.dtype),
        scale: adapter.scale,
        mean: adapter.mean,
        std: adapter.std,
        channel_order: given(adapter.channel_order),
        output: given(adapter.output),
        activation: given(adapter.activation),
    }
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

/// Text a terminal shows as it is, at most [`TEXT_BYTES_MAX`] bytes of it.
fn printable(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    clean[..clean.floor_char_boundary(TEXT_BYTES_MAX)].to_owned()
}
