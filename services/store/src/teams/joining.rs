//! What two teams have used, learnt and named, as one: summed, moved, and refused where it is more than one team may. Both teams are
//! held, and the submissions that move are locked.

use egret_contest::{
    CompetitionId, Micros, Phase, PhaseId, Policy, Refusal, Split, TaskId, TaskName, TaskSpec, TeamId,
    TeamName, TimeZoneName,
};

use crate::StoreError;
use crate::admission::quota_day;
use crate::db::args;
use crate::ledger::{AccountKey, charge_account, ladder_of, lock_account};
use crate::quotas::{QuotaKey, lock_quota, write_quota};
use crate::session::Session;

pub(super) async fn join_accounts(
    s: &mut Session,
    team: &TeamName,
    into: &TeamName,
    phases: &[Phase],
) -> Result<(), StoreError> {
    let rows = s
        .rows(
            "select task, version, split from accounts where competition = $1 and team = $2
             order by task, version, split",
            of(team),
        )
        .await?;
    for row in &rows {
        let task = TaskName::new(team.competition.clone(), row.id("task")?);
        let (version, split) = (row.u32("version")?, row.word("split", Split::parse)?);
        let key = |team: &TeamId| AccountKey { task: task.clone(), version, split, team: team.clone() };
        let (from, to) = (key(&team.team), key(&into.team));
        let spent = lock_account(s, &from).await?;
        let own = lock_account(s, &to).await?;
        if spent > 0 && own > 0 {
            require_budget(s, &to, spent + own, phases).await?;
        }
        charge_account(s, &to, spent).await?;
        s.run(
            "delete from accounts where competition = $1 and task = $2 and version = $3 and split = $4 and team = $5",
            args![&team.competition, &task.task, version, split.as_str(), &team.team],
        )
        .await?;
    }
    Ok(())
}

/// What is spent together must fit the budget of every phase that has one on this data.
async fn require_budget(
    s: &mut Session,
    key: &AccountKey,
    spent_millibits: u64,
    phases: &[Phase],
) -> Result<(), StoreError> {
    let is_ladder = |phase: &&Phase| matches!(phase.rules.release.policy(), Policy::Ladder(_));
    for phase in phases.iter().filter(|phase| phase.split == key.split).filter(is_ladder) {
        let spec = read_spec(s, &key.task).await?;
        let Some(ladder) = ladder_of(s, &key.task, key.version, &spec, phase).await? else { continue };
        let budget_millibits = ladder.budget_millibits();
        if spent_millibits > budget_millibits {
            let (task, phase, split) = (key.task.task.clone(), phase.id.clone(), key.split);
            let refusal = Refusal::MergeLedger { task, phase, split, spent_millibits, budget_millibits };
            return Err(refusal.into());
        }
    }
    Ok(())
}

async fn read_spec(s: &mut Session, task: &TaskName) -> Result<TaskSpec, StoreError> {
    let row = s
        .one(
            "select spec from tasks where competition = $1 and id = $2",
            args![&task.competition, &task.task],
        )
        .await?;
    row.ok_or(StoreError::Corrupt("tasks"))?.json("spec")
}

pub(super) async fn join_quotas(
    s: &mut Session,
    team: &TeamName,
    into: &TeamName,
    phases: &[Phase],
    now: Micros,
) -> Result<(), StoreError> {
    let zone = read_zone(s, &team.competition).await?;
    let rows = s
        .rows(
            "select task, phase from quotas where competition = $1 and team = $2 order by task, phase",
            of(team),
        )
        .await?;
    for row in &rows {
        let task = TaskName::new(team.competition.clone(), row.id("task")?);
        let phase = phase_of(phases, &row.id("phase")?)?;
        let (from, to) =
            (QuotaKey::new(&task, &phase.id, &team.team), QuotaKey::new(&task, &phase.id, &into.team));
        let (theirs, own) = (lock_quota(s, &from).await?, lock_quota(s, &to).await?);
        let (day, _) = quota_day(phase, &zone, now);
        let both = theirs.with(own, day);
        let untouched = theirs.total + theirs.in_flight == 0 || own.total + own.in_flight == 0;
        if let Some((kind, max, used)) = phase.rules.quota_of(&task.task).exceeded(both)
            && !untouched
        {
            let (task, phase) = (task.task, phase.id.clone());
            return Err(Refusal::MergeQuota { task, phase, kind, max, used }.into());
        }
        write_quota(s, &to, both).await?;
        let key = args![&team.competition, &task.task, &phase.id, &team.team];
        let mut with_into = key.clone();
        with_into.extend(args![&into.team]);
        s.run(
            "update quota_entries set team = $5 where competition = $1 and task = $2 and phase = $3 and team = $4",
            with_into,
        )
        .await?;
        s.run("delete from quotas where competition = $1 and task = $2 and phase = $3 and team = $4", key)
            .await?;
    }
    Ok(())
}

async fn read_zone(s: &mut Session, competition: &CompetitionId) -> Result<TimeZoneName, StoreError> {
    let row = s.one("select time_zone from competitions where id = $1", args![competition]).await?;
    row.ok_or(StoreError::Corrupt("competitions"))?.word("time_zone", TimeZoneName::parse)
}

/// What both have named is named, as far as one team may name: its own first, then the other's in the order they were named.
pub(super) async fn join_nominations(
    s: &mut Session,
    team: &TeamName,
    into: &TeamName,
    phases: &[Phase],
) -> Result<(), StoreError> {
    let rows = s
        .rows(
            "select task, phase, team, submission from nominations
             where competition = $1 and team in ($2, $3)
             order by task, phase, case when team = $3 then 0 else 1 end, created_at, submission",
            args![&team.competition, &team.team, &into.team],
        )
        .await?;
    let mut place = 0;
    let mut last: Option<(TaskId, PhaseId)> = None;
    for row in &rows {
        let at: (TaskId, PhaseId) = (row.id("task")?, row.id("phase")?);
        place = if last.as_ref() == Some(&at) { place + 1 } else { 0 };
        let named = phase_of(phases, &at.1)?.rules.nominations.as_ref();
        let beyond = named.is_some_and(|named| place >= named.count_max);
        let is_theirs = row.id::<TeamId>("team")? == team.team;
        let key = args![&team.competition, &at.0, &at.1, &team.team, row.text("submission")?];
        if is_theirs && beyond {
            s.run(
                "delete from nominations
                 where competition = $1 and task = $2 and phase = $3 and team = $4 and submission = $5",
                key,
            )
            .await?;
        }
        last = Some(at);
    }
    s.run(
        "update nominations set team = $3 where competition = $1 and team = $2",
        args![&team.competition, &team.team, &into.team],
    )
    .await
    .map(drop)
}

pub(super) fn phase_of<'a>(phases: &'a [Phase], id: &PhaseId) -> Result<&'a Phase, StoreError> {
    phases.iter().find(|phase| phase.id == *id).ok_or(StoreError::Corrupt("phase"))
}

/// The key of everything that a team has.
pub(super) fn of(team: &TeamName) -> Vec<crate::db::Arg> {
    args![&team.competition, &team.team]
}
