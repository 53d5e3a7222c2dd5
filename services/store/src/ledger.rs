//! What teams know of hidden data: accounts in thousandths of a bit, and whose turn it is to learn more.
//!
//! An account is a team's on one split of one version of a test set, whatever the phase: it lives as long as the data does. Under the
//! policy `ladder` the hidden evaluations of an account go one at a time, so that what may be released of one is known before the next is
//! decided: had before, withheld, or run. The next one starts in the transaction that ends the one before; a pass of the sweep
//! starts what was locked at that moment.

use egret_contest::{
    EvaluationKind, Ladder, Micros, Outcome, Phase, Policy, Split, SubmissionId, SubmissionState, TaskId,
    TaskName, TaskSpec, TeamId, Turn, exact_millibits, level_values, rounded_values,
};

use crate::competitions::read_phase;
use crate::db::args;
use crate::evaluations::{Evaluation, create_evaluation};
use crate::progress::Entry;
use crate::releases::{Told, has_release, release_again, settle_release};
use crate::session::Session;
use crate::work::read_spec;
use crate::{Store, StoreError};

/// Accounts that one pass of the sweep looks at.
const ACCOUNTS_SWEPT_MAX: i64 = 1_000;

/// A team's account on a split of a test set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountKey {
    pub task: TaskName,
    pub version: u32,
    pub split: Split,
    pub team: TeamId,
}

impl AccountKey {
    pub fn of(entry: &Entry) -> Self {
        Self {
            task: entry.task.clone(),
            version: entry.version,
            split: entry.split,
            team: entry.team.clone(),
        }
    }
}

/// What was spent, under a lock that lasts to the end of the transaction. The row comes into being with the first lock.
pub(crate) async fn lock_account(s: &mut Session, key: &AccountKey) -> Result<u64, StoreError> {
    let columns = args![&key.task.competition, &key.task.task, key.version, key.split.as_str(), &key.team];
    s.run(
        "insert into accounts (competition, task, version, split, team, spent_millibits)
         values ($1, $2, $3, $4, $5, 0) on conflict do nothing",
        columns.clone(),
    )
    .await?;
    s.one_locked(
        "select spent_millibits from accounts
         where competition = $1 and task = $2 and version = $3 and split = $4 and team = $5",
        columns,
    )
    .await?
    .ok_or(StoreError::Corrupt("accounts"))?
    .u64("spent_millibits")
}

/// Adds to what was spent; the account must be locked.
pub(crate) async fn charge_account(
    s: &mut Session,
    key: &AccountKey,
    millibits: u64,
) -> Result<(), StoreError> {
    s.run(
        "update accounts set spent_millibits = spent_millibits + $6
         where competition = $1 and task = $2 and version = $3 and split = $4 and team = $5",
        args![&key.task.competition, &key.task.task, key.version, key.split.as_str(), &key.team, millibits],
    )
    .await
    .map(drop)
}

/// The best level of a team in a phase, decided, shown or not.
pub(crate) async fn best_level(
    s: &mut Session,
    key: &AccountKey,
    phase: &Phase,
    shown_only: bool,
) -> Result<u32, StoreError> {
    let row = s
        .one(
            "select coalesce(max(level), 0) as level from releases
             where competition = $1 and task = $2 and phase = $3 and team = $4 and version = $5
               and (released_at is not null or not $6)",
            args![&key.task.competition, &key.task.task, &phase.id, &key.team, key.version, shown_only],
        )
        .await?;
    row.ok_or(StoreError::Corrupt("max"))?.u32("level")
}

/// The ladder of a phase on the split that it scores, if its policy is one.
pub(crate) async fn ladder_of(
    s: &mut Session,
    task: &TaskName,
    version: u32,
    spec: &TaskSpec,
    phase: &Phase,
) -> Result<Option<Ladder>, StoreError> {
    let Policy::Ladder(rule) = phase.rules.release.policy() else { return Ok(None) };
    let items = count_items(s, task, version, phase.split).await?;
    // Publishing has refused what does not resolve.
    rule.resolve(spec.scale, items).map(Some).map_err(|_| StoreError::Corrupt("ladder"))
}

/// Items of a split.
pub(crate) async fn count_items(
    s: &mut Session,
    task: &TaskName,
    version: u32,
    split: Split,
) -> Result<u64, StoreError> {
    s.one(
        "select cast(coalesce(sum(item_count), 0) as bigint) as items from shards
         where competition = $1 and task = $2 and version = $3 and split = $4",
        args![&task.competition, &task.task, version, split.as_str()],
    )
    .await?
    .ok_or(StoreError::Corrupt("sum"))?
    .u64("items")
}

/// Takes a submission that has passed its check to hidden data, if it is its turn; otherwise it waits in the queue.
pub(crate) async fn begin_hidden(
    s: &mut Session,
    entry: &mut Entry,
    phase: &Phase,
    spec: &TaskSpec,
    now: Micros,
) -> Result<(), StoreError> {
    let Some(ladder) = ladder_of(s, &entry.task, entry.version, spec, phase).await? else {
        return run_hidden(s, entry, phase, now).await;
    };
    let key = AccountKey::of(entry);
    let spent = lock_account(s, &key).await?;
    if is_busy(s, &key, &entry.id).await? {
        return Ok(());
    }
    if release_again(s, entry, phase, spec, now).await? {
        return Ok(());
    }
    let best = best_level(s, &key, phase, false).await?;
    match ladder.turn(spent, best) {
        Turn::Withheld => settle_release(s, entry, phase, spec, Told::withheld(), now).await,
        Turn::Run { .. } => run_hidden(s, entry, phase, now).await,
    }
}

async fn run_hidden(s: &mut Session, entry: &Entry, phase: &Phase, now: Micros) -> Result<(), StoreError> {
    // The private split is not touched while its phase still takes submissions.
    let closes_at = phase.closes_at(&entry.task.task, None);
    let not_before = if phase.split == Split::Private { closes_at } else { now };
    let hidden = Evaluation { kind: EvaluationKind::Hidden, split: phase.split, not_before };
    create_evaluation(s, entry, hidden, now).await
}

/// Whether another submission of the account is at the hidden data now.
async fn is_busy(s: &mut Session, key: &AccountKey, but: &SubmissionId) -> Result<bool, StoreError> {
    let row = s
        .one(
            "select 1 as one from submissions s join evaluations e on e.submission = s.id
             where s.competition = $1 and s.task = $2 and s.version = $3 and s.split = $4 and s.team = $5
               and s.state in ('queued', 'evaluating') and e.kind = 'hidden' and e.ended_at is null and s.id <> $6
             limit 1",
            args![&key.task.competition, &key.task.task, key.version, key.split.as_str(), &key.team, but],
        )
        .await?;
    Ok(row.is_some())
}

/// Decides what a team is told of a verdict, and charges it.
pub(crate) async fn decide(
    s: &mut Session,
    entry: &mut Entry,
    phase: &Phase,
    spec: &TaskSpec,
    outcome: &Outcome,
    now: Micros,
) -> Result<(), StoreError> {
    let key = AccountKey::of(entry);
    let spent = lock_account(s, &key).await?;
    let told =
        match (phase.rules.release.policy(), ladder_of(s, &entry.task, entry.version, spec, phase).await?) {
            (Policy::Exact { decimals }, _) => {
                Told::exact(rounded_values(outcome, decimals), exact_millibits(decimals, &spec.columns()))
            }
            (Policy::Ladder(_), None) => return Err(StoreError::Corrupt("ladder")),
            (Policy::Ladder(_), Some(ladder)) => {
                let best = best_level(s, &key, phase, false).await?;
                match ladder.turn(spent, best) {
                    // A phase of another policy on the same data has spent what was there when this one began.
                    Turn::Withheld => Told::withheld(),
                    Turn::Run { cap } => {
                        let score = match outcome {
                            Outcome::Scored(values) => values.first().and_then(|value| value.value),
                            Outcome::Faulted(_) => None,
                        };
                        let step = ladder.settle(cap, best, score);
                        let values = level_values(&ladder, &spec.columns(), step.level);
                        Told::level(step, values)
                    }
                }
            }
        };
    charge_account(s, &key, told.charge_millibits).await?;
    settle_release(s, entry, phase, spec, told, now).await?;
    start_next(s, &key, now).await
}

/// Starts the next submission of an account that waits for its turn. Whatever needs no run ends here, and the one after it is next.
pub(crate) async fn start_next(s: &mut Session, key: &AccountKey, now: Micros) -> Result<(), StoreError> {
    loop {
        // Whoever has it locked will start it, or the sweep will.
        let next = s
            .one_unlocked(
                "select s.id from submissions s
                 where s.competition = $1 and s.task = $2 and s.version = $3 and s.split = $4 and s.team = $5
                   and s.state = 'queued'
                   and not exists (select 1 from evaluations e where e.submission = s.id and e.kind = 'hidden')
                   and not exists (select 1 from releases r where r.submission = s.id)
                 order by s.accepted_at, s.id limit 1",
                args![&key.task.competition, &key.task.task, key.version, key.split.as_str(), &key.team],
            )
            .await?;
        let Some(next) = next else { return Ok(()) };
        let mut entry = Entry::lock(s, &next.id("id")?).await?;
        if entry.state != SubmissionState::Queued {
            return Ok(());
        }
        let phase = read_phase(s, &entry.task.competition, &entry.phase).await?;
        let spec = read_spec(s, &entry).await?;
        begin_hidden(s, &mut entry, &phase, &spec, now).await?;
        // Nothing was decided: it runs.
        if !has_release(s, &entry.id).await? {
            return Ok(());
        }
    }
}

impl Store {
    /// Starts submissions whose turn it is and that nobody has started. Returns how many accounts were looked at.
    pub async fn sweep_waiting(&self) -> Result<u32, StoreError> {
        let waiting: Vec<AccountKey> = {
            let mut s = self.read().await?;
            let rows = s
                .rows(
                    "select distinct s.competition, s.task, s.version, s.split, s.team from submissions s
                     where s.state = 'queued'
                       and not exists (select 1 from evaluations e where e.submission = s.id and e.kind = 'hidden')
                       and not exists (select 1 from releases r where r.submission = s.id)
                       and not exists (select 1 from submissions o join evaluations e on e.submission = o.id
                           where o.competition = s.competition and o.task = s.task and o.version = s.version
                             and o.split = s.split and o.team = s.team and o.state in ('queued', 'evaluating')
                             and e.kind = 'hidden' and e.ended_at is null)
                     limit $1",
                    args![ACCOUNTS_SWEPT_MAX],
                )
                .await?;
            rows.iter()
                .map(|row| {
                    Ok(AccountKey {
                        task: TaskName::new(row.id("competition")?, row.id::<TaskId>("task")?),
                        version: row.u32("version")?,
                        split: row.word("split", Split::parse)?,
                        team: row.id("team")?,
                    })
                })
                .collect::<Result<_, StoreError>>()?
        };
        for key in &waiting {
            let mut s = self.write().await?;
            let now = s.now().await?;
            start_next(&mut s, key, now).await?;
            s.commit().await?;
        }
        Ok(waiting.len() as u32)
    }
}
