//! Approval, disqualification, kinds, entries; and what boards show of them.

use egret_contest::*;

use super::harness::*;
use crate::*;

fn rules(team_rules: TeamRules) -> Shape {
    Shape { team_rules, ..Shape::default() }
}

fn shown(board: &Board) -> Vec<(u32, &str)> {
    board.entries.iter().map(|entry| (entry.rank, entry.team.team.as_str())).collect()
}

on_both! {
    async fn where_approval_is_asked_a_team_waits_for_it(h) {
        let contest = Contest::open(&h.store, rules(TeamRules { approve_teams: true, ..TeamRules::default() })).await;
        let (red, olga) = (&contest.red.name, &contest.operator);
        assert_eq!(contest.red.status, TeamStatus::Pending);
        let waiting = Refusal::TeamNotActive(TeamStatus::Pending.as_reason());
        assert_eq!(refusal(contest.try_submit(&contest.red, "one").await), waiting);
        h.store.approve_team(red, olga).await.unwrap();
        h.store.approve_team(red, olga).await.unwrap();
        contest.submit(&contest.red, "one").await;
        // Not let in, with a reason; approving is not how that is mended.
        let blue = &contest.blue.name;
        let rejected = h.store.disqualify_team(blue, "no such university", olga).await.unwrap();
        assert_eq!((rejected.status, rejected.status_reason.as_str()), (TeamStatus::Disqualified, "no such university"));
        assert!(matches!(refusal(h.store.approve_team(blue, olga).await), Refusal::WrongState { .. }));
        let refused = contest.try_submit(&contest.blue, "two").await;
        assert_eq!(refusal(refused), Refusal::TeamNotActive("disqualified"));
        // What an organizer founds needs no approval.
        let new = NewTeam { id: id("green"), title: "Green".into() };
        let green = h.store.create_team(&Request::once(), &id("games"), new, None).await.unwrap();
        assert_eq!(green.status, TeamStatus::Active);
    }
}

on_both! {
    async fn who_is_taken_out_is_off_the_board_until_restored_and_watchers_hear_of_it(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.score(&contest.red, "one", 0.9).await;
        contest.score(&contest.blue, "two", 0.5).await;
        let mut watch = h.store.watch(Topic::Board(contest.board.clone()));
        let (red, olga) = (&contest.red.name, &contest.operator);
        h.store.disqualify_team(red, "two accounts", olga).await.unwrap();
        h.store.disqualify_team(red, "another reason", olga).await.unwrap();
        assert!(futures::FutureExt::now_or_never(watch.changed()).is_some());
        let board = contest.public_board().await;
        assert_eq!((shown(&board), board.revision), (vec![(1, "blue")], 3));
        let jury = h.store.board(&contest.board, BoardAudience::Jury, None).await.unwrap();
        assert_eq!(shown(&jury), [(0, "red"), (1, "blue")]);
        assert!(jury.entries[0].disqualified);
        assert_eq!(contest.history().await.len(), 1);
        // Releases go on numbering from there, and a rebuilt board is the same.
        contest.score(&contest.blue, "three", 0.6).await;
        assert_eq!(contest.public_board().await.revision, 4);
        h.store.rebuild_board(&contest.board).await.unwrap();
        let team = h.store.restore_team(red, "they were brothers", olga).await.unwrap();
        assert_eq!((team.status, team.status_reason.as_str()), (TeamStatus::Active, ""));
        let board = contest.public_board().await;
        assert_eq!((shown(&board), board.revision), (vec![(1, "red"), (2, "blue")], 5));
        contest.submit(&contest.red, "four").await;
        let reasons: Vec<_> = h.store.team_history(red, Page::default()).await.unwrap().items.into_iter()
            .filter(|row| row.by.as_ref().is_some_and(|(user, _)| user == olga))
            .map(|row| (row.event, row.detail))
            .collect();
        let expected =
            [(RosterEvent::Disqualified, "two accounts"), (RosterEvent::Restored, "they were brothers")];
        assert_eq!(reasons, expected.map(|(event, detail)| (event, detail.to_owned())));
    }
}

on_both! {
    /// What is done to a team shows on a frozen board, and its revision tells nothing of what was released since.
    async fn a_frozen_board_hides_who_is_taken_out_and_moves_in_nothing_else(h) {
        let contest = Contest::open(&h.store, Shape { freeze_after: Some(DAY), ..Shape::default() }).await;
        contest.score(&contest.red, "one", 0.5).await;
        contest.score(&contest.blue, "two", 0.4).await;
        h.store.shift_clock(DAY);
        for model in ["three", "four", "five"] {
            contest.score(&contest.blue, model, 0.9).await;
        }
        let frozen = contest.public_board().await;
        assert_eq!((shown(&frozen), frozen.revision), (vec![(1, "red"), (2, "blue")], 2));
        h.store.disqualify_team(&contest.red.name, "two accounts", &contest.operator).await.unwrap();
        let board = contest.public_board().await;
        assert_eq!((shown(&board), board.revision), (vec![(1, "blue")], 3));
        assert_eq!(board.entries[0].metrics[0].value, Some(0.4));
        h.store.restore_team(&contest.red.name, "", &contest.operator).await.unwrap();
        let restored = contest.public_board().await;
        assert_eq!((&restored.entries, restored.revision), (&frozen.entries, 4));
        let note = Note { by: contest.operator.clone(), reason: String::new() };
        h.store.thaw_phase(&id("games"), &id("live"), &note).await.unwrap();
        let thawed = contest.public_board().await;
        assert_eq!((shown(&thawed), thawed.revision), (vec![(1, "blue"), (2, "red")], 7));
    }
}

on_both! {
    async fn baselines_and_guests_are_shown_and_do_not_rank(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.score(&contest.red, "one", 0.9).await;
        contest.score(&contest.blue, "two", 0.5).await;
        for (times, kind) in [TeamKind::Baseline, TeamKind::Guest].into_iter().enumerate() {
            let team = h.store.set_team_kind(&contest.red.name, kind, &contest.operator).await.unwrap();
            h.store.set_team_kind(&contest.red.name, kind, &contest.operator).await.unwrap();
            let board = contest.public_board().await;
            assert_eq!((shown(&board), team.kind), (vec![(0, "red"), (1, "blue")], kind));
            assert_eq!(board.revision, 3 + times as u64);
        }
    }
}

on_both! {
    async fn where_entries_are_asked_a_team_enters_before_it_submits(h) {
        let contest = Contest::open(&h.store, rules(TeamRules { entries_required: true, ..TeamRules::default() })).await;
        let (red, member) = (&contest.red.name, &contest.red.members[0].user);
        let refused = contest.try_submit(&contest.red, "one").await;
        assert_eq!(refusal(refused), Refusal::NotEntered { task: id("digits") });
        assert_eq!(contest.used(&contest.red).await.total, 0);
        let entry = h.store.enter_task(&contest.task, red, member).await.unwrap();
        assert_eq!((entry.team_title.as_str(), &entry.team), ("RED", &red.team));
        assert_eq!(h.store.enter_task(&contest.task, red, member).await.unwrap(), entry);
        h.store.withdraw_entry(&contest.task, red).await.unwrap();
        h.store.withdraw_entry(&contest.task, red).await.unwrap();
        assert_eq!(h.store.count_entries(&id("games")).await.unwrap()[0].entries, 0);
        h.store.enter_task(&contest.task, red, member).await.unwrap();
        contest.submit(&contest.red, "one").await;
        let refused = h.store.withdraw_entry(&contest.task, red).await;
        assert!(matches!(refusal(refused), Refusal::WrongState { what: "the entry", .. }));
        let nowhere = TaskName::new(id("games"), id("nowhere"));
        assert!(matches!(h.store.enter_task(&nowhere, red, member).await, Err(StoreError::NotFound("task"))));
    }
}

on_both! {
    async fn a_first_submission_enters_and_entries_are_listed_and_counted(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "one").await;
        contest.submit(&contest.red, "two").await;
        contest.submit(&contest.blue, "three").await;
        let all = h.store.list_entries(&id("games"), EntryFilter::default(), Page::default()).await.unwrap().items;
        let teams: Vec<_> = all.iter().map(|entry| (entry.team.as_str(), entry.team_title.as_str())).collect();
        assert_eq!(teams, [("blue", "BLUE"), ("red", "RED")]);
        assert_eq!(h.store.count_entries(&id("games")).await.unwrap()[0].entries, 2);
        let one = Page { size: 1, after: None };
        let first = h.store.list_entries(&id("games"), EntryFilter::default(), one).await.unwrap();
        let rest = Page { size: 1, after: first.next };
        let rest = h.store.list_entries(&id("games"), EntryFilter::default(), rest).await.unwrap();
        assert_eq!((rest.items[0].team.as_str(), rest.next), ("red", None));
        let reds = EntryFilter { team: Some(&contest.red.name.team), task: Some(&contest.task.task) };
        assert_eq!(h.store.list_entries(&id("games"), reds, Page::default()).await.unwrap().items.len(), 1);
        // Who is out takes part in nothing.
        h.store.disqualify_team(&contest.red.name, "out", &contest.operator).await.unwrap();
        assert_eq!(h.store.count_entries(&id("games")).await.unwrap()[0].entries, 1);
        let refused = h.store.enter_task(&contest.task, &contest.red.name, &contest.operator).await;
        assert_eq!(refusal(refused), Refusal::TeamNotActive("disqualified"));
    }
}
