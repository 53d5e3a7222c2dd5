//! Evaluations and the units they consist of: how they come about and how they end.

use egret_contest::{
    CHARGE_MS_MIN, EvaluationId, EvaluationKind, EvaluationOutcome, Micros, PRACTICE_PACE, PhaseKind, Split,
    SubmissionId, TaskSpec, UnitId, UnitKind, WorkClass, expected_ms,
};

use crate::db::args;
use crate::identity::random_id;
use crate::ledger::count_items;
use crate::progress::Entry;
use crate::session::Session;
use crate::work::read_check;
use crate::{StoreError, Topic};

/// An evaluation to create.
pub(crate) struct Evaluation {
    pub kind: EvaluationKind,
    pub split: Split,
    /// No unit is leased before this moment.
    pub not_before: Micros,
}

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
    let terms = read_terms(s, entry).await?;
    let items = items_of_shards(s, entry, evaluation.split).await?;
    let shards = items.len() as u32;
    // Of a check's model nobody knows anything yet; what it is charged is set right when it is done.
    let (items_of_split, item_ms) = match evaluation.kind {
        EvaluationKind::Check => (count_items(s, &entry.task, entry.version, entry.split).await?, None),
        EvaluationKind::Hidden => (items.iter().sum(), read_check(s, entry).await?.item_ms()),
        EvaluationKind::Compare => return Err(StoreError::Corrupt("a comparison of shards")),
    };
    let per_unit = match evaluation.kind {
        EvaluationKind::Check | EvaluationKind::Compare => shards,
        EvaluationKind::Hidden if terms.spec.is_one_unit() => shards,
        EvaluationKind::Hidden => s.limits().unit_shards_max.max(1),
    };
    if shards == 0 {
        return Err(StoreError::Corrupt("a split without shards"));
    }
    for (ordinal, range) in items.chunks(per_unit as usize).enumerate() {
        let expected_ms = expected_ms(&terms.spec.limits, range.iter().sum(), items_of_split, item_ms);
        let unit = NewUnit {
            evaluation: &id,
            ordinal: ordinal as u32,
            kind: UnitKind::Shards,
            sole: shards <= per_unit,
            first_shard: ordinal as u32 * per_unit,
            shard_count: range.len() as u32,
            class: WorkClass::of(evaluation.kind, terms.phase),
            expected_ms,
            charge_ms: expected_ms * terms.pace(),
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
    let charge_ms = CHARGE_MS_MIN * read_terms(s, entry).await?.pace();
    let unit = NewUnit {
        evaluation,
        ordinal,
        kind: UnitKind::Finalize,
        sole: false,
        first_shard: 0,
        shard_count: 0,
        class: WorkClass::Finalize,
        expected_ms: CHARGE_MS_MIN,
        charge_ms,
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
        class: WorkClass::of(EvaluationKind::Compare, PhaseKind::Final),
        expected_ms: CHARGE_MS_MIN,
        charge_ms: CHARGE_MS_MIN,
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
    class: WorkClass,
    expected_ms: u64,
    charge_ms: u64,
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
             team, priority, expected_ms, charge_ms, state, not_before, ready_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'ready', $15, $16)",
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
            unit.class.priority(),
            unit.expected_ms,
            unit.charge_ms,
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

/// What the units of a submission are measured by.
struct Terms {
    spec: TaskSpec,
    phase: PhaseKind,
}

impl Terms {
    fn pace(&self) -> u64 {
        if self.phase == PhaseKind::Practice { PRACTICE_PACE } else { 1 }
    }
}

async fn read_terms(s: &mut Session, entry: &Entry) -> Result<Terms, StoreError> {
    let row = s
        .one(
            "select t.spec, p.kind from tasks t join phases p on p.competition = t.competition and p.id = $3
             where t.competition = $1 and t.id = $2",
            args![&entry.task.competition, &entry.task.task, &entry.phase],
        )
        .await?
        .ok_or(StoreError::Corrupt("tasks"))?;
    Ok(Terms { spec: row.json("spec")?, phase: row.word("kind", PhaseKind::parse)? })
}

/// How many items each shard of a split has, in order.
async fn items_of_shards(s: &mut Session, entry: &Entry, split: Split) -> Result<Vec<u64>, StoreError> {
    let rows = s
        .rows(
            "select item_count from shards where competition = $1 and task = $2 and version = $3 and split = $4 order by idx",
            args![&entry.task.competition, &entry.task.task, entry.version, split.as_str()],
        )
        .await?;
    rows.iter().map(|row| row.u64("item_count")).collect()
}
