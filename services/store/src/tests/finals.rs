//! Freeze, thaw, finalize, reveal, and finals by nomination.

use egret_contest::*;

use super::harness::*;
use crate::*;

fn note(contest: &Contest) -> Note {
    Note { by: contest.operator.clone(), reason: "because".into() }
}

fn live() -> PhaseId {
    id("live")
}

on_both! {
    async fn a_frozen_board_stands_still_for_the_public_alone(h) {
        let shape = Shape { freeze_after: Some(DAY), ..Shape::default() };
        let contest = Contest::open(&h.store, shape).await;
        let games = contest.task.competition.clone();
        contest.score(&contest.red, "one", 0.5).await;
        let not_yet = h.store.thaw_phase(&games, &live(), &note(&contest)).await.unwrap_err();
        assert!(matches!(not_yet, StoreError::Refused(Refusal::WrongState { .. })));
        h.store.shift_clock(2 * DAY);
        let frozen = contest.public_board().await;
        assert!(frozen.frozen_since.is_some());
        let sent = contest.score(&contest.blue, "two", 0.9).await;
        assert!(sent.release.unwrap().scored, "a team sees its own");
        assert_eq!(contest.public_board().await, frozen);
        assert_eq!(contest.history().await.len(), 1);
        let ledger = h.store.ledger(&contest.task, &Audience::Public).await.unwrap();
        assert_eq!(ledger.splits[0].team_count, 1);
        let jury = h.store.board(&contest.board, BoardAudience::Jury, None).await.unwrap();
        assert_eq!(standings(&jury), [(1, "blue", Some(0.9)), (2, "red", Some(0.5))]);
        // As of a moment after the freeze the public sees the frozen one.
        let now = h.store.now().await.unwrap();
        let as_of = h.store.board(&contest.board, BoardAudience::Public, Some(now)).await.unwrap();
        assert_eq!(standings(&as_of), standings(&frozen));
        h.store.thaw_phase(&games, &live(), &note(&contest)).await.unwrap();
        let thawed = contest.public_board().await;
        assert_eq!(standings(&thawed), standings(&jury));
        assert!(thawed.revision > frozen.revision && thawed.frozen_since.is_none());
        let before = h.store.board(&contest.board, BoardAudience::Public, Some(contest.start.after(DAY))).await.unwrap();
        assert_eq!(standings(&before), standings(&frozen));
        assert_eq!(h.store.phase_changes(&games).await.unwrap()[0].kind, "thaw");
    }
}

fn standings(board: &Board) -> Vec<(u32, &str, Option<f64>)> {
    let row = |entry: &'_ BoardEntry| (entry.rank, entry.metrics[0].value);
    board.entries.iter().map(|entry| (row(entry).0, entry.team.team.as_str(), row(entry).1)).collect()
}

on_both! {
    async fn finals_run_what_was_nominated_once_and_after_the_end(h) {
        let shape = Shape { nominations: Some(2), ..Shape::default() };
        let contest = Contest::open(&h.store, shape).await;
        let (games, finale) = (contest.task.competition.clone(), id::<PhaseId>("finale"));
        let board = BoardName::new(games.clone(), contest.task.task.clone(), finale.clone());
        let best = contest.score(&contest.red, "one", 0.8).await;
        let other = contest.score(&contest.red, "two", 0.7).await;
        let blues = contest.score(&contest.blue, "three", 0.75).await;
        let early = h.store.nominate(&contest.task, &finale, &contest.red.name, std::slice::from_ref(&other.name)).await.unwrap_err();
        assert!(matches!(early, StoreError::Refused(Refusal::PhaseClosed { ended: None, next: Some(_) })));
        h.store.shift_clock(10 * DAY);
        // The phase takes no submissions of its own.
        assert!(matches!(contest.try_submit(&contest.red, "four").await, Err(StoreError::Refused(Refusal::PhaseClosed { .. }))));
        let standing = h.store.nominees(&contest.task, &finale, &contest.red.name).await.unwrap();
        assert_eq!((standing.submissions, standing.chosen), (vec![best.name.clone()], false));
        for bad in [vec![blues.name.clone()], vec![best.name.clone(), other.name.clone(), blues.name.clone()]] {
            assert!(h.store.nominate(&contest.task, &finale, &contest.red.name, &bad).await.is_err());
        }
        let both = [other.name.clone(), best.name.clone()];
        let named = h.store.nominate(&contest.task, &finale, &contest.red.name, &both).await.unwrap();
        assert!(named.chosen && named.submissions.len() == 2);
        assert_eq!(h.store.sweep_nominations().await.unwrap(), 0);
        assert!(contest.lease().await.is_none(), "the private split is untouched");
        let early = h.store.finalize_phase(&games, &finale, &note(&contest)).await.unwrap_err();
        assert!(matches!(early, StoreError::Refused(Refusal::NotFinal(_))), "{early}");
        h.store.shift_clock(DAY);
        assert_eq!(h.store.sweep_nominations().await.unwrap(), 3);
        assert_eq!(h.store.sweep_nominations().await.unwrap(), 0, "once");
        let early = h.store.finalize_phase(&games, &finale, &note(&contest)).await.unwrap_err();
        assert!(early.to_string().contains("3 of its submissions"), "{early}");
        contest.work_off(Some(0.6)).await;
        // Nothing is shown before the phase is final.
        assert!(h.store.board(&board, BoardAudience::Public, None).await.unwrap().entries.is_empty());
        let jury = h.store.board(&board, BoardAudience::Jury, None).await.unwrap();
        assert_eq!(jury.entries.len(), 2);
        let own = h.store.list_submissions(&contest.task, Some(&contest.red.name.team), Page::default()).await.unwrap();
        let finalists: Vec<_> = own.items.iter().filter(|one| one.nominated_from.is_some()).collect();
        assert_eq!(finalists.len(), 2);
        assert!(finalists.iter().all(|one| one.state == SubmissionState::Queued && one.release.is_none()));
        h.store.finalize_phase(&games, &finale, &note(&contest)).await.unwrap();
        let public = h.store.board(&board, BoardAudience::Public, None).await.unwrap();
        // Equal on the private split: who was accepted first goes first.
        assert_eq!(standings(&public), [(1, "red", Some(0.6)), (2, "blue", Some(0.6))]);
        assert!(public.finalized_at.is_some());
        let again = h.store.finalize_phase(&games, &finale, &note(&contest)).await.unwrap();
        assert!(again.phases.iter().find(|phase| phase.id == finale).unwrap().marks.finalized_at.is_some());
        // Nothing can be moved any more.
        let late = h.store.extend_phase(&Request::once(), &games, &finale, None, DAY, &note(&contest)).await.unwrap_err();
        assert!(matches!(late, StoreError::Refused(Refusal::WrongState { .. })));
    }
}

on_both! {
    async fn a_reveal_shows_exact_scores_and_charges_them(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let games = contest.task.competition.clone();
        let sent = contest.score(&contest.red, "one", 0.123_456).await;
        let failed = contest.submit(&contest.red, "two").await;
        contest.work_once(Some(1.0)).await;
        let lease = contest.lease().await.unwrap();
        h.store.complete(&lease.fence, UnitResult::Verdict(faulted(FaultCode::CpuLimit))).await.unwrap();
        let early = h.store.reveal_phase(&games, &live(), 6, &note(&contest)).await.unwrap_err();
        assert!(matches!(early, StoreError::Refused(Refusal::WrongState { .. })));
        h.store.shift_clock(10 * DAY);
        h.store.finalize_phase(&games, &live(), &note(&contest)).await.unwrap();
        let audience = Audience::Team(contest.red.name.team.clone());
        let before = h.store.ledger(&contest.task, &audience).await.unwrap().splits[0].spent_millibits;
        h.store.reveal_phase(&games, &live(), 6, &note(&contest)).await.unwrap();
        h.store.reveal_phase(&games, &live(), 6, &note(&contest)).await.unwrap();
        let shown = contest.submission(&sent).await;
        assert_eq!(shown.release.unwrap().metrics[0].value, Some(0.12));
        let exact = shown.revealed.unwrap();
        assert_eq!((exact.metrics[0].value, exact.fault.as_str()), (Some(0.123_456), ""));
        assert_eq!(contest.submission(&failed).await.revealed.unwrap().fault, "LIMIT");
        let after = h.store.ledger(&contest.task, &audience).await.unwrap();
        assert_eq!(after.splits[0].spent_millibits - before, 2 * exact.charge_millibits);
        assert_eq!(after.splits[0].accounts[0].rows.len(), 4);
    }
}

on_both! {
    async fn only_regular_teams_rank(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.score(&contest.red, "one", 0.9).await;
        contest.score(&contest.blue, "two", 0.5).await;
        let store = &h.store;
        let set = |sql: &'static str| async move {
            let mut s = store.write().await.unwrap();
            s.run(sql, vec![]).await.unwrap();
            s.commit().await.unwrap();
        };
        set("update teams set kind = 'baseline' where id = 'red'").await;
        assert_eq!(standings(&contest.public_board().await), [(0, "red", Some(0.9)), (1, "blue", Some(0.5))]);
        set("update teams set status = 'disqualified' where id = 'red'").await;
        assert_eq!(standings(&contest.public_board().await), [(1, "blue", Some(0.5))]);
        assert_eq!(contest.history().await.len(), 1);
        let jury = h.store.board(&contest.board, BoardAudience::Jury, None).await.unwrap();
        assert!(jury.entries[0].disqualified && jury.entries[0].rank == 0);
        let refused = contest.try_submit(&contest.red, "three").await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused(Refusal::TeamNotActive("disqualified"))));
    }
}
