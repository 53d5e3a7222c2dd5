use egret_proto::v1::{Competition, Phase, PhaseChange, Prizes, QuotaRule, ReleaseRule, phase};
use jiff::Timestamp;

use super::{Rows, facts, or_unlimited};
use crate::{
    moment,
    names::{PhaseName, UserName},
    numbers,
};

/// Phases as a table.
pub(crate) fn table(phases: &[Phase], now: Timestamp) -> String {
    let columns = ["phase", "kind", "from", "freeze", "until", "state", "scores", "released"];
    let mut rows = Rows::new(columns.into_iter().chain([">per day", ">in all", ">at once"]));
    for phase in phases {
        let quota = phase.quota.unwrap_or_default();
        rows.row([
            phase.phase_id.clone(),
            kind(phase).to_owned(),
            moment::show(phase.start_time),
            freeze_time(phase).map_or_else(String::new, |at| moment::show(Some(at))),
            moment::show(close_time(phase)),
            state(phase, now).to_owned(),
            phase.split().as_str_name().to_lowercase(),
            released(phase.release.as_ref()),
            or_unlimited(quota.per_day_max),
            or_unlimited(quota.total_max),
            or_unlimited(quota.concurrent_max),
        ]);
    }
    rows.or("No phases.")
}

/// What the table has no room for, a line each: what is paused, rules of single phases, what was changed.
pub(crate) fn notes(competition: &Competition) -> String {
    let mut lines = Vec::new();
    for (paused, what) in
        [(competition.submitting_paused, "submitting"), (competition.evaluating_paused, "evaluating")]
    {
        if paused {
            lines.push(("paused", format!("{what}, until the organizer resumes it")));
        }
    }
    for phase in &competition.phases {
        let rules = rules(phase).into_iter().chain(changes_of(phase));
        lines.extend(rules.map(|(_, text)| (phase.phase_id.as_str(), text)));
    }
    if lines.is_empty() { String::new() } else { format!("\n{}", facts(lines)) }
}

/// One phase, as it stands after a change.
pub(crate) fn show(competition: &Competition, name: &PhaseName, now: Timestamp) -> String {
    let Some(phase) = competition.phases.iter().find(|phase| phase.phase_id == name.id()) else {
        return String::new();
    };
    let mut lines = vec![
        ("phase", PhaseName::short(name.full())),
        ("kind", kind(phase).to_owned()),
        ("state", state(phase, now).to_owned()),
        ("from", moment::show(phase.start_time)),
        ("freeze", freeze_time(phase).map_or_else(String::new, |at| moment::show(Some(at)))),
        ("until", moment::show(close_time(phase))),
        ("released", released(phase.release.as_ref())),
    ];
    lines.extend(rules(phase));
    lines.extend(changes_of(phase));
    for (name, at) in
        [("thawed", phase.thaw_time), ("final", phase.finalize_time), ("revealed", phase.reveal_time)]
    {
        lines.extend(at.map(|at| (name, moment::show(Some(at)))));
    }
    facts(lines)
}

/// What was changed, newest first as it comes.
pub(crate) fn log(changes: &[PhaseChange]) -> String {
    let mut rows = Rows::new(["time", "phase", "what", "detail", "reason", "by"]);
    for change in changes {
        rows.row([
            moment::show(change.time),
            if change.phase_id.is_empty() { "all".to_owned() } else { change.phase_id.clone() },
            change.kind.clone(),
            change.detail.clone(),
            change.reason.clone(),
            UserName::short(&change.user),
        ]);
    }
    rows.or("Nothing was changed since it was published.")
}

/// Rules that most phases do not have.
fn rules(phase: &Phase) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if phase.is_jurys() {
        lines.push(("board", "the jury's alone until the phase is final".to_owned()));
    }
    if let Some(gate) = &phase.gate {
        lines.push((
            "gate",
            format!("teams with at least {} released in phase {}", gate.at_least, gate.phase_id),
        ));
    }
    if let Some(from) = &phase.nominations {
        let text = format!(
            "takes no submissions: for each task a team names up to {} of phase {} with `egret nominate`",
            from.count_max, from.from_phase_id
        );
        lines.push(("nominates", text));
    }
    if let Some(prizes) = &phase.prizes {
        lines.push(("prizes", told(prizes)));
    }
    let failed = phase.quota.unwrap_or_default().failed_checks_max;
    if failed > 0 {
        lines.push(("checks", format!("at most {failed} failed checks a day")));
    }
    for task in &phase.tasks {
        let mut parts = Vec::new();
        if task.end_time.is_some() {
            parts.push(format!("until {}", moment::show(phase.task_close_time(&task.task_id))));
        }
        if task.freeze_time.is_some() {
            parts.push(format!("frozen from {}", moment::show(phase.task_freeze_time(&task.task_id))));
        }
        parts.extend(task.quota.map(quota));
        if !task.prize_places.is_empty() {
            parts.push(format!("prizes of {}", places(&task.prize_places)));
        }
        lines.push(("task", format!("{}: {}", task.task_id, parts.join(", "))));
    }
    lines
}

/// Prizes in words: `3,000, 2,000 and 1,000 CNY; …`.
pub(crate) fn told(prizes: &Prizes) -> String {
    let rule = match prizes.rule.as_str() {
        "split_evenly" => {
            "finalists whose rank intervals overlap share a rank, and the prizes of its places evenly"
        }
        "by_order" => "each place has its own rank and prize, whatever the intervals",
        other => other,
    };
    if prizes.places.is_empty() {
        return rule.to_owned();
    }
    format!("{} {}; {rule}", places(&prizes.places), prizes.unit)
}

/// `3,000, 2,000 and 1,000`, in the order of places.
fn places(places: &[u64]) -> String {
    let amounts: Vec<String> = places.iter().map(|amount| numbers::count(*amount)).collect();
    match amounts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => amounts.concat(),
    }
}

fn changes_of(phase: &Phase) -> Vec<(&'static str, String)> {
    let removed = phase.removed.iter().map(|removed| {
        let (from, to) = (moment::show(removed.start_time), moment::show(removed.end_time));
        ("removed", format!("{from} to {to} did not count"))
    });
    let extended = phase.extensions.iter().map(|extension| {
        let who = if extension.team.is_empty() { "everybody" } else { extension.team.as_str() };
        ("extended", format!("by {} for {who}", moment::span(extension.extra_s.into())))
    });
    removed.chain(extended).collect()
}

fn quota(rule: QuotaRule) -> String {
    let of = |max, what| format!("{} {what}", or_unlimited(max));
    [of(rule.per_day_max, "a day"), of(rule.total_max, "in all"), of(rule.concurrent_max, "at once")]
        .join(", ")
}

/// What a team is told and when: `4 decimals`, `50 levels, every 3 h`, `levels, once final`.
fn released(rule: Option<&ReleaseRule>) -> String {
    let Some(rule) = rule else { return String::new() };
    let what = match (rule.policy.as_str(), rule.levels) {
        ("exact", _) => format!("{} decimals", rule.decimals),
        ("ladder", 0) => "levels".to_owned(),
        ("ladder", levels) => format!("{} levels", numbers::count(levels.into())),
        (other, _) => other.to_owned(),
    };
    match rule.timing.as_str() {
        "epoch" => format!("{what}, every {}", moment::span(rule.epoch_s.into())),
        "finalize" => format!("{what}, once final"),
        _ => what,
    }
}

/// How far a phase has come, in a word.
fn state(phase: &Phase, now: Timestamp) -> &'static str {
    let is_frozen = phase.thaw_time.is_none() && moment::of(freeze_time(phase)).is_some_and(|at| at <= now);
    let is_over = moment::of(close_time(phase)).is_some_and(|at| at <= now);
    match (phase.finalize_time.is_some(), phase.reveal_time.is_some(), is_over) {
        (_, true, _) => "revealed",
        (true, ..) => "final",
        (.., true) if is_frozen => "over, frozen",
        (.., true) => "over",
        _ if !is_open(phase, now) => "to come",
        _ if is_frozen => "open, frozen",
        _ => "open",
    }
}

fn kind(phase: &Phase) -> &'static str {
    match phase.kind() {
        phase::Kind::Practice => "practice",
        phase::Kind::Live => "live",
        phase::Kind::Final => "final",
        phase::Kind::Unspecified => "unknown",
    }
}

fn freeze_time(phase: &Phase) -> Option<prost_types::Timestamp> {
    phase.freeze_time.as_ref().map(|at| phase.clock_time(at))
}

/// Its end for everybody who has no extension of their own.
fn close_time(phase: &Phase) -> Option<prost_types::Timestamp> {
    phase.close_time.or(phase.end_time)
}

/// Whether a moment is in a phase's half-open window.
pub(crate) fn is_open(phase: &Phase, now: Timestamp) -> bool {
    let (start, end) = (moment::of(phase.start_time), moment::of(close_time(phase)));
    start.is_some_and(|start| start <= now) && end.is_some_and(|end| now < end)
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{Extension, Gate, Nominations, PhaseTask};

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "every field of a message that is a message is optional")]
    fn wire(second: i64) -> Option<prost_types::Timestamp> {
        Some(moment::to_wire(at(second)))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn live() -> Phase {
        Phase {
            phase_id: "live".into(),
            start_time: wire(10),
            end_time: wire(20),
            freeze_time: wire(15),
            ..Phase::default()
        }
    }

    #[test]
    fn windows_are_half_open_and_end_when_they_close() {
        let mut phase = live();
        assert_eq!([9, 10, 19, 20].map(|second| is_open(&phase, at(second))), [false, true, true, false]);
        phase.close_time = wire(25);
        assert_eq!([20, 24, 25].map(|second| is_open(&phase, at(second))), [true, true, false]);
    }

    #[test]
    fn a_phase_says_how_far_it_has_come() {
        let mut phase = live();
        assert_eq!(
            [9, 14, 15, 20].map(|s| state(&phase, at(s))),
            ["to come", "open", "open, frozen", "over, frozen"]
        );
        phase.thaw_time = wire(21);
        assert_eq!(state(&phase, at(22)), "over");
        phase.finalize_time = wire(22);
        assert_eq!(state(&phase, at(23)), "final");
        phase.reveal_time = wire(23);
        assert_eq!(state(&phase, at(23)), "revealed");
    }

    #[test]
    fn releases_are_told_in_words() {
        let rule = |policy: &str, levels, timing: &str| ReleaseRule {
            policy: policy.into(),
            decimals: 4,
            levels,
            timing: timing.into(),
            epoch_s: 10_800,
            ..ReleaseRule::default()
        };
        let said = [rule("exact", 0, ""), rule("ladder", 50, "epoch"), rule("ladder", 0, "finalize")]
            .map(|rule| released(Some(&rule)));
        assert_eq!(said, ["4 decimals", "50 levels, every 3 h", "levels, once final"]);
    }

    #[test]
    fn rules_and_changes_have_a_line_each() {
        let mut phase = live();
        phase.board = "jury".into();
        phase.gate = Some(Gate { phase_id: "practice".into(), at_least: 0.5 });
        phase.nominations = Some(Nominations { from_phase_id: "live".into(), count_max: 2 });
        phase.quota = Some(QuotaRule { failed_checks_max: 7, ..QuotaRule::default() });
        phase.prizes =
            Some(Prizes { rule: "split_evenly".into(), unit: "CNY".into(), places: vec![30_000, 200, 1] });
        let own = PhaseTask { task_id: "digits".into(), end_time: wire(18), ..PhaseTask::default() };
        phase.tasks = vec![PhaseTask { prize_places: vec![9], ..own }];
        phase.extensions = vec![Extension { team: "gulls".into(), extra_s: 1_800 }];
        let competition =
            Competition { submitting_paused: true, phases: vec![phase], ..Competition::default() };
        let text = notes(&competition);
        for words in [
            "paused  submitting",
            "jury's alone",
            "at least 0.5 released in phase practice",
            "up to 2 of phase live",
            "at most 7 failed checks a day",
            "digits: until 1970-",
            "by 30 min for gulls",
            "30,000, 200 and 1 CNY; finalists whose rank intervals overlap share",
            ", prizes of 9",
        ] {
            assert!(text.contains(words), "{words}:\n{text}");
        }
        assert_eq!(notes(&Competition { phases: vec![live()], ..Competition::default() }), "");
    }
}
