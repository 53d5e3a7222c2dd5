//! Exact figures of hidden data. Nothing here may reach a team: public reads never join this table, which a test holds.

use egret_contest::{EvaluationId, EvaluationKind, Micros, SubmissionId, SubmissionName, UnitId, Verdict};

use crate::db::args;
use crate::row::to_json;
use crate::session::Session;
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
