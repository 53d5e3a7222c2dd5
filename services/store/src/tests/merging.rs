//! Two teams become one: what moves, what is refused, and what cannot slip through meanwhile.

use std::sync::Arc;

use egret_contest::*;

use super::harness::*;
use crate::*;

/// Merging is open for two days.
async fn open(h: &Harness, shape: Shape) -> Contest {
    let deadline = h.store.now().await.unwrap().after(2 * DAY);
    let team_rules = TeamRules { merge_deadline: Some(deadline), ..TeamRules::default() };
    Contest::open(&h.store, Shape { team_rules, ..shape }).await
}

/// Red becomes part of blue, by an organizer's hand.
async fn merge(contest: &Contest) -> Result<Team, StoreError> {
    contest.store.merge_teams(&contest.red.name, &contest.blue.name, &contest.operator).await
}

fn quota(per_day_max: u32, total_max: u32, concurrent_max: u32) -> Shape {
    Shape { quota: QuotaRule { per_day_max, total_max, concurrent_max, ..FREE }, ..Shape::default() }
}

/// Cells of a table that name a team, by the two teams: what is left of one is seen wherever it is.
async fn count(store: &Store, sql: &'static str, team: &str) -> i64 {
    let mut s = store.read().await.unwrap();
    s.one(sql, crate::db::args![team]).await.unwrap().unwrap().int("n").unwrap()
}

on_both! {
    async fn all_that_a_team_has_becomes_the_others(h) {
        let contest = open(h, Shape { quota: QuotaRule { total_max: 9, ..FREE }, ..Shape::default() }).await;
        let (red, blue) = (&contest.red.name, &contest.blue.name);
        let (rita, bob) = (&contest.red.members[0].user, &contest.blue.members[0].user);
        let best = contest.score(&contest.red, "one", 0.9).await;
        contest.score(&contest.blue, "two", 0.5).await;
        let grant = QuotaGrant { amount: 2, reason: "outage".into(), by: contest.operator.clone() };
        h.store.grant_quota(&Request::once(), &contest.task, &id("live"), red, grant).await.unwrap();
        let spare = contest.upload(&contest.red, "spare").await;
        let invite = h.store.create_invite(red, rita).await.unwrap();
        h.store.propose_merge(red, blue, rita).await.unwrap();
        let proposals = h.store.merge_proposals(blue).await.unwrap();
        assert_eq!((proposals.len(), &proposals[0].team, &proposals[0].into), (1, red, blue));
        let before = contest.public_board().await.revision;

        let merged = h.store.accept_merge(red, blue, bob).await.unwrap();

        assert_eq!(merged.members.iter().map(|member| &member.user).collect::<Vec<_>>(), [bob, rita]);
        assert_eq!(merged.captain.as_ref(), Some(bob));
        let gone = h.store.get_team(red).await.unwrap();
        assert_eq!((gone.status, gone.merged_into, gone.captain), (TeamStatus::Merged, Some(blue.team.clone()), None));
        assert!(gone.members.is_empty());
        let listed = h.store.list_submissions(&contest.task, Some(&blue.team), Page::default()).await.unwrap();
        assert_eq!(listed.items.len(), 2);
        let used = contest.used(&contest.blue).await;
        assert_eq!((used.total, used.today, used.in_flight, used.granted), (2, 2, 0, 2));
        let quota = h.store.quota(&contest.task, blue, None).await.unwrap();
        assert_eq!(quota.entries.len(), 3, "two charges and a grant");
        let board = contest.public_board().await;
        let rows: Vec<_> = board.entries.iter().map(|row| (row.rank, row.team.team.as_str(), row.submission_count)).collect();
        assert_eq!(rows, [(1, "blue", 2)]);
        assert_eq!((&board.entries[0].submission, board.revision > before), (&best.name.submission, true));
        // A member of the old team submits for the new one what the old one has uploaded.
        let wish = contest.wish(&contest.red, spare);
        let submitted = h.store.admit_submission(&Request::once(), wish).await.unwrap();
        assert_eq!(&submitted.team, blue);
        let newcomer = Joiner::New { display_name: "Nina".into(), token_ttl: DAY };
        assert_eq!(refusal(h.store.join_team(invite.code.reveal(), newcomer).await), Refusal::BadInvite);
        assert!(h.store.merge_proposals(blue).await.unwrap().is_empty());
        assert_eq!(h.store.count_entries(&id("games")).await.unwrap()[0].entries, 1);
        for sql in [
            "select count(*) as n from submissions where team = $1",
            "select count(*) as n from units where team = $1",
            "select count(*) as n from releases where team = $1",
            "select count(*) as n from quotas where team = $1",
            "select count(*) as n from quota_entries where team = $1",
            "select count(*) as n from accounts where team = $1",
            "select count(*) as n from board_rows where team = $1",
            "select count(*) as n from entries where team = $1",
            "select count(*) as n from uploads where team = $1",
        ] {
            assert_eq!(count(&h.store, sql, "red").await, 0, "{sql}");
            assert!(count(&h.store, sql, "blue").await > 0, "{sql}");
        }
        let came = h.store.team_history(blue, Page::default()).await.unwrap().items;
        let about: Vec<_> = came.iter().filter(|row| row.event == RosterEvent::Merged)
            .map(|row| (row.about.as_ref().map(|(user, _)| user), row.detail.as_str())).collect();
        assert_eq!(about, [(None, "red"), (Some(rita), "red")]);
        assert!(matches!(refusal(merge(&contest).await), Refusal::TeamNotActive(_)));
    }
}

on_both! {
    async fn merging_ends_at_its_deadline_and_is_off_without_one(h) {
        let contest = open(h, Shape::default()).await;
        let (red, blue) = (&contest.red.name, &contest.blue.name);
        let rita = &contest.red.members[0].user;
        let nowhere = h.store.accept_merge(red, blue, rita).await;
        assert!(matches!(nowhere, Err(StoreError::NotFound("proposal to merge"))));
        h.store.propose_merge(red, blue, rita).await.unwrap();
        h.store.withdraw_merge(red).await.unwrap();
        assert!(matches!(h.store.accept_merge(red, blue, rita).await, Err(StoreError::NotFound(_))));
        assert!(matches!(h.store.merge_teams(red, red, rita).await, Err(StoreError::Invalid(_))));
        h.store.propose_merge(red, blue, rita).await.unwrap();
        h.store.shift_clock(2 * DAY);
        for refused in [h.store.accept_merge(red, blue, rita).await, merge(&contest).await] {
            assert!(matches!(refusal(refused), Refusal::MergingOver { deadline: Some(_) }));
        }
    }
}

on_both! {
    async fn without_a_deadline_nobody_merges(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        assert_eq!(refusal(merge(&contest).await), Refusal::MergingOver { deadline: None });
    }
}

on_both! {
    async fn the_summed_use_fits_one_quota_or_they_stay_two(h) {
        let contest = open(h, quota(0, 3, 0)).await;
        contest.score(&contest.red, "one", 0.5).await;
        contest.score(&contest.red, "two", 0.5).await;
        contest.score(&contest.blue, "three", 0.5).await;
        contest.score(&contest.blue, "four", 0.5).await;
        let (task, phase) = (id("digits"), id("live"));
        let too_much = Refusal::MergeQuota { task, phase, kind: QuotaKind::Total, max: 3, used: 4 };
        assert_eq!(refusal(merge(&contest).await), too_much);
        // Nothing moved.
        assert_eq!((contest.used(&contest.red).await.total, contest.used(&contest.blue).await.total), (2, 2));
        assert_eq!(contest.public_board().await.entries.len(), 2);
        let green = team(&h.store, "green").await;
        contest.score(&green, "five", 0.5).await;
        h.store.merge_teams(&green.name, &contest.blue.name, &contest.operator).await.unwrap();
        assert_eq!(contest.used(&contest.blue).await.total, 3);
    }
}

on_both! {
    async fn so_does_what_is_used_today_and_what_is_in_flight(h) {
        let contest = open(h, quota(3, 0, 2)).await;
        contest.score(&contest.red, "one", 0.5).await;
        contest.submit(&contest.red, "two").await;
        contest.submit(&contest.blue, "three").await;
        contest.submit(&contest.blue, "four").await;
        let refused = refusal(merge(&contest).await);
        assert!(matches!(refused, Refusal::MergeQuota { kind: QuotaKind::PerDay, max: 3, used: 4, .. }), "{refused}");
        h.store.shift_clock(DAY);
        // On another day only what is in flight is too much, and then nothing is.
        let refused = refusal(merge(&contest).await);
        assert!(matches!(refused, Refusal::MergeQuota { kind: QuotaKind::Concurrent, max: 2, used: 3, .. }), "{refused}");
        contest.work_off(Some(0.5)).await;
        merge(&contest).await.unwrap();
        assert_eq!(contest.used(&contest.blue).await.total, 4);
    }
}

on_both! {
    async fn a_quota_that_one_has_not_touched_is_not_in_question(h) {
        let contest = open(h, quota(0, 1, 0)).await;
        contest.score(&contest.red, "one", 0.5).await;
        merge(&contest).await.unwrap();
        assert!(matches!(refusal(contest.try_submit(&contest.blue, "two").await), Refusal::QuotaExhausted { .. }));
    }
}

/// Six levels, a budget of so many bits.
fn ladder(bits: u32) -> Shape {
    let rule = LadderRule { levels: Some(6), budget: Some(Budget::Bits(bits)) };
    Shape {
        release: ReleaseRule::new(Policy::Ladder(rule), Timing::Immediate).unwrap(),
        scale: Some(Scale { baseline: 0.4, best: 1.0, width: 1.0 }),
        hidden_shards: 20,
        ..Shape::default()
    }
}

on_both! {
    /// 4 bits each: 8 fit a budget of 8, 8.193 do not.
    async fn what_both_know_fits_one_budget_or_they_stay_two(h) {
        let contest = open(h, ladder(8)).await;
        contest.score(&contest.red, "one", 0.55).await;
        contest.score(&contest.blue, "two", 0.55).await;
        let green = team(&h.store, "green").await;
        contest.score(&green, "three", 0.41).await;
        merge(&contest).await.unwrap();
        let spent = |ledger: Ledger| ledger.splits[0].accounts.iter().map(|one| one.spent_millibits).collect::<Vec<_>>();
        let blue = Audience::Team(contest.blue.name.team.clone());
        assert_eq!(spent(h.store.ledger(&contest.task, &blue).await.unwrap()), [8_000]);
        let refused = h.store.merge_teams(&green.name, &contest.blue.name, &contest.operator).await;
        let (task, phase) = (id("digits"), id("live"));
        let (spent_millibits, budget_millibits) = (8_000 + NULL_MILLIBITS, 8_000);
        let split = Split::Public;
        assert_eq!(refusal(refused), Refusal::MergeLedger { task, phase, split, spent_millibits, budget_millibits });
        // The budget is used up for both: what they send now is withheld.
        let next = contest.score(&contest.blue, "four", 0.99).await;
        assert_eq!(next.state, SubmissionState::Withheld);
    }
}

/// Red and blue merge while both are at the hidden data: what is charged to them, and the levels told, newest first.
async fn merged_in_flight(h: &Harness, bits: u32) -> (u64, Vec<Option<u32>>) {
    let contest = open(h, ladder(bits)).await;
    contest.submit(&contest.red, "one").await;
    contest.submit(&contest.blue, "two").await;
    for _ in 0..2 {
        contest.work_once(Some(0.9)).await.unwrap();
    }
    merge(&contest).await.unwrap();
    contest.work_off(Some(0.55)).await;
    assert_eq!(contest.used(&contest.blue).await.in_flight, 0);
    let blue = &contest.blue.name.team;
    let ledger = h.store.ledger(&contest.task, &Audience::Team(blue.clone())).await.unwrap();
    let both = h.store.list_submissions(&contest.task, Some(blue), Page::default()).await.unwrap();
    let levels = both.items.iter().map(|one| one.release.as_ref().and_then(|told| told.level));
    (ledger.splits[0].accounts[0].spent_millibits, levels.collect())
}

on_both! {
    /// Two that were at the hidden data at once are decided one after the other, on one account.
    async fn what_is_in_flight_is_charged_to_the_merged_account(h) {
        assert_eq!(merged_in_flight(h, 9).await, (4_000 + NULL_MILLIBITS, vec![Some(1), Some(1)]));
    }
}

on_both! {
    /// Of the second nothing is told where the first has left too little, though it has run.
    async fn what_is_in_flight_does_not_overdraw_the_merged_account(h) {
        let (spent, levels) = merged_in_flight(h, 5).await;
        assert_eq!((spent, levels.iter().flatten().count()), (4_000, 1));
    }
}

on_both! {
    async fn nobody_disappears_from_a_board_that_stands(h) {
        let contest = open(h, Shape { freeze_after: Some(DAY / 2), ..Shape::default() }).await;
        contest.score(&contest.red, "one", 0.5).await;
        h.store.shift_clock(DAY / 2);
        let (task, phase) = (id("digits"), id("live"));
        assert_eq!(refusal(merge(&contest).await), Refusal::MergeBoard { task, phase, state: "frozen" });
        // Who has nothing there may go.
        h.store.merge_teams(&contest.blue.name, &contest.red.name, &contest.operator).await.unwrap();
    }
}

on_both! {
    async fn what_both_nominate_is_nominated_up_to_the_maximum(h) {
        let contest = open(h, Shape { nominations: Some(2), ..Shape::default() }).await;
        let deadline = h.store.now().await.unwrap().after(20 * DAY);
        let mut s = h.store.write().await.unwrap();
        s.run("update competitions set merge_deadline = $1", crate::db::args![deadline]).await.unwrap();
        s.commit().await.unwrap();
        let reds = [contest.score(&contest.red, "one", 0.5).await, contest.score(&contest.red, "two", 0.6).await];
        let blues = contest.score(&contest.blue, "three", 0.7).await;
        h.store.shift_clock(10 * DAY);
        let finale: PhaseId = id("finale");
        let names = reds.map(|one| one.name);
        h.store.nominate(&contest.task, &finale, &contest.red.name, &names).await.unwrap();
        h.store.nominate(&contest.task, &finale, &contest.blue.name, std::slice::from_ref(&blues.name)).await.unwrap();
        merge(&contest).await.unwrap();
        let nominees = h.store.nominees(&contest.task, &finale, &contest.blue.name).await.unwrap();
        assert_eq!((nominees.submissions.len(), nominees.chosen), (2, true));
        assert!(nominees.submissions.contains(&blues.name));
    }
}

on_both! {
    /// Whichever comes first, nothing is left behind, and what is counted is what is there.
    async fn what_is_sent_during_a_merge_is_one_teams(h) {
        let contest = Arc::new(open(h, Shape::default()).await);
        let uploads = [contest.upload(&contest.red, "model").await, contest.upload(&contest.blue, "model").await];
        let sent = (0..24).map(|at| {
            let (contest, uploads) = (Arc::clone(&contest), uploads.clone());
            tokio::spawn(async move {
                let (team, upload) =
                    if at % 2 == 0 { (&contest.red, &uploads[0]) } else { (&contest.blue, &uploads[1]) };
                contest.store.admit_submission(&Request::once(), contest.wish(team, upload.clone())).await
            })
        });
        let sent: Vec<_> = sent.collect();
        let workers = (0..3).map(|_| {
            let contest = Arc::clone(&contest);
            tokio::spawn(async move {
                for _ in 0..8 {
                    contest.work_once(Some(0.5)).await;
                }
            })
        });
        let workers: Vec<_> = workers.collect();
        merge(&contest).await.unwrap();
        let mut admitted = 0;
        for result in futures::future::join_all(sent).await {
            match result.unwrap() {
                Ok(_) => admitted += 1,
                Err(StoreError::Refused(Refusal::TeamNotActive(_))) => {}
                Err(other) => panic!("{other}"),
            }
        }
        for worker in workers {
            worker.await.unwrap();
        }
        contest.work_off(Some(0.5)).await;
        let left = "select count(*) as n from submissions where team = $1";
        assert_eq!(count(&h.store, left, "red").await, 0);
        assert_eq!(count(&h.store, left, "blue").await, i64::from(admitted));
        let used = contest.used(&contest.blue).await;
        assert_eq!((used.total, used.in_flight), (admitted, 0));
        let board = contest.public_board().await;
        assert_eq!((board.entries.len(), board.entries[0].submission_count), (1, admitted));
        h.store.rebuild_board(&contest.board).await.unwrap();
        assert_eq!(contest.public_board().await, board);
    }
}

on_both! {
    async fn two_teams_that_merge_into_each_other_are_one(h) {
        let contest = open(h, Shape::default()).await;
        let (red, blue, olga) = (&contest.red.name, &contest.blue.name, &contest.operator);
        let (one, other) =
            futures::join!(h.store.merge_teams(red, blue, olga), h.store.merge_teams(blue, red, olga));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let kept = one.or(other).unwrap();
        assert_eq!((kept.status, kept.members.len()), (TeamStatus::Active, 2));
    }
}
