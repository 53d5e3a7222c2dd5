//! Quotas: how many submissions a team may make to one task in one phase. Decided on figures that the caller has locked.

use serde::{Deserialize, Serialize};

use crate::{Micros, PhaseId, Refusal, text_enum::text_enum};

text_enum! {
    /// Which quota.
    QuotaKind {
        /// Per day of the competition's zone.
        PerDay = "daily",
        /// Per phase.
        Total = "total",
        /// In flight at once.
        Concurrent = "concurrent",
        /// Checks that failed on a day, or are still running.
        FailedChecks = "failed_checks",
    }
}

text_enum! {
    /// What a submission was charged to, and is given back to.
    ChargedTo {
        /// The quota of its day.
        Day = "day",
        /// What the organizer granted beyond it.
        Grant = "grant",
        /// Nothing: the phase made it of a nomination.
        Nothing = "nothing",
    }
}

text_enum! {
    /// A row of the quota's ledger.
    QuotaEntryKind {
        /// A submission was admitted.
        Charge = "charge",
        /// It was given back.
        Refund = "refund",
        /// The organizer allowed more.
        Grant = "grant",
    }
}

/// A phase's quotas; 0 means no limit of that sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaRule {
    /// Per day of the competition's zone.
    pub per_day_max: u32,
    /// Per phase.
    pub total_max: u32,
    /// In flight at once.
    pub concurrent_max: u32,
    /// Checks that fail, per day: a failed check is given back, and without a limit could be had for ever.
    #[serde(default)]
    pub failed_checks_max: u32,
}

/// What a team has used of a phase's quotas for one task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaUse {
    /// Start of the day that `today` counts.
    pub day: Micros,
    /// Charged on that day.
    pub today: u32,
    /// Charged in the phase.
    pub total: u32,
    /// Not final yet.
    pub in_flight: u32,
    /// Checks of that day that failed or are not done.
    pub failed_today: u32,
    /// Granted by the organizer and not used yet: taken where the day or the phase has none left.
    pub granted: u32,
}

/// A place was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The figures with this submission counted.
    pub used: QuotaUse,
    /// What it was charged to.
    pub charged_to: ChargedTo,
    /// When the daily count starts again.
    pub resets_at: Micros,
}

/// An IANA time zone that exists, for example `Asia/Shanghai`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZoneName {
    name: String,
    zone: jiff::tz::TimeZone,
}

impl TimeZoneName {
    /// The zone of that name, if the time-zone database has it.
    pub fn parse(name: &str) -> Option<Self> {
        let zone = jiff::tz::TimeZone::get(name).ok()?;
        Some(Self { name: zone.iana_name()?.to_owned(), zone })
    }

    /// The IANA name.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

/// The day of the zone that `now` lies in: its first moment, and the first moment of the next one. Days of 23 and 25 hours
/// are days.
pub fn day_of(now: Micros, zone: &TimeZoneName) -> (Micros, Micros) {
    let local = now.timestamp().to_zoned(zone.zone.clone());
    let start = local.start_of_day().map_or(now, |at| at.timestamp().into());
    let end = local
        .tomorrow()
        .and_then(|next| next.start_of_day())
        .map_or(Micros(i64::MAX), |at| at.timestamp().into());
    (start, end)
}

/// How a submission ended, as far as quotas go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// It is given back: refused, withheld, or failed by us.
    pub refund: bool,
    /// Its check was not passed.
    pub failed_check: bool,
    /// The check was still running: its place among the failed ones was kept for it.
    pub in_check: bool,
}

impl QuotaUse {
    /// Nothing used yet.
    pub const fn none(day: Micros) -> Self {
        Self { day, today: 0, total: 0, in_flight: 0, failed_today: 0, granted: 0 }
    }

    /// The same figures as seen on the day that starts at `day`: another day's count is gone.
    #[must_use]
    pub fn on_day(self, day: Micros) -> Self {
        if self.day == day { self } else { Self { day, today: 0, failed_today: 0, ..self } }
    }

    /// The figures of two teams that become one, on the day that starts at `day`.
    #[must_use]
    pub fn with(self, other: Self, day: Micros) -> Self {
        let (one, other) = (self.on_day(day), other.on_day(day));
        Self {
            day,
            today: one.today.saturating_add(other.today),
            total: one.total.saturating_add(other.total),
            in_flight: one.in_flight.saturating_add(other.in_flight),
            failed_today: one.failed_today.saturating_add(other.failed_today),
            granted: one.granted.saturating_add(other.granted),
        }
    }

    /// The figures once a check of `charged_day` is passed: its place among the failed ones is free.
    #[must_use]
    pub fn checked(self, charged_day: Micros) -> Self {
        let same_day = u32::from(self.day == charged_day);
        Self { failed_today: self.failed_today.saturating_sub(same_day), ..self }
    }

    /// The figures once a submission has ended: no longer in flight and, if it is given back, not charged either.
    #[must_use]
    pub fn ended(self, ended: Ended, charged_to: ChargedTo, charged_day: Micros) -> Self {
        let used = if ended.in_check && !ended.failed_check { self.checked(charged_day) } else { self };
        let to_day = u32::from(ended.refund && charged_to == ChargedTo::Day);
        let same_day = to_day * u32::from(used.day == charged_day);
        Self {
            today: used.today.saturating_sub(same_day),
            total: used.total.saturating_sub(to_day),
            in_flight: used.in_flight.saturating_sub(1),
            granted: used.granted.saturating_add(u32::from(ended.refund && charged_to == ChargedTo::Grant)),
            ..used
        }
    }
}

impl QuotaRule {
    /// The first quota that figures exceed, with its maximum and what is used of it.
    pub fn exceeded(&self, used: QuotaUse) -> Option<(QuotaKind, u32, u32)> {
        let quotas = [
            (QuotaKind::Total, self.total_max, used.total),
            (QuotaKind::PerDay, self.per_day_max, used.today),
            (QuotaKind::Concurrent, self.concurrent_max, used.in_flight),
        ];
        quotas.into_iter().find(|&(_, max, used)| max != 0 && used > max)
    }

    /// Takes a place on the day `[day, resets_at)`, or says which quota is used up. Of several, the one that lasts longest is named.
    pub fn admit(
        &self,
        used: QuotaUse,
        (day, resets_at): (Micros, Micros),
        phase: &PhaseId,
    ) -> Result<Admission, Refusal> {
        let used = used.on_day(day);
        let refuse = |kind, max, used, resets_at| {
            Err(Refusal::QuotaExhausted { kind, max, used, phase: phase.clone(), resets_at })
        };
        let full = |used: u32, max: u32| max != 0 && used >= max;
        let by_grant = full(used.total, self.total_max) || full(used.today, self.per_day_max);
        if by_grant && used.granted == 0 {
            return if full(used.total, self.total_max) {
                refuse(QuotaKind::Total, self.total_max, used.total, None)
            } else {
                refuse(QuotaKind::PerDay, self.per_day_max, used.today, Some(resets_at))
            };
        }
        if full(used.failed_today, self.failed_checks_max) {
            return refuse(
                QuotaKind::FailedChecks,
                self.failed_checks_max,
                used.failed_today,
                Some(resets_at),
            );
        }
        if full(used.in_flight, self.concurrent_max) {
            return refuse(QuotaKind::Concurrent, self.concurrent_max, used.in_flight, None);
        }
        let used = QuotaUse {
            day,
            today: used.today.saturating_add(u32::from(!by_grant)),
            total: used.total.saturating_add(u32::from(!by_grant)),
            in_flight: used.in_flight.saturating_add(1),
            failed_today: used.failed_today.saturating_add(1),
            granted: used.granted - u32::from(by_grant),
        };
        let charged_to = if by_grant { ChargedTo::Grant } else { ChargedTo::Day };
        Ok(Admission { used, charged_to, resets_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Micros {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn zone(name: &str) -> TimeZoneName {
        TimeZoneName::parse(name).unwrap()
    }

    #[test]
    fn two_teams_figures_fit_one_quota_up_to_its_maximum() {
        let day = Micros(1_000);
        let used = |today, total, in_flight| QuotaUse { today, total, in_flight, ..QuotaUse::none(day) };
        let rule = QuotaRule { per_day_max: 3, total_max: 8, concurrent_max: 2, failed_checks_max: 1 };
        let both = |one: QuotaUse, other: QuotaUse| rule.exceeded(one.with(other, day));
        assert_eq!(both(used(1, 3, 1), used(2, 5, 1)), None);
        assert_eq!(both(used(1, 4, 1), used(2, 5, 1)), Some((QuotaKind::Total, 8, 9)));
        assert_eq!(both(used(2, 3, 1), used(2, 5, 1)), Some((QuotaKind::PerDay, 3, 4)));
        assert_eq!(both(used(1, 3, 2), used(2, 5, 1)), Some((QuotaKind::Concurrent, 2, 3)));
        // What was used on another day is no longer today's; granted ones add up, and no limit holds nobody back.
        let earlier = QuotaUse { day: Micros(1), granted: 2, ..used(3, 3, 0) };
        assert_eq!(both(earlier, used(3, 5, 0)), None);
        assert_eq!(earlier.with(QuotaUse { granted: 1, ..used(0, 0, 0) }, day).granted, 3);
        assert_eq!(QuotaRule::default().exceeded(used(u32::MAX, u32::MAX, u32::MAX)), None);
    }

    #[test]
    fn days_roll_over_in_the_competitions_zone() {
        let (start, end) = day_of(at("2026-03-01T15:59:59Z"), &zone("Asia/Shanghai"));
        assert_eq!((start, end), (at("2026-02-28T16:00:00Z"), at("2026-03-01T16:00:00Z")));
        let (start, _) = day_of(at("2026-03-01T16:00:00Z"), &zone("Asia/Shanghai"));
        assert_eq!(start, at("2026-03-01T16:00:00Z"));
    }

    #[test]
    fn the_day_of_a_clock_change_is_one_day() {
        let (start, end) = day_of(at("2026-03-29T12:00:00Z"), &zone("Europe/Berlin"));
        assert_eq!(end.since(start).as_secs(), 23 * 3600);
        let (start, end) = day_of(at("2026-10-25T12:00:00Z"), &zone("Europe/Berlin"));
        assert_eq!(end.since(start).as_secs(), 25 * 3600);
    }

    #[test]
    fn unknown_zones_are_refused() {
        assert_eq!(TimeZoneName::parse("Mars/Olympus"), None);
        assert_eq!(TimeZoneName::parse(""), None);
    }

    const RULE: QuotaRule =
        QuotaRule { per_day_max: 2, total_max: 9, concurrent_max: 1, failed_checks_max: 3 };
    const DAY: (Micros, Micros) = (Micros(100), Micros(200));

    fn refused(used: QuotaUse) -> (QuotaKind, Option<Micros>) {
        match RULE.admit(used, DAY, &PhaseId::parse("live").unwrap()).unwrap_err() {
            Refusal::QuotaExhausted { kind, resets_at, .. } => (kind, resets_at),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_refusal_names_the_quota_and_its_reset() {
        let used = QuotaUse { day: DAY.0, today: 2, total: 2, in_flight: 1, ..QuotaUse::default() };
        assert_eq!(refused(used), (QuotaKind::PerDay, Some(DAY.1)));
        assert_eq!(refused(QuotaUse { total: 9, ..used }), (QuotaKind::Total, None));
        assert_eq!(refused(QuotaUse { day: Micros(0), ..used }), (QuotaKind::Concurrent, None));
        let failing = QuotaUse { day: DAY.0, failed_today: 3, ..QuotaUse::default() };
        assert_eq!(refused(failing), (QuotaKind::FailedChecks, Some(DAY.1)));
        let before = QuotaUse { failed_today: 2, ..failing };
        assert!(RULE.admit(before, DAY, &PhaseId::parse("live").unwrap()).is_ok());
    }

    #[test]
    fn a_grant_is_used_when_nothing_else_is_left_and_given_back_to_where_it_came_from() {
        let phase = PhaseId::parse("live").unwrap();
        let used = QuotaUse { day: DAY.0, granted: 1, ..QuotaUse::default() };
        let first = RULE.admit(used, DAY, &phase).unwrap();
        assert_eq!((first.charged_to, first.used.granted, first.used.today), (ChargedTo::Day, 1, 1));
        let full = QuotaUse { today: 2, total: 9, ..used };
        let last = RULE.admit(full, DAY, &phase).unwrap();
        assert_eq!(
            (last.charged_to, last.used.granted, last.used.today, last.used.total),
            (ChargedTo::Grant, 0, 2, 9)
        );
        let ended = Ended { refund: true, failed_check: false, in_check: true };
        assert_eq!(last.used.ended(ended, last.charged_to, DAY.0), full);
    }

    #[test]
    fn a_failed_check_is_given_back_and_counted() {
        let admitted = RULE.admit(QuotaUse::none(DAY.0), DAY, &PhaseId::parse("live").unwrap()).unwrap();
        let failed = Ended { refund: true, failed_check: true, in_check: true };
        let after = admitted.used.ended(failed, ChargedTo::Day, DAY.0);
        assert_eq!(after, QuotaUse { failed_today: 1, ..QuotaUse::none(DAY.0) });
        // One that passed gives its place back, then ends and stays charged.
        let scored = Ended { refund: false, failed_check: false, in_check: false };
        let after = admitted.used.checked(DAY.0).ended(scored, ChargedTo::Day, DAY.0);
        assert_eq!(after, QuotaUse { today: 1, total: 1, ..QuotaUse::none(DAY.0) });
    }

    proptest! {
        /// Whatever is admitted, ended and refunded, no figure passes its maximum.
        #[test]
        fn no_quota_is_ever_exceeded(steps in proptest::collection::vec((0u8..6, 0i64..200_000_000_000), 0..80)) {
            let rule = QuotaRule { per_day_max: 3, total_max: 7, concurrent_max: 2, failed_checks_max: 4 };
            let (zone, phase) = (zone("Asia/Shanghai"), PhaseId::parse("live").unwrap());
            let mut now = Micros(0);
            let mut used = QuotaUse::none(day_of(now, &zone).0);
            let (mut flying, mut granted, mut by_grant) = (Vec::new(), 0, 0);
            for (step, by) in steps {
                now = Micros(now.0 + by);
                if step < 2 {
                    if let Ok(admission) = rule.admit(used, day_of(now, &zone), &phase) {
                        used = admission.used;
                        by_grant += u32::from(admission.charged_to == ChargedTo::Grant);
                        flying.push((used.day, admission.charged_to));
                    }
                } else if step == 5 {
                    used.granted += 1;
                    granted += 1;
                } else if let Some((day, charged_to)) = flying.pop() {
                    let refund = step == 3;
                    by_grant -= u32::from(refund && charged_to == ChargedTo::Grant);
                    used = used.ended(Ended { refund, failed_check: refund, in_check: true }, charged_to, day);
                }
                prop_assert!(used.today <= 3 && used.total <= 7 && used.in_flight <= 2 && used.failed_today <= 4);
                prop_assert_eq!(used.in_flight as usize, flying.len());
                prop_assert_eq!(used.granted + by_grant, granted);
            }
        }
    }
}
