//! Two contests that differ in nothing but the hidden labels, and have decided something of them that nobody may see yet: until the epoch
//! ends, or while the board stands still. Then nothing differs at all, not even what is marked.

use std::collections::BTreeSet;

use egret_proto::v1::{self, Split, phase::Kind};
use prost_types::Timestamp;

use crate::arena::{Arena, GAMES, Rules, TASK, exact, phase};
use crate::reading::Reader;
use crate::team::{Team, Told, told};
use crate::twins::{ITEMS, Story, compare, look, tuned};

const EPOCH_S: u32 = 3_600;

async fn open(seed: u64, live: v1::Phase) -> Arena {
    let rules = Rules { seed, phases: vec![(-1, 24, live)], ..Rules::live(ITEMS as u32, exact(6)) };
    Arena::open(rules).await
}

/// What is said as somebody.
fn as_who(story: &Story, who: &str) -> Story {
    story.iter().filter(|(call, _)| call.ends_with(&format!(" as {who}"))).cloned().collect()
}

/// What is said before an epoch ends, of a submission that has run, and its value after that.
async fn before_the_epoch_ends(seed: u64) -> (Story, Told) {
    let release = v1::ReleaseRule { timing: "epoch".into(), epoch_s: EPOCH_S, ..exact(6) };
    let arena = open(seed, phase("live", Kind::Live, Split::Public, release)).await;
    let begin = arena.wait_for_epoch(EPOCH_S.into()).await;
    let teams = [Team::found(&arena, "red").await];
    let (mut reader, mut story) = (Reader::from(Some(begin)), Story::new());
    let sent = teams[0].submit(&tuned(7)).await;
    arena.work_off().await;
    arena.control.reaper_step().await.unwrap();
    assert_eq!(arena.runs.lock().unwrap().len(), 1, "it has run");
    look(&arena, &teams, "live", &mut reader, &mut story).await;
    arena.wait(2 * u64::from(EPOCH_S));
    arena.control.reaper_step().await.unwrap();
    (story, told(&teams[0].read(&sent.name).await))
}

#[tokio::test]
async fn until_its_epoch_ends_a_release_makes_no_difference_to_anybody() {
    let (one, other) = (before_the_epoch_ends(7).await, before_the_epoch_ends(8).await);
    assert_eq!(compare(&one.0, &other.0), BTreeSet::new());
    assert_ne!(one.1, other.1, "there was something to be seen");
}

/// What is said of a submission whose board stands still, and what the board says once it moves again.
async fn while_the_board_stands_still(seed: u64) -> (Story, v1::Leaderboard) {
    let live = phase("live", Kind::Live, Split::Public, exact(6));
    let freeze_time = Some(Timestamp { seconds: 0, nanos: 0 });
    let arena = open(seed, v1::Phase { freeze_time, ..live }).await;
    let begin = arena.wait_for_epoch(EPOCH_S.into()).await;
    let teams = [Team::found(&arena, "red").await, Team::found(&arena, "blue").await];
    let (mut reader, mut story) = (Reader::from(Some(begin)), Story::new());
    teams[0].learn(&tuned(7)).await;
    teams[1].submit(&tuned(8)).await;
    look(&arena, &teams, "live", &mut reader, &mut story).await;
    let thaw = v1::ThawPhaseRequest { name: format!("{GAMES}/phases/live") };
    let _: v1::Competition = arena.organize("ControlService/ThawPhase", &thaw).await;
    let name = format!("{TASK}/phases/live/leaderboard");
    let get = v1::GetLeaderboardRequest { name, ..Default::default() };
    let board = arena.ask(None, "LeaderboardService/GetLeaderboard", &get).await.unwrap();
    (story, board)
}

#[tokio::test]
async fn while_a_board_stands_still_a_release_makes_a_difference_to_its_team_alone() {
    let (one, other) = (while_the_board_stands_still(7).await, while_the_board_stands_still(8).await);
    let differing = |who| compare(&as_who(&one.0, who), &as_who(&other.0, who));
    let own = differing("competitions/games/teams/red");
    assert!(own.contains("Submission.release.metrics.value"), "{own:#?}");
    for who in ["a spectator", "competitions/games/teams/blue"] {
        assert!(!as_who(&one.0, who).is_empty());
        assert_eq!(differing(who), BTreeSet::new(), "{who}");
    }
    assert_ne!(one.1.entries[0].metrics, other.1.entries[0].metrics, "there was something to be seen");
}
