//! Leases: had again, extended, lost, counted, and handed out in turn.

use std::time::Duration;

use egret_contest::*;

use super::harness::*;
use crate::*;

const TTL: Duration = LIMITS.lease_ttl;

fn team_of(lease: &Lease, of: &[(&Submission, &'static str)]) -> &'static str {
    let Work::Shards(work) = &lease.work else { panic!("shards") };
    of.iter().find(|(one, _)| one.model.sha256 == work.model.sha256).unwrap().1
}

on_both! {
    async fn a_lost_reply_is_had_again(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "one").await;
        contest.submit(&contest.red, "two").await;
        let lease = contest.lease_as("wish-1").await.unwrap();
        h.store.shift_clock(Duration::from_secs(1));
        let again = contest.lease_as("wish-1").await.unwrap();
        assert_eq!((&again.fence, &again.work), (&lease.fence, &lease.work));
        assert!(again.expires_at > lease.expires_at);
        let other = contest.lease_as("wish-2").await.unwrap();
        assert_ne!(other.fence.unit, lease.fence.unit);
        h.store.complete(&lease.fence, honest(&lease, None)).await.unwrap();
        assert_eq!(h.store.complete(&lease.fence, honest(&lease, None)).await.unwrap(), Completion::Repeated);
        let next = contest.lease_as("wish-1").await.unwrap();
        assert_ne!(next.fence.unit, lease.fence.unit);
    }
}

on_both! {
    async fn one_wish_sent_twice_at_once_gets_one_lease(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        for model in 0..8 {
            contest.submit(&contest.red, &model.to_string()).await;
        }
        let twins = futures::future::join_all((0..6).map(|_| contest.lease_as("wish"))).await;
        let units: std::collections::HashSet<_> = twins.into_iter().flatten().map(|lease| lease.fence.unit).collect();
        assert_eq!(units.len(), 1);
        assert_eq!(h.store.backlog().await.unwrap()[0].leased, 1);
    }
}

on_both! {
    async fn heartbeats_keep_a_lease_alive(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "model").await;
        let lease = contest.lease().await.unwrap();
        for _ in 0..4 {
            h.store.shift_clock(TTL * 3 / 4);
            assert!(!h.store.heartbeat(&lease.fence).await.unwrap().cancelled);
            assert_eq!(h.store.sweep_leases().await.unwrap(), Swept::default());
        }
        let forged = Fence { nonce: vec![0; 16], ..lease.fence.clone() };
        assert!(matches!(h.store.heartbeat(&forged).await, Err(StoreError::LeaseLost)));
        assert!(matches!(h.store.complete(&forged, honest(&lease, None)).await, Err(StoreError::LeaseLost)));
        assert!(matches!(h.store.fail(&forged, "").await, Err(StoreError::LeaseLost)));
        assert!(matches!(h.store.release(&forged).await, Err(StoreError::LeaseLost)));
        h.store.complete(&lease.fence, honest(&lease, None)).await.unwrap();
    }
}

on_both! {
    async fn an_expired_lease_is_offered_again_and_its_holder_has_no_effect(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "model").await;
        let late = contest.lease().await.unwrap();
        h.store.shift_clock(TTL);
        assert_eq!(h.store.sweep_leases().await.unwrap(), Swept { returned: 1, dead: 0 });
        assert!(matches!(h.store.heartbeat(&late.fence).await, Err(StoreError::LeaseLost)));
        let next = contest.lease().await.unwrap();
        assert_eq!((&next.fence.unit, next.fence.epoch), (&late.fence.unit, late.fence.epoch + 1));
        for fence in [&late.fence] {
            assert!(matches!(h.store.complete(fence, honest(&late, None)).await, Err(StoreError::LeaseLost)));
            assert!(matches!(h.store.release(fence).await, Err(StoreError::LeaseLost)));
            assert!(matches!(h.store.fail(fence, "").await, Err(StoreError::LeaseLost)));
        }
        assert_eq!(h.store.complete(&next.fence, honest(&next, None)).await.unwrap(), Completion::Applied);
        assert!(matches!(h.store.complete(&late.fence, honest(&late, None)).await, Err(StoreError::LeaseLost)));
    }
}

on_both! {
    /// Failures and expiries count as attempts, giving back does not; the last attempt is a Mishap and is refunded.
    async fn the_attempts_are_capped_and_the_cap_is_our_fault(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let submission = contest.submit(&contest.red, "model").await;
        contest.work_once(Some(1.0)).await;
        for _ in 0..5 {
            let lease = contest.lease().await.unwrap();
            h.store.release(&lease.fence).await.unwrap();
        }
        let lease = contest.lease().await.unwrap();
        h.store.fail(&lease.fence, &"é".repeat(5_000)).await.unwrap();
        contest.lease().await.unwrap();
        h.store.shift_clock(TTL);
        assert_eq!(h.store.sweep_leases().await.unwrap(), Swept { returned: 1, dead: 0 });
        assert_eq!(contest.submission(&submission).await.state, SubmissionState::Evaluating);
        contest.lease().await.unwrap();
        h.store.shift_clock(TTL);
        assert_eq!(h.store.sweep_leases().await.unwrap(), Swept { returned: 0, dead: 1 });
        let rejected = contest.submission(&submission).await;
        assert_eq!((rejected.state, rejected.mishap), (SubmissionState::Rejected, true));
        assert_eq!(rejected.release, None);
        let used = contest.used(&contest.red).await;
        assert_eq!((used.total, used.in_flight), (0, 0));
        assert_eq!(contest.lease().await, None);
    }
}

on_both! {
    async fn lanes_take_turns_and_checks_go_first(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 8, ..Shape::default() }).await;
        let red = contest.submit(&contest.red, "red").await;
        contest.work_once(Some(1.0)).await;
        let blue = contest.submit(&contest.blue, "blue").await;
        let of = [(&red, "red"), (&blue, "blue")];
        let check = contest.lease().await.unwrap();
        let Work::Shards(work) = &check.work else { panic!("shards") };
        assert_eq!((team_of(&check, &of), work.kind), ("blue", EvaluationKind::Check));
        h.store.complete(&check.fence, honest(&check, None)).await.unwrap();
        // Four units each; none is finished, so that the lane with fewer in flight is next, then the one served longer ago.
        let mut turns = Vec::new();
        for _ in 0..8 {
            turns.push(team_of(&contest.lease().await.unwrap(), &of));
        }
        assert_eq!(turns, ["red", "blue", "red", "blue", "red", "blue", "red", "blue"]);
        assert_eq!(contest.lease().await, None);
    }
}

on_both! {
    async fn pools_do_not_see_each_others_work(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "model").await;
        let pool: PoolId = id("other");
        let holder = worker(&h.store, &pool).await;
        let request = LeaseRequest { holder, pool, worker: "w".into(), request_id: "one".into(), slot: SlotKind::Any };
        assert_eq!(h.store.lease(&request).await.unwrap(), None);
        h.store.shift_clock(Duration::from_secs(5));
        let backlog = h.store.backlog().await.unwrap();
        assert_eq!((backlog[0].pool.as_str(), backlog[0].ready, backlog[0].leased), ("main", 1, 0));
        assert!(backlog[0].oldest_ready >= Duration::from_secs(5));
    }
}

on_both! {
    async fn a_lease_reads_its_own_blobs_only(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 5, ..Shape::default() }).await;
        contest.submit(&contest.red, "model").await;
        contest.upload(&contest.blue, "secret").await;
        let check = contest.lease().await.unwrap();
        let may = async |fence: &Fence, text: &str| h.store.leased_blob(&contest.pool, fence, &sha(text)).await;
        assert_eq!(may(&check.fence, "model").await.unwrap().bytes, 100);
        assert_eq!(may(&check.fence, "sample labels 0").await.unwrap().bytes, 10);
        let elsewhere = h.store.leased_blob(&id("other"), &check.fence, &sha("model")).await;
        assert!(matches!(elsewhere, Err(StoreError::LeaseLost)));
        for other in ["secret", "public inputs 0", "nothing"] {
            assert!(matches!(may(&check.fence, other).await, Err(StoreError::NotFound(_))), "{other}");
        }
        h.store.complete(&check.fence, honest(&check, None)).await.unwrap();
        assert!(matches!(may(&check.fence, "model").await, Err(StoreError::LeaseLost)));
        let part = contest.lease().await.unwrap();
        may(&part.fence, "public inputs 1").await.unwrap();
        for other in ["public inputs 2", "private inputs 0", "sample inputs 0"] {
            assert!(matches!(may(&part.fence, other).await, Err(StoreError::NotFound(_))), "{other}");
        }
    }
}

on_both! {
    async fn work_wakes_whoever_waits_for_it(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let mut watch = h.store.watch(Topic::Work(contest.pool.clone()));
        let submission = contest.submit(&contest.red, "model").await;
        watch.changed().await;
        let mut changes = h.store.watch(Topic::Submission(submission.name.submission.clone()));
        let lease = contest.lease().await.unwrap();
        h.store.release(&lease.fence).await.unwrap();
        watch.changed().await;
        contest.work_once(Some(1.0)).await;
        changes.changed().await;
        watch.changed().await;
    }
}
