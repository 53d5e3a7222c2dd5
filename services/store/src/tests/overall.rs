//! The overall board: made of the boards of all tasks, at one moment.

use std::collections::BTreeMap;

use egret_contest::*;

use super::harness::*;
use crate::*;

#[expect(clippy::unnecessary_wraps, reason = "a competition may declare none")]
fn declared(rule: OverallRule, weights: &[(&str, f64)]) -> Option<Overall> {
    let weigh = |&(task, weight): &(&str, f64)| (id(task), Weight::new(weight).unwrap());
    Some(Overall { rule, weights: weights.iter().map(weigh).collect() })
}

fn live() -> PhaseName {
    "competitions/games/phases/live".parse().unwrap()
}

type Row<'a> = (u32, &'a str, Option<f64>, &'a [Option<u32>]);

fn standings(board: &OverallBoard) -> Vec<Row<'_>> {
    let entries = board.entries.iter();
    entries.map(|e| (e.rank, e.team.team.as_str(), e.score.value(), e.task_ranks.as_slice())).collect()
}

on_both! {
    async fn the_boards_of_all_tasks_make_one(h) {
        let shape = Shape { overall: declared(OverallRule::MeanRank, &[("digits", 3.0)]), ..Shape::default() };
        let digits = Contest::open(&h.store, shape.clone()).await;
        let voices = digits.further_task("voices").await;
        assert_eq!(h.store.get_competition(&id("games")).await.unwrap().overall, shape.overall);
        let empty = h.store.overall_board(&live()).await.unwrap();
        assert_eq!((empty.revision, empty.updated_at, empty.entries.len()), (0, None, 0));

        digits.score(&digits.red, "one", 0.5).await;
        voices.score(&voices.red, "two", 0.5).await;
        voices.score(&voices.blue, "three", 0.75).await;
        let last = digits.score(&digits.blue, "four", 0.25).await;
        let board = h.store.overall_board(&live()).await.unwrap();
        assert_eq!(
            standings(&board),
            [(1, "red", Some(1.25), &[Some(1), Some(2)][..]), (2, "blue", Some(1.75), &[Some(2), Some(1)])]
        );
        assert_eq!((board.revision, board.tasks.len()), (4, 2));
        assert_eq!((board.entries[1].team_title.as_str(), board.entries[1].accepted_at), ("BLUE", last.accepted_at));
        // A rebuilt board is the same board, and makes the same one of all.
        h.store.rebuild_board(&digits.board).await.unwrap();
        assert_eq!(h.store.overall_board(&live()).await.unwrap(), board);
        // Another phase has boards of its own.
        let finale = "competitions/games/phases/finale".parse().unwrap();
        assert_eq!(h.store.overall_board(&finale).await.unwrap().entries.len(), 0);
    }
}

on_both! {
    async fn only_what_is_declared_and_there_has_one(h) {
        Contest::open(&h.store, Shape::default()).await;
        for (phase, missing) in [("live", "overall leaderboard"), ("later", "phase")] {
            let name = PhaseName::new(id("games"), id(phase));
            let error = h.store.overall_board(&name).await.unwrap_err();
            assert!(matches!(error, StoreError::NotFound(what) if what == missing), "{phase}: {error}");
        }
        let error = h.store.overall_board(&PhaseName::new(id("others"), id("live"))).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound("competition")), "{error}");
    }
}

async fn not_published(h: &Harness, overall: Option<Overall>, problem: &str) {
    let (operator, start) = (user(&h.store, Grant::Operator, "Olga").await, h.store.now().await.unwrap());
    draft(&h.store, &operator, start, Shape { overall, ..Shape::default() }).await;
    let error = h.store.publish_competition(&id("games")).await.unwrap_err();
    assert!(matches!(&error, StoreError::Invalid(text) if text == problem), "{error}");
    assert_eq!(h.store.get_competition(&id("games")).await.unwrap().state, CompetitionState::Draft);
}

on_both! {
    async fn values_without_bounds_are_not_added_up(h) {
        let problem =
            "the overall board: task `digits` declares no baseline, without which its values cannot be normalised";
        not_published(h, declared(OverallRule::Normalised, &[]), problem).await;
    }
}

on_both! {
    async fn a_weight_is_for_a_task_that_is_there(h) {
        let problem = "the overall board: there is no task `letters` to weigh";
        not_published(h, declared(OverallRule::Medals, &[("letters", 2.0)]), problem).await;
    }
}

on_both! {
    /// While the boards stand still, so does it.
    async fn it_shows_no_more_than_the_public_boards(h) {
        let overall = declared(OverallRule::Normalised, &[]);
        let scale = Some(Scale { baseline: 0.5, best: 1.0, width: 1.0 });
        let contest = Contest::open(&h.store, Shape { overall, scale, freeze_after: Some(DAY), ..Shape::default() }).await;
        contest.score(&contest.red, "one", 0.75).await;
        h.store.shift_clock(2 * DAY);
        let frozen = h.store.overall_board(&live()).await.unwrap();
        assert_eq!(standings(&frozen), [(1, "red", Some(0.5), &[Some(1)][..])]);
        contest.score(&contest.blue, "two", 1.0).await;
        assert_eq!(h.store.overall_board(&live()).await.unwrap(), frozen);
        let note = Note { by: contest.operator.clone(), reason: "the end".into() };
        h.store.thaw_phase(&id("games"), &id("live"), &note).await.unwrap();
        let thawed = h.store.overall_board(&live()).await.unwrap();
        assert_eq!(
            standings(&thawed),
            [(1, "blue", Some(1.0), &[Some(1)][..]), (2, "red", Some(0.5), &[Some(2)])]
        );
        assert!(thawed.revision > frozen.revision);
    }
}

on_both! {
    /// Where a composite ranks, its value is a quality already.
    async fn composites_are_added_up_as_they_are(h) {
        let part = CompositePart { metric: "accuracy".into(), weight: 1.0, worst: 0.5, best: 1.0 };
        let composite =
            Composite { title: "Score".into(), rule: CompositeRule::Weighted, parts: vec![part], speed: None };
        let grading = Grading { composite: Some(composite), certificates: vec![] };
        let overall = Some(Overall { rule: OverallRule::Normalised, weights: BTreeMap::new() });
        let contest = Contest::open(&h.store, Shape { grading, overall, ..Shape::default() }).await;
        contest.score(&contest.red, "one", 0.75).await;
        contest.score(&contest.blue, "two", 0.875).await;
        let board = h.store.overall_board(&live()).await.unwrap();
        assert_eq!(
            standings(&board),
            [(1, "blue", Some(0.75), &[Some(1)][..]), (2, "red", Some(0.5), &[Some(2)])]
        );
    }
}
