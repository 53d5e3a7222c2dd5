//! Evaluations and the units they consist of: how they come about and how they end.

use egret_contest::{
    EvaluationId, EvaluationKind, EvaluationOutcome, Micros, Split, SubmissionId, UnitId, UnitKind,
};

use crate::db::args;
use crate::identity::random_id;
use crate::progress::Entry;
use crate::session::Session;
use crate::work::read_spec;
use crate::{StoreError, Topic};

/// An evaluation to create.
pub(crate) struct Evaluation {
    pub kind: EvaluationKind,
    pub split: Split,
    /// No unit is leased before this moment.
    pub not_before: Micros,
}

/// Classes of work, most urgent first: what ends an evaluation, what a team waits for at its desk, the rest.
const FINALIZE_FIRST: u32 = 0;
const THEN_CHECKS: u32 = 1;
const THEN_HIDDEN: u32 = 2;

/// Creates an evaluation with its units. A check is one unit; a hidden evaluation is cut into ranges of shards.
pub(crate) async fn create_evaluation(
    s: &mut Session,
    entry: &Entry,
    evaluation: Evaluation,
    now: Micros,
) -> Result<(), StoreError> {
    let id: EvaluationId = random_id()?;
    s.run(
        "insert into evaluations (id, submission, kind, split, created_at) values ($1, $2, $3, $4, $5)",
        args![&id, &entry.id, evaluation.kind.as_str(), evaluation.split.as_str(), now],
    )
    .await?;
    let shards = count_shards(s, entry, evaluation.split).await?;
    let (per_unit, priority) = match evaluation.kind {
        EvaluationKind::Check => (shards, THEN_CHECKS),
        EvaluationKind::Hidden if read_spec(s, entry).await?.is_one_unit() => (shards, THEN_HIDDEN),
        EvaluationKind::Hidden => (s.limits().unit_shards_max.max(1), THEN_HIDDEN),
        EvaluationKind::Compare => return Err(StoreError::Corrupt("a comparison of shards")),
    };
    if shards == 0 {
        return Err(StoreError::Corrupt("a split without shards"));
    }
    for (ordinal, first_shard) in (0..shards).step_by(per_unit as usize).enumerate() {
        let unit = NewUnit {
            evaluation: &id,
            ordinal: ordinal as u32,
            kind: UnitKind::Shards,
            sole: shards <= per_unit,
            first_shard,
            shard_count: per_unit.min(shards - first_shard),
            priority,
            not_before: evaluation.not_before,
        };
        insert_unit(s, entry, &unit, now).await?;
    }
    Ok(())
}

/// Creates the unit that merges the partial states of the others.
pub(crate) async fn create_finalize(
    s: &mut Session,
    entry: &Entry,
    evaluation: &EvaluationId,
    ordinal: u32,
    now: Micros,
) -> Result<(), StoreError> {
    let unit = NewUnit {
        evaluation,
        ordinal,
        kind: UnitKind::Finalize,
        sole: false,
        first_shard: 0,
        shard_count: 0,
        priority: FINALIZE_FIRST,
        not_before: now,
    };
    insert_unit(s, entry, &unit, now).await
}

/// Creates the evaluation, of one unit, that compares the finalists of a task. It hangs on one of them, and ends without it.
pub(crate) async fn create_compare(s: &mut Session, entry: &Entry, now: Micros) -> Result<(), StoreError> {
    let id: EvaluationId = random_id()?;
    s.run(
        "insert into evaluations (id, submission, kind, split, created_at) values ($1, $2, $3, $4, $5)",
        args![&id, &entry.id, EvaluationKind::Compare.as_str(), entry.split.as_str(), now],
    )
    .await?;
    let unit = NewUnit {
        evaluation: &id,
        ordinal: 0,
        kind: UnitKind::Compare,
        sole: false,
        first_shard: 0,
        shard_count: 0,
        priority: FINALIZE_FIRST,
        not_before: now,
    };
    insert_unit(s, entry, &unit, now).await
}

struct NewUnit<'a> {
    evaluation: &'a EvaluationId,
    ordinal: u32,
    kind: UnitKind,
    sole: bool,
    first_shard: u32,
    shard_count: u32,
    priority: u32,
    not_before: Micros,
}

async fn insert_unit(
    s: &mut Session,
    entry: &Entry,
    unit: &NewUnit<'_>,
    now: Micros,
) -> Result<(), StoreError> {
    let id: UnitId = random_id()?;
    s.run(
        "insert into units (id, evaluation, submission, ordinal, kind, sole, first_shard, shard_count, pool, competition,
             team, priority, state, not_before, ready_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'ready', $13, $14)",
        args![
            &id,
            unit.evaluation,
            &entry.id,
            unit.ordinal,
            unit.kind.as_str(),
            unit.sole,
            unit.first_shard,
            unit.shard_count,
            &entry.pool,
            &entry.task.competition,
            &entry.team,
            unit.priority,
            unit.not_before,
            now,
        ],
    )
    .await?;
    s.changed(Topic::Work(entry.pool.clone()));
    Ok(())
}

/// Ends whatever evaluations of a submission are still open; units that have no result die with them.
pub(crate) async fn end_evaluations(
    s: &mut Session,
    submission: &SubmissionId,
    outcome: EvaluationOutcome,
    now: Micros,
) -> Result<(), StoreError> {
    s.run(
        "update units set state = 'dead' where submission = $1 and state in ('ready', 'leased')",
        args![submission],
    )
    .await?;
    s.run(
        "update evaluations set ended_at = $2, outcome = $3 where submission = $1 and ended_at is null",
        args![submission, now, outcome.as_str()],
    )
    .await
    .map(drop)
}

/// Ends one evaluation whose units are done or dead.
pub(crate) async fn end_evaluation(
    s: &mut Session,
    evaluation: &EvaluationId,
    outcome: EvaluationOutcome,
    now: Micros,
) -> Result<(), StoreError> {
    s.run(
        "update evaluations set ended_at = $2, outcome = $3 where id = $1 and ended_at is null",
        args![evaluation, now, outcome.as_str()],
    )
    .await
    .map(drop)
}

async fn count_shards(s: &mut Session, entry: &Entry, split: Split) -> Result<u32, StoreError> {
    s.one(
        "select count(*) as shards from shards
         where competition = $1 and task = $2 and version = $3 and split = $4",
        args![&entry.task.competition, &entry.task.task, entry.version, split.as_str()],
    )
    .await?
    .ok_or(StoreError::Corrupt("count"))?
    .u32("shards")
}
