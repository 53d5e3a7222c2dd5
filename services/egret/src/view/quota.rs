use egret_proto::v1::Quota;
use jiff::Timestamp;

use crate::moment;

/// `2 of 5 left today, 40 of 50 in all, 1 of 2 running`.
pub(crate) fn left(quota: &Quota) -> String {
    let rule = quota.rule.unwrap_or_default();
    let part = |used: u32, max: u32, what: &str| match max {
        0 => format!("{used} used {what}, no limit"),
        max => format!("{} of {max} left {what}", max.saturating_sub(used)),
    };
    let running = match rule.concurrent_max {
        0 => format!("{} running", quota.in_flight),
        max => format!("{} of {max} running", quota.in_flight),
    };
    [
        part(quota.used_today, rule.per_day_max, "today"),
        part(quota.used_total, rule.total_max, "in all"),
        running,
    ]
    .join("; ")
}

/// When the daily count starts again; nothing without a daily limit.
pub(crate) fn resets(quota: &Quota, now: Timestamp) -> String {
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
        let rule = QuotaRule { per_day_max: 5, total_max: 0, concurrent_max: 2 };
        let quota =
            Quota { rule: Some(rule), used_today: 6, used_total: 9, in_flight: 1, ..Quota::default() };
        assert_eq!(left(&quota), "0 of 5 left today; 9 used in all, no limit; 1 of 2 running");
    }
}
