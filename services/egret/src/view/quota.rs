use egret_proto::v1::{Quota, QuotaEntry};
use jiff::Timestamp;

use super::Rows;
use crate::moment;

/// Rows of the ledger that stand beside what is left.
const ENTRIES_SHOWN: usize = 5;

/// `2 of 5 left today; 40 of 50 left in all; 1 of 2 running; 3 granted besides`.
fn left(quota: &Quota) -> String {
    let rule = quota.rule.unwrap_or_default();
    let part = |used: u32, max: u32, what: &str| match max {
        0 => format!("{used} used {what}, no limit"),
        max => format!("{} of {max} left {what}", max.saturating_sub(used)),
    };
    let running = match rule.concurrent_max {
        0 => format!("{} running", quota.in_flight),
        max => format!("{} of {max} running", quota.in_flight),
    };
    let granted = (quota.granted > 0).then(|| format!("{} granted besides", quota.granted));
    let parts = [
        part(quota.used_today, rule.per_day_max, "today"),
        part(quota.used_total, rule.total_max, "in all"),
        running,
    ];
    parts.into_iter().chain(granted).collect::<Vec<_>>().join("; ")
}

/// `3 of 10 failed or under way today`; nothing where failed checks are not limited.
fn checks(quota: &Quota) -> String {
    match quota.rule.unwrap_or_default().failed_checks_max {
        0 => String::new(),
        max => format!("{} of {max} failed or under way today", quota.failed_today),
    }
}

/// When this team's submissions are not taken any more.
fn closes(quota: &Quota, now: Timestamp) -> String {
    moment::of(quota.close_time).map_or_else(String::new, |at| moment::show_with_distance(at, now))
}

/// Everything but its ledger, as names and values.
pub(crate) fn lines(quota: &Quota, now: Timestamp) -> [(&'static str, String); 5] {
    [
        ("phase", quota.phase.clone()),
        ("closes", closes(quota, now)),
        ("quota", left(quota)),
        ("resets", resets(quota, now)),
        ("checks", checks(quota)),
    ]
}

/// The last rows of the quota's ledger, newest first; nothing if there is none.
pub(crate) fn entries(quota: &Quota) -> String {
    let mut rows = Rows::new(["time", "what", ">amount", "submission", "reason"]);
    for QuotaEntry { kind, amount, reason, submission, time } in quota.entries.iter().take(ENTRIES_SHOWN) {
        let sign = if kind == "charge" { "-" } else { "+" };
        rows.row([
            moment::show(*time),
            kind.clone(),
            format!("{sign}{amount}"),
            submission.clone(),
            reason.clone(),
        ]);
    }
    if quota.entries.is_empty() { String::new() } else { rows.or("") }
}

/// When the daily count starts again; nothing without a daily limit.
fn resets(quota: &Quota, now: Timestamp) -> String {
    let daily = quota.rule.is_some_and(|rule| rule.per_day_max > 0);
    let reset = moment::of(quota.reset_time).filter(|_| daily);
    reset.map_or_else(String::new, |reset| moment::show_with_distance(reset, now))
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::QuotaRule;

    use super::*;

    #[test]
    fn what_is_left_never_goes_below_zero() {
        let rule = QuotaRule { per_day_max: 5, total_max: 0, concurrent_max: 2, failed_checks_max: 0 };
        let quota =
            Quota { rule: Some(rule), used_today: 6, used_total: 9, in_flight: 1, ..Quota::default() };
        assert_eq!(left(&quota), "0 of 5 left today; 9 used in all, no limit; 1 of 2 running");
    }

    #[test]
    fn grants_and_failed_checks_are_said_where_there_are_any() {
        let rule = QuotaRule { failed_checks_max: 10, ..QuotaRule::default() };
        let mut quota = Quota { rule: Some(rule), failed_today: 3, granted: 2, ..Quota::default() };
        assert!(left(&quota).ends_with("; 2 granted besides"));
        assert_eq!(checks(&quota), "3 of 10 failed or under way today");
        quota.rule = None;
        assert_eq!((checks(&quota), entries(&quota)), (String::new(), String::new()));
    }

    #[test]
    fn the_ledger_shows_its_newest_rows_with_their_signs() {
        let entry = |kind: &str, submission: &str, reason: &str| QuotaEntry {
            kind: kind.into(),
            amount: 1,
            submission: submission.into(),
            reason: reason.into(),
            ..QuotaEntry::default()
        };
        let mut all = vec![entry("grant", "", "a broken sample"), entry("refund", "s2", "rejected")];
        all.extend((0..4).map(|_| entry("charge", "s1", "")));
        let text = entries(&Quota { entries: all, ..Quota::default() });
        assert_eq!(text.lines().count(), 1 + ENTRIES_SHOWN, "{text}");
        for words in
            ["grant       +1              a broken sample", "refund      +1  s2", "charge      -1  s1"]
        {
            assert!(text.contains(words), "{words}:\n{text}");
        }
    }
}
