//! A lease is kept alive, dropped when it should be, and nothing is lost when messages are.

use egret_worker::{CallError, Step, Stopped, WorkerError};

use egret_proto::worker::v1::lease::Work;

use crate::{
    control::Control,
    scripted::{Act, Scripted},
    site::Station,
    test_set::TestSet,
};

const METRICS: &[&str] = &["accuracy"];

/// A control plane with one unit on offer, and a worker whose runner follows `acts`.
async fn offered(acts: &[Act]) -> (Control, Scripted, Station<Scripted>) {
    let (control, jail) = (Control::default(), Scripted::new(acts));
    let endpoint = control.start().await;
    let test_set = TestSet::publish(&control);
    control.offer(Work::Shards(test_set.work(&control, b"model", &[1, 2], METRICS)));
    let station = Station::new(&endpoint, test_set.identity(), jail.clone());
    (control, jail, station)
}

#[tokio::test]
async fn a_cancelled_evaluation_kills_the_runner_and_says_nothing_more() {
    let (control, jail, station) = offered(&[Act::Hang]).await;
    let step = station.start_step();
    jail.hangs().await;
    control.state().cancelled = true;
    let step = step.await.unwrap().unwrap();
    assert!(matches!(step, Step::Dropped(Stopped::Cancelled)), "{step:?}");
    assert_eq!((jail.spawned(), jail.kills()), (1, 1), "killed once, not tried again");
    let state = control.state();
    assert_eq!((state.results.len(), state.failures.len(), state.releases), (0, 0, 0));
    assert!(state.beats >= 1);
}

#[tokio::test]
async fn a_lost_lease_drops_the_work() {
    let (control, jail, station) = offered(&[Act::Hang]).await;
    let step = station.start_step();
    jail.hangs().await;
    control.state().lost = true;
    let step = step.await.unwrap().unwrap();
    assert!(matches!(step, Step::Dropped(Stopped::Lost)), "{step:?}");
    assert_eq!(jail.kills(), 1);
    assert!(control.state().results.is_empty());
}

#[tokio::test]
async fn a_result_with_an_old_fence_is_dropped() {
    let (control, _jail, station) = offered(&[Act::Classify]).await;
    // Lost after the downloads: the first call that meets the old fence is the completion.
    control.state().lost_acknowledgements = u32::MAX;
    let step = station.start_step();
    while control.state().lost_acknowledgements == u32::MAX {
        tokio::task::yield_now().await;
    }
    control.state().lost = true;
    let step = step.await.unwrap().unwrap();
    assert!(matches!(step, Step::Dropped(Stopped::Lost)), "{step:?}");
    assert!(control.state().results.is_empty());
}

#[tokio::test]
async fn a_shutdown_gives_back_what_it_cannot_finish_in_time() {
    let (control, jail, station) = offered(&[Act::Hang]).await;
    let step = station.start_step();
    jail.hangs().await;
    station.shut_down();
    let step = step.await.unwrap().unwrap();
    assert!(matches!(step, Step::Dropped(Stopped::Draining)), "{step:?}");
    assert_eq!((control.state().releases, jail.kills()), (1, 1));
}

#[tokio::test]
async fn a_shutdown_ends_the_long_poll_at_once() {
    let control = Control::default();
    let endpoint = control.start().await;
    let test_set = TestSet::publish(&control);
    let station = Station::new(&endpoint, test_set.identity(), Scripted::new(&[Act::Classify]));
    let step = station.start_step();
    station.shut_down();
    assert!(matches!(step.await.unwrap().unwrap(), Step::Idle));
}

#[tokio::test]
async fn work_that_arrives_during_the_long_poll_is_begun_at_once() {
    let control = Control::default();
    let endpoint = control.start().await;
    let test_set = TestSet::publish(&control);
    let station = Station::new(&endpoint, test_set.identity(), Scripted::new(&[Act::Classify]));
    let step = station.start_step();
    while control.state().polls == 0 {
        tokio::task::yield_now().await;
    }
    control.offer(Work::Shards(test_set.work(&control, b"model", &[1], METRICS)));
    assert!(matches!(step.await.unwrap().unwrap(), Step::Completed));
}

#[tokio::test]
async fn a_lost_lease_reply_and_a_lost_acknowledgement_cost_nothing() {
    let (control, jail, station) = offered(&[Act::Classify]).await;
    control.state().lost_replies = 2;
    control.state().lost_acknowledgements = 2;
    assert!(matches!(station.step().await.unwrap(), Step::Completed));
    assert_eq!((control.state().leases, jail.spawned()), (1, 1), "the same wish, the same lease");
    control.verdict();
}

#[tokio::test]
async fn a_broken_download_is_taken_up_where_it_broke() {
    let (control, jail) = (Control::default(), Scripted::new(&[Act::Classify]));
    let endpoint = control.start().await;
    let test_set = TestSet::publish(&control);
    let model = vec![7; 20_000];
    control.offer(Work::Shards(test_set.work(&control, &model, &[1], METRICS)));
    control.state().broken_downloads = 3;
    let station = Station::new(&endpoint, test_set.identity(), jail);
    assert!(matches!(station.step().await.unwrap(), Step::Completed));
    let offsets: Vec<u64> =
        control.state().reads.iter().map(|(_, offset)| *offset).filter(|&at| at > 0).collect();
    assert_eq!(offsets, [4096, 8192, 12288]);
}

#[tokio::test]
async fn test_sets_are_downloaded_once_and_models_never_rest_on_disk() {
    let (control, _jail, station) = offered(&[Act::Classify]).await;
    assert!(matches!(station.step().await.unwrap(), Step::Completed));
    let test_set_reads = control.state().reads.len();
    assert_eq!(test_set_reads, 5, "a model, and inputs and labels of two shards");
    let again = control.state().last_work.clone().unwrap();
    control.offer(again);
    assert!(matches!(station.step().await.unwrap(), Step::Completed));
    assert_eq!(control.state().reads.len(), test_set_reads + 1, "only the model is fetched again");
}

#[tokio::test]
async fn a_refused_token_is_told_to_the_operator() {
    let control = Control::default();
    let endpoint = control.start().await;
    let identity = TestSet::publish(&control).identity();
    let station = Station::with_token(&endpoint, identity, Scripted::new(&[Act::Classify]), "revoked");
    let error = station.step().await.unwrap_err();
    assert!(matches!(error, WorkerError::Call(CallError::Denied(_))), "{error}");
    assert!(!error.to_string().contains("revoked"), "secrets stay out of errors");
}
