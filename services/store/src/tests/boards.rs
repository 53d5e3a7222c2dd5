//! Boards: the order, what is counted, and that they can be built again.

use egret_contest::*;

use super::harness::*;
use crate::*;

fn standings(board: &Board) -> Vec<(u32, &str, Option<f64>, u32)> {
    board
        .entries
        .iter()
        .map(|entry| (entry.rank, entry.team.team.as_str(), entry.metrics[0].value, entry.submission_count))
        .collect()
}

on_both! {
    async fn the_best_release_of_each_team_ranks(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let empty = contest.public_board().await;
        assert_eq!((empty.revision, empty.entries.len(), empty.updated_at), (0, 0, None));
        contest.score(&contest.red, "one", 0.5).await;
        contest.score(&contest.blue, "two", 0.7).await;
        contest.score(&contest.red, "three", 0.4).await;
        let board = contest.public_board().await;
        assert_eq!(standings(&board), [(1, "blue", Some(0.7), 1), (2, "red", Some(0.5), 2)]);
        contest.score(&contest.red, "four", 0.9).await;
        let board = contest.public_board().await;
        assert_eq!(standings(&board), [(1, "red", Some(0.9), 3), (2, "blue", Some(0.7), 1)]);
        assert_eq!((board.revision, board.entries[0].team_title.as_str()), (4, "RED"));
        let history = contest.history().await;
        let points: Vec<_> = history.iter().map(|point| (point.team.team.as_str(), point.value)).collect();
        assert_eq!(points, [("red", 0.5), ("blue", 0.7), ("red", 0.9)]);
    }
}

on_both! {
    async fn less_is_better_where_the_metric_says_so(h) {
        let shape = Shape { metric: Direction::LowerIsBetter, ..Shape::default() };
        let contest = Contest::open(&h.store, shape).await;
        contest.score(&contest.red, "one", 0.5).await;
        contest.score(&contest.blue, "two", 0.7).await;
        contest.score(&contest.blue, "three", 0.0).await;
        let board = contest.public_board().await;
        assert_eq!(standings(&board), [(1, "blue", Some(0.0), 2), (2, "red", Some(0.5), 1)]);
    }
}

on_both! {
    /// The speed is that of the check (1 ms for 7 items, of which a seventh of that is fast enough), never of the hidden run.
    async fn a_composite_ranks_and_earns_certificates(h) {
        let part = CompositePart { metric: "accuracy".into(), weight: 1.0, worst: 0.5, best: 1.0 };
        let speed = Some(Speed { reference_item_ms: 1.0 / 49.0, exponent: 0.5 });
        let composite = Composite {
            title: "Score".into(), rule: CompositeRule::Weighted, parts: vec![part], speed,
        };
        let certificate = |name: &str, threshold| Certificate { name: name.into(), threshold };
        let certificates = vec![certificate("A", 0.3), certificate("B", 0.1)];
        let grading = Grading { composite: Some(composite), certificates };
        // Lower accuracy would rank if the composite did not.
        let shape = Shape { metric: Direction::LowerIsBetter, grading, ..Shape::default() };
        let contest = Contest::open(&h.store, shape).await;
        contest.score(&contest.red, "one", 0.75).await;
        contest.score(&contest.blue, "two", 0.95).await;
        let board = contest.public_board().await;
        let columns: Vec<_> = board.metrics.iter().map(|column| column.id.as_str()).collect();
        assert_eq!(columns, ["composite", "accuracy", "log_loss"]);
        // Half of the quality, times the root of a seventh, at two decimals.
        assert_eq!(standings(&board), [(1, "blue", Some(0.34), 1), (2, "red", Some(0.19), 1)]);
        let earned: Vec<_> = board.entries.iter().map(|entry| entry.certificate.as_deref()).collect();
        assert_eq!(earned, [Some("A"), Some("B")]);
        h.store.rebuild_board(&contest.board).await.unwrap();
        assert_eq!(contest.public_board().await, board);
    }
}

on_both! {
    /// Scores that round to the same tie, and the earlier one wins, whichever was evaluated first.
    async fn ties_go_to_whoever_was_accepted_first(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "red").await;
        h.store.shift_clock(std::time::Duration::from_secs(1));
        contest.submit(&contest.blue, "blue").await;
        // Nobody was served yet: the lanes go by who came first.
        let (red, blue) = (contest.lease().await.unwrap(), contest.lease().await.unwrap());
        // Blue is checked and evaluated to the end before red's check is handed in.
        h.store.complete(&blue.fence, honest(&blue, None)).await.unwrap();
        contest.work_off(Some(0.501)).await;
        assert_eq!(standings(&contest.public_board().await), [(1, "blue", Some(0.5), 1)]);
        h.store.complete(&red.fence, honest(&red, None)).await.unwrap();
        contest.work_off(Some(0.499)).await;
        let board = contest.public_board().await;
        assert_eq!(standings(&board), [(1, "red", Some(0.5), 1), (2, "blue", Some(0.5), 1)]);
    }
}

on_both! {
    /// Further columns decide before the time does, on the rows that are kept, rebuilt and replayed alike.
    async fn ties_go_by_further_columns_first(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        for (team, model, log_loss) in [
            (&contest.red, "one", Some(0.3)), (&contest.blue, "two", Some(0.2)),
            (&contest.red, "three", None), (&contest.red, "four", Some(0.25)),
        ] {
            contest.submit(team, model).await;
            contest.work_once(Some(1.0)).await;
            let lease = contest.lease().await.unwrap();
            let mut verdict = scored(Some(0.5));
            if let Outcome::Scored(metrics) = &mut verdict.outcome { metrics[0].value = log_loss }
            h.store.complete(&lease.fence, UnitResult::Verdict(verdict)).await.unwrap();
        }
        let columns = |board: &Board| -> Vec<_> {
            let losses = board.entries.iter().map(|entry| (entry.team.team.to_string(), entry.metrics[1].value));
            losses.collect()
        };
        let expected = [("blue".to_owned(), Some(0.2)), ("red".to_owned(), Some(0.25))];
        let board = contest.public_board().await;
        assert_eq!(columns(&board), expected);
        let jury = h.store.board(&contest.board, BoardAudience::Jury, None).await.unwrap();
        assert_eq!(columns(&jury), expected);
        h.store.rebuild_board(&contest.board).await.unwrap();
        assert_eq!(contest.public_board().await, board);
    }
}

on_both! {
    async fn what_is_undefined_or_not_finite_never_ranks(h) {
        let contest = Contest::open(&h.store, Shape { metric: Direction::LowerIsBetter, ..Shape::default() }).await;
        for (model, score) in [("a", None), ("b", Some(f64::NAN)), ("c", Some(f64::NEG_INFINITY))] {
            let submission = contest.submit(&contest.red, model).await;
            contest.work_off(score).await;
            let release = contest.submission(&submission).await.release.unwrap();
            assert_eq!((release.scored, release.metrics[0].value), (true, None));
        }
        assert!(contest.public_board().await.entries.is_empty());
        contest.score(&contest.red, "d", 0.9).await;
        let board = contest.public_board().await;
        assert_eq!(standings(&board), [(1, "red", Some(0.9), 4)]);
    }
}

on_both! {
    async fn a_board_built_again_is_the_same_board(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let teams = [&contest.red, &contest.blue];
        let scores = [0.31, 0.52, 0.311, 0.87, 0.5249, 0.1, 0.869, 0.91, 0.914, 0.2];
        for (i, score) in scores.into_iter().enumerate() {
            contest.score(teams[i % 2], &format!("model {i}"), score).await;
        }
        let faulty = contest.submit(&contest.red, "faulty").await;
        contest.work_once(Some(1.0)).await;
        let lease = contest.lease().await.unwrap();
        h.store.complete(&lease.fence, UnitResult::Verdict(faulted(FaultCode::TimeLimit))).await.unwrap();
        assert!(!contest.submission(&faulty).await.release.unwrap().scored);

        let (board, history) =
            (contest.public_board().await, contest.history().await);
        assert_eq!(standings(&board)[0].3 + standings(&board)[1].3, 11);
        h.store.rebuild_board(&contest.board).await.unwrap();
        assert_eq!(contest.public_board().await, board);
        assert_eq!(contest.history().await, history);
        // Also when the rows were wrong.
        let mut s = h.store.write().await.unwrap();
        s.run("update board_rows set value = 2, sort_key = -2, submission_count = 0", vec![]).await.unwrap();
        s.commit().await.unwrap();
        h.store.rebuild_board(&contest.board).await.unwrap();
        assert_eq!(contest.public_board().await, board);
        assert_eq!(contest.history().await, history);
    }
}

on_both! {
    async fn boards_of_nothing_are_not_found(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        for (task, phase) in [("letters", "live"), ("digits", "practice")] {
            let name = BoardName::new(id("games"), id(task), id(phase));
            assert!(matches!(h.store.board(&name, BoardAudience::Public, None).await, Err(StoreError::NotFound("leaderboard"))));
            assert!(matches!(h.store.score_history(&name, BoardAudience::Public).await, Err(StoreError::NotFound("leaderboard"))));
        }
        assert!(h.store.board(&contest.board, BoardAudience::Public, None).await.is_ok());
    }
}
