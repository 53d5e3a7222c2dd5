//! `[phases.prizes]` of `competition.toml`, and `prizes` of `[phases.tasks.ID]`.

use std::ops::Range;

use egret_contest::{PRIZE_AMOUNT_MAX, PrizeProblem, PrizeRule, Prizes};

use super::reader::{At, Table};

/// What a phase's places are worth, and how that is shared.
pub(super) fn read(mut table: Table<'_, '_>, nominating: bool) -> Prizes {
    if !nominating {
        let remedy = "remove it, or add `nominations = 2` and `nominates_from = \"live\"`";
        table.note(
            table.span(),
            "only finalists share prizes, and this phase has no nominations".into(),
            remedy,
        );
    }
    let rules: Vec<_> = PrizeRule::ALL.iter().map(|rule| (rule.as_str(), *rule)).collect();
    let rule = table.choice("rule", &rules).map_or(PrizeRule::SplitEvenly, |rule| rule.value);
    let unit_span = table.span_of("unit");
    let unit = table.text("unit", usize::MAX).map_or_else(String::new, |unit| unit.value);
    let places_span = table.span_of("places");
    let places = amounts(&mut table, "places").map_or_else(Vec::new, |places| places.value);
    let prizes = Prizes { rule, unit, places };
    if let Err(problem) = prizes.check() {
        note(&table, &problem, if problem == PrizeProblem::BadUnit { unit_span } else { places_span });
    }
    table.finish();
    prizes
}

/// What a task's places are worth, by the rule and in the unit of its phase.
pub(super) fn of_task(table: &mut Table<'_, '_>, phase: Option<&Prizes>) -> Vec<u64> {
    let Some(At { value: places, span }) = amounts(table, "prizes") else { return Vec::new() };
    let Some(phase) = phase else {
        let what = "the task has `prizes`, and its phase does not say how they are given";
        table.note(span, what.to_owned(), "add [phases.prizes] with `rule` and `unit`, or remove it");
        return places;
    };
    if places.is_empty() {
        let remedy = "remove it for the places of the phase, or write `[0]` if the task has no prizes";
        table.note(span, "`prizes` of the task names no place".to_owned(), remedy);
    } else if let Err(problem) = (Prizes { places: places.clone(), ..phase.clone() }).check()
        // What is wrong with the unit is said at the phase.
        && problem != PrizeProblem::BadUnit
    {
        note(table, &problem, span);
    }
    places
}

fn amounts(table: &mut Table<'_, '_>, key: &'static str) -> Option<At<Vec<u64>>> {
    table.integers(key, 0..PRIZE_AMOUNT_MAX + 1)
}

fn note(table: &Table<'_, '_>, problem: &PrizeProblem, span: Range<usize>) {
    let remedy = match problem {
        PrizeProblem::TooManyPlaces(_) => "name fewer places",
        PrizeProblem::TooMuch(_) => "choose a larger unit",
        PrizeProblem::Rises(_) => "let prizes fall from place to place, or stay the same",
        PrizeProblem::NoUnit => "add `unit = \"CNY\"`, or whatever you pay in",
        PrizeProblem::BadUnit => "shorten it",
    };
    table.note(span, problem.to_string(), remedy);
}
