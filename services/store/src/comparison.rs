//! Finals: who is better than whom. Once all finalists of a task have their verdicts, one unit of work compares them item by item; the
//! intervals of their ranks are stored here, charged, and told with the phase's last word.
//!
//! Each regular team stands with its best finalist, as on the board. There are no intervals, which is no error, where the ranking value is
//! a composite, which no items add up to, or a metric that has no outcomes of single items; where there are fewer than two
//! finalists; or where they are not sealed to one pool.

use egret_contest::{
    BoardName, EvaluationOutcome, Micros, Phase, RankInterval, SubmissionId, TaskName, TaskSpec, TestSetName,
    rank_interval_millibits,
};
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::db::args;
use crate::evaluations::{create_compare, end_evaluation};
use crate::ledger::{AccountKey, charge_account, lock_account};
use crate::progress::Entry;
use crate::ranking::lock_board;
use crate::restricted::{Finalists, read_finalists};
use crate::row::Row;
use crate::session::Session;
use crate::test_sets::read_card;
use crate::work::{CompareWork, FinalistRanks, Unit, read_spec};

/// Replicates: what the rules say where prizes depend on it.
const REPLICATE_COUNT: u32 = 10_000;
/// What the seed is made of begins with this.
const SEED_DOMAIN: &[u8] = b"egret finals v1";

/// Has the finalists of a task compared if this was the last one that something was decided of. In two transactions at once each would
/// take the other for undecided: the board's lock makes them take turns.
pub(crate) async fn compare_if_last(
    s: &mut Session,
    entry: &Entry,
    phase: &Phase,
    now: Micros,
) -> Result<(), StoreError> {
    if phase.rules.nominations.is_none() || phase.marks.closed_at.is_none() {
        return Ok(());
    }
    let board = board_of(entry);
    lock_board(s, &board).await?;
    let waits = s
        .one(
            "select 1 as one from submissions u
             where u.competition = $1 and u.task = $2 and u.phase = $3
               and ((u.state in ('checking', 'queued', 'evaluating')
                       and not exists (select 1 from releases r where r.submission = u.id))
                   or exists (select 1 from evaluations e where e.submission = u.id and e.kind = 'compare'))
             limit 1",
            args![&board.competition, &board.task, &board.phase],
        )
        .await?;
    if waits.is_some() {
        return Ok(());
    }
    if read_spec(s, entry).await?.grading.composite.is_some() {
        return Ok(());
    }
    match read_finalists(s, &board).await? {
        Some(finalists) if (&finalists.pool, finalists.version) == (&entry.pool, entry.version) => {
            create_compare(s, entry, now).await
        }
        _ => Ok(()),
    }
}

/// What the lease of a comparison says. Nothing is locked: what is compared stands still until the comparison ends.
pub(crate) async fn read_compare_work(
    s: &mut Session,
    board: &BoardName,
    version: u32,
    spec: TaskSpec,
) -> Result<CompareWork, StoreError> {
    let finalists = finalists_of(s, board).await?;
    let task = TaskName::new(board.competition.clone(), board.task.clone());
    let test_set = TestSetName::new(task.competition.clone(), task.task.clone(), version);
    let card = read_card(s, &test_set).await?;
    let root = card.map(|card| card.root.to_string()).unwrap_or_default();
    let seed = seed(&root, &finalists);
    Ok(CompareWork { spec, task, seed, replicate_count: REPLICATE_COUNT, finalists: finalists.all })
}

/// `SHA-256("egret finals v1" ‖ 0x00 ‖ root ‖ 0x00 ‖ (id ‖ 0x00) of each finalist, in order of acceptance)`, the root being that of the test
/// set's card in hexadecimal. The rule also takes the root of a public log at the closing in; there is none yet.
fn seed(root: &str, finalists: &Finalists) -> [u8; 32] {
    let mut hash =
        Sha256::new_with_prefix(SEED_DOMAIN).chain_update([0]).chain_update(root).chain_update([0]);
    for finalist in &finalists.all {
        hash.update(finalist.submission.as_str());
        hash.update([0]);
    }
    hash.finalize().into()
}

/// Stores the intervals, each charged to its team: what two ranks may tell, beside that there are any.
pub(crate) async fn end_comparison(
    s: &mut Session,
    entry: &Entry,
    unit: &Unit,
    ranks: &[FinalistRanks],
    now: Micros,
) -> Result<(), StoreError> {
    let board = board_of(entry);
    let mut finalists = finalists_of(s, &board).await?.all;
    let count = finalists.len() as u32;
    let sound = |rank: &FinalistRanks| (1..=rank.high).contains(&rank.low) && rank.high <= count;
    let once = |at: usize| ranks[..at].iter().all(|other| other.submission != ranks[at].submission);
    if !ranks.iter().all(sound) || !(0..ranks.len()).all(once) {
        return Err(StoreError::WrongResult("ranks lie in 1 to the number of finalists, one interval each"));
    }
    let charge = rank_interval_millibits(finalists.len());
    // Accounts are locked in the order of teams, everywhere.
    finalists.sort_by(|a, b| a.team.cmp(&b.team));
    let mut stored = 0;
    for finalist in &finalists {
        let Some(rank) = ranks.iter().find(|rank| rank.submission == finalist.submission) else { continue };
        let key = AccountKey { team: finalist.team.clone(), ..AccountKey::of(entry) };
        lock_account(s, &key).await?;
        charge_account(s, &key, charge).await?;
        s.run(
            "update releases set charge_millibits = charge_millibits + $2 where submission = $1",
            args![&finalist.submission, charge],
        )
        .await?;
        s.run(
            "insert into rank_intervals (submission, competition, task, phase, rank_low, rank_high)
             values ($1, $2, $3, $4, $5, $6)",
            args![
                &finalist.submission,
                &entry.task.competition,
                &entry.task.task,
                &entry.phase,
                rank.low,
                rank.high
            ],
        )
        .await?;
        stored += 1;
    }
    if stored != ranks.len() {
        return Err(StoreError::WrongResult("an interval is of no finalist"));
    }
    s.changed(crate::Topic::Board(board));
    end_evaluation(s, &unit.evaluation, EvaluationOutcome::Scored, now).await
}

fn board_of(entry: &Entry) -> BoardName {
    BoardName::new(entry.task.competition.clone(), entry.task.task.clone(), entry.phase.clone())
}

async fn finalists_of(s: &mut Session, board: &BoardName) -> Result<Finalists, StoreError> {
    read_finalists(s, board).await?.ok_or(StoreError::Corrupt("finalists"))
}

/// The intervals of a board's entries, as the comparison found them.
pub(crate) async fn read_rank_intervals(
    s: &mut Session,
    board: &BoardName,
) -> Result<Vec<(SubmissionId, RankInterval)>, StoreError> {
    let rows = s
        .rows(
            "select submission, rank_low, rank_high from rank_intervals
             where competition = $1 and task = $2 and phase = $3",
            args![&board.competition, &board.task, &board.phase],
        )
        .await?;
    let interval = |row: &Row| {
        let found = RankInterval { first: row.u32("rank_low")?, last: row.u32("rank_high")? };
        Ok((row.id("submission")?, found))
    };
    rows.iter().map(interval).collect()
}
