//! Exact figures of hidden data. Nothing here may reach a team: public reads never join this table, which a test holds.

use egret_contest::{
    CompetitionId, EvaluationId, EvaluationKind, Micros, Outcome, PhaseId, SubmissionId, SubmissionName,
    UnitId, Verdict, exact_millibits, rounded_values,
};

use crate::db::args;
use crate::ledger::{AccountKey, charge_account, lock_account};
use crate::progress::Entry;
use crate::row::to_json;
use crate::session::Session;
use crate::work::read_spec;
use crate::{Store, StoreError};

impl Store {
    /// The verdict of a submission's hidden evaluation, for operators.
    pub async fn exact_verdict(&self, name: &SubmissionName) -> Result<Option<Verdict>, StoreError> {
        let row = self
            .read()
            .await?
            .one(
                "select v.verdict from verdicts v join submissions s on s.id = v.submission
                 where s.id = $1 and s.competition = $2 and s.task = $3 and v.kind = 'hidden'",
                args![&name.submission, &name.competition, &name.task],
            )
            .await?;
        row.map(|row| row.json("verdict")).transpose()
    }

    /// The sealed outcomes of a submission's hidden evaluation, unit by unit in the items' order, for those who compare models item
    /// by item. Empty where the metric has none.
    pub async fn sealed_outcomes(&self, name: &SubmissionName) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = self
            .read()
            .await?
            .rows(
                "select o.sealed from outcomes o join units u on u.id = o.unit join evaluations e on e.id = u.evaluation
                 join submissions s on s.id = e.submission
                 where s.id = $1 and s.competition = $2 and s.task = $3 and e.kind = 'hidden' order by u.ordinal",
                args![&name.submission, &name.competition, &name.task],
            )
            .await?;
        rows.iter().map(|row| row.bytes("sealed")).collect()
    }
}

/// Shows exact scores of a phase's releases, rounded, each charged to its account: what was withheld stays so, for it never ran.
pub(crate) async fn reveal(
    s: &mut Session,
    competition: &CompetitionId,
    phase: &PhaseId,
    decimals: u32,
    now: Micros,
) -> Result<(), StoreError> {
    let rows = s
        .rows(
            "select r.submission, v.verdict from releases r
             join verdicts v on v.submission = r.submission and v.kind = 'hidden'
             where r.competition = $1 and r.phase = $2 and r.released_at is not null
               and not exists (select 1 from reveals x where x.submission = r.submission)
             order by r.competition, r.task, r.version, r.split, r.team, r.submission",
            args![competition, phase],
        )
        .await?;
    for row in &rows {
        let submission: SubmissionId = row.id("submission")?;
        let verdict: Verdict = row.json("verdict")?;
        let entry = Entry::lock(s, &submission).await?;
        let columns = read_spec(s, &entry).await?.columns();
        let charge = exact_millibits(decimals, &columns) + FAULT_CLASS_MILLIBITS;
        let fault = match &verdict.outcome {
            Outcome::Scored(_) => "",
            Outcome::Faulted(fault) => fault.code.class(),
        };
        let values = rounded_values(&verdict.outcome, decimals).unwrap_or_default();
        let key = AccountKey::of(&entry);
        lock_account(s, &key).await?;
        charge_account(s, &key, charge).await?;
        s.run(
            "insert into reveals (submission, metrics, fault, charge_millibits, revealed_at) values ($1, $2, $3, $4, $5)",
            args![&submission, to_json(&values)?, fault, charge, now],
        )
        .await?;
        s.changed(crate::Topic::Submission(submission));
    }
    Ok(())
}

/// Which of three classes a fault is of, where there is one: ⌈1000 · log2 3⌉ beside the states that every release has.
const FAULT_CLASS_MILLIBITS: u64 = 1_585;

/// Two numbers of each item of a unit, sealed to the pool that ran it.
pub(crate) async fn insert_outcomes(
    s: &mut Session,
    evaluation: &EvaluationId,
    unit: &UnitId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    s.run(
        "insert into outcomes (unit, evaluation, sealed) values ($1, $2, $3)",
        args![unit, evaluation, sealed],
    )
    .await
    .map(drop)
}

pub(crate) async fn insert_verdict(
    s: &mut Session,
    evaluation: &EvaluationId,
    submission: &SubmissionId,
    kind: EvaluationKind,
    verdict: &Verdict,
    now: Micros,
) -> Result<(), StoreError> {
    s.run(
        "insert into verdicts (evaluation, submission, kind, verdict, created_at) values ($1, $2, $3, $4, $5)",
        args![evaluation, submission, kind.as_str(), to_json(verdict)?, now],
    )
    .await
    .map(drop)
}
