//! A worker takes leases only while its jail holds.

use egret_proto::worker::v1::lease::Work;
use egret_worker::{Step, Verdict};

use crate::{
    control::Control,
    scripted::{Act, Scripted},
    site::Station,
    test_set::TestSet,
};

fn broken() -> Verdict {
    Verdict::Failed("the attack worked".into())
}

/// A control plane with one unit on offer, and a worker whose runners follow `acts`.
async fn offered(acts: &[Act]) -> (Control, Scripted, Station<Scripted>) {
    let (control, jail) = (Control::default(), Scripted::new(acts));
    let endpoint = control.start().await;
    let test_set = TestSet::publish(&control);
    control.offer(Work::Shards(test_set.work(&control, b"model", &[1], &["accuracy"])));
    let station = Station::new(&endpoint, test_set.identity(), jail.clone());
    (control, jail, station)
}

#[tokio::test]
async fn no_lease_is_asked_for_while_the_jail_does_not_hold() {
    let (control, jail, station) = offered(&[Act::Classify]).await;
    jail.will_find([broken(), Verdict::Unavailable("no longer to be seen".into())]);
    for why in ["the attack worked", "no longer to be seen"] {
        assert!(!station.check_up().await);
        assert!(station.report_file().contains(why), "the operator finds the reason");
    }
    let step = station.start_step();
    station.shut_down();
    assert!(matches!(step.await.unwrap().unwrap(), Step::Idle));
    assert_eq!(control.state().polls, 0);
}

#[tokio::test]
async fn a_jail_that_holds_again_is_worked_in_again() {
    let (control, jail, station) = offered(&[Act::Classify]).await;
    jail.will_find([broken()]);
    assert!(!station.check_up().await);
    let step = station.start_step();
    assert!(station.check_up().await);
    assert!(matches!(step.await.unwrap().unwrap(), Step::Completed));
    assert!(station.report_file().contains(r#""holds":true"#));
    control.verdict();
}

#[tokio::test]
async fn a_step_of_the_jail_that_fails_calls_for_an_examination_first() {
    let (control, jail, station) = offered(&[Act::KilledByHost, Act::KilledByHost, Act::Classify]).await;
    assert!(matches!(station.step().await.unwrap(), Step::Failed(_)));
    assert_eq!((jail.spawned(), control.state().failures.len()), (2, 1));
    let again = control.state().last_work.clone().unwrap();
    control.offer(again);
    let polls = control.state().polls;
    let step = station.start_step();
    tokio::task::yield_now().await;
    assert_eq!(control.state().polls, polls, "not before the jail is examined");
    assert!(station.check_up().await);
    assert!(matches!(step.await.unwrap().unwrap(), Step::Completed));
}
