use std::collections::BTreeMap;
use std::fmt::Write as _;

use egret_proto::v1::{Ledger, NextCharge, PhaseLedger, SplitLedger, TeamAccount};

use super::{Rows, facts};
use crate::names::{TeamName, TestSetName};
use crate::{moment, numbers};

/// Rows of an account that a reader of the terminal sees; programs get all.
const ROWS_SHOWN: usize = 20;

/// How many levels the ladders of a task have, by phase.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grids(BTreeMap<String, u32>);

impl Grids {
    /// Those that a ledger tells.
    pub fn of(ledger: &Ledger) -> Self {
        let phases = ledger.splits.iter().flat_map(|split| &split.phases);
        Self(
            phases
                .filter(|phase| phase.levels > 0)
                .map(|phase| (phase.phase_id.clone(), phase.levels))
                .collect(),
        )
    }

    /// `level 37 of 50`.
    pub fn level(&self, phase: &str, level: u32) -> String {
        match self.0.get(phase) {
            Some(levels) => format!("level {level} of {levels}"),
            None => format!("level {level}"),
        }
    }
}

/// Everything that a reader may know of it.
pub(crate) fn show(ledger: &Ledger) -> String {
    let millibits = ledger.splits.iter().map(|split| split.spent_millibits).sum();
    let have = if numbers::bytes_at_most(millibits) == "1 byte" { "has" } else { "have" };
    let mut text = format!(
        "At most {} {have} ever left this test set ({}): {}, the sum over teams.\n",
        numbers::bytes_at_most(millibits),
        TestSetName::short(&ledger.test_set),
        numbers::bits(millibits),
    );
    for split in &ledger.splits {
        text.push('\n');
        text.push_str(&show_split(split));
    }
    text
}

fn show_split(split: &SplitLedger) -> String {
    let mut text = format!(
        "Split {}: {} hidden items; at most {} ({}) have left it, to {} teams.\n",
        split.split,
        numbers::count(split.item_count),
        numbers::bytes_at_most(split.spent_millibits),
        numbers::bits(split.spent_millibits),
        split.team_count,
    );
    let mut rows = Rows::new(["phase", "policy", ">levels", ">step", ">budget of a team", "a release costs"]);
    for phase in &split.phases {
        let is_ladder = phase.levels > 0;
        rows.row([
            phase.phase_id.clone(),
            phase.policy.clone(),
            if is_ladder { phase.levels.to_string() } else { "-".to_owned() },
            if is_ladder { phase.step.to_string() } else { "-".to_owned() },
            if is_ladder { numbers::bits(phase.budget_millibits) } else { "no limit".to_owned() },
            cost(phase),
        ]);
    }
    text.push_str(&rows.or("No phase scores it."));
    for phase in split.phases.iter().filter(|phase| phase.levels > 0) {
        let _ = writeln!(
            text,
            "In {} a released score is within {:.4} of the true one, with probability 95 %, for a metric from 0 to 1.",
            phase.phase_id, phase.tau
        );
    }
    if let Some(account) = &split.account {
        text.push_str(&show_account(account, split));
    }
    if !split.accounts.is_empty() {
        text.push_str(&accounts(split));
    }
    text
}

/// What a release of any team costs, at least and at most.
fn cost(phase: &PhaseLedger) -> String {
    match phase.levels {
        0 => numbers::bits(phase.charge_millibits),
        levels => {
            format!("0.193 bits; 4 bits for a rise by 1 level, {} for one by all {levels}", rise(levels))
        }
    }
}

/// What a rise by so many levels, at least 1, costs: 4, 6, 6, 8, 8, 8, 8, 10 … bits.
fn rise(levels: u32) -> String {
    numbers::bits(1_000 * (4 + 2 * u64::from(levels.ilog2())))
}

fn show_account(account: &TeamAccount, split: &SplitLedger) -> String {
    let spent = ("spent", numbers::bits(account.spent_millibits));
    let mut text = format!("\n{}", facts([("team", TeamName::short(&account.team)), spent]));
    if !account.next.is_empty() {
        let mut rows = Rows::new(["phase", "level", "left", "the next release may cost"]);
        for next in &account.next {
            let levels =
                split.phases.iter().find(|phase| phase.phase_id == next.phase_id).map_or(0, |p| p.levels);
            rows.row([
                next.phase_id.clone(),
                format!("{} of {levels}", next.level),
                numbers::bits(next.left_millibits),
                next_cost(next),
            ]);
        }
        text.push_str(&rows.or(""));
    }
    if !account.rows.is_empty() {
        let mut rows = Rows::new(["time", "phase", "submission", "what", ">charge"]);
        for row in account.rows.iter().take(ROWS_SHOWN) {
            rows.row([
                moment::show(row.time),
                row.phase_id.clone(),
                row.submission.clone(),
                row.kind.clone(),
                numbers::bits(row.charge_millibits),
            ]);
        }
        text.push('\n');
        text.push_str(&rows.or(""));
        if account.rows.len() > ROWS_SHOWN {
            let _ = writeln!(text, "The newest {ROWS_SHOWN}; --output json has more.");
        }
    }
    text
}

/// Every team's, for the jury.
fn accounts(split: &SplitLedger) -> String {
    let mut rows = Rows::new(["team", ">spent", "phase", ">level", ">left", "the next release may cost"]);
    for account in &split.accounts {
        let head = || [TeamName::short(&account.team), numbers::bits(account.spent_millibits)];
        if account.next.is_empty() {
            rows.row(head().into_iter().chain(["-", "-", "-", "-"].map(str::to_owned)));
        }
        for next in &account.next {
            let tail = [
                next.phase_id.clone(),
                next.level.to_string(),
                numbers::bits(next.left_millibits),
                next_cost(next),
            ];
            rows.row(head().into_iter().chain(tail));
        }
    }
    format!("\n{}", rows.or(""))
}

/// `0.193 bits to 8 bits`, or that it will not run.
pub(crate) fn next_cost(next: &NextCharge) -> String {
    match (next.min_millibits, next.max_millibits) {
        (0, 0) => "it will be withheld".to_owned(),
        (min, max) if min == max => numbers::bits(min),
        (min, max) => format!("{} to {}", numbers::bits(min), numbers::bits(max)),
    }
}

/// A team's standing in a phase in a line: `level 37 of 50; 28.4 bits left; the next release may cost 0.193 bits to 8 bits`.
pub(crate) fn standing(ledger: &Ledger, phase: &str) -> String {
    let accounts = ledger.splits.iter().filter_map(|split| split.account.as_ref());
    let next = accounts.flat_map(|account| &account.next).find(|next| next.phase_id == phase);
    next.map_or_else(String::new, |next| {
        let level = Grids::of(ledger).level(phase, next.level);
        let left = numbers::bits(next.left_millibits);
        format!("{level}; {left} left; the next release may cost: {}", next_cost(next))
    })
}

/// The same in every phase that has a ladder, each with its name.
pub(crate) fn standings(ledger: &Ledger) -> Vec<String> {
    let accounts = ledger.splits.iter().filter_map(|split| split.account.as_ref());
    let phases = accounts.flat_map(|account| &account.next).map(|next| next.phase_id.as_str());
    phases.map(|phase| format!("{phase}: {}", standing(ledger, phase))).collect()
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::LedgerRow;

    use super::*;

    fn ledger() -> Ledger {
        let ladder = PhaseLedger {
            phase_id: "live".into(),
            policy: "ladder".into(),
            levels: 50,
            step: 0.01,
            budget_millibits: 64_000,
            tau: 0.0806,
            ..PhaseLedger::default()
        };
        let exact = PhaseLedger {
            phase_id: "practice".into(),
            policy: "exact".into(),
            charge_millibits: 13_289,
            ..PhaseLedger::default()
        };
        let next = NextCharge {
            phase_id: "live".into(),
            level: 37,
            left_millibits: 28_400,
            min_millibits: 193,
            max_millibits: 10_000,
        };
        let row = LedgerRow {
            submission: "s1".into(),
            charge_millibits: 4_000,
            kind: "release".into(),
            ..LedgerRow::default()
        };
        Ledger {
            name: "competitions/c/tasks/digits".into(),
            test_set: "competitions/c/tasks/digits/testSets/1".into(),
            splits: vec![SplitLedger {
                split: "public".into(),
                item_count: 4_000,
                spent_millibits: 9_631_004,
                team_count: 12,
                phases: vec![ladder, exact],
                account: Some(TeamAccount {
                    team: "competitions/c/teams/gulls".into(),
                    spent_millibits: 35_600,
                    next: vec![next],
                    rows: vec![row],
                }),
                accounts: Vec::new(),
            }],
        }
    }

    #[test]
    fn everybody_reads_what_has_left_and_a_team_what_it_has() {
        let text = show(&ledger());
        for words in [
            "At most 1,204 bytes have ever left this test set (c/digits/1): 9,631.004 bits",
            "Split public: 4,000 hidden items; at most 1,204 bytes",
            "0.193 bits; 4 bits for a rise by 1 level, 14 bits for one by all 50",
            "13.289 bits",
            "within 0.0806 of the true one, with probability 95 %",
            "c/gulls",
            "35.6 bits",
            "37 of 50",
            "0.193 bits to 10 bits",
            "release  4 bits",
        ] {
            assert!(text.contains(words), "{words}:\n{text}");
        }
        let mut public = ledger();
        public.splits[0].account = None;
        assert!(!show(&public).contains("gulls"));
    }

    #[test]
    fn a_jury_reads_every_account() {
        let mut jury = ledger();
        let account = jury.splits[0].account.take().unwrap();
        jury.splits[0].accounts = vec![
            account,
            TeamAccount { team: "competitions/c/teams/terns".into(), ..TeamAccount::default() },
        ];
        let text = show(&jury);
        assert!(text.contains("c/gulls  35.6 bits  live"), "{text}");
        assert!(text.contains("c/terns     0 bits  -"), "{text}");
    }

    #[test]
    fn a_release_that_does_not_fit_is_said_before() {
        let mut ledger = ledger();
        let said = standing(&ledger, "live");
        assert_eq!(said, "level 37 of 50; 28.4 bits left; the next release may cost: 0.193 bits to 10 bits");
        let next = &mut ledger.splits[0].account.as_mut().unwrap().next[0];
        (next.min_millibits, next.max_millibits) = (0, 0);
        assert!(standing(&ledger, "live").ends_with("it will be withheld"));
        (next_of(&mut ledger).min_millibits, next_of(&mut ledger).max_millibits) = (193, 193);
        assert!(standing(&ledger, "live").ends_with("0.193 bits"));
        assert_eq!(standing(&ledger, "practice"), "");
        assert_eq!(standings(&ledger), [format!("live: {}", standing(&ledger, "live"))]);
    }

    fn next_of(ledger: &mut Ledger) -> &mut NextCharge {
        &mut ledger.splits[0].account.as_mut().unwrap().next[0]
    }

    #[test]
    fn a_rise_costs_by_its_prefix_code() {
        assert_eq!(
            [1, 2, 3, 4, 7, 8, 50].map(rise),
            ["4 bits", "6 bits", "6 bits", "8 bits", "8 bits", "10 bits", "14 bits"]
        );
    }

    #[test]
    fn a_level_is_told_of_its_grid() {
        let grids = Grids::of(&ledger());
        assert_eq!(
            (grids.level("live", 3), grids.level("practice", 3)),
            ("level 3 of 50".into(), "level 3".into())
        );
    }
}
