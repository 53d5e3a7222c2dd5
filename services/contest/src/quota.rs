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
}

/// What a team has used of a phase's quotas for one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaUse {
    /// Start of the day that `today` counts.
    pub day: Micros,
    /// Charged on that day.
    pub today: u32,
    /// Charged in the phase.
    pub total: u32,
    /// Not final yet.
    pub in_flight: u32,
}

/// A place was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The figures with this submission counted.
    pub used: QuotaUse,
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

impl QuotaUse {
    /// Nothing used yet.
    pub const fn none(day: Micros) -> Self {
        Self { day, today: 0, total: 0, in_flight: 0 }
    }

    /// The same figures as seen on the day that starts at `day`: another day's count is gone.
    #[must_use]
    pub fn on_day(self, day: Micros) -> Self {
        if self.day == day { self } else { Self { day, today: 0, ..self } }
    }

    /// The figures once a submission has ended: no longer in flight and, if `refund`, not charged on `charged_day` either.
    #[must_use]
    pub fn ended(self, refund: bool, charged_day: Micros) -> Self {
        let same_day = u32::from(refund && self.day == charged_day);
        Self {
            day: self.day,
            today: self.today.saturating_sub(same_day),
            total: self.total.saturating_sub(u32::from(refund)),
            in_flight: self.in_flight.saturating_sub(1),
        }
    }
}

impl QuotaRule {
    /// Takes a place at `now`, or says which quota is used up. Of several, the one that lasts longest is named.
    pub fn admit(
        &self,
        used: QuotaUse,
        now: Micros,
        zone: &TimeZoneName,
        phase: &PhaseId,
    ) -> Result<Admission, Refusal> {
        let (day, resets_at) = day_of(now, zone);
        let used = used.on_day(day);
        let refuse = |kind, max, used, resets_at| {
            Err(Refusal::QuotaExhausted { kind, max, used, phase: phase.clone(), resets_at })
        };
        let full = |used: u32, max: u32| max != 0 && used >= max;
        if full(used.total, self.total_max) {
            return refuse(QuotaKind::Total, self.total_max, used.total, None);
        }
        if full(used.today, self.per_day_max) {
            return refuse(QuotaKind::PerDay, self.per_day_max, used.today, Some(resets_at));
        }
        if full(used.in_flight, self.concurrent_max) {
            return refuse(QuotaKind::Concurrent, self.concurrent_max, used.in_flight, None);
        }
        let used = QuotaUse {
            day,
            today: used.today.saturating_add(1),
            total: used.total.saturating_add(1),
            in_flight: used.in_flight.saturating_add(1),
        };
        Ok(Admission { used, resets_at })
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

    #[test]
    fn the_refusal_names_the_quota_and_its_reset() {
        let rule = QuotaRule { per_day_max: 2, total_max: 9, concurrent_max: 1 };
        let (now, zone, phase) =
            (at("2026-03-01T15:00:00Z"), zone("Asia/Shanghai"), PhaseId::parse("live").unwrap());
        let day = day_of(now, &zone).0;
        let refused = |used| rule.admit(used, now, &zone, &phase).unwrap_err();
        let used = QuotaUse { day, today: 2, total: 2, in_flight: 1 };
        let reset = Some(at("2026-03-01T16:00:00Z"));
        assert!(
            matches!(refused(used), Refusal::QuotaExhausted { kind: QuotaKind::PerDay, resets_at, .. } if resets_at == reset)
        );
        let used = QuotaUse { day, today: 2, total: 9, in_flight: 1 };
        assert!(matches!(
            refused(used),
            Refusal::QuotaExhausted { kind: QuotaKind::Total, resets_at: None, .. }
        ));
        let used = QuotaUse { day: Micros(0), today: 2, total: 2, in_flight: 1 };
        assert!(matches!(refused(used), Refusal::QuotaExhausted { kind: QuotaKind::Concurrent, .. }));
    }

    proptest! {
        /// Whatever is admitted, ended and refunded, no figure passes its maximum.
        #[test]
        fn no_quota_is_ever_exceeded(steps in proptest::collection::vec((0u8..4, 0i64..200_000_000_000), 0..80)) {
            let rule = QuotaRule { per_day_max: 3, total_max: 7, concurrent_max: 2 };
            let (zone, phase) = (zone("Asia/Shanghai"), PhaseId::parse("live").unwrap());
            let mut now = Micros(0);
            let mut used = QuotaUse::none(day_of(now, &zone).0);
            let mut flying = Vec::new();
            for (step, by) in steps {
                now = Micros(now.0 + by);
                if step < 2 {
                    if let Ok(admission) = rule.admit(used, now, &zone, &phase) {
                        used = admission.used;
                        flying.push(used.day);
                    }
                } else if let Some(day) = flying.pop() {
                    used = used.ended(step == 3, day);
                }
                prop_assert!(used.today <= 3 && used.total <= 7 && used.in_flight <= 2);
                prop_assert_eq!(used.in_flight as usize, flying.len());
            }
        }
    }
}
