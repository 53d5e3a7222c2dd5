//! Phases as rows: when, on what, how often; and which one a task page opens with.

use egret_proto::v1::{Phase, QuotaRule, Split, phase::Kind};

use crate::format::{Moment, moment, remaining};
use crate::language::Language;
use crate::messages::{Messages, fill};

/// Where now is relative to a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before its start.
    Upcoming,
    /// Inside: [start, end).
    Open,
    /// At its end or later.
    Closed,
}

impl Stage {
    /// Where `now` is. A phase without times is not open: the server always sends both.
    pub fn of(phase: &Phase, now: Moment) -> Self {
        let start = moment(phase.start_time.as_ref());
        let end = moment(phase.end_time.as_ref());
        if end.is_some_and(|end| now >= end) {
            Self::Closed
        } else if start.is_some_and(|start| now >= start) {
            Self::Open
        } else {
            Self::Upcoming
        }
    }

    /// The word for it.
    pub const fn word(self, messages: &Messages) -> &'static str {
        match self {
            Self::Upcoming => messages.upcoming,
            Self::Open => messages.open,
            Self::Closed => messages.closed,
        }
    }

    /// Its CSS class.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// The time to the next edge of a phase.
#[derive(Clone, Debug)]
pub(crate) struct Countdown {
    /// `starts in` or `ends in`.
    pub word: &'static str,
    /// The edge.
    pub until: Moment,
    /// What is left as the page is made; the script counts on.
    pub left: String,
}

/// A phase as the pages show it.
#[derive(Clone, Debug)]
pub(crate) struct PhaseRow {
    /// The phase's id.
    pub id: String,
    /// What it is for, with its id where that says more.
    pub title: String,
    /// Where now is.
    pub stage: Stage,
    /// The word for that.
    pub status: &'static str,
    /// First moment inside.
    pub start: Option<Moment>,
    /// First moment after.
    pub end: Option<Moment>,
    /// To the next edge, unless it is closed.
    pub countdown: Option<Countdown>,
    /// What is scored.
    pub split: &'static str,
    /// The quota, one phrase per rule.
    pub quota: Vec<String>,
}

/// The row of a phase at `now`.
pub(crate) fn row(phase: &Phase, now: Moment, language: Language) -> PhaseRow {
    let messages = language.messages();
    let stage = Stage::of(phase, now);
    let start = moment(phase.start_time.as_ref());
    let end = moment(phase.end_time.as_ref());
    let countdown = match stage {
        Stage::Upcoming => start.map(|start| (messages.starts_in, start)),
        Stage::Open => end.map(|end| (messages.ends_in, end)),
        Stage::Closed => None,
    };
    let split = match phase.split() {
        Split::Sample => messages.split_sample,
        Split::Public => messages.split_public,
        Split::Private => messages.split_private,
        Split::Unspecified => messages.split_other,
    };
    PhaseRow {
        id: phase.phase_id.clone(),
        title: title(phase, messages),
        stage,
        status: stage.word(messages),
        start,
        end,
        countdown: countdown.map(|(word, until)| Countdown {
            word,
            until,
            left: remaining(now, until, messages.days),
        }),
        split,
        quota: quota(phase.quota.unwrap_or_default(), messages),
    }
}

/// `Live`, or `Live (live-2)` where the id adds something.
fn title(phase: &Phase, messages: &Messages) -> String {
    let (kind, word) = match phase.kind() {
        Kind::Practice => ("practice", messages.kind_practice),
        Kind::Live => ("live", messages.kind_live),
        Kind::Final => ("final", messages.kind_final),
        Kind::Unspecified => ("", messages.kind_other),
    };
    if phase.phase_id == kind { word.to_owned() } else { format!("{word} ({})", phase.phase_id) }
}

fn quota(rule: QuotaRule, messages: &Messages) -> Vec<String> {
    let rules = [
        (rule.per_day_max, messages.quota_per_day),
        (rule.total_max, messages.quota_total),
        (rule.concurrent_max, messages.quota_concurrent),
    ];
    let said: Vec<String> =
        rules.into_iter().filter(|(max, _)| *max > 0).map(|(max, text)| fill(text, &[("n", &max)])).collect();
    if said.is_empty() { vec![messages.quota_none.to_owned()] } else { said }
}

/// Which phase a page opens with: one that is open, the more serious kind first; else the one that closed last; else
/// the next to start.
pub(crate) fn current(phases: &[Phase], now: Moment) -> Option<&Phase> {
    let at = |stage: Stage| phases.iter().filter(move |phase| Stage::of(phase, now) == stage);
    at(Stage::Open)
        .max_by_key(|phase| phase.kind)
        .or_else(|| at(Stage::Closed).max_by_key(|phase| moment(phase.end_time.as_ref())))
        .or_else(|| at(Stage::Upcoming).min_by_key(|phase| moment(phase.start_time.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(id: &str, kind: Kind, start: i64, end: i64) -> Phase {
        let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        Phase {
            phase_id: id.into(),
            kind: kind.into(),
            start_time: time(start),
            end_time: time(end),
            ..Default::default()
        }
    }

    fn at(seconds: i64) -> Moment {
        moment(Some(&prost_types::Timestamp { seconds, nanos: 0 })).unwrap()
    }

    #[test]
    fn windows_are_half_open() {
        let live = phase("live", Kind::Live, 10, 20);
        assert_eq!(Stage::of(&live, at(9)), Stage::Upcoming);
        assert_eq!(Stage::of(&live, at(10)), Stage::Open);
        assert_eq!(Stage::of(&live, at(19)), Stage::Open);
        assert_eq!(Stage::of(&live, at(20)), Stage::Closed);
    }

    #[test]
    fn a_page_opens_with_what_matters_now() {
        let phases = [
            phase("practice", Kind::Practice, 0, 30),
            phase("live", Kind::Live, 10, 20),
            phase("final", Kind::Final, 40, 50),
        ];
        let id = |seconds| current(&phases, at(seconds)).map(|phase| phase.phase_id.as_str());
        assert_eq!(id(5), Some("practice"));
        assert_eq!(id(15), Some("live"));
        assert_eq!(id(35), Some("practice"), "the last to close");
        assert_eq!(id(45), Some("final"));
        assert_eq!(id(99), Some("final"));
        assert_eq!(current(&phases[2..], at(0)).map(|phase| phase.phase_id.as_str()), Some("final"));
        assert!(current(&[], at(0)).is_none());
    }

    #[test]
    fn a_row_says_how_often_and_how_long() {
        let mut live = phase("live-2", Kind::Live, 10, 86_470);
        live.quota = Some(QuotaRule { per_day_max: 5, total_max: 0, concurrent_max: 2 });
        let row = row(&live, at(10), Language::En);
        assert_eq!(row.title, "Live (live-2)");
        assert_eq!(row.quota, ["5 a day", "2 at once"]);
        assert_eq!(row.countdown.unwrap().left, "1 d 00:01:00");
    }
}
