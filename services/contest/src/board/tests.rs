use proptest::prelude::*;

use super::*;
use crate::PrizeRule;

/// What is said of a row: team, value, interval of the comparison (0, 0: none), and whether it competes.
type Row = (&'static str, f64, (u32, u32), bool);

/// A final's board of these rows, with the intervals that its comparison left.
fn settled(rule: PrizeRule, places: &[u64], rows: &[Row]) -> Board {
    let entry = |&(team, value, _, competes): &Row| BoardEntry {
        rank: 0,
        kind: TeamKind::Regular,
        disqualified: !competes,
        submission: team.parse().unwrap(),
        team: format!("competitions/games/teams/{team}").parse().unwrap(),
        team_title: team.to_uppercase(),
        metrics: vec![MetricValue { id: "accuracy".into(), value: Some(value) }],
        accepted_at: Micros(7),
        submission_count: 1,
        certificate: None,
        rank_interval: None,
        prize: 0,
        previous_rank: None,
    };
    let mut board = Board {
        name: "competitions/games/tasks/digits/phases/last/leaderboard".parse().unwrap(),
        revision: 1,
        updated_at: None,
        metrics: Vec::new(),
        certificates: Vec::new(),
        entries: rows.iter().map(entry).collect(),
        frozen_since: None,
        finalized_at: None,
        prizes: Some(Prizes { rule, unit: "CNY".into(), places: places.to_vec() }),
        prize_kept: None,
    };
    let found = rows.iter().filter(|row| row.2.0 > 0);
    let interval = |row: &Row| RankInterval { first: row.2.0, last: row.2.1 };
    let found: Vec<_> = found.map(|row| (row.0.parse().unwrap(), interval(row))).collect();
    board.settle(&found);
    board
}

/// Team, rank, interval and prize of a row.
type Shown<'a> = (&'a str, u32, Option<(u32, u32)>, u64);

fn shown(board: &Board) -> Vec<Shown<'_>> {
    let interval = |entry: &BoardEntry| entry.rank_interval.map(|found| (found.first, found.last));
    let rows = board.entries.iter();
    rows.map(|entry| (entry.team.team.as_str(), entry.rank, interval(entry), entry.prize)).collect()
}

const SPLIT: PrizeRule = PrizeRule::SplitEvenly;

#[test]
fn who_cannot_be_told_apart_shares_rank_and_prize() {
    let rows = [
        ("one", 0.9, (1, 1), true),
        ("two", 0.8, (2, 3), true),
        ("three", 0.7, (2, 3), true),
        ("four", 0.6, (4, 4), true),
    ];
    let board = settled(SPLIT, &[100, 51, 30], &rows);
    let want = [
        ("one", 1, Some((1, 1)), 100),
        ("two", 2, Some((2, 3)), 40),
        ("three", 2, Some((2, 3)), 40),
        ("four", 4, Some((4, 4)), 0),
    ];
    assert_eq!((shown(&board), board.prize_kept), (want.to_vec(), Some(1)));
    let board = settled(PrizeRule::ByOrder, &[100, 51, 30], &rows);
    let ranks: Vec<_> = board.entries.iter().map(|entry| (entry.rank, entry.prize)).collect();
    assert_eq!((ranks, board.prize_kept), (vec![(1, 100), (2, 51), (3, 30), (4, 0)], Some(0)));
    // Without places ranks alone are shared.
    let board = settled(SPLIT, &[], &rows);
    assert_eq!(board.entries.iter().map(|entry| entry.rank).collect::<Vec<_>>(), [1, 2, 2, 4]);
}

#[test]
fn without_intervals_the_order_decides() {
    let rows = [("one", 0.9, (0, 0), true), ("two", 0.9, (0, 0), true), ("three", 0.1, (0, 0), false)];
    let board = settled(SPLIT, &[100, 50, 25], &rows);
    let want = [("one", 1, None, 100), ("two", 2, None, 50), ("three", 0, None, 0)];
    assert_eq!((shown(&board), board.prize_kept), (want.to_vec(), Some(25)));
}

#[test]
fn equal_values_go_by_their_intervals() {
    // The first was accepted earlier; what was released of them is the same, and the comparison knows more.
    let rows = [("one", 0.5, (2, 2), true), ("two", 0.5, (1, 1), true), ("three", 0.4, (3, 3), true)];
    let want = [("two", 1, Some((1, 1)), 9), ("one", 2, Some((2, 2)), 8), ("three", 3, Some((3, 3)), 0)];
    assert_eq!(shown(&settled(SPLIT, &[9, 8], &rows)), want);
    // Where it finds no difference either, the earlier goes first.
    let rows = [("one", 0.5, (1, 2), true), ("two", 0.5, (1, 2), true)];
    let want = [("one", 1, Some((1, 2)), 8), ("two", 1, Some((1, 2)), 8)];
    assert_eq!(shown(&settled(SPLIT, &[9, 8], &rows)), want);
    // A budget can hide what is better: then nobody is above the other.
    let rows = [("one", 0.5, (2, 2), true), ("two", 0.4, (1, 1), true)];
    let want = [("one", 1, Some((2, 2)), 8), ("two", 1, Some((1, 1)), 8)];
    assert_eq!(shown(&settled(SPLIT, &[9, 8], &rows)), want);
}

#[test]
fn who_leaves_takes_their_place_along() {
    let rows = |first, second, third| {
        [("one", 0.9, (1, 1), first), ("two", 0.8, (2, 3), second), ("three", 0.7, (2, 3), third)]
    };
    let want = [("one", 0, None, 0), ("two", 1, Some((1, 2)), 7), ("three", 1, Some((1, 2)), 7)];
    assert_eq!(shown(&settled(SPLIT, &[9, 5, 1], &rows(false, true, true))), want);
    // The winner shares with nobody because the second has left.
    let board = settled(SPLIT, &[9, 5, 1], &rows(true, false, true));
    let want = [("one", 1, Some((1, 1)), 9), ("two", 0, None, 0), ("three", 2, Some((2, 2)), 5)];
    assert_eq!((shown(&board), board.prize_kept), (want.to_vec(), Some(1)));
}

#[test]
fn who_was_not_compared_stands_where_the_order_says() {
    let rows = [("one", 0.9, (1, 2), true), ("new", 0.8, (0, 0), true), ("two", 0.7, (1, 2), true)];
    let want = [("one", 1, Some((1, 3)), 6), ("new", 1, None, 6), ("two", 1, Some((1, 3)), 6)];
    assert_eq!(shown(&settled(SPLIT, &[9, 6, 3], &rows)), want);
    let rows = [("one", 0.9, (1, 1), true), ("new", 0.8, (0, 0), true), ("two", 0.7, (2, 2), true)];
    let want = [("one", 1, Some((1, 1)), 9), ("new", 2, None, 6), ("two", 3, Some((3, 3)), 3)];
    assert_eq!(shown(&settled(SPLIT, &[9, 6, 3], &rows)), want);
}

const TEAMS: [&str; 8] = ["t-1", "t-2", "t-3", "t-4", "t-5", "t-6", "t-7", "t-8"];

/// Boards of finals, whose intervals hold their places; some of their teams are out.
fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec((0u32..3, 0u32..3, proptest::bool::weighted(0.8)), 0..TEAMS.len()).prop_map(
        |drawn| {
            let count = drawn.len() as u32;
            let row = |((place, team), (below, above, competes)): ((u32, &'static str), _)| {
                let interval = (1.max(place.saturating_sub(below)), count.min(place + above));
                (team, 1.0 - f64::from(place) / 16.0, interval, competes)
            };
            (1u32..).zip(TEAMS).zip(drawn).map(row).collect()
        },
    )
}

proptest! {
    /// Whoever leaves: intervals hold their places, none counts more than before, and nobody is joined who was apart.
    #[test]
    fn intervals_stay_true_when_teams_leave(rows in any_rows()) {
        let all: Vec<Row> = rows.iter().map(|row| (row.0, row.1, row.2, true)).collect();
        let (before, after) = (settled(SPLIT, &[], &all), settled(SPLIT, &[], &rows));
        let mut place = 0;
        for (was, is) in before.entries.iter().zip(&after.entries).filter(|(_, is)| is.competes()) {
            place += 1;
            let (old, new) = (was.rank_interval.unwrap(), is.rank_interval.unwrap());
            prop_assert!((new.first..=new.last).contains(&place));
            prop_assert!(new.last - new.first <= old.last - old.first);
            for (other_was, other_is) in before.entries.iter().zip(&after.entries) {
                if other_is.competes() && other_was.rank != was.rank {
                    prop_assert_ne!(other_is.rank, is.rank);
                }
            }
        }
        prop_assert_eq!(after.entries.iter().filter(|entry| entry.rank > 0).count(), place as usize);
    }
}
