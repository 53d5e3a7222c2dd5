use proptest::prelude::*;

use super::*;
use crate::{BoardName, Direction, MetricRef, MetricValue, TeamKind};

/// A board with these rows: team, rank, value, moment of acceptance.
fn board(task: &str, rows: &[(&str, u32, f64, i64)]) -> TaskBoard {
    let name: BoardName = format!("competitions/games/tasks/{task}/phases/live/leaderboard").parse().unwrap();
    let entry = |&(team, rank, value, at): &(&str, u32, f64, i64)| BoardEntry {
        rank,
        kind: TeamKind::Regular,
        disqualified: false,
        submission: "s1".parse().unwrap(),
        team: format!("competitions/games/teams/{team}").parse().unwrap(),
        team_title: team.to_uppercase(),
        metrics: vec![MetricValue { id: "accuracy".into(), value: Some(value) }],
        accepted_at: Micros(at),
        submission_count: 1,
        certificate: None,
        rank_interval: None,
        prize: 0,
        previous_rank: None,
    };
    let accuracy = MetricRef {
        id: "accuracy".into(),
        direction: Direction::HigherIsBetter,
        title: "Accuracy".into(),
        range: None,
    };
    let board = Board {
        name,
        revision: rows.len() as u64,
        updated_at: rows.iter().map(|row| Micros(row.3)).max(),
        metrics: vec![accuracy],
        certificates: Vec::new(),
        entries: rows.iter().map(entry).collect(),
        frozen_since: None,
        finalized_at: None,
        prizes: None,
        prize_kept: None,
    };
    TaskBoard { board, bounds: Some(Bounds::new(0.5, 1.0).unwrap()) }
}

fn overall(rule: OverallRule, weights: &[(&str, f64)]) -> Overall {
    let weigh = |&(task, weight): &(&str, f64)| (task.parse().unwrap(), Weight::new(weight).unwrap());
    Overall { rule, weights: weights.iter().map(weigh).collect() }
}

fn reckoned(overall: &Overall, boards: &[TaskBoard]) -> OverallBoard {
    overall.board("competitions/games/phases/live".parse().unwrap(), boards).unwrap()
}

/// Rank, team and value of each row.
fn values(board: &OverallBoard) -> Vec<(u32, &str, f64)> {
    let entries = board.entries.iter();
    entries.map(|entry| (entry.rank, entry.team.team.as_str(), entry.score.value().unwrap())).collect()
}

fn medals(board: &OverallBoard) -> Vec<(u32, &str, [f64; 3])> {
    let entries = board.entries.iter();
    entries.map(|entry| (entry.rank, entry.team.team.as_str(), entry.score.medals().unwrap())).collect()
}

#[test]
fn a_team_without_a_row_is_counted_after_the_last() {
    let boards = [
        board("digits", &[("red", 1, 0.9, 10), ("tan", 0, 0.8, 1), ("blue", 2, 0.7, 20)]),
        board("voices", &[("blue", 1, 0.9, 30)]),
    ];
    let found = reckoned(&overall(OverallRule::MeanRank, &[]), &boards);
    // Nobody unranked is here, and nobody unranked makes a missing row dearer.
    assert_eq!(values(&found), [(1, "red", 1.5), (1, "blue", 1.5)]);
    assert_eq!(found.entries[0].task_ranks, [Some(1), None]);
    assert_eq!((found.revision, found.updated_at), (4, Some(Micros(30))));
    let heavy = reckoned(&overall(OverallRule::MeanRank, &[("voices", 3.0)]), &boards);
    assert_eq!(values(&heavy), [(1, "blue", 1.25), (2, "red", 1.75)]);
}

#[test]
fn equal_scores_share_a_rank_and_earlier_ones_stand_first() {
    let boards = [
        board(
            "digits",
            &[("red", 1, 0.9, 10), ("blue", 2, 0.7, 20), ("grey", 3, 0.7, 90), ("teal", 4, 0.6, 5)],
        ),
        board(
            "voices",
            &[("grey", 1, 0.9, 30), ("blue", 2, 0.8, 40), ("red", 3, 0.7, 90), ("teal", 4, 0.6, 5)],
        ),
    ];
    let found = reckoned(&overall(OverallRule::MeanRank, &[]), &boards);
    // All three have a mean of 2; blue was done first, and of the others `grey` comes first in the alphabet.
    assert_eq!(values(&found), [(1, "blue", 2.0), (1, "grey", 2.0), (1, "red", 2.0), (4, "teal", 4.0)]);
    let nobody = reckoned(&overall(OverallRule::MeanRank, &[]), &[board("digits", &[])]);
    assert_eq!((nobody.entries.len(), nobody.revision, nobody.updated_at), (0, 0, None));
}

#[test]
fn qualities_add_up_between_the_declared_bounds() {
    let boards = [
        board("digits", &[("red", 1, 1.0, 10), ("blue", 2, 0.75, 20), ("grey", 3, 0.25, 30)]),
        board("voices", &[("blue", 1, 0.875, 30)]),
    ];
    let found = reckoned(&overall(OverallRule::Normalised, &[("voices", 0.5)]), &boards);
    assert_eq!(values(&found), [(1, "red", 1.0), (2, "blue", 0.875), (3, "grey", 0.0)]);
    let unbounded = TaskBoard { bounds: None, ..boards[1].clone() };
    let phase: PhaseName = "competitions/games/phases/live".parse().unwrap();
    let boards = [boards[0].clone(), unbounded];
    let refused = overall(OverallRule::Normalised, &[]).board(phase.clone(), &boards).unwrap_err();
    assert_eq!(refused, OverallProblem::NoBaseline("voices".parse().unwrap()));
    let refused = overall(OverallRule::Medals, &[("letters", 2.0)]).board(phase, &boards).unwrap_err();
    assert_eq!(refused.to_string(), "there is no task `letters` to weigh");
    assert_eq!(reckoned(&overall(OverallRule::Medals, &[]), &boards).entries.len(), 3);
}

#[test]
fn one_gold_is_above_any_number_of_silvers() {
    let boards = [
        board("digits", &[("red", 1, 0.9, 1), ("blue", 2, 0.8, 1), ("grey", 3, 0.7, 1), ("teal", 4, 0.6, 1)]),
        board("voices", &[("grey", 1, 0.9, 9), ("blue", 2, 0.8, 1)]),
        board("plates", &[("teal", 1, 0.9, 1), ("blue", 2, 0.8, 1), ("red", 3, 0.7, 1)]),
    ];
    let found = reckoned(&overall(OverallRule::Medals, &[("plates", 0.5)]), &boards);
    // The bronze of `digits` weighs twice that of `plates`; that of `voices` went to nobody.
    let expected = [
        (1, "grey", [1.0, 0.0, 1.0]),
        (2, "red", [1.0, 0.0, 0.5]),
        (3, "teal", [0.5, 0.0, 0.0]),
        (4, "blue", [0.0, 2.5, 0.0]),
    ];
    assert_eq!(medals(&found), expected);
}

#[test]
fn what_is_declared_reads_back() {
    let declared = overall(OverallRule::MeanRank, &[("digits", 2.0)]);
    let text = serde_json::to_string(&declared).unwrap();
    assert_eq!(text, r#"{"rule":"mean_rank","weights":{"digits":2000}}"#);
    assert_eq!(serde_json::from_str::<Overall>(&text).unwrap(), declared);
    assert!(serde_json::from_str::<Overall>(r#"{"rule":"medals","weights":{"digits":0}}"#).is_err());
    assert_eq!(
        serde_json::from_str::<Overall>(r#"{"rule":"medals"}"#).unwrap(),
        overall(OverallRule::Medals, &[])
    );
}

#[test]
fn a_shared_rank_counts_as_it_is_shown() {
    // Two winners: each has the gold medal, and nobody the silver one.
    let digits = board("digits", &[("red", 1, 0.9, 1), ("blue", 1, 0.9, 2), ("green", 3, 0.8, 3)]);
    let found = reckoned(&overall(OverallRule::Medals, &[]), std::slice::from_ref(&digits));
    let gold = [1.0, 0.0, 0.0];
    assert_eq!(medals(&found), [(1, "red", gold), (1, "blue", gold), (3, "green", [0.0, 0.0, 1.0])]);
    let found = reckoned(&overall(OverallRule::MeanRank, &[]), &[digits]);
    assert_eq!(values(&found), [(1, "red", 1.0), (1, "blue", 1.0), (3, "green", 3.0)]);
}

const TEAMS: [&str; 5] = ["blue", "grey", "plum", "red", "teal"];
const TASKS: [&str; 3] = ["digits", "plates", "voices"];

/// A task's board from a value and a moment for each team that has a row: ranked as a board ranks, teams as they come.
fn ranked(task: &str, scores: &[Option<(u8, i64)>]) -> TaskBoard {
    let mut rows: Vec<(&str, f64, i64)> = (TEAMS.iter().zip(scores))
        .filter_map(|(team, score)| score.map(|(value, at)| (*team, 0.5 + f64::from(value) / 510.0, at)))
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)).then(a.0.cmp(b.0)));
    let rows: Vec<_> = (1u32..).zip(rows).map(|(rank, (team, value, at))| (team, rank, value, at)).collect();
    board(task, &rows)
}

fn any_boards() -> impl Strategy<Value = Vec<TaskBoard>> {
    let scores = proptest::collection::vec(proptest::option::of((0u8..4, 0i64..3)), TEAMS.len());
    proptest::collection::vec(scores, TASKS.len())
        .prop_map(|all| TASKS.iter().zip(&all).map(|(task, scores)| ranked(task, scores)).collect())
}

fn any_overall() -> impl Strategy<Value = Overall> {
    let rule = proptest::sample::select(OverallRule::ALL);
    let weights = proptest::collection::vec(1u32..4_000, TASKS.len());
    (rule, weights).prop_map(|(rule, milli)| {
        let weights = TASKS.iter().zip(milli);
        let weights = weights.map(|(task, milli)| (task.parse().unwrap(), Weight::try_from(milli).unwrap()));
        Overall { rule, weights: weights.collect() }
    })
}

proptest! {
    #[test]
    fn ranks_are_standard_and_the_order_is_total(overall in any_overall(), boards in any_boards()) {
        let found = reckoned(&overall, &boards);
        let merit: Vec<_> = found.entries.iter().map(|entry| entry.score.merit()).collect();
        for (i, entry) in found.entries.iter().enumerate() {
            prop_assert_eq!(entry.rank as usize, 1 + merit.iter().filter(|other| **other > merit[i]).count());
        }
        for pair in found.entries.windows(2) {
            let key = |entry: &OverallEntry| (entry.rank, entry.accepted_at, entry.team.clone());
            prop_assert!(key(&pair[0]) < key(&pair[1]));
        }
        // Each team with a row is there once, and nobody else.
        let mut there: Vec<_> = found.entries.iter().map(|entry| &entry.team).collect();
        let mut expected: Vec<_> =
            boards.iter().flat_map(|task| task.board.entries.iter().map(|row| &row.team)).collect();
        there.sort();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(there, expected);
    }

    #[test]
    fn neither_the_order_of_tasks_nor_a_common_factor_of_weights_decides(
        overall in any_overall(), boards in any_boards(), factor in 2u32..9,
    ) {
        let standing = |board: &OverallBoard| -> Vec<_> {
            board.entries.iter().map(|entry| (entry.rank, entry.team.clone())).collect()
        };
        let found = reckoned(&overall, &boards);
        let mut turned = boards.clone();
        turned.reverse();
        prop_assert_eq!(standing(&reckoned(&overall, &turned)), standing(&found));
        let weights = overall.weights.iter();
        let weights = weights.map(|(task, weight)| (task.clone(), Weight::try_from(weight.milli() * factor).unwrap()));
        let scaled = Overall { rule: overall.rule, weights: weights.collect() };
        prop_assert_eq!(standing(&reckoned(&scaled, &boards)), standing(&found));
    }

    #[test]
    fn to_overtake_a_neighbour_never_costs(overall in any_overall(), boards in any_boards(), task in 0..TASKS.len()) {
        let Some(pair) = boards[task].board.entries.get(..2) else { return Ok(()) };
        let climber = pair[1].team.clone();
        let mut after = boards.clone();
        let rows = &mut after[task].board.entries;
        let (first, second) = (rows[0].clone(), rows[1].clone());
        rows[0] = BoardEntry { rank: 1, metrics: first.metrics.clone(), ..second.clone() };
        rows[1] = BoardEntry { rank: 2, metrics: second.metrics, ..first };
        let merit = |boards: &[TaskBoard]| {
            let found = reckoned(&overall, boards);
            found.entries.into_iter().find(|entry| entry.team == climber).unwrap().score.merit()
        };
        prop_assert!(merit(&after) >= merit(&boards));
    }

    #[test]
    fn scores_have_their_bounds(overall in any_overall(), boards in any_boards()) {
        let found = reckoned(&overall, &boards);
        let weight: f64 = overall.weights.values().map(|weight| weight.value()).sum();
        for entry in &found.entries {
            match entry.score {
                OverallScore::MeanRank { .. } => {
                    prop_assert!((1.0..=TEAMS.len() as f64 + 1.0).contains(&entry.score.value().unwrap()));
                }
                OverallScore::Normalised { .. } => {
                    prop_assert!((0.0..=weight + 1e-9).contains(&entry.score.value().unwrap()));
                }
                OverallScore::Medals { medals_milli } => {
                    let all = u128::from(overall.weights.values().map(|weight| weight.milli()).sum::<u32>());
                    prop_assert!(medals_milli.iter().sum::<u128>() <= all);
                }
            }
        }
    }
}
