//! The audit: what the server says in the end, against what clients and workers kept.

use std::collections::HashMap;

use egret_proto::v1::{Leaderboard, Quota, Submission, submission::State};

use super::{
    clock::Clock,
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
    /// Every entry's quota.
    pub quotas: &'a [Quota],
    /// Every task's board.
    pub boards: &'a [Leaderboard],
    /// Teams by number.
    pub teams: &'a [String],
}

/// A receipt with the request that it answers.
pub struct Receipt<'a> {
    pub sent: &'a Sent,
    pub name: &'a str,
    pub accepted_us: i64,
}

impl Audit<'_> {
    /// Everything that must hold.
    pub fn findings(&self) -> Vec<Finding> {
        vec![
            self.submissions_are_the_receipts(),
            self.one_verdict_each(),
            self.quotas_are_exact(),
            self.order(),
            self.deadline(),
            self.fairness(),
            self.boards_are_rebuilt(),
            Finding::asserted(
                "nothing that the script does not explain",
                format!("{} leases dropped", self.log.dropped.len()),
                self.log.strange.clone(),
            ),
        ]
    }

    /// Every receipt that a client has.
    pub fn receipts(&self) -> impl Iterator<Item = Receipt<'_>> {
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
}
