//! Phases as rows: when, on what, how often, what is released; what was changed; and which one a task page opens with.

use egret_proto::v1::{Ledger, Phase, PhaseLedger, Prizes, QuotaRule, ReleaseRule, Split, phase::Kind};

use crate::format::{Moment, bits, count, moment, remaining, score, span};
use crate::language::Language;
use crate::messages::{Messages, fill};

/// A phase as it is for one task: with the task's own quota, freeze, end and prizes.
pub(crate) fn of_task(phase: &Phase, task: &str) -> Phase {
    let rules = phase.task(task);
    let own = rules.map(|rules| &rules.prize_places).filter(|places| !places.is_empty());
    let prizes = phase.prizes.clone().map(|prizes| match own {
        Some(places) => Prizes { places: places.clone(), ..prizes },
        None => prizes,
    });
    Phase {
        prizes,
        close_time: phase.task_close_time(task),
        freeze_time: rules.and_then(|rules| rules.freeze_time).or(phase.freeze_time),
        quota: rules.and_then(|rules| rules.quota).or(phase.quota),
        tasks: Vec::new(),
        ..phase.clone()
    }
}

/// When a phase closes: its end, with what was added and removed since.
pub(crate) fn close(phase: &Phase) -> Option<Moment> {
    moment(phase.close_time.as_ref().or(phase.end_time.as_ref()))
}

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
        let end = close(phase);
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

/// A sentence about a phase, with the times that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// What is so.
    pub text: String,
    /// From when, or when.
    pub from: Option<Moment>,
    /// Until when.
    pub until: Option<Moment>,
}

impl Note {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), from: None, until: None }
    }
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
    /// `frozen` or `final`, where it is.
    pub mark: Option<&'static str>,
    /// The first moment inside.
    pub start: Option<Moment>,
    /// From when its boards stand still.
    pub freeze: Option<Moment>,
    /// The first moment after it.
    pub end: Option<Moment>,
    /// What is left to its next edge.
    pub countdown: Option<Countdown>,
    /// What is scored.
    pub split: &'static str,
    /// The quota, one phrase per rule.
    pub quota: Vec<String>,
    /// What a team is told, when, and what that costs.
    pub released: Vec<String>,
    /// Rules that most phases do not have, and what was changed.
    pub notes: Vec<Note>,
}

/// The row of a phase at `now`. With the ledger of a task it says more of what is released.
pub(crate) fn row(phase: &Phase, ledger: Option<&Ledger>, now: Moment, language: Language) -> PhaseRow {
    let messages = language.messages();
    let stage = Stage::of(phase, now);
    let start = moment(phase.start_time.as_ref());
    let freeze = moment(phase.freeze_time.as_ref().map(|at| phase.clock_time(at)).as_ref());
    let end = close(phase);
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
    let is_frozen = phase.thaw_time.is_none() && freeze.is_some_and(|at| at <= now);
    let mark = match phase.finalize_time {
        Some(_) => Some(messages.is_final),
        None => is_frozen.then_some(messages.is_frozen),
    };
    let of_phase = |of: &&PhaseLedger| of.phase_id == phase.phase_id;
    let known = ledger.and_then(|ledger| ledger.splits.iter().flat_map(|split| &split.phases).find(of_phase));
    PhaseRow {
        id: phase.phase_id.clone(),
        title: title(phase, messages),
        stage,
        status: stage.word(messages),
        mark,
        start,
        freeze,
        end,
        countdown: countdown.map(|(word, until)| Countdown {
            word,
            until,
            left: remaining(now, until, messages.days),
        }),
        split,
        quota: quota(phase.quota.unwrap_or_default(), messages),
        released: released(&phase.release.clone().unwrap_or_default(), known, messages),
        notes: notes(phase, messages),
    }
}

/// What a team is told of a hidden evaluation, a phrase each.
fn released(rule: &ReleaseRule, known: Option<&PhaseLedger>, messages: &Messages) -> Vec<String> {
    let mut said = match (rule.policy.as_str(), known) {
        ("ladder", Some(ladder)) => vec![
            fill(
                messages.released_levels,
                &[("levels", &count(ladder.levels.into())), ("step", &score(ladder.step, None))],
            ),
            fill(messages.released_budget, &[("bits", &bits(ladder.budget_millibits))]),
            messages.released_ladder_cost.to_owned(),
        ],
        ("ladder", None) => vec![messages.released_ladder.to_owned()],
        ("exact", known) => {
            let cost = known
                .map(|exact| fill(messages.released_exact_cost, &[("bits", &bits(exact.charge_millibits))]));
            let rounded = fill(messages.released_exact, &[("n", &rule.decimals)]);
            [rounded].into_iter().chain(cost).collect()
        }
        _ => Vec::new(),
    };
    match rule.timing.as_str() {
        "epoch" => said.push(fill(messages.released_epoch, &[("span", &span(rule.epoch_s, messages))])),
        "finalize" => said.push(messages.released_finalize.to_owned()),
        _ => {}
    }
    said
}

fn notes(phase: &Phase, messages: &Messages) -> Vec<Note> {
    let mut notes = Vec::new();
    if phase.is_jurys() {
        notes.push(Note::new(messages.note_jury));
    }
    if let Some(gate) = &phase.gate {
        let least = score(gate.at_least, None);
        notes.push(Note::new(fill(messages.note_gate, &[("n", &least), ("phase", &gate.phase_id)])));
    }
    if let Some(from) = &phase.nominations {
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("n", &from.count_max), ("phase", &from.from_phase_id)];
        notes.push(Note::new(fill(messages.note_nominations, &values)));
    }
    notes.extend(phase.prizes.iter().flat_map(|given| prizes(given, messages)).map(Note::new));
    for task in &phase.tasks {
        let id = &task.task_id;
        if task.end_time.is_some() {
            let from = moment(phase.task_close_time(id).as_ref());
            notes.push(Note { from, ..Note::new(fill(messages.note_task_ends, &[("task", id)])) });
        }
        if task.freeze_time.is_some() {
            let from = moment(phase.task_freeze_time(id).as_ref());
            notes.push(Note { from, ..Note::new(fill(messages.note_task_freezes, &[("task", id)])) });
        }
        if let Some(rule) = task.quota {
            let rules = quota(rule, messages).join(", ");
            notes.push(Note::new(fill(messages.note_task_quota, &[("task", id), ("quota", &rules)])));
        }
        if !task.prize_places.is_empty() {
            let places = places(&task.prize_places);
            notes.push(Note::new(fill(messages.note_task_prizes, &[("task", id), ("places", &places)])));
        }
    }
    notes.extend(phase.removed.iter().map(|removed| Note {
        from: moment(removed.start_time.as_ref()),
        until: moment(removed.end_time.as_ref()),
        text: messages.note_removed.to_owned(),
    }));
    notes.extend(phase.extensions.iter().map(|extension| {
        let by = span(extension.extra_s, messages);
        Note::new(match extension.team.as_str() {
            "" => fill(messages.note_extended, &[("span", &by)]),
            team => fill(messages.note_extended_team, &[("span", &by), ("team", &team)]),
        })
    }));
    notes
}

/// What the places of a final are worth, and how that is shared, a sentence each.
pub(crate) fn prizes(prizes: &Prizes, messages: &Messages) -> Vec<String> {
    let places = places(&prizes.places);
    let values: [(&str, &dyn std::fmt::Display); 2] = [("unit", &prizes.unit), ("places", &places)];
    let amounts = (!places.is_empty()).then(|| fill(messages.note_prizes, &values));
    let rule = match prizes.rule.as_str() {
        "split_evenly" => messages.note_prizes_split,
        "by_order" => messages.note_prizes_order,
        _ => "",
    };
    amounts.into_iter().chain((!rule.is_empty()).then(|| rule.to_owned())).collect()
}

/// `30,000 · 20,000 · 10,000`, in the order of places.
fn places(places: &[u64]) -> String {
    places.iter().map(|amount| count(*amount)).collect::<Vec<_>>().join(" · ")
}

/// `Live`, or `Live (live-2)` where the id adds something.
pub(crate) fn title(phase: &Phase, messages: &Messages) -> String {
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
        (rule.failed_checks_max, messages.quota_failed_checks),
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
        .or_else(|| at(Stage::Closed).max_by_key(|phase| close(phase)))
        .or_else(|| at(Stage::Upcoming).min_by_key(|phase| moment(phase.start_time.as_ref())))
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::PhaseTask;

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
        live.quota = Some(QuotaRule {
            per_day_max: 5,
            concurrent_max: 2,
            failed_checks_max: 9,
            ..QuotaRule::default()
        });
        let row = row(&live, None, at(10), Language::En);
        assert_eq!(row.title, "Live (live-2)");
        assert_eq!(row.quota, ["5 a day", "2 at once", "9 failed checks a day"]);
        assert_eq!(row.countdown.unwrap().left, "1 d 00:01:00");
    }

    #[test]
    fn a_phase_that_was_moved_is_open_until_it_closes() {
        let mut live = phase("live", Kind::Live, 10, 20);
        live.close_time = Some(prost_types::Timestamp { seconds: 25, nanos: 0 });
        assert_eq!((Stage::of(&live, at(24)), Stage::of(&live, at(25))), (Stage::Open, Stage::Closed));
    }

    #[test]
    fn a_task_has_its_own_end_freeze_and_quota() {
        let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let mut live = phase("live", Kind::Live, 10, 100);
        live.freeze_time = time(80);
        let quota = Some(QuotaRule { total_max: 3, ..QuotaRule::default() });
        let places =
            |places: &[u64]| Prizes { unit: "CNY".into(), places: places.to_vec(), ..<_>::default() };
        live.prizes = Some(places(&[3_000]));
        live.tasks = vec![PhaseTask {
            task_id: "digits".into(),
            quota,
            freeze_time: time(40),
            end_time: time(50),
            prize_places: vec![2_000, 1_000],
        }];
        let own = row(&of_task(&live, "digits"), None, at(45), Language::En);
        assert_eq!((own.freeze, own.end, own.mark), (Some(at(40)), Some(at(50)), Some("frozen")));
        let prizes = Note::new("Prizes by place, in CNY: 2,000 · 1,000.");
        assert_eq!((own.quota, own.notes), (vec!["3 in all".to_owned()], vec![prizes]));
        let other = row(&of_task(&live, "voices"), None, at(45), Language::En);
        assert_eq!((other.freeze, other.end, other.mark), (Some(at(80)), Some(at(100)), None));
        let mut all = row(&live, None, at(45), Language::En).notes;
        assert_eq!(all.remove(0).text, "Prizes by place, in CNY: 3,000.");
        assert_eq!(all[3].text, "Prizes of digits by place: 2,000 · 1,000");
        assert_eq!(all[0], Note { text: "digits ends".into(), from: Some(at(50)), until: None });
        assert_eq!(all[1], Note { text: "digits is frozen".into(), from: Some(at(40)), until: None });
        assert_eq!(all[2].text, "Submissions to digits: 3 in all");
    }

    #[test]
    fn a_final_phase_is_not_frozen_any_more() {
        let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let mut live = phase("live", Kind::Live, 10, 20);
        live.freeze_time = time(15);
        let mark = |live: &Phase| row(live, None, at(22), Language::En).mark;
        assert_eq!(mark(&live), Some("frozen"));
        live.thaw_time = time(21);
        assert_eq!(mark(&live), None);
        live.finalize_time = time(22);
        assert_eq!(mark(&live), Some("final"));
    }
}
