//! One account for one split, whatever the phase; one evaluation of it at a time.

use std::collections::BTreeSet;

use egret_proto::v1::{self, Split, phase::Kind};

use crate::arena::{Arena, Rules, TASK, exact, ladder, ladder_in_epochs, phase};
use crate::team::{Team, Told};
use crate::worker::{Model, bits};

const ITEMS: usize = 64;
const HOUR_S: u64 = 3_600;

fn rules(phases: Vec<(i64, i64, v1::Phase)>) -> Rules {
    Rules { phases, ..Rules::live(ITEMS as u32, ladder()) }
}

fn coins(seed: u64) -> Model {
    Model::answers(0, &bits(seed, ITEMS))
}

#[tokio::test]
async fn what_an_exact_phase_told_is_missing_from_the_ladder_after_it() {
    let first = phase("first", Kind::Live, Split::Public, exact(0));
    let second = phase("second", Kind::Live, Split::Public, ladder());
    let arena = Arena::open(rules(vec![(-1, 24, first), (24, 48, second)])).await;
    let red = Team::found(&arena, "red").await;
    let blue = Team::found(&arena, "blue").await;
    for seed in 0..3 {
        red.learn(&coins(seed)).await;
    }
    for seed in 0..21 {
        blue.learn(&coins(seed)).await;
    }
    arena.wait(25 * HOUR_S);
    // ⌈1000 · log2 3⌉ for each: 21 of them are more than 32 bits.
    let next = red.audited_account().await.next.remove(0);
    assert_eq!((next.phase_id.as_str(), next.left_millibits), ("second", 32_000 - 3 * 1_585));
    assert_eq!(blue.ledger().await.account.unwrap().next[0].max_millibits, 0);
    let runs = arena.runs.lock().unwrap().len();
    assert_eq!(blue.learn(&coins(0)).await, Told::Withheld);
    assert_eq!(arena.runs.lock().unwrap().len(), runs);
    assert!(matches!(red.learn(&coins(0)).await, Told::Level(_)));
    assert_eq!(arena.runs.lock().unwrap().len(), runs + 1);
    let public: v1::Ledger = arena.ask(None, "LedgerService/GetLedger", &ledger_of_all()).await.unwrap();
    let accounts = red.ledger().await.account.unwrap().spent_millibits + 21 * 1_585;
    assert_eq!((public.splits[0].spent_millibits, public.splits[0].team_count), (accounts, 2));
}

fn ledger_of_all() -> v1::GetLedgerRequest {
    v1::GetLedgerRequest { parent: TASK.into(), team: String::new() }
}

#[tokio::test]
async fn the_training_ground_goes_on_with_the_ledger_of_the_contest() {
    let live = phase("live", Kind::Live, Split::Public, ladder());
    let last = phase("last", Kind::Final, Split::Private, exact(4));
    let ground = phase("ground", Kind::Practice, Split::Public, ladder());
    let arena = Arena::open(rules(vec![(-1, 24, live), (24, 48, last), (48, 96, ground)])).await;
    let team = Team::found(&arena, "red").await;
    for seed in 0..5 {
        team.learn(&coins(seed)).await;
    }
    let spent = team.audited_account().await.spent_millibits;
    arena.wait(25 * HOUR_S);
    team.submit(&coins(9)).await;
    arena.work_off().await;
    // The private split is not touched before its phase closes.
    assert!(arena.runs.lock().unwrap().iter().all(|(split, _)| *split == Split::Public));
    arena.wait(24 * HOUR_S);
    arena.work_off().await;
    assert_eq!(arena.runs.lock().unwrap().last().unwrap().0, Split::Private);
    assert_eq!(team.ledger().await.account.unwrap().spent_millibits, spent);
    team.learn(&coins(10)).await;
    let after = team.ledger().await.account.unwrap();
    assert!(after.spent_millibits > spent);
    let phases: BTreeSet<&str> = after.rows.iter().map(|row| row.phase_id.as_str()).collect();
    assert_eq!(phases, BTreeSet::from(["live", "ground"]));
    team.audited_account().await;
}

#[tokio::test]
async fn the_hidden_evaluations_of_an_account_go_one_at_a_time() {
    let arena = Arena::open(Rules::live(ITEMS as u32, ladder())).await;
    let red = Team::found(&arena, "red").await;
    let blue = Team::found(&arena, "blue").await;
    for seed in 0..3 {
        red.submit(&coins(seed)).await;
    }
    blue.submit(&coins(0)).await;
    let mut hidden = arena.check_all().await;
    // One of each team.
    assert_eq!(hidden.len(), 2);
    for left in [2, 1] {
        arena.finish(hidden.remove(0)).await;
        hidden.extend(arena.lease().await);
        assert!(arena.lease().await.is_none(), "{left} wait");
    }
    for held in hidden {
        arena.finish(held).await;
    }
    arena.work_off().await;
    assert!(red.all().await.iter().all(|one| one.state() == v1::submission::State::Released));
    // In the order of their acceptance.
    let runs = arena.runs.lock().unwrap().clone();
    let models: Vec<String> = red.all().await.iter().rev().map(|one| one.model_sha256.clone()).collect();
    let shared = &models[0];
    let in_order: Vec<String> = runs.into_iter().map(|(_, model)| model).collect();
    let mut own: Vec<&String> = in_order.iter().filter(|model| models.contains(model)).collect();
    own.dedup();
    assert_eq!(own.first(), Some(&shared));
    assert_eq!(own.last(), models.last().as_ref());
}

#[tokio::test]
async fn releases_of_an_epoch_are_shown_together_in_the_order_of_acceptance() {
    const EPOCH_S: u32 = 7_200;
    let arena = Arena::open(Rules::live(ITEMS as u32, ladder_in_epochs(EPOCH_S))).await;
    let red = Team::found(&arena, "red").await;
    let blue = Team::found(&arena, "blue").await;
    let begin = arena.wait_for_epoch(i64::from(EPOCH_S)).await;
    let best = Model::answers(0, &arena.hidden.public);
    let first = red.submit(&best).await;
    let second = blue.submit(&best).await;
    let hidden = arena.check_all().await;
    // The later one is done first.
    for held in hidden.into_iter().rev() {
        arena.finish(held).await;
        arena.wait(60);
        arena.control.reaper_step().await.unwrap();
    }
    for (team, submission) in [(&red, &first), (&blue, &second)] {
        let read = team.read(&submission.name).await;
        assert_eq!(
            (read.state(), read.release, read.queue_position),
            (v1::submission::State::Queued, None, 0)
        );
        assert_eq!(team.ledger().await.spent_millibits, 0);
    }
    arena.wait_for_epoch(i64::from(EPOCH_S)).await;
    arena.control.reaper_step().await.unwrap();
    let mut times = Vec::new();
    for (team, submission) in [(&red, &first), (&blue, &second)] {
        let release = team.read(&submission.name).await.release.unwrap();
        assert_eq!(release.level, Some(8));
        times.push(release.release_time.map(|time| (time.seconds, time.nanos)).unwrap());
        team.audited_account().await;
    }
    assert!(times.is_sorted() && times[0].0 >= begin + i64::from(EPOCH_S), "{times:?}");
    let name = format!("{TASK}/phases/live/leaderboard");
    let history: v1::ListScoreHistoryResponse = arena
        .ask(None, "LeaderboardService/ListScoreHistory", &v1::ListScoreHistoryRequest { name })
        .await
        .unwrap();
    let teams: Vec<&str> = history.points.iter().map(|point| point.team.as_str()).collect();
    assert_eq!(teams, [red.name.as_str(), blue.name.as_str()]);
}
