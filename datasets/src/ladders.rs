//! What the policy `ladder` comes to: levels, bits, and how far released scores may be from the true ones.

use std::path::Path;

use egret_contest::{BadLadder, Budget, Ladder, NULL_MILLIBITS, Policy, rise_millibits};

use crate::{Package, PhaseManifest, Problem, TaskManifest, TaskSummary};

/// Submissions of the honest run, and how many of them are better than all before.
const RUN_COUNT: u32 = 60;
const RISE_COUNT: u32 = 10;

/// The ladder of a task in a phase.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseLadder {
    /// The phase.
    pub phase: String,
    /// The task.
    pub task: String,
    /// Levels, step, budget and bound.
    pub ladder: Ladder,
}

/// What a team spends that does not probe: 60 submissions, ten of which climb half of the grid in even steps, and 50 are no better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HonestRun {
    /// In thousandths of a bit.
    pub millibits: u64,
}

impl HonestRun {
    /// On a grid of so many levels.
    #[must_use]
    pub fn of(levels: u32) -> Self {
        let climbed = |rises: u32| u64::from(levels) * u64::from(rises) / u64::from(2 * RISE_COUNT);
        let rise = |rises: u32| match (climbed(rises + 1) - climbed(rises)) as u32 {
            0 => NULL_MILLIBITS,
            jump => rise_millibits(jump),
        };
        let flat = u64::from(RUN_COUNT - RISE_COUNT) * NULL_MILLIBITS;
        Self { millibits: (0..RISE_COUNT).map(rise).sum::<u64>() + flat }
    }
}

/// The ladders of a package whose tasks hold so much; those that cannot be are problems of [`crate::check`].
#[must_use]
pub fn ladders(package: &Package, tasks: &[TaskSummary]) -> Vec<PhaseLadder> {
    let mut ladders = Vec::new();
    for phase in &package.competition.phases {
        for task in &package.tasks {
            let items =
                tasks.iter().find(|summary| summary.id == task.id).map_or(0, |held| items(held, phase));
            if let Some(Ok(ladder)) = resolve(phase, task, items) {
                let (phase, task) = (phase.id.clone(), task.id.clone());
                ladders.push(PhaseLadder { phase, task, ladder });
            }
        }
    }
    ladders
}

/// A problem for each phase whose ladder cannot be on this task.
pub(crate) fn check(package: &Package, task: &TaskManifest, held: &TaskSummary) -> Vec<Problem> {
    let mut problems = Vec::new();
    for phase in &package.competition.phases {
        let items = items(held, phase);
        // A split without items is a problem of its own.
        let Some(Err(bad)) = resolve(phase, task, items).filter(|_| items > 0) else { continue };
        let what = match bad {
            // The rule that is broken, with its figures.
            BadLadder::TooFine { levels, levels_max, .. } => format!(
                "the ladder of the phase \"{}\" on the task \"{}\" is finer than the standard error: with {items} items a step must \
                 be 1/(2·√{items}) of the metric's range or more; {levels} levels are asked for, {levels_max} may be",
                phase.id, task.id
            ),
            other => format!("the ladder of the phase \"{}\" on the task \"{}\": {other}", phase.id, task.id),
        };
        problems.push(Problem::at_line(Path::new("competition.toml"), phase.line, what, remedy(bad, phase)));
    }
    problems
}

fn remedy(bad: BadLadder, phase: &PhaseManifest) -> String {
    match bad {
        BadLadder::TooFine { levels_max: 0, .. } => {
            "put more items into the split, widen [ladder] in task.toml, or write `policy = \"exact\"`".into()
        }
        BadLadder::TooFine { levels_max, .. } => {
            format!("write `levels = {levels_max}` or fewer in [phases.release]")
        }
        BadLadder::Budget if matches!(phase.release.policy(), Policy::Ladder(rule) if matches!(rule.budget, Some(Budget::Tau(_)))) => {
            "so few items are worth no bit at that `tau`: give a larger one, or `budget_bits`".into()
        }
        _ => "correct [ladder] in task.toml, or [phases.release]".into(),
    }
}

/// `None` under another policy, and without a scale, which was noted with the manifests.
fn resolve(phase: &PhaseManifest, task: &TaskManifest, items: u64) -> Option<Result<Ladder, BadLadder>> {
    match phase.release.policy() {
        Policy::Ladder(rule) => task.ladder.map(|scale| rule.resolve(Some(scale), items)),
        Policy::Exact { .. } => None,
    }
}

fn items(held: &TaskSummary, phase: &PhaseManifest) -> u64 {
    held.item_counts.get(&phase.split).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_run_costs_what_the_formula_of_charges_says() {
        let flat = 50 * NULL_MILLIBITS;
        // Five levels in ten steps; 25; 50; 100.
        assert_eq!(HonestRun::of(10).millibits, 5 * 4_000 + 5 * NULL_MILLIBITS + flat);
        assert_eq!(HonestRun::of(50).millibits, 10 * 6_000 + flat);
        assert_eq!(HonestRun::of(100).millibits, 10 * 8_000 + flat);
        assert_eq!(HonestRun::of(200).millibits, 10 * 10_000 + flat);
        assert_eq!(HonestRun::of(1).millibits, 9 * NULL_MILLIBITS + NULL_MILLIBITS + flat);
    }
}
