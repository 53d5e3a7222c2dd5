//! Overall rules and boards.

use std::collections::BTreeMap;

use egret_contest::{Overall, OverallBoard, OverallEntry, OverallRule, TaskId, TaskName, Weight};
use egret_proto::v1;

use super::timestamp;
use crate::status::Violations;

/// Tasks that are weighed.
const WEIGHT_COUNT_MAX: usize = 1_000;

pub(super) fn overall(overall: &Overall) -> v1::OverallRule {
    let weights = overall.weights.iter();
    let weights =
        weights.map(|(task, weight)| v1::TaskWeight { task: task.to_string(), weight: weight.value() });
    v1::OverallRule { rule: overall.rule.as_str().to_owned(), weights: weights.collect() }
}

/// A rule to declare; that its tasks are there is seen when the competition is published.
pub(super) fn new_overall(v: &mut Violations, given: &v1::OverallRule) -> Option<Overall> {
    let rule = OverallRule::parse(&given.rule);
    v.expect(rule.is_some(), "competition.overall.rule", "must be mean_rank, normalised or medals");
    let fits = given.weights.len() <= WEIGHT_COUNT_MAX;
    v.expect(fits, "competition.overall.weights", format!("must be at most {WEIGHT_COUNT_MAX}"));
    let mut weights = BTreeMap::new();
    for (index, given) in given.weights.iter().take(WEIGHT_COUNT_MAX).enumerate() {
        let at = |field: &str| format!("competition.overall.weights[{index}].{field}");
        let task = v.take(&at("task"), given.task.parse::<TaskId>());
        let weight = v.take(&at("weight"), Weight::new(given.weight));
        if let (Some(task), Some(weight)) = (task, weight) {
            v.expect(weights.insert(task, weight).is_none(), &at("task"), "must not be weighed twice");
        }
    }
    Some(Overall { rule: rule?, weights })
}

pub(crate) fn overall_board(board: &OverallBoard) -> v1::OverallLeaderboard {
    v1::OverallLeaderboard {
        name: board.phase.to_string(),
        revision: board.revision,
        update_time: board.updated_at.and_then(timestamp),
        rule: Some(overall(&board.overall)),
        tasks: board.tasks.iter().map(TaskName::to_string).collect(),
        entries: board.entries.iter().map(entry).collect(),
    }
}

fn entry(entry: &OverallEntry) -> v1::OverallEntry {
    let medals = entry.score.medals().map(|[gold, silver, bronze]| v1::Medals { gold, silver, bronze });
    v1::OverallEntry {
        rank: entry.rank,
        team: entry.team.to_string(),
        team_title: entry.team_title.clone(),
        score: entry.score.value(),
        medals,
        task_ranks: entry.task_ranks.iter().map(|rank| rank.unwrap_or(0)).collect(),
        accept_time: timestamp(entry.accepted_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(rule: &str, weights: &[(&str, f64)]) -> Result<Overall, Vec<String>> {
        let weights = weights.iter().map(|&(task, weight)| v1::TaskWeight { task: task.into(), weight });
        let mut v = Violations::default();
        let made = new_overall(&mut v, &v1::OverallRule { rule: rule.into(), weights: weights.collect() });
        v.finish(made).map_err(|status| {
            use tonic_types::StatusExt as _;
            let bad = status.get_details_bad_request().unwrap();
            bad.field_violations.into_iter().map(|violation| violation.field).collect()
        })
    }

    #[test]
    fn rules_are_as_they_were_declared() {
        for rule in ["mean_rank", "normalised", "medals"] {
            let declared = made(rule, &[("digits", 2.5), ("voices", 0.001)]).unwrap();
            let wire = overall(&declared);
            assert_eq!((wire.rule.as_str(), wire.weights.len(), wire.weights[0].weight), (rule, 2, 2.5));
            assert_eq!(new_overall(&mut Violations::default(), &wire), Some(declared));
        }
    }

    #[test]
    fn every_fault_is_named() {
        let at = |index: usize, field: &str| format!("competition.overall.weights[{index}].{field}");
        let wrong =
            made("luck", &[("x", 2.0), ("digits", 0.0), ("voices", 1.0), ("voices", 2.0)]).unwrap_err();
        assert_eq!(wrong, ["competition.overall.rule".into(), at(0, "task"), at(1, "weight"), at(3, "task")]);
        let ids: Vec<String> = (0..=WEIGHT_COUNT_MAX).map(|n| format!("task-{n}")).collect();
        let many: Vec<(&str, f64)> = ids.iter().map(|id| (id.as_str(), 2.0)).collect();
        assert_eq!(made("medals", &many[1..]).unwrap().weights.len(), WEIGHT_COUNT_MAX);
        assert_eq!(made("medals", &many).unwrap_err(), ["competition.overall.weights"]);
    }
}
