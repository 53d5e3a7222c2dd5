//! The audit: what the server says in the end, against what clients and workers kept.

use std::collections::HashMap;

use egret_proto::v1::{Leaderboard, Submission, submission::State};

use super::{
    clock::Clock,
    contest::TOTAL_MAX,
    fairness::{Wait, jain_of},
    log::{Answer, Pages, Sent, Stage},
    micros,
    plan::{BURST, Fate, Plan},
    report::Finding,
    workers::value,
};
use crate::sha256;

/// The least that Jain's index of the teams' waits may be.
const JAIN_MIN: f64 = 0.95;

/// Both sides of the ledger.
pub struct Audit<'a> {
    pub plan: &'a Plan,
    pub clock: Clock,
    pub log: &'a Pages,
    /// Every submission that the server has.
    pub submissions: &'a [Submission],
    /// Every task's board.
    pub boards: &'a [Leaderboard],
    /// Teams by number.
    pub teams: &'a [String],
}

/// A receipt with the request that it answers.
struct Receipt<'a> {
    sent: &'a Sent,
    name: &'a str,
    accepted_us: i64,
}

impl Audit<'_> {
    /// Everything that must hold.
    pub fn findings(&self) -> Vec<Finding> {
        vec![
            self.submissions_are_the_receipts(),
            self.one_verdict_each(),
            self.quotas(),
            self.order(),
            self.deadline(),
            self.fairness(),
            self.boards(),
            Finding::asserted(
                "nothing that the script does not explain",
                format!("{} leases dropped", self.log.dropped.len()),
                self.log.strange.clone(),
            ),
        ]
    }

    fn receipts(&self) -> impl Iterator<Item = Receipt<'_>> {
        self.log.sent.iter().filter_map(|sent| match &sent.answer {
            Answer::Receipt { name, accepted_us } => Some(Receipt { sent, name, accepted_us: *accepted_us }),
            _ => None,
        })
    }

    /// What is accepted has a receipt, and what has a receipt has come to the end that its fate is.
    fn submissions_are_the_receipts(&self) -> Finding {
        let mut known: HashMap<&str, &Submission> =
            self.submissions.iter().map(|submission| (submission.name.as_str(), submission)).collect();
        let (mut against, mut released, mut rejected) = (Vec::new(), 0, 0);
        if known.len() != self.submissions.len() {
            against.push("a submission is listed twice".into());
        }
        for receipt in self.receipts() {
            let Some(submission) = known.remove(receipt.name) else {
                against.push(format!("{} has a receipt, and is not there (or twice)", receipt.name));
                continue;
            };
            match submission.state() {
                State::Released => released += 1,
                State::Rejected => rejected += 1,
                _ => {}
            }
            if let Some(problem) = self.problem(&receipt, submission) {
                against.push(format!("{}: {problem}", receipt.name));
            }
        }
        against.extend(known.keys().map(|name| format!("{name} is there, and has no receipt")));
        if released == 0 || rejected == 0 {
            against.push(format!("{released} released and {rejected} rejected: nothing was rehearsed"));
        }
        let told = format!("{} accepted: {released} released, {rejected} rejected", released + rejected);
        Finding::asserted("every receipt ends in one state, with one release or rejection", told, against)
    }

    /// What is wrong with how a submission ended.
    fn problem(&self, receipt: &Receipt<'_>, submission: &Submission) -> Option<String> {
        let model = receipt.sent.model;
        let check = submission.check.as_ref().map(|check| check.passed);
        let release = submission.release.as_ref();
        let scored = release.map(|release| (release.scored, release.metrics.first().and_then(|m| m.value)));
        let expected = match self.plan.models[model].fate {
            Fate::FailsCheck => (State::Rejected, Some(false), None),
            Fate::FailsHidden => (State::Released, Some(true), Some((false, None))),
            Fate::Scores(of) => (State::Released, Some(true), Some((true, Some(value(of))))),
        };
        let found = (submission.state(), check, scored);
        if found != expected {
            return Some(format!("it came to {found:?}, not {expected:?}"));
        }
        if submission.model_sha256 != sha256(&super::plan::Planned::file(model)) {
            return Some("it is another model".into());
        }
        let accepted_us = micros(submission.accept_time.as_ref());
        (accepted_us != receipt.accepted_us)
            .then(|| "it was accepted at another time than its receipt says".into())
    }

    /// Every evaluation has one acknowledged result; what failed its check has no hidden one.
    fn one_verdict_each(&self) -> Finding {
        let mut counts: HashMap<(usize, Stage), usize> = HashMap::new();
        for verdict in &self.log.verdicts {
            *counts.entry((verdict.model, verdict.stage)).or_default() += 1;
        }
        let mut against = Vec::new();
        for receipt in self.receipts() {
            let model = receipt.sent.model;
            let hidden = usize::from(self.plan.models[model].fate != Fate::FailsCheck);
            for (stage, expected) in [(Stage::Check, 1), (Stage::Hidden, hidden)] {
                let found = counts.remove(&(model, stage)).unwrap_or(0);
                if found != expected {
                    against.push(format!("{}: {found} results of {stage:?}, not {expected}", receipt.name));
                }
            }
        }
        against.extend(
            counts.keys().map(|(model, stage)| format!("model {model}: {stage:?} without a receipt")),
        );
        let told = format!("{} results acknowledged", self.log.verdicts.len());
        Finding::asserted("every evaluation ends in one verdict", told, against)
    }

    /// What the server says is used is what the receipts say; it never was more than allowed; nobody was refused below it.
    fn quotas(&self) -> Finding {
        let mut against = Vec::new();
        let ends: HashMap<&str, i64> = self
            .submissions
            .iter()
            .filter(|submission| submission.state() == State::Rejected)
            .map(|submission| (submission.name.as_str(), micros(submission.update_time.as_ref())))
            .collect();
        let mut entries: Vec<Vec<Receipt<'_>>> = self.plan.entries.iter().map(|_| Vec::new()).collect();
        for receipt in self.receipts() {
            entries[self.plan.models[receipt.sent.model].entry].push(receipt);
        }
        for (number, receipts) in entries.iter_mut().enumerate() {
            receipts.sort_by_key(|receipt| receipt.accepted_us);
            let charges = receipts.iter().map(|receipt| (receipt.accepted_us, 1));
            let refunds = receipts.iter().filter_map(|receipt| Some((*ends.get(receipt.name)?, -1)));
            let mut moves: Vec<(i64, i32)> = charges.chain(refunds).collect();
            moves.sort_unstable();
            let mut used = 0;
            for (_, by) in moves {
                used += by;
                if used > TOTAL_MAX as i32 {
                    against.push(format!("entry {number} used {used} of {TOTAL_MAX}"));
                }
            }
        }
        for seen in &self.log.quotas {
            let receipts = &entries[seen.entry][..(seen.receipts as usize).min(entries[seen.entry].len())];
            let failing =
                |receipt: &&Receipt<'_>| self.plan.models[receipt.sent.model].fate == Fate::FailsCheck;
            let today = receipts.iter().filter(|receipt| receipt.accepted_us >= seen.day_us).count();
            // Those that fail their check are given back some time.
            let back = receipts.iter().filter(failing).count();
            let fits = |used: u32, charged: usize| {
                (charged.saturating_sub(back)..=charged).contains(&(used as usize))
            };
            if !fits(seen.used_total, receipts.len())
                || !fits(seen.used_today, today)
                || seen.used_total > TOTAL_MAX
            {
                against.push(format!("{seen:?}, and {} receipts, {today} of today", receipts.len()));
            }
        }
        let refused: Vec<&Sent> = self.log.sent.iter().filter(|sent| sent.answer == Answer::UsedUp).collect();
        for sent in &refused {
            let entry = &entries[self.plan.models[sent.model].entry];
            let before = entry.iter().filter(|receipt| receipt.sent.ended <= sent.begun).count();
            if before < TOTAL_MAX as usize {
                against.push(format!("model {} was refused after {before} of {TOTAL_MAX}", sent.model));
            }
        }
        if self.log.quotas.is_empty() || refused.is_empty() {
            against.push("no quota was read, or none was used up: nothing was rehearsed".into());
        }
        let told = format!("{} read, {} refused", self.log.quotas.len(), refused.len());
        Finding::asserted("quotas are exact", told, against)
    }

    /// Whichever request ended before another one began was accepted no later, whoever sent them, to whichever task.
    fn order(&self) -> Finding {
        let (mut begun, mut ended): (Vec<_>, Vec<_>) = (self.receipts().collect(), self.receipts().collect());
        begun.sort_by_key(|receipt| receipt.sent.begun);
        ended.sort_by_key(|receipt| receipt.sent.ended);
        let (mut against, mut latest, mut earlier) = (Vec::new(), i64::MIN, ended.iter().peekable());
        for receipt in &begun {
            while let Some(before) = earlier.next_if(|before| before.sent.ended < receipt.sent.begun) {
                latest = latest.max(before.accepted_us);
            }
            if receipt.accepted_us < latest {
                against.push(format!("{} was accepted before one that had its receipt first", receipt.name));
            }
        }
        Finding::asserted(
            "the order of acceptance is the order of receipts",
            format!("{} receipts", begun.len()),
            against,
        )
    }

    /// Nothing is accepted after the end, and nothing is turned away before it.
    fn deadline(&self) -> Finding {
        let end_us = self.clock.end_us();
        let mut against = Vec::new();
        let mut late = 0;
        for sent in &self.log.sent {
            let wrong = match &sent.answer {
                Answer::Receipt { accepted_us, .. } => *accepted_us >= end_us || sent.begun_us >= end_us,
                Answer::Closed => {
                    late += 1;
                    sent.ended_us < end_us
                }
                _ => false,
            };
            if wrong {
                against.push(format!("{sent:?}, and the end is {end_us}"));
            }
        }
        if late == 0 {
            against.push("none was late: nothing was rehearsed".into());
        }
        if self.log.sent.len() != self.plan.models.len() {
            against.push(format!("{} of {} have an answer", self.log.sent.len(), self.plan.models.len()));
        }
        Finding::asserted("the phase ends at its end", format!("{late} were late"), against)
    }

    fn fairness(&self) -> Finding {
        let (mut queued, mut released) = (HashMap::new(), HashMap::new());
        for verdict in self.log.verdicts.iter().filter(|verdict| !self.log.dropped.contains(&verdict.model)) {
            let side = if verdict.stage == Stage::Check { &mut queued } else { &mut released };
            side.insert(verdict.model, self.clock.minute(verdict.acknowledged));
        }
        let wait = |(model, released): (&usize, &f64)| {
            let team = self.plan.entry_of(*model).team;
            Some(Wait { team, queued: *queued.get(model)?, released: *released })
        };
        let waits: Vec<Wait> = released.iter().filter_map(wait).collect();
        let (jain, longest) = jain_of(&waits, BURST.start);
        let against = if jain >= JAIN_MIN { vec![] } else { vec![format!("{jain:.4} is below {JAIN_MIN}")] };
        let told = format!("{jain:.4}; one team waited {longest:.2} times as long as its equals");
        Finding::asserted(format!("Jain fairness of waiting is at least {JAIN_MIN}"), told, against)
    }

    /// Each board is the one that the verdicts of the log make.
    fn boards(&self) -> Finding {
        let mut against = Vec::new();
        for (task, board) in self.boards.iter().enumerate() {
            let rebuilt = self.rebuilt(task);
            let shown = board.entries.iter().map(|entry| Row {
                team: entry.team.clone(),
                value: entry.metrics.first().and_then(|metric| metric.value).unwrap_or(f64::NAN),
                accepted_us: micros(entry.accept_time.as_ref()),
                released: entry.submission_count,
            });
            let shown: Vec<Row> = shown.collect();
            let ranks: Vec<u32> = board.entries.iter().map(|entry| entry.rank).collect();
            if shown != rebuilt || ranks != (1..=rebuilt.len() as u32).collect::<Vec<_>>() {
                against.push(format!("{}: shown {shown:?} {ranks:?}, rebuilt {rebuilt:?}", board.name));
            }
            if rebuilt.is_empty() {
                against.push(format!("{} is empty: nothing was rehearsed", board.name));
            }
        }
        let rows: usize = self.boards.iter().map(|board| board.entries.len()).sum();
        Finding::asserted(
            "each board is the one rebuilt from the verdicts",
            format!("{} boards, {rows} rows", self.boards.len()),
            against,
        )
    }

    fn rebuilt(&self, task: usize) -> Vec<Row> {
        let receipts: HashMap<usize, Receipt<'_>> =
            self.receipts().map(|receipt| (receipt.sent.model, receipt)).collect();
        let mut released: HashMap<usize, u32> = HashMap::new();
        let mut ranked: Vec<(u32, &Receipt<'_>, usize)> = Vec::new();
        for verdict in self.log.verdicts.iter().filter(|verdict| verdict.stage == Stage::Hidden) {
            let (entry, fate) = (self.plan.entry_of(verdict.model), self.plan.models[verdict.model].fate);
            if entry.task != task {
                continue;
            }
            *released.entry(entry.team).or_default() += 1;
            if let (Fate::Scores(of), Some(receipt)) = (fate, receipts.get(&verdict.model)) {
                ranked.push((of, receipt, entry.team));
            }
        }
        ranked.sort_by(|a, b| {
            b.0.cmp(&a.0).then((a.1.accepted_us, a.1.name).cmp(&(b.1.accepted_us, b.1.name)))
        });
        let mut seen = std::collections::HashSet::new();
        ranked.retain(|(_, _, team)| seen.insert(*team));
        let row = |(of, receipt, team): (u32, &Receipt<'_>, usize)| Row {
            team: self.teams[team].clone(),
            value: value(of),
            accepted_us: receipt.accepted_us,
            released: released[&team],
        };
        ranked.into_iter().map(row).collect()
    }
}

/// A board's row, as it can be told from outside.
#[derive(Debug, PartialEq)]
struct Row {
    team: String,
    value: f64,
    accepted_us: i64,
    released: u32,
}
