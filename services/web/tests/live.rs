//! The board as it changes.

mod fake;

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use egret_proto::v1::Leaderboard;
use fake::reader::{Events, get, open};
use fake::{Fake, canned, canned::TASK};

fn events() -> String {
    format!("{TASK}/p/live/events")
}

async fn fake() -> Fake {
    Fake::start(canned::shown(canned::board(1, &[("Heron", 0.9)]))).await
}

#[tokio::test]
async fn a_change_of_the_board_is_a_second_event_with_the_whole_board() {
    let fake = fake().await;
    let pages = egret_web::router(fake.channel.clone());
    let mut viewer = Events::of(open(&pages, &events(), &[]).await);
    let first = viewer.next().await.unwrap();
    assert_eq!(first.id, "1");
    assert!(first.data.contains("data-revision=\"1\"") && first.data.contains("Heron"), "{first:?}");

    fake.set_board(canned::board(2, &[("Coot", 0.95), ("Heron", 0.9)]));
    let second = viewer.next().await.unwrap();
    assert_eq!(second.id, "2");
    assert!(second.data.contains("Coot") && second.data.contains("Heron"), "{second:?}");
    let fragment = get(&pages, &format!("{TASK}/p/live/board"), &[]).await.text;
    assert_eq!(second.data.trim(), fragment.trim(), "an event is the fragment");
}

#[tokio::test]
async fn a_board_that_is_thawed_is_a_new_event_though_nothing_else_has_changed() {
    let frozen = |frozen_time| Leaderboard { frozen_time, ..canned::board(1, &[("Heron", 0.9)]) };
    let fake = Fake::start(canned::shown(frozen(Some(prost_types::Timestamp::default())))).await;
    let pages = egret_web::router(fake.channel.clone());
    let mut viewer = Events::of(open(&pages, &events(), &[]).await);
    let first = viewer.next().await.unwrap();
    assert!(first.id == "1-frozen" && first.data.contains("data-revision=\"1-frozen\""), "{first:?}");
    fake.set_board(frozen(None));
    assert_eq!(viewer.next().await.unwrap().id, "1");
    let last = Leaderboard { finalize_time: Some(prost_types::Timestamp::default()), ..frozen(None) };
    fake.set_board(last);
    assert_eq!(viewer.next().await.unwrap().id, "1-final");
}

#[tokio::test]
async fn events_are_in_the_language_of_their_page() {
    let fake = fake().await;
    let pages = egret_web::router(fake.channel.clone());
    let answer = open(&pages, &format!("{}?lang=zh", events()), &[("cookie", "egret_lang=en")]).await;
    assert_eq!(answer.headers()["x-accel-buffering"], "no");
    assert!(Events::of(answer).next().await.unwrap().data.contains("名次"));
}

#[tokio::test]
async fn viewers_of_a_board_share_one_watch_on_the_server() {
    let fake = fake().await;
    let pages = egret_web::router(fake.channel.clone());
    let mut viewers = Vec::new();
    for _ in 0..5 {
        let mut viewer = Events::of(open(&pages, &events(), &[]).await);
        assert_eq!(viewer.next().await.unwrap().id, "1");
        viewers.push(viewer);
    }
    assert_eq!(fake.shown.watches.load(Ordering::SeqCst), 1);
    fake.set_board(canned::board(2, &[("Heron", 0.91)]));
    for viewer in &mut viewers {
        assert_eq!(viewer.next().await.unwrap().id, "2");
    }
}

#[tokio::test]
async fn a_watch_ends_with_its_last_viewer_and_the_next_one_is_current() {
    let fake = fake().await;
    let pages = egret_web::router(fake.channel.clone());
    let mut viewer = Events::of(open(&pages, &events(), &[]).await);
    viewer.next().await.unwrap();
    assert_eq!(fake.shown.board.receiver_count(), 1);
    drop(viewer);
    // The server lets go of its end once the watch is cancelled.
    fake.shown.board.closed().await;

    fake.set_board(canned::board(2, &[("Coot", 0.95)]));
    let mut next = Events::of(open(&pages, &events(), &[]).await);
    assert_eq!(next.next().await.unwrap().id, "2");
}

#[tokio::test]
async fn the_stream_ends_when_the_servers_stream_ends() {
    let fake = fake().await;
    let pages = egret_web::router(fake.channel.clone());
    let mut viewer = Events::of(open(&pages, &events(), &[]).await);
    viewer.next().await.unwrap();
    fake.shown.board.send_replace(None);
    assert!(viewer.next().await.is_none());
}

#[tokio::test]
async fn one_viewer_too_many_is_told_to_come_back() {
    let fake = fake().await;
    let pages = egret_web::router_with_limit(fake.channel.clone(), 2);
    let first = open(&pages, &events(), &[]).await;
    let second = open(&pages, &events(), &[]).await;
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));

    let third = get(&pages, &events(), &[]).await;
    assert_eq!(third.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(third.header("retry-after"), "5");
    assert_eq!(get(&pages, TASK, &[]).await.status, StatusCode::OK, "the page is there meanwhile");

    drop(first);
    assert_eq!(open(&pages, &events(), &[]).await.status(), StatusCode::OK, "a place that was left is free");
}
