//! The workers' wire: leases out, results in.

use std::time::Duration;

use egret_contest::{
    EvaluationKind, Fault, FaultCode, MetricValue, Outcome, SlotKind, SubmissionName, UNIT_STATE_BYTES_MAX,
    UnitName, Usage, Verdict,
};
use egret_proto::worker::v1::{self as wire, complete_request, faulted, lease, lease_request, verdict};
use egret_store::{
    CompareWork, Fence, Finalist, FinalistRanks, FinalizeWork, Lease, ShardWork, UnitResult, Work,
};
use tonic::Status;

use super::{blob_to_wire, shard, spec, split_to_wire, timestamp};
use crate::status::{Violations, invalid};

/// Text of a fault, in bytes.
const TEXT_BYTES_MAX: usize = 2_000;
/// What a verdict is pinned to, and the adapter's summary, in bytes.
const WORD_BYTES_MAX: usize = 512;
/// Metrics of one verdict.
const METRIC_COUNT_MAX: usize = 64;
/// A sealed partial state, and sealed outcomes, in bytes.
const SEALED_BYTES_MAX: usize = UNIT_STATE_BYTES_MAX as usize;
/// Finalists of one comparison.
const FINALIST_COUNT_MAX: usize = 1_000;
/// Heartbeats in the life of a lease.
const HEARTBEATS_PER_LEASE: u32 = 3;

/// What a worker's slot takes.
pub(crate) fn slot_kind(kind: i32) -> Result<SlotKind, Status> {
    match lease_request::SlotKind::try_from(kind) {
        Ok(lease_request::SlotKind::Unspecified) => Ok(SlotKind::Any),
        Ok(lease_request::SlotKind::Checks) => Ok(SlotKind::Checks),
        Ok(lease_request::SlotKind::AllButChecks) => Ok(SlotKind::AllButChecks),
        Err(_) => Err(invalid("slot_kind", "must be CHECKS or ALL_BUT_CHECKS, or left out")),
    }
}

/// A lease, as a worker gets it.
pub(crate) fn lease(lease: Lease, lease_ttl: Duration) -> wire::Lease {
    let work = match lease.work {
        Work::Shards(work) => lease::Work::Shards(shard_work(*work)),
        Work::Finalize(work) => {
            let FinalizeWork { spec: task, sealed_states } = *work;
            lease::Work::Finalize(wire::FinalizeWork { spec: Some(spec(&task)), sealed_states })
        }
        Work::Compare(work) => lease::Work::Compare(compare_work(*work)),
    };
    wire::Lease {
        fence: Some(wire::Fence {
            unit: UnitName::new(lease.fence.unit).to_string(),
            epoch: lease.fence.epoch,
            nonce: lease.fence.nonce,
        }),
        expire_time: timestamp(lease.expires_at),
        heartbeat_ms: (lease_ttl / HEARTBEATS_PER_LEASE).as_millis().try_into().unwrap_or(u32::MAX),
        evaluation: lease.evaluation.to_string(),
        work: Some(work),
    }
}

fn shard_work(work: ShardWork) -> wire::ShardWork {
    // A check of the sample is explained; whatever else the split says, a hidden evaluation never is.
    let split = match work.kind {
        EvaluationKind::Check => egret_proto::v1::Split::Sample,
        EvaluationKind::Hidden | EvaluationKind::Compare => split_to_wire(work.split),
    };
    wire::ShardWork {
        spec: Some(spec(&work.spec)),
        model: Some(blob_to_wire(&work.model)),
        adapter: Some((&work.adapter).into()),
        split: split.into(),
        shards: work.shards.iter().map(shard).collect(),
        sealed_key: work.sealed_key,
        sole_unit: work.sole_unit,
    }
}

fn compare_work(work: CompareWork) -> wire::CompareWork {
    let CompareWork { spec: task, task: name, seed, replicate_count, finalists } = work;
    let finalist = |finalist: Finalist| wire::Finalist {
        submission: SubmissionName::new(name.competition.clone(), name.task.clone(), finalist.submission)
            .to_string(),
        units: finalist.units.into_iter().map(|unit| UnitName::new(unit).to_string()).collect(),
    };
    let finalists = finalists.into_iter().map(finalist).collect();
    wire::CompareWork { spec: Some(spec(&task)), seed: seed.to_vec(), replicate_count, finalists }
}

pub(crate) fn fence(fence: Option<wire::Fence>) -> Result<Fence, Status> {
    let fence = fence.ok_or_else(|| invalid("fence", "must be the lease's"))?;
    let name: UnitName = super::name("fence.unit", &fence.unit)?;
    Ok(Fence { unit: name.unit, epoch: fence.epoch, nonce: fence.nonce })
}

/// Outcomes of single items; none are empty.
pub(crate) fn sealed_outcomes(sealed: Vec<u8>) -> Result<Option<Vec<u8>>, Status> {
    if sealed.len() > SEALED_BYTES_MAX {
        return Err(invalid("sealed_outcomes", format!("must be at most {SEALED_BYTES_MAX} bytes")));
    }
    Ok(Some(sealed).filter(|sealed| !sealed.is_empty()))
}

/// What a worker found.
pub(crate) fn unit_result(
    result: Option<complete_request::Result>,
    used: Option<wire::Usage>,
) -> Result<UnitResult, Status> {
    match result {
        Some(complete_request::Result::SealedState(state)) => {
            let fits = (1..=SEALED_BYTES_MAX).contains(&state.len());
            let rule = format!("must be 1 to {SEALED_BYTES_MAX} bytes");
            if !fits {
                return Err(invalid("sealed_state", rule));
            }
            Ok(UnitResult::SealedState { state, usage: usage(used) })
        }
        Some(complete_request::Result::Verdict(verdict)) => verdict_of(verdict).map(UnitResult::Verdict),
        Some(complete_request::Result::Comparison(comparison)) => comparison_of(comparison),
        None => Err(invalid("result", "must be a verdict, a sealed state or a comparison")),
    }
}

fn comparison_of(found: wire::Comparison) -> Result<UnitResult, Status> {
    if found.ranks.len() > FINALIST_COUNT_MAX {
        return Err(invalid("comparison.ranks", format!("must be at most {FINALIST_COUNT_MAX}")));
    }
    if !found.no_intervals.is_empty() {
        let why = clipped(&found.no_intervals, TEXT_BYTES_MAX);
        tracing::warn!(why, "finalists were compared, and there are no intervals");
    }
    let rank = |rank: wire::RankInterval| {
        let name: SubmissionName = super::name("comparison.ranks.submission", &rank.submission)?;
        Ok(FinalistRanks { submission: name.submission, low: rank.rank_low, high: rank.rank_high })
    };
    Ok(UnitResult::Comparison(found.ranks.into_iter().map(rank).collect::<Result<_, Status>>()?))
}

fn verdict_of(found: wire::Verdict) -> Result<Verdict, Status> {
    let mut v = Violations::default();
    let outcome = match found.outcome {
        Some(verdict::Outcome::Scored(scored)) => {
            let counted = (1..=METRIC_COUNT_MAX).contains(&scored.metrics.len());
            v.expect(counted, "verdict.scored.metrics", format!("must be 1 to {METRIC_COUNT_MAX}"));
            let metrics = scored.metrics.into_iter().take(METRIC_COUNT_MAX);
            let metrics =
                metrics.map(|metric| MetricValue::new(clipped(&metric.id, WORD_BYTES_MAX), metric.value));
            Some(Outcome::Scored(metrics.collect()))
        }
        Some(verdict::Outcome::Faulted(faulted)) => {
            let code = fault_code(faulted.code());
            v.expect(code.is_some(), "verdict.faulted.code", "must be of the closed list");
            code.map(|code| {
                Outcome::Faulted(Fault {
                    code,
                    detail: clipped(&faulted.detail, TEXT_BYTES_MAX),
                    remedy: clipped(&faulted.remedy, TEXT_BYTES_MAX),
                })
            })
        }
        None => {
            v.add("verdict.outcome", "must be scored or faulted");
            None
        }
    };
    let verdict = outcome.map(|outcome| Verdict {
        outcome,
        usage: usage(found.usage),
        runner_version: clipped(&found.runner_version, WORD_BYTES_MAX),
        runtime_sha256: clipped(&found.runtime_sha256, WORD_BYTES_MAX),
        adapter_summary: clipped(&found.adapter_summary, WORD_BYTES_MAX),
        item_count: found.item_count,
    });
    v.finish(verdict)
}

fn fault_code(code: faulted::Code) -> Option<FaultCode> {
    Some(match code {
        faulted::Code::Unspecified => return None,
        faulted::Code::InvalidModel => FaultCode::InvalidModel,
        faulted::Code::ContractMismatch => FaultCode::ContractMismatch,
        faulted::Code::TimeLimit => FaultCode::TimeLimit,
        faulted::Code::CpuLimit => FaultCode::CpuLimit,
        faulted::Code::MemoryLimit => FaultCode::MemoryLimit,
        faulted::Code::OutputInvalid => FaultCode::OutputInvalid,
        faulted::Code::NonFinite => FaultCode::NonFinite,
        faulted::Code::Crash => FaultCode::Crash,
        faulted::Code::RuntimeError => FaultCode::RuntimeError,
    })
}

fn usage(used: Option<wire::Usage>) -> Usage {
    let used = used.unwrap_or_default();
    Usage { wall_ms: used.wall_ms, cpu_ms: used.cpu_ms, peak_memory_mib: used.peak_memory_mib }
}

/// At most so many bytes of a text, which a terminal shows as it is.
fn clipped(text: &str, bytes_max: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    clean[..clean.floor_char_boundary(bytes_max)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_work_is_never_called_a_sample() {
        use egret_contest::{
            Adapter, AnswerContract, BlobRef, Grading, InputContract, Limits, Sha256Hex, Split, TaskSpec,
        };
        let spec = TaskSpec {
            input: InputContract::sounds(16_000, 16_000),
            answer: AnswerContract::one_of(2),
            metrics: Vec::new(),
            scale: None,
            grading: Grading::default(),
            limits: Limits {
                wall_s_max: 1,
                cpu_s_max: 1,
                memory_mib_max: 256,
                thread_count: 1,
                model_mib_max: 1,
            },
        };
        for (kind, split) in [
            (EvaluationKind::Check, Split::Sample),
            (EvaluationKind::Hidden, Split::Public),
            (EvaluationKind::Hidden, Split::Private),
        ] {
            let work = ShardWork {
                spec: spec.clone(),
                model: BlobRef { sha256: Sha256Hex::parse(&"0".repeat(64)).unwrap(), bytes: 1 },
                adapter: Adapter::default(),
                kind,
                split,
                shards: Vec::new(),
                sealed_key: Vec::new(),
                sole_unit: true,
            };
            assert_eq!(shard_work(work).split(), split_to_wire(split));
        }
    }

    #[test]
    fn text_is_clipped_at_a_character_and_keeps_no_escapes() {
        assert_eq!(clipped("ab\u{1b}c", 10), "ab c");
        assert_eq!(clipped("白鹭", 4), "白");
    }

    #[test]
    fn a_result_is_one_of_three_things() {
        assert!(unit_result(None, None).is_err());
        let comparison = |count: usize| {
            let submission = "competitions/abc/tasks/abc/submissions/01".to_owned();
            let rank = wire::RankInterval { submission, rank_low: 1, rank_high: 2 };
            let ranks = vec![rank; count];
            let comparison = wire::Comparison { ranks, no_intervals: String::new() };
            unit_result(Some(complete_request::Result::Comparison(comparison)), None)
        };
        assert!(comparison(0).is_ok() && comparison(FINALIST_COUNT_MAX).is_ok());
        assert!(comparison(FINALIST_COUNT_MAX + 1).is_err());
        assert!(unit_result(Some(complete_request::Result::SealedState(Vec::new())), None).is_err());
        assert!(
            unit_result(Some(complete_request::Result::Verdict(wire::Verdict::default())), None).is_err()
        );
        let verdict = wire::Verdict {
            outcome: Some(verdict::Outcome::Faulted(wire::Faulted { code: 99, ..Default::default() })),
            ..Default::default()
        };
        assert!(unit_result(Some(complete_request::Result::Verdict(verdict)), None).is_err());
    }
}
