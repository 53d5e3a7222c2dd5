//! Many workers, short leases, random stalls: every unit has exactly one effect. Without the fence it would not, and a test
//! says so. Nobody sleeps: a stall is a lease that is kept while the clock is moved past its end.

use std::sync::Arc;
use std::time::Duration;

use egret_contest::*;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::harness::*;
use crate::*;

const WORKERS: u64 = 12;
const SUBMISSIONS: usize = 8;
/// A check, five units of two shards and a finalize for each submission.
const UNITS: usize = SUBMISSIONS * 7;

/// Notes every effect on a unit in the database itself, in whatever transaction it happens.
async fn record_effects(store: &Store) {
    let mut s = store.write().await.unwrap();
    let on_postgres = matches!(*s, crate::db::Tx::Postgres(_));
    s.run("create table effects (unit text not null)", vec![]).await.unwrap();
    if on_postgres {
        s.run(
            "create function note_effect() returns trigger language plpgsql as
             $$ begin insert into effects values (new.id); return new; end $$",
            vec![],
        )
        .await
        .unwrap();
        s.run(
            "create trigger effect after update on units for each row
             when (new.state = 'done') execute function note_effect()",
            vec![],
        )
        .await
        .unwrap();
    } else {
        s.run(
            "create trigger effect after update on units when new.state = 'done'
             begin insert into effects values (new.id); end",
            vec![],
        )
        .await
        .unwrap();
    }
    s.commit().await.unwrap();
}

async fn effects(store: &Store) -> (usize, usize) {
    let mut s = store.read().await.unwrap();
    let row = s
        .one("select count(*) as n, count(distinct unit) as units from effects", vec![])
        .await
        .unwrap()
        .unwrap();
    (row.int("n").unwrap() as usize, row.int("units").unwrap() as usize)
}

/// A worker that is now and then stalled past the end of its lease, repeats itself, gives back, and dies.
async fn unreliable_worker(contest: Arc<Contest>, seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let store = &contest.store;
    let mut stalled: Vec<Lease> = Vec::new();
    let mut idle = 0;
    while idle < 40 {
        let Some(lease) = contest.lease().await else {
            // Somebody else may hold what is left, or be dead with it.
            store.shift_clock(LIMITS.lease_ttl / 4);
            store.sweep_leases().await.unwrap();
            idle += 1;
            tokio::task::yield_now().await;
            continue;
        };
        idle = 0;
        match rng.random_range(0..10) {
            0 => store.shift_clock(LIMITS.lease_ttl / 2),
            1 | 2 => {
                // Stall: come back later, when somebody else has it or has done it.
                stalled.push(lease);
                store.shift_clock(LIMITS.lease_ttl / 2);
                store.sweep_leases().await.unwrap();
                continue;
            }
            3 => {
                let _ = store.release(&lease.fence).await;
                continue;
            }
            4 => drop(store.heartbeat(&lease.fence).await),
            _ => {}
        }
        for _ in 0..rng.random_range(1..3) {
            let _ = store.complete(&lease.fence, honest(&lease, Some(0.5))).await;
        }
        if let Some(late) = stalled.pop_if(|_| rng.random_bool(0.5)) {
            let _ = store.complete(&late.fence, honest(&late, Some(0.5))).await;
        }
    }
    for late in stalled {
        let _ = store.complete(&late.fence, honest(&late, Some(0.5))).await;
    }
}

async fn run_workers(h: &Harness) -> Arc<Contest> {
    // Stalls count as attempts; here they must not end in dead letters.
    let contest = Contest::open(&h.patient().await, Shape { hidden_shards: 10, ..Shape::default() }).await;
    record_effects(&contest.store).await;
    for i in 0..SUBMISSIONS {
        let team = if i % 2 == 0 { &contest.red } else { &contest.blue };
        contest.submit(team, &format!("model {i}")).await;
    }
    let contest = Arc::new(contest);
    let workers = (0..WORKERS).map(|seed| tokio::spawn(unreliable_worker(contest.clone(), seed)));
    for worker in futures::future::join_all(workers).await {
        worker.unwrap();
    }
    contest
}

on_both! {
    async fn every_unit_has_exactly_one_effect(h) {
        let contest = run_workers(h).await;
        assert_eq!(effects(&contest.store).await, (UNITS, UNITS));
        let mut s = contest.store.read().await.unwrap();
        let tried = s.one("select cast(sum(epoch) as bigint) as leases from units", vec![]).await.unwrap().unwrap();
        drop(s);
        assert!(tried.int("leases").unwrap() as usize > UNITS * 5 / 4, "the workers were too reliable to show anything");
        let listed = contest.store.list_submissions(&contest.task, None, Page::default()).await.unwrap();
        assert!(listed.items.iter().all(|one| one.state == SubmissionState::Released));
        let board = contest.public_board().await;
        assert_eq!(board.revision as usize, SUBMISSIONS);
        assert_eq!(board.entries.iter().map(|entry| entry.submission_count as usize).sum::<usize>(), SUBMISSIONS);
        assert_eq!(contest.used(&contest.red).await.in_flight, 0);
    }
}

on_both! {
    /// The same without the fence: the story above would not hold.
    async fn without_the_fence_units_have_several_effects(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 10, ..Shape::default() }).await;
        record_effects(&contest.store).await;
        contest.store.remove_fence();
        contest.submit(&contest.red, "model").await;
        contest.work_once(Some(0.5)).await;
        let mut leases = Vec::new();
        for _ in 0..2 {
            while let Some(lease) = contest.lease().await {
                leases.push(lease);
            }
            contest.store.shift_clock(LIMITS.lease_ttl + Duration::from_secs(1));
            contest.store.sweep_leases().await.unwrap();
        }
        assert_eq!(leases.len(), 10);
        // Those who hold the units now come first, then those who held them before.
        for lease in leases.iter().rev() {
            let _ = contest.store.complete(&lease.fence, honest(lease, None)).await;
        }
        // With the fence only the current leases would have had an effect; without it there are two on each unit.
        assert_eq!(effects(&contest.store).await, (11, 6));
    }
}

on_both! {
    /// Whoever comes first, a submission ends once, its place in flight is free again, and nobody waits in a circle.
    async fn cancelling_races_with_results(h) {
        let contest = Arc::new(Contest::open(&h.store, Shape { hidden_shards: 6, ..Shape::default() }).await);
        let mut submissions = Vec::new();
        for i in 0..12 {
            submissions.push(contest.submit(&contest.red, &format!("model {i}")).await.name);
        }
        let workers = (0..6).map(|_| {
            let contest = contest.clone();
            tokio::spawn(async move {
                while let Some(lease) = contest.lease().await {
                    match contest.store.complete(&lease.fence, honest(&lease, Some(0.5))).await {
                        Ok(_) | Err(StoreError::LeaseLost) => {}
                        Err(e) => panic!("{e:?}"),
                    }
                }
            })
        });
        let cancels = submissions.iter().cloned().map(|name| {
            let store = h.store.clone();
            tokio::spawn(async move {
                match store.cancel_submission(&name).await {
                    Ok(_) | Err(StoreError::Refused(Refusal::WrongState { .. })) => {}
                    Err(e) => panic!("{e:?}"),
                }
            })
        });
        for task in futures::future::join_all(workers.chain(cancels)).await {
            task.unwrap();
        }
        contest.work_off(Some(0.5)).await;
        for name in &submissions {
            let state = h.store.get_submission(name).await.unwrap().state;
            assert!(matches!(state, SubmissionState::Cancelled | SubmissionState::Released), "{state}");
        }
        assert_eq!(contest.used(&contest.red).await.in_flight, 0);
        assert!(h.store.backlog().await.unwrap().is_empty());
    }
}
