//! Exact figures of hidden data. Nothing here may reach a team: public reads never join this table, which a test holds.

use egret_contest::{
    BoardName, CompetitionId, EvaluationId, EvaluationKind, Micros, Outcome, PhaseId, PoolId, SubmissionId,
    SubmissionName, TeamId, UnitId, Verdict, reveal_millibits, rounded_values,
};

use crate::db::args;
use crate::ledger::{AccountKey, charge_account, lock_account};
use crate::progress::Entry;
use crate::row::to_json;
use crate::session::Session;
use crate::work::{Fence, read_spec};
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

    /// The sealed outcomes of one unit of those that the current lease of a pool compares. `LeaseLost`; `NotFound` for a unit of others.
    pub async fn leased_outcomes(
        &self,
        pool: &PoolId,
        fence: &Fence,
        unit: &UnitId,
    ) -> Result<Vec<u8>, StoreError> {
        let mut s = self.read().await?;
        let row = s
            .one(
                "select s.competition, s.task, s.phase from units u join submissions s on s.id = u.submission
                 where u.id = $1 and u.epoch = $2 and u.nonce = $3 and u.state = 'leased' and u.kind = 'compare'
                   and u.pool = $4",
                args![&fence.unit, fence.epoch, &fence.nonce[..], pool],
            )
            .await?
            .ok_or(StoreError::LeaseLost)?;
        let board = BoardName::new(row.id("competition")?, row.id("task")?, row.id("phase")?);
        let finalists = read_finalists(&mut s, &board).await?.ok_or(StoreError::Corrupt("finalists"))?;
        if !finalists.all.iter().any(|finalist| finalist.units.contains(unit)) {
            return Err(StoreError::NotFound("outcomes of this lease"));
        }
        s.one("select sealed from outcomes where unit = $1", args![unit])
            .await?
            .ok_or(StoreError::Corrupt("outcomes"))?
            .bytes("sealed")
    }
}

/// A model that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalist {
    /// Its submission.
    pub submission: SubmissionId,
    /// Whose it is.
    pub team: TeamId,
    /// The units whose outcomes are those of all items, in order.
    pub units: Vec<UnitId>,
}

/// All that are compared on a board.
pub(crate) struct Finalists {
    pub pool: PoolId,
    pub version: u32,
    /// In order of acceptance.
    pub all: Vec<Finalist>,
}

/// The best finalist of each regular team on a board; `None` unless there are two or more, all with the outcomes of all their items,
/// sealed to one pool and of one version of the test set.
pub(crate) async fn read_finalists(
    s: &mut Session,
    board: &BoardName,
) -> Result<Option<Finalists>, StoreError> {
    let rows = s
        .rows(
            "select w.submission, w.team, w.pool, w.version, n.id as unit, o.unit is not null as kept from (
                 select r.submission, r.team, u.pool, u.version, u.accepted_at,
                     row_number() over (partition by r.team
                         order by r.sort_key, r.tie_key, u.accepted_at, r.submission) as place
                 from releases r join submissions u on u.id = r.submission
                 join teams t on t.competition = r.competition and t.id = r.team
                 where r.competition = $1 and r.task = $2 and r.phase = $3 and r.sort_key is not null
                   and t.kind = 'regular' and t.status = 'active') w
             left join evaluations e on e.submission = w.submission and e.kind = 'hidden'
             left join units n on n.evaluation = e.id and n.kind = 'shards'
             left join outcomes o on o.unit = n.id
             where w.place = 1 order by w.accepted_at, w.submission, n.ordinal",
            args![&board.competition, &board.task, &board.phase],
        )
        .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut finalists =
        Finalists { pool: first.id("pool")?, version: first.u32("version")?, all: Vec::new() };
    for row in &rows {
        let of_one_kind =
            row.id::<PoolId>("pool")? == finalists.pool && row.u32("version")? == finalists.version;
        let unit = row.id_if_any("unit")?.filter(|_| of_one_kind && matches!(row.get("kept"), Ok(true)));
        let Some(unit) = unit else { return Ok(None) };
        let submission: SubmissionId = row.id("submission")?;
        match finalists.all.last_mut() {
            Some(last) if last.submission == submission => last.units.push(unit),
            _ => finalists.all.push(Finalist { submission, team: row.id("team")?, units: vec![unit] }),
        }
    }
    Ok(Some(finalists).filter(|finalists| finalists.all.len() >= 2))
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
        let charge = reveal_millibits(decimals, &columns);
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
