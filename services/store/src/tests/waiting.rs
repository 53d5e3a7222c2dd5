//! Workers that wait for work: what they cost, and that nobody waits while there is some.

use std::future::{pending, ready};
use std::time::{Duration, Instant};

use egret_contest::*;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use super::harness::*;
use super::queue::submission_of;
use crate::*;

/// A worker that waits as long as one may.
const WAIT: Duration = Duration::from_secs(30);
/// What happens at once happens within this on a machine that is busy.
const SOON: Duration = Duration::from_secs(20);

/// Workers that wait, in lines of which `fronts` were empty; they are there when this returns.
async fn waiting(contest: &Contest, wishes: Vec<LeaseRequest>, fronts: usize) -> JoinSet<Option<Lease>> {
    let (mut waiting, [_, before]) = (JoinSet::new(), contest.store.begun());
    // Each looks whether it has something already, and whoever is first whether there is something.
    let looks = wishes.len() + fronts;
    for wish in wishes {
        let store = contest.store.clone();
        waiting.spawn(async move { store.wait_for_lease(&wish, WAIT, pending()).await.unwrap() });
    }
    while contest.store.begun()[1] < before + looks {
        yield_now().await;
    }
    waiting
}

fn wishes(contest: &Contest, slot: SlotKind, count: usize) -> Vec<LeaseRequest> {
    (0..count).map(|_| contest.wish_for_work(slot)).collect()
}

async fn next(waiting: &mut JoinSet<Option<Lease>>) -> Lease {
    timeout(SOON, waiting.join_next()).await.unwrap().unwrap().unwrap().unwrap()
}

on_both! {
    /// Whoever asks in vain writes nothing: not where there is nothing, and not where all is at its cap.
    async fn asking_in_vain_costs_no_write(h) {
        let limits = StoreLimits { team_in_flight_max: 1, ..LIMITS };
        let contest = Contest::open(&h.limited(limits).await, Shape::default()).await;
        let asked_in_vain = async || {
            let [before, _] = contest.store.begun();
            for _ in 0..10 {
                let asked = futures::future::join_all((0..64).map(|_| contest.lease())).await;
                assert!(asked.iter().all(Option::is_none));
            }
            contest.store.begun()[0] - before
        };
        assert_eq!(asked_in_vain().await, 0);
        contest.submit(&contest.red, "one").await;
        contest.submit(&contest.red, "two").await;
        assert!(contest.lease().await.is_some());
        assert_eq!(asked_in_vain().await, 0, "the team is at its cap");
    }
}

on_both! {
    /// A unit costs the write that leases it and a look or two, however many wait for it.
    async fn a_unit_does_not_wake_a_crowd(h) {
        const WORKERS: usize = 64;
        const UNITS: usize = 3;
        // Nobody in line looks whether it has a lease.
        let limits = StoreLimits { lease_ttl: DAY, ..LIMITS };
        let contest = Contest::open(&h.limited(limits).await, Shape::default()).await;
        let [before, _] = contest.store.begun();
        contest.submit(&contest.red, "one").await;
        let submitting = contest.store.begun()[0] - before;
        contest.lease().await.unwrap();

        let mut idle = waiting(&contest, wishes(&contest, SlotKind::Any, WORKERS), 1).await;
        let (began, before) = (Instant::now(), contest.store.begun());
        for unit in 0..UNITS {
            contest.submit(&contest.red, &format!("model {unit}")).await;
            next(&mut idle).await;
        }
        let [writes, looks] = contest.store.begun();
        assert_eq!(writes - before[0], UNITS * (submitting + 1));
        let looks_max = 2 * UNITS + began.elapsed().as_secs() as usize + 1;
        assert!(looks - before[1] <= looks_max, "{} looks, and not {looks_max}", looks - before[1]);
        assert_eq!(idle.len(), WORKERS - UNITS);
    }
}

on_both! {
    /// Several at once: each wakes the next.
    async fn all_that_is_ready_is_handed_out(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 10, ..Shape::default() }).await;
        contest.submit(&contest.red, "one").await;
        let check = contest.lease().await.unwrap();
        let mut idle = waiting(&contest, wishes(&contest, SlotKind::Any, 8), 1).await;
        h.store.complete(&check.fence, honest(&check, Some(0.5))).await.unwrap();
        for _ in 0..5 {
            next(&mut idle).await;
        }
        assert_eq!(idle.len(), 3);
    }
}

on_both! {
    /// Room under a cap is news: it is not left to the next look.
    async fn what_ends_lets_the_next_of_its_lane_begin(h) {
        let limits = StoreLimits { team_in_flight_max: 1, ..LIMITS };
        let contest = Contest::open(&h.limited(limits).await, Shape::default()).await;
        for model in ["one", "two", "three", "four"] {
            contest.submit(&contest.red, model).await;
        }
        let first = contest.lease().await.unwrap();
        let mut idle = waiting(&contest, wishes(&contest, SlotKind::Any, 4), 1).await;
        let mut news = contest.store.watch(Topic::Work(contest.pool.clone()));
        // A check that is not passed makes no work.
        let failed = UnitResult::Verdict(faulted(FaultCode::InvalidModel));
        contest.store.complete(&first.fence, failed).await.unwrap();
        timeout(SOON, news.changed()).await.unwrap();
        let second = next(&mut idle).await;
        let task = &contest.task;
        let all = contest.store.list_submissions(task, Some(&contest.red.name.team), Page::default()).await.unwrap();
        let of_second = submission_of(&contest.store, &second).await;
        let cancelled = all.items.iter().find(|one| one.name.submission.as_str() == of_second).unwrap();
        contest.store.cancel_submission(&cancelled.name).await.unwrap();
        timeout(SOON, news.changed()).await.unwrap();
        next(&mut idle).await;
        assert_eq!(idle.len(), 2);
    }
}

on_both! {
    /// The first in line goes, with its connection: the next one takes its place.
    async fn who_leaves_the_line_holds_nobody_up(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let mut first = waiting(&contest, wishes(&contest, SlotKind::Any, 1), 1).await;
        let mut behind = waiting(&contest, wishes(&contest, SlotKind::Any, 2), 0).await;
        first.shutdown().await;
        contest.submit(&contest.red, "one").await;
        next(&mut behind).await;
        assert_eq!(behind.len(), 1);
    }
}

on_both! {
    /// Another process on the same database is not heard here.
    async fn work_of_other_servers_is_found(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let mut idle = waiting(&contest, wishes(&contest, SlotKind::Any, 4), 1).await;
        let upload = contest.upload(&contest.red, "one").await;
        let elsewhere = h.reopened().await;
        elsewhere.admit_submission(&Request::once(), contest.wish(&contest.red, upload)).await.unwrap();
        next(&mut idle).await;
        assert_eq!(idle.len(), 3);
    }
}

on_both! {
    /// Whoever lost the reply to a wish has it again, although others stand before it in line.
    async fn a_wish_that_is_granted_does_not_wait_in_line(h) {
        let limits = StoreLimits { lease_ttl: Duration::from_millis(600), ..LIMITS };
        let contest = Contest::open(&h.limited(limits).await, Shape::default()).await;
        let _first = waiting(&contest, wishes(&contest, SlotKind::AllButChecks, 1), 1).await;
        let wish = contest.wish_for_work(SlotKind::AllButChecks);
        let mut behind = waiting(&contest, vec![wish.clone()], 0).await;
        contest.submit(&contest.red, "one").await;
        // An earlier call of the same wish was on its way, and is served while the later one waits.
        let earlier = LeaseRequest { slot: SlotKind::Any, ..wish.clone() };
        let granted = contest.store.lease(&earlier).await.unwrap().unwrap();
        assert_eq!(next(&mut behind).await.fence, granted.fence);
        let again = contest.store.wait_for_lease(&wish, WAIT, pending());
        assert_eq!(timeout(SOON, again).await.unwrap().unwrap().unwrap().fence, granted.fence);
    }
}

on_both! {
    /// In time and, where the server closes, at once; for the first in line and for those behind it.
    async fn waiting_ends(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let wish = contest.wish_for_work(SlotKind::Any);
        let ends = async || {
            for wait in [Duration::ZERO, Duration::from_millis(20)] {
                let waited = h.store.wait_for_lease(&wish, wait, pending());
                assert_eq!(timeout(SOON, waited).await.unwrap().unwrap(), None);
            }
            let closing = h.store.wait_for_lease(&wish, WAIT, ready(()));
            assert_eq!(timeout(SOON, closing).await.unwrap().unwrap(), None);
        };
        ends().await;
        let _first = waiting(&contest, wishes(&contest, SlotKind::Any, 1), 1).await;
        ends().await;
    }
}
