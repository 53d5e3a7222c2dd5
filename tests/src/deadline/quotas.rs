//! Quotas: what the server says is used, what the receipts say, and that nobody ever had more or was refused below.

use std::collections::HashMap;

use egret_proto::v1::submission::State;

use super::{
    audit::{Audit, Receipt},
    contest::TOTAL_MAX,
    log::{Answer, QuotaSeen, Sent},
    micros,
    plan::Fate,
    report::Finding,
};

impl Audit<'_> {
    /// While it ran as teams read them, and in the end.
    pub fn quotas_are_exact(&self) -> Finding {
        let mut entries: Vec<Vec<Receipt<'_>>> = self.plan.entries.iter().map(|_| Vec::new()).collect();
        for receipt in self.receipts() {
            entries[self.plan.models[receipt.sent.model].entry].push(receipt);
        }
        let mut against = self.used_in_the_end(&entries);
        for receipts in &mut entries {
            receipts.sort_by_key(|receipt| receipt.accepted_us);
        }
        against.extend(self.log.quotas.iter().filter_map(|seen| self.misread(seen, &entries[seen.entry])));
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
        let told = format!("{} read, {} refused", self.log.quotas.len() + self.quotas.len(), refused.len());
        Finding::asserted("quotas are exact", told, against)
    }

    /// What was accepted and not given back is what is used, and at no moment was it too much.
    fn used_in_the_end(&self, entries: &[Vec<Receipt<'_>>]) -> Vec<String> {
        let rejected = self.submissions.iter().filter(|submission| submission.state() == State::Rejected);
        let given_back: HashMap<&str, i64> = rejected
            .map(|submission| (submission.name.as_str(), micros(submission.update_time.as_ref())))
            .collect();
        let mut against = Vec::new();
        for (number, (receipts, quota)) in entries.iter().zip(self.quotas).enumerate() {
            let charges = receipts.iter().map(|receipt| (receipt.accepted_us, 1));
            let refunds = receipts.iter().filter_map(|receipt| Some((*given_back.get(receipt.name)?, -1)));
            let mut moves: Vec<(i64, i32)> = charges.chain(refunds).collect();
            moves.sort_unstable();
            let used = moves.iter().scan(0, |used, (_, by)| {
                *used += by;
                Some(*used)
            });
            let used: Vec<i32> = used.collect();
            if used.iter().any(|used| *used > TOTAL_MAX as i32) {
                against.push(format!("entry {number} used {used:?}, of {TOTAL_MAX}"));
            }
            let last = used.last().copied().unwrap_or(0);
            if i64::from(quota.used_total) != i64::from(last) || quota.in_flight != 0 {
                against.push(format!("entry {number} has used {last} and nothing is in flight: {quota:?}"));
            }
        }
        against
    }

    /// What a team read between two of its requests, where that cannot be. What fails its check is given back some time.
    fn misread(&self, seen: &QuotaSeen, receipts: &[Receipt<'_>]) -> Option<String> {
        let receipts = receipts.get(..seen.receipts as usize)?;
        let failing = |receipt: &&Receipt<'_>| self.plan.models[receipt.sent.model].fate == Fate::FailsCheck;
        let back = receipts.iter().filter(failing).count();
        let today = receipts.iter().filter(|receipt| receipt.accepted_us >= seen.day_us).count();
        let fits = |used: u32, charged: usize| {
            (charged.saturating_sub(back)..=charged).contains(&(used as usize)) && used <= TOTAL_MAX
        };
        let right = fits(seen.used_total, receipts.len()) && fits(seen.used_today, today);
        (!right).then(|| format!("{seen:?}, with {} receipts, {today} of them of today", receipts.len()))
    }
}
