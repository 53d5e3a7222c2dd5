//! What a result leads to: all of it, in the transaction that ends the lease.

use egret_contest::{
    CheckReport, EvaluationKind, EvaluationOutcome, Fault, Micros, Outcome, SubmissionState, TaskSpec,
    UnitKind, UnitState, Usage, Verdict,
};

use super::fence::Unit;
use super::turns::settle_check;
use super::{Completion, Fence, UnitResult};
use crate::comparison::end_comparison;
use crate::competitions::read_phase;
use crate::db::args;
use crate::evaluations::{create_finalize, end_evaluations};
use crate::ledger::{begin_hidden, decide};
use crate::progress::{End, Entry};
use crate::restricted::{insert_outcomes, insert_verdict};
use crate::row::to_json;
use crate::session::Session;
use crate::{Store, StoreError, Topic};

impl Store {
    /// Stores a result with all that follows from it, once. `LeaseLost`, `WrongResult`.
    pub async fn complete(&self, fence: &Fence, result: UnitResult) -> Result<Completion, StoreError> {
        self.complete_with(fence, result, None).await
    }

    /// The same with the sealed outcomes of the unit's items, which are kept of hidden shards that were scored.
    pub async fn complete_with(
        &self,
        fence: &Fence,
        result: UnitResult,
        outcomes: Option<Vec<u8>>,
    ) -> Result<Completion, StoreError> {
        let mut s = self.write().await?;
        let (mut entry, unit) = Unit::lock(&mut s, &fence.unit).await?;
        if unit.state == UnitState::Done && unit.matches(fence) {
            return Ok(Completion::Repeated);
        }
        unit.require_held(fence)?;
        let now = s.now().await?;
        let scored = !matches!(&result, UnitResult::Verdict(Verdict { outcome: Outcome::Faulted(_), .. }));
        let hidden = unit.evaluation_kind == EvaluationKind::Hidden && unit.kind == UnitKind::Shards;
        if let Some(sealed) = outcomes.filter(|_| scored && hidden) {
            insert_outcomes(&mut s, &unit.evaluation, &unit.id, sealed).await?;
        }
        if (unit.kind == UnitKind::Compare) != matches!(result, UnitResult::Comparison(_)) {
            return Err(StoreError::WrongResult("a comparison is the result of a unit that compares"));
        }
        match result {
            UnitResult::Comparison(ranks) => {
                finish_unit(&mut s, &unit, Usage::default(), None).await?;
                end_comparison(&mut s, &entry, &unit, &ranks, now).await?;
            }
            UnitResult::SealedState { state, usage } => {
                if unit.sole || unit.kind == UnitKind::Finalize {
                    return Err(StoreError::WrongResult(
                        "this unit ends its evaluation: a verdict is expected",
                    ));
                }
                finish_unit(&mut s, &unit, usage, Some(state)).await?;
                finalize_if_last(&mut s, &entry, &unit, now).await?;
            }
            UnitResult::Verdict(verdict) => {
                let ends = unit.sole || unit.kind == UnitKind::Finalize;
                if !ends && matches!(verdict.outcome, Outcome::Scored(_)) {
                    return Err(StoreError::WrongResult("one unit of several: a sealed state is expected"));
                }
                let wall_ms = verdict.usage.wall_ms;
                finish_unit(&mut s, &unit, verdict.usage, None).await?;
                end_by_verdict(&mut s, &mut entry, &unit, verdict, now).await?;
                if unit.evaluation_kind == EvaluationKind::Check {
                    // The lock of the pool comes last.
                    settle_check(&mut s, &unit.id, wall_ms).await?;
                }
            }
        }
        // Where its lane was at its cap, there is room.
        s.changed(Topic::Work(entry.pool.clone()));
        s.commit().await?;
        Ok(Completion::Applied)
    }
}

async fn finish_unit(
    s: &mut Session,
    unit: &Unit,
    usage: Usage,
    sealed_state: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    s.run(
        "update units set state = 'done', expires_at = null, sealed_state = $2, wall_ms = $3, cpu_ms = $4,
             peak_memory_mib = $5
         where id = $1",
        args![&unit.id, sealed_state, usage.wall_ms, usage.cpu_ms, usage.peak_memory_mib],
    )
    .await
    .map(drop)
}

/// Once every unit has its partial state, somebody has to merge them. The submission's lock makes the last one be one.
async fn finalize_if_last(
    s: &mut Session,
    entry: &Entry,
    unit: &Unit,
    now: Micros,
) -> Result<(), StoreError> {
    let row = s
        .one(
            "select count(*) as units, sum(case when state = 'done' then 1 else 0 end) as done,
                 sum(case when kind = 'finalize' then 1 else 0 end) as finalizing
             from units where evaluation = $1",
            args![&unit.evaluation],
        )
        .await?
        .ok_or(StoreError::Corrupt("count"))?;
    if row.int("units")? == row.int("done")? && row.int("finalizing")? == 0 {
        create_finalize(s, entry, &unit.evaluation, row.u32("units")?, now).await?;
    }
    Ok(())
}

async fn end_by_verdict(
    s: &mut Session,
    entry: &mut Entry,
    unit: &Unit,
    verdict: Verdict,
    now: Micros,
) -> Result<(), StoreError> {
    let spec = read_spec(s, entry).await?;
    let item_ms = match unit.evaluation_kind {
        EvaluationKind::Check => egret_contest::item_ms(verdict.usage, verdict.item_count),
        EvaluationKind::Hidden | EvaluationKind::Compare => read_check(s, entry).await?.item_ms(),
    };
    let mut verdict = cleaned(verdict, &spec, unit.evaluation_kind, item_ms);
    if unit.kind == UnitKind::Finalize {
        // The limits are the evaluation's; the workers held each unit to them, and here is their sum.
        let used = usage_of_units(s, unit).await?;
        verdict.usage = used;
        if let Some(code) = egret_contest::exceeded(&spec.limits, used) {
            verdict.outcome = Outcome::Faulted(Fault { code, detail: String::new(), remedy: String::new() });
        }
    }
    let outcome = match &verdict.outcome {
        Outcome::Scored(_) => EvaluationOutcome::Scored,
        Outcome::Faulted(_) => EvaluationOutcome::Faulted,
    };
    end_evaluations(s, &entry.id, outcome, now).await?;
    insert_verdict(s, &unit.evaluation, &entry.id, unit.evaluation_kind, &verdict, now).await?;
    match unit.evaluation_kind {
        EvaluationKind::Check => end_check(s, entry, &spec, verdict, now).await,
        EvaluationKind::Hidden => end_hidden(s, entry, &spec, &verdict, now).await,
        EvaluationKind::Compare => Err(StoreError::Corrupt("a verdict of a comparison")),
    }
}

/// Metrics as the task has them, and nothing in words about hidden data, whatever a worker sent.
fn cleaned(mut verdict: Verdict, spec: &TaskSpec, kind: EvaluationKind, item_ms: Option<f64>) -> Verdict {
    match &mut verdict.outcome {
        Outcome::Scored(metrics) => *metrics = spec.arrange(metrics, item_ms),
        Outcome::Faulted(fault) if kind == EvaluationKind::Hidden => {
            fault.detail.clear();
            fault.remedy.clear();
        }
        Outcome::Faulted(_) => {}
    }
    verdict
}

/// The team gets the whole report; what passed goes on to the hidden evaluation, what did not is not charged.
async fn end_check(
    s: &mut Session,
    entry: &mut Entry,
    spec: &TaskSpec,
    verdict: Verdict,
    now: Micros,
) -> Result<(), StoreError> {
    let (fault, metrics) = match verdict.outcome {
        Outcome::Scored(metrics) => (None, metrics),
        Outcome::Faulted(fault) => (Some(fault), Vec::new()),
    };
    let report = CheckReport {
        fault: fault.as_ref().map(|fault| fault.code),
        detail: fault.as_ref().map(|fault| fault.detail.clone()).unwrap_or_default(),
        remedy: fault.map(|fault| fault.remedy).unwrap_or_default(),
        adapter_summary: verdict.adapter_summary,
        metrics,
        usage: verdict.usage,
        item_count: verdict.item_count,
        limits: spec.limits,
    };
    s.run("update submissions set check_report = $2 where id = $1", args![&entry.id, to_json(&report)?])
        .await?;
    if !report.passed() {
        return entry.end(s, SubmissionState::Rejected, End::FailedCheck, now).await;
    }
    entry.pass_check(s, now).await?;
    let phase = read_phase(s, &entry.task.competition, &entry.phase).await?;
    begin_hidden(s, entry, &phase, spec, now).await
}

/// The team gets a release and is charged for it; the board changes with it.
async fn end_hidden(
    s: &mut Session,
    entry: &mut Entry,
    spec: &TaskSpec,
    verdict: &Verdict,
    now: Micros,
) -> Result<(), StoreError> {
    let phase = read_phase(s, &entry.task.competition, &entry.phase).await?;
    decide(s, entry, &phase, spec, &verdict.outcome, now).await
}

/// What the shard units of an evaluation used together.
async fn usage_of_units(s: &mut Session, unit: &Unit) -> Result<Usage, StoreError> {
    let row = s
        .one(
            "select cast(coalesce(sum(wall_ms), 0) as bigint) as wall_ms,
                 cast(coalesce(sum(cpu_ms), 0) as bigint) as cpu_ms,
                 coalesce(max(peak_memory_mib), 0) as peak_memory_mib
             from units where evaluation = $1 and kind = 'shards' and state = 'done'",
            args![&unit.evaluation],
        )
        .await?
        .ok_or(StoreError::Corrupt("sum"))?;
    Ok(Usage {
        wall_ms: row.u64("wall_ms")?,
        cpu_ms: row.u64("cpu_ms")?,
        peak_memory_mib: row.u64("peak_memory_mib")?,
    })
}

pub(crate) async fn read_spec(s: &mut Session, entry: &Entry) -> Result<TaskSpec, StoreError> {
    s.one(
        "select spec from tasks where competition = $1 and id = $2",
        args![&entry.task.competition, &entry.task.task],
    )
    .await?
    .ok_or(StoreError::Corrupt("tasks"))?
    .json("spec")
}

/// The check that let the submission on to hidden data.
pub(crate) async fn read_check(s: &mut Session, entry: &Entry) -> Result<CheckReport, StoreError> {
    s.one("select check_report from submissions where id = $1", args![&entry.id])
        .await?
        .ok_or(StoreError::Corrupt("submissions"))?
        .json("check_report")
}
