//! Contest control and ledgers, as they are shown.

use egret_contest::{CompetitionName, Ladder, PhaseId, SubmissionName, TaskName, TeamId, TeamName};
use egret_proto::v1;
use egret_store::{Account, Audience, Ledger, Nominees, PhaseChange, PhaseLedger, SplitLedger};

use super::timestamp;

pub(crate) fn phase_change(competition: &CompetitionName, change: &PhaseChange) -> v1::PhaseChange {
    let mut detail = Vec::new();
    if let Some(team) = &change.team {
        detail.push(format!("team {team}"));
    }
    if let Some(extra) = change.extra {
        detail.push(format!("+{} s", extra.as_secs()));
    }
    if let Some(removed) = change.removed {
        detail.push(format!("{} to {}", removed.start.timestamp(), removed.end.timestamp()));
    }
    if detail.is_empty() && change.phase.is_none() {
        detail.push(competition.to_string());
    }
    v1::PhaseChange {
        phase_id: change.phase.as_ref().map(PhaseId::to_string).unwrap_or_default(),
        kind: change.kind.clone(),
        detail: detail.join(", "),
        reason: change.reason.clone(),
        user: format!("users/{}", change.by),
        time: timestamp(change.at),
    }
}

pub(crate) fn nominees(team: &TeamName, nominees: &Nominees) -> v1::Nominees {
    v1::Nominees {
        team: team.to_string(),
        submissions: nominees.submissions.iter().map(SubmissionName::to_string).collect(),
        chosen: nominees.chosen,
        count_max: nominees.count_max,
        close_time: timestamp(nominees.closes_at),
    }
}

pub(crate) fn ledger(task: &TaskName, audience: &Audience, ledger: &Ledger) -> v1::Ledger {
    v1::Ledger {
        name: task.to_string(),
        test_set: ledger.test_set.to_string(),
        splits: ledger.splits.iter().map(|split| split_ledger(task, audience, split)).collect(),
    }
}

fn split_ledger(task: &TaskName, audience: &Audience, split: &SplitLedger) -> v1::SplitLedger {
    let mut accounts = split.accounts.iter().map(|account| team_account(task, account));
    let account = if matches!(audience, Audience::Team(_)) { accounts.next() } else { None };
    v1::SplitLedger {
        split: split.split.as_str().to_owned(),
        item_count: split.items,
        spent_millibits: split.spent_millibits,
        team_count: split.team_count,
        phases: split.phases.iter().map(phase_ledger).collect(),
        account,
        accounts: accounts.collect(),
    }
}

fn phase_ledger(phase: &PhaseLedger) -> v1::PhaseLedger {
    let ladder = phase.ladder.as_ref();
    v1::PhaseLedger {
        phase_id: phase.phase.to_string(),
        policy: if ladder.is_some() { "ladder" } else { "exact" }.to_owned(),
        charge_millibits: phase.exact_millibits,
        levels: ladder.map_or(0, Ladder::levels),
        step: ladder.map_or(0.0, Ladder::step),
        budget_millibits: ladder.map_or(0, Ladder::budget_millibits),
        tau: ladder.map_or(0.0, Ladder::tau),
    }
}

fn team_account(task: &TaskName, account: &Account) -> v1::TeamAccount {
    let team = |team: &TeamId| TeamName::new(task.competition.clone(), team.clone()).to_string();
    let next = account.next.iter().map(|next| {
        let (min_millibits, max_millibits) = next.charge.unwrap_or_default();
        v1::NextCharge {
            phase_id: next.phase.to_string(),
            level: next.level,
            left_millibits: next.left_millibits,
            min_millibits,
            max_millibits,
        }
    });
    let rows = account.rows.iter().map(|row| v1::LedgerRow {
        time: timestamp(row.at),
        phase_id: row.phase.to_string(),
        submission: row.submission.to_string(),
        charge_millibits: row.charge_millibits,
        kind: if row.is_reveal { "reveal" } else { "release" }.to_owned(),
    });
    v1::TeamAccount {
        team: team(&account.team),
        spent_millibits: account.spent_millibits,
        next: next.collect(),
        rows: rows.collect(),
    }
}
