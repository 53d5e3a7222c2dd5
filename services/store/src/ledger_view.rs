//! The ledger as it is shown: what has left a test set, and what may. Only releases that were shown count here, so that the ledger tells
//! nothing before its time; for everybody those of a frozen board count from its thaw on.

use std::collections::BTreeMap;

use egret_contest::{
    Ladder, Micros, Phase, PhaseId, Policy, Split, SubmissionId, TaskName, TaskSpec, TeamId, TestSetName,
    exact_millibits,
};

use crate::competitions::read_phases;
use crate::db::args;
use crate::ledger::{AccountKey, best_level, count_items, ladder_of};
use crate::session::Session;
use crate::{Store, StoreError};

/// Rows of an account that are shown.
const ROWS_SHOWN: u32 = 200;

/// Who looks at a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody: the sums.
    Public,
    /// A team: the sums and its own account.
    Team(TeamId),
    /// Organizers, auditors and operators: every account.
    Jury,
}

/// What has left the live test set of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// The test set.
    pub test_set: TestSetName,
    /// Its hidden splits that a phase scores.
    pub splits: Vec<SplitLedger>,
}

/// What has left one split.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitLedger {
    /// Which.
    pub split: Split,
    /// Its items.
    pub items: u64,
    /// The sum over teams: at most so much has ever left it.
    pub spent_millibits: u64,
    /// Teams that have been charged.
    pub team_count: u32,
    /// The phases that score it.
    pub phases: Vec<PhaseLedger>,
    /// The team's own, or every team's.
    pub accounts: Vec<Account>,
}

/// What a phase may release.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseLedger {
    /// Which.
    pub phase: PhaseId,
    /// Policy `exact`: the charge of a release.
    pub exact_millibits: u64,
    /// Policy `ladder`.
    pub ladder: Option<Ladder>,
}

/// A team's account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Whose.
    pub team: TeamId,
    /// Charged so far, as far as it was shown.
    pub spent_millibits: u64,
    /// What may come, by phase with the policy `ladder`.
    pub next: Vec<NextCharge>,
    /// Newest first; of a team that asks for its own.
    pub rows: Vec<AccountRow>,
}

/// What the next release may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextCharge {
    /// In which phase.
    pub phase: PhaseId,
    /// The team's best level there.
    pub level: u32,
    /// What is left of its budget there.
    pub left_millibits: u64,
    /// At least and at most; `None`: it will be withheld.
    pub charge: Option<(u64, u64)>,
}

/// A charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// When it was shown.
    pub at: Micros,
    /// In which phase.
    pub phase: PhaseId,
    /// For which submission.
    pub submission: SubmissionId,
    /// How much.
    pub charge_millibits: u64,
    /// Whether exact scores were revealed, after the phase.
    pub is_reveal: bool,
}

impl Store {
    /// The ledger of a task's live test set. `NotFound` if there is none.
    pub async fn ledger(&self, task: &TaskName, audience: &Audience) -> Result<Ledger, StoreError> {
        let mut s = self.read().await?;
        let row = s
            .one(
                "select t.spec, l.version from tasks t
                 join test_sets l on l.competition = t.competition and l.task = t.id and l.state = 'live'
                 where t.competition = $1 and t.id = $2",
                args![&task.competition, &task.task],
            )
            .await?
            .ok_or(StoreError::NotFound("live test set"))?;
        let (spec, version): (TaskSpec, u32) = (row.json("spec")?, row.u32("version")?);
        let phases = read_phases(&mut s, &task.competition).await?;
        let now = s.now().await?;
        let mut splits = Vec::new();
        for split in [Split::Public, Split::Private] {
            let phases: Vec<&Phase> = phases.iter().filter(|phase| phase.split == split).collect();
            if !phases.is_empty() {
                splits.push(read_split(&mut s, task, version, &spec, split, &phases, audience, now).await?);
            }
        }
        let test_set = TestSetName::new(task.competition.clone(), task.task.clone(), version);
        Ok(Ledger { test_set, splits })
    }
}

async fn read_split(
    s: &mut Session,
    task: &TaskName,
    version: u32,
    spec: &TaskSpec,
    split: Split,
    phases: &[&Phase],
    audience: &Audience,
    now: Micros,
) -> Result<SplitLedger, StoreError> {
    let mut spent: BTreeMap<TeamId, u64> = BTreeMap::new();
    let mut shown = Vec::new();
    for phase in phases {
        // What the boards do not show yet is not in their sum either; a team sees its own account as it is.
        let end = match audience {
            Audience::Jury => Micros(i64::MAX),
            _ if phase.is_jurys() => Micros(i64::MIN),
            _ => phase.frozen_since(&task.task, now).unwrap_or(Micros(i64::MAX)),
        };
        for (team, millibits) in read_spent(s, task, version, split, phase, end).await? {
            *spent.entry(team).or_default() += millibits;
        }
        let exact = match phase.rules.release.policy() {
            Policy::Exact { decimals } => exact_millibits(decimals, &spec.columns()),
            Policy::Ladder(_) => 0,
        };
        let ladder = ladder_of(s, task, version, spec, phase).await?;
        shown.push(PhaseLedger { phase: phase.id.clone(), exact_millibits: exact, ladder });
    }
    let mut accounts = Vec::new();
    match audience {
        Audience::Public => {}
        Audience::Team(team) => {
            let mut own = 0;
            for phase in phases {
                let all = read_spent(s, task, version, split, phase, Micros(i64::MAX)).await?;
                own += all.iter().find(|(of, _)| of == team).map_or(0, |(_, millibits)| *millibits);
            }
            let key = AccountKey { task: task.clone(), version, split, team: team.clone() };
            let rows = read_account_rows(s, &key).await?;
            accounts.push(account(s, &key, own, phases, &shown, rows).await?);
        }
        Audience::Jury => {
            for (team, millibits) in &spent {
                let key = AccountKey { task: task.clone(), version, split, team: team.clone() };
                accounts.push(account(s, &key, *millibits, phases, &shown, Vec::new()).await?);
            }
        }
    }
    Ok(SplitLedger {
        split,
        items: count_items(s, task, version, split).await?,
        spent_millibits: spent.values().sum(),
        team_count: spent.len() as u32,
        phases: shown,
        accounts,
    })
}

async fn account(
    s: &mut Session,
    key: &AccountKey,
    spent_millibits: u64,
    phases: &[&Phase],
    shown: &[PhaseLedger],
    rows: Vec<AccountRow>,
) -> Result<Account, StoreError> {
    let mut next = Vec::new();
    for (phase, ladder) in phases.iter().zip(shown) {
        let Some(ladder) = &ladder.ladder else { continue };
        let level = best_level(s, key, phase, true).await?;
        next.push(NextCharge {
            phase: phase.id.clone(),
            level,
            left_millibits: ladder.budget_millibits().saturating_sub(spent_millibits),
            charge: ladder.next_charge(spent_millibits, level),
        });
    }
    Ok(Account { team: key.team.clone(), spent_millibits, next, rows })
}

/// What each team was charged in a phase by what was shown before `end`.
async fn read_spent(
    s: &mut Session,
    task: &TaskName,
    version: u32,
    split: Split,
    phase: &Phase,
    end: Micros,
) -> Result<Vec<(TeamId, u64)>, StoreError> {
    let rows = s
        .rows(
            "select r.team, cast(sum(r.charge_millibits + coalesce(x.charge_millibits, 0)) as bigint) as spent
             from releases r left join reveals x on x.submission = r.submission and x.revealed_at < $6
             where r.competition = $1 and r.task = $2 and r.version = $3 and r.split = $4 and r.phase = $5
               and r.released_at < $6
             group by r.team order by r.team",
            args![&task.competition, &task.task, version, split.as_str(), &phase.id, end],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("team")?, row.u64("spent")?))).collect()
}

async fn read_account_rows(s: &mut Session, key: &AccountKey) -> Result<Vec<AccountRow>, StoreError> {
    let rows = s
        .rows(
            "select * from (
                 select r.released_at as at, r.phase, r.submission, r.charge_millibits, 'release' as kind from releases r
                 where r.competition = $1 and r.task = $2 and r.version = $3 and r.split = $4 and r.team = $5
                   and r.released_at is not null
                 union all
                 select x.revealed_at as at, r.phase, r.submission, x.charge_millibits, 'reveal' as kind
                 from reveals x join releases r on r.submission = x.submission
                 where r.competition = $1 and r.task = $2 and r.version = $3 and r.split = $4 and r.team = $5) w
             order by w.at desc, w.submission desc limit $6",
            args![
                &key.task.competition,
                &key.task.task,
                key.version,
                key.split.as_str(),
                &key.team,
                ROWS_SHOWN
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(AccountRow {
                at: row.at("at")?,
                phase: row.id("phase")?,
                submission: row.id("submission")?,
                charge_millibits: row.u64("charge_millibits")?,
                is_reveal: row.text("kind")? == "reveal",
            })
        })
        .collect()
}
