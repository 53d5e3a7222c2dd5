//! Whose turn it is, by steps: nobody sleeps, and a worker is a lease that is held.

use std::collections::HashMap;
use std::time::Duration;

use egret_contest::*;

use super::harness::*;
use crate::db::args;
use crate::*;

/// Looked up once and then for good: what is foreseen of a thousand is not at stake wherever a submission is read.
const UNFORESEEN: StoreLimits = StoreLimits { forecast_ttl: Duration::from_secs(3_600), ..LIMITS };

async fn column(store: &Store, lease: &Lease, sql: &'static str) -> String {
    let mut s = store.read().await.unwrap();
    s.one(sql, args![&lease.fence.unit]).await.unwrap().unwrap().text("it").unwrap()
}

async fn team_of(store: &Store, lease: &Lease) -> String {
    column(store, lease, "select team as it from units where id = $1").await
}

async fn submission_of(store: &Store, lease: &Lease) -> String {
    column(store, lease, "select submission as it from units where id = $1").await
}

/// Writes 999 more of the only submission there is, each with its check that waits: admitting them one after the other would take
/// many times as long, and is at stake elsewhere.
async fn make_a_thousand(store: &Store) {
    let mut s = store.write().await.unwrap();
    for sql in [
        "insert into submissions (id, competition, task, phase, team, user_id, model_sha256, adapter, note, version, pool, state,
             charged_day, charged_to, split, artifact_sha256, accepted_at, updated_at)
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 999)
         select substr(id, 1, 26) || cast(100000 + i as text), competition, task, phase, team, user_id, model_sha256, adapter, note,
             version, pool, state, charged_day, charged_to, split, artifact_sha256, accepted_at, updated_at
         from submissions, n",
        "insert into evaluations (id, submission, kind, split, created_at)
         select substr(e.id, 1, 26) || substr(s.id, 27), s.id, e.kind, e.split, e.created_at
         from evaluations e, submissions s where s.id <> e.submission",
        "insert into units (id, evaluation, submission, ordinal, kind, sole, first_shard, shard_count, pool, competition, team,
             priority, expected_ms, charge_ms, state, not_before, ready_at)
         select substr(u.id, 1, 26) || substr(e.id, 27), e.id, e.submission, u.ordinal, u.kind, u.sole, u.first_shard, u.shard_count,
             u.pool, u.competition, u.team, u.priority, u.expected_ms, u.charge_ms, u.state, u.not_before, u.ready_at
         from units u, evaluations e where e.id <> u.evaluation",
    ] {
        s.run(sql, vec![]).await.unwrap();
    }
    s.commit().await.unwrap();
}

/// Some workers that always have a unit each; the one that has had its unit longest is done first.
struct Workers<'a> {
    contest: &'a Contest,
    busy: Vec<Lease>,
}

impl Workers<'_> {
    /// The first worker ends its unit and gets another one; whose that is.
    async fn step(&mut self) -> String {
        let done = self.busy.remove(0);
        self.contest.store.complete(&done.fence, honest(&done, Some(0.5))).await.unwrap();
        let next = self.contest.lease().await.unwrap();
        let team = team_of(&self.contest.store, &next).await;
        self.busy.push(next);
        team
    }
}

on_both! {
    /// A thousand of red's, checks and hidden ones; each unit of blue's one submission waits for at most one unit a worker.
    async fn a_thousand_submissions_delay_another_team_by_one_unit_a_worker(h) {
        const WORKERS: usize = 3;
        let store = h.limited(UNFORESEEN).await;
        let contest = Contest::open(&store, Shape { hidden_shards: 5, ..Shape::default() }).await;
        contest.submit(&contest.red, "red").await;
        make_a_thousand(&store).await;
        assert_eq!(store.backlog().await.unwrap()[0].ready, 1_000);
        let mut workers = Workers { contest: &contest, busy: Vec::new() };
        for _ in 0..WORKERS {
            workers.busy.push(contest.lease().await.unwrap());
        }
        for _ in 0..20 {
            assert_eq!(workers.step().await, "red");
        }
        let blue = contest.submit(&contest.blue, "blue").await;
        // A check, three units and their end.
        let (mut blues, mut others) = (0, 0);
        while contest.submission(&blue).await.state != SubmissionState::Released {
            if workers.step().await == "blue" {
                (blues, others) = (blues + 1, 0);
            } else {
                others += 1;
            }
            // Beside those before it, a unit of blue's may wait for others of its own that are being worked on.
            assert!(others <= WORKERS, "{others} units of red's before blue's unit {blues}");
        }
        assert_eq!(blues, 5);
    }
}

on_both! {
    /// However many ask at once.
    async fn caps_hold_for_whoever_asks_at_once(h) {
        let limits = StoreLimits { team_in_flight_max: 2, competition_in_flight_max: 3, ..LIMITS };
        let contest = Contest::open(&h.limited(limits).await, Shape::default()).await;
        for model in 0..6 {
            contest.submit(&contest.red, &format!("red {model}")).await;
        }
        let leased = async || futures::future::join_all((0..8).map(|_| contest.lease())).await.into_iter().flatten();
        let reds: Vec<Lease> = leased().await.collect();
        assert_eq!(reds.len(), 2);
        for model in 0..6 {
            contest.submit(&contest.blue, &format!("blue {model}")).await;
        }
        let blues: Vec<Lease> = leased().await.collect();
        assert_eq!(blues.len(), 1);
        // Whatever ends makes room for one.
        contest.store.fail(&reds[0].fence, "no disk").await.unwrap();
        assert_eq!(leased().await.count(), 1);
        contest.store.release(&blues[0].fence).await.unwrap();
        assert_eq!(leased().await.count(), 1);
        assert_eq!(contest.store.backlog().await.unwrap()[0].leased, 3);
    }
}

on_both! {
    async fn nothing_is_leased_while_evaluating_is_paused(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "one").await;
        let waiting = contest.submit(&contest.red, "two").await;
        let begun = contest.lease().await.unwrap();
        let note = Note { by: contest.operator.clone(), reason: "a power cut".into() };
        let games = &contest.task.competition;
        h.store.set_paused(games, None, Some(true), &note).await.unwrap();
        assert_eq!(contest.lease().await, None);
        assert_eq!(contest.submission(&waiting).await.queue_position, 0);
        assert_eq!(h.store.complete(&begun.fence, honest(&begun, Some(0.5))).await.unwrap(), Completion::Applied);
        assert_eq!(contest.lease().await, None);
        contest.submit(&contest.blue, "submitting goes on").await;
        let mut work = h.store.watch(Topic::Work(contest.pool.clone()));
        h.store.set_paused(games, None, Some(false), &note).await.unwrap();
        work.changed().await;
        contest.work_off(Some(0.5)).await;
        assert_eq!(contest.submission(&waiting).await.state, SubmissionState::Released);
    }
}

on_both! {
    /// What is foreseen is what happens, as long as nothing comes in between.
    async fn places_are_the_order_of_leases(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 5, ..Shape::default() }).await;
        let mut all = Vec::new();
        for model in 0..4 {
            all.push(contest.submit(&contest.red, &format!("red {model}")).await);
        }
        contest.work_once(Some(0.5)).await;
        let blue = contest.submit(&contest.blue, "blue").await;
        assert_eq!(blue.queue_position, 1, "red has had one already");
        all.push(blue);
        let mut places = HashMap::new();
        for one in &all {
            let found = contest.submission(one).await;
            places.insert(one.name.submission.to_string(), found.queue_position);
            let listed = h.store.list_submissions(&contest.task, Some(&one.team.team), Page::default()).await.unwrap();
            assert_eq!(listed.items.iter().find(|other| other.name == one.name), Some(&found));
        }
        let mut served = HashMap::new();
        let mut count = 0;
        while let Some(lease) = contest.lease().await {
            count += 1;
            served.entry(submission_of(&h.store, &lease).await).or_insert(count);
        }
        assert_eq!(places, served);
        assert_eq!(contest.submission(&all[0]).await.queue_position, 0);
    }
}

on_both! {
    async fn places_are_told_of_queues_that_are_not_too_long_and_kept_for_a_while(h) {
        let limits = StoreLimits { forecast_units_max: 2, forecast_ttl: Duration::from_secs(60), ..LIMITS };
        let contest = Contest::open(&h.limited(limits).await, Shape::default()).await;
        let place = async |one: &Submission| contest.submission(one).await.queue_position;
        let later = || contest.store.shift_clock(limits.forecast_ttl);
        let first = contest.submit(&contest.red, "one").await;
        let second = contest.submit(&contest.red, "two").await;
        assert_eq!((first.queue_position, second.queue_position), (1, 0), "not looked up again so soon");
        later();
        assert_eq!((place(&first).await, place(&second).await), (1, 2));
        contest.submit(&contest.red, "three").await;
        assert_eq!(place(&first).await, 1);
        later();
        assert_eq!((place(&first).await, place(&second).await), (0, 0));
    }
}

on_both! {
    /// Of checks and declared limits, and of the slots that work; how long hidden units take changes nothing.
    async fn the_time_to_wait_comes_from_public_runs(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let first = contest.submit(&contest.red, "one").await;
        let second = contest.submit(&contest.red, "two").await;
        let third = contest.submit(&contest.red, "three").await;
        let eta = async |one: &Submission| contest.submission(one).await.queue_eta_s;
        assert_eq!(eta(&first).await, None, "nobody works");
        let check = contest.lease().await.unwrap();
        // Half of the task's 10 s for half as many items as are hidden; the one that runs is half done.
        assert_eq!((eta(&second).await, eta(&third).await), (Some(2), Some(7)));
        let took = |wall_ms| {
            let UnitResult::Verdict(mut verdict) = honest(&check, Some(0.5)) else { panic!("a verdict") };
            verdict.usage.wall_ms = wall_ms;
            UnitResult::Verdict(verdict)
        };
        h.store.complete(&check.fence, took(9_000)).await.unwrap();
        let check = contest.lease().await.unwrap();
        assert_eq!(eta(&third).await, Some(2));
        let fourth = contest.submit(&contest.red, "four").await;
        assert_eq!(eta(&fourth).await, Some(2 + 9), "as the last check took");
        h.store.complete(&check.fence, took(1_000)).await.unwrap();
        let tags = async || {
            let mut s = h.store.read().await.unwrap();
            let sql = "select cast((select sum(finish_ms + clock_ms) from lanes) as bigint) as lanes, clock_ms, check_ms from pools";
            let row = s.one(sql, vec![]).await.unwrap().unwrap();
            ["lanes", "clock_ms", "check_ms"].map(|name| row.int(name).unwrap())
        };
        assert_eq!(tags().await[2], 8_000, "an eighth of the way from 9 s to 1 s");
        contest.work_once(Some(0.5)).await;
        contest.work_once(Some(0.5)).await;
        let hidden = contest.lease().await.unwrap();
        assert!(matches!(&hidden.work, Work::Shards(work) if work.kind == EvaluationKind::Hidden));
        let before = tags().await;
        h.store.complete(&hidden.fence, took(9_999)).await.unwrap();
        assert_eq!(tags().await, before);
    }
}

on_both! {
    /// Final phases come last, and do not starve.
    async fn units_of_final_phases_wait_until_they_have_waited_long_enough(h) {
        let change = |new: &mut NewCompetition| new.phases[1].split = Split::Public;
        let contest = Contest::open(&h.store, Shape { hidden_shards: 40, change, ..Shape::default() }).await;
        contest.submit(&contest.red, "red").await;
        contest.work_once(Some(0.5)).await;
        h.store.shift_clock(10 * DAY);
        let last = contest.submit(&contest.blue, "blue").await;
        assert_eq!(last.phase.as_str(), "finale");
        assert_eq!(team_of(&h.store, &contest.work_once(Some(0.5)).await.unwrap()).await, "blue", "its check");
        let next = async || team_of(&h.store, &contest.work_once(Some(0.5)).await.unwrap()).await;
        h.store.shift_clock(LIMITS.final_patience * 9 / 10);
        assert_eq!(h.store.sweep_patience().await.unwrap(), 0);
        for _ in 0..10 {
            assert_eq!(next().await, "red");
        }
        h.store.shift_clock(LIMITS.final_patience / 10);
        assert_eq!(h.store.sweep_patience().await.unwrap(), 20);
        assert_eq!(next().await, "blue");
        assert!([next().await, next().await].contains(&"red".to_owned()), "they have turns, and no more than that");
    }
}

on_both! {
    /// A lane pays for what it had: not for what came back untouched.
    async fn a_unit_that_is_given_back_costs_no_turn(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        contest.submit(&contest.red, "red").await;
        contest.submit(&contest.blue, "blue").await;
        for _ in 0..3 {
            let lease = contest.lease().await.unwrap();
            assert_eq!(team_of(&h.store, &lease).await, "red");
            h.store.release(&lease.fence).await.unwrap();
        }
    }
}

on_both! {
    /// Large models pay for their checks what these took, and practice pays four times.
    async fn lanes_pay_for_machine_time(h) {
        let change = |new: &mut NewCompetition| new.phases[0].kind = PhaseKind::Practice;
        let contest = Contest::open(&h.store, Shape { change, ..Shape::default() }).await;
        contest.submit(&contest.red, "a large model").await;
        contest.submit(&contest.blue, "a small model").await;
        for wall_ms in [8_000, 300] {
            let lease = contest.lease().await.unwrap();
            let UnitResult::Verdict(mut verdict) = honest(&lease, Some(0.5)) else { panic!("a verdict") };
            verdict.usage.wall_ms = wall_ms;
            h.store.complete(&lease.fence, UnitResult::Verdict(verdict)).await.unwrap();
        }
        let mut s = h.store.read().await.unwrap();
        let lanes = s.rows("select finish_ms from lanes where team <> '' order by finish_ms", vec![]).await.unwrap();
        let paid: Vec<i64> = lanes.iter().map(|row| row.int("finish_ms").unwrap()).collect();
        assert_eq!(paid, [4 * 300, 4 * 8_000]);
        // Hidden units by what their checks say: 7 items in 8 s, for 10 items; and never more than the limit's 10 s.
        let units = s.rows("select expected_ms, charge_ms from units where state = 'ready' order by expected_ms", vec![]).await.unwrap();
        let expected: Vec<_> = units.iter().map(|row| (row.int("expected_ms").unwrap(), row.int("charge_ms").unwrap())).collect();
        assert_eq!(expected, [(429, 4 * 429), (10_000, 4 * 10_000)]);
    }
}
