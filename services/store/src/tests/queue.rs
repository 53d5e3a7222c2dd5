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

pub(super) async fn submission_of(store: &Store, lease: &Lease) -> String {
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

fn kind_of(lease: &Lease) -> Option<EvaluationKind> {
    match &lease.work {
        Work::Shards(work) => Some(work.kind),
        Work::Finalize(_) | Work::Compare(_) => None,
    }
}

on_both! {
    /// Whatever waits, and whoever asks: a slot for checks takes them alone, and the others take none.
    async fn slots_take_what_they_are_for(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 4, ..Shape::default() }).await;
        contest.submit(&contest.red, "one").await;
        assert_eq!(contest.lease_in(SlotKind::AllButChecks).await, None);
        let check = contest.lease_in(SlotKind::Checks).await.unwrap();
        assert_eq!(kind_of(&check), Some(EvaluationKind::Check));
        h.store.complete(&check.fence, honest(&check, Some(0.5))).await.unwrap();
        // Two hidden units, and what merges them.
        let mut hidden = Vec::new();
        for _ in 0..2 {
            assert_eq!(contest.lease_in(SlotKind::Checks).await, None);
            hidden.push(contest.lease_in(SlotKind::AllButChecks).await.unwrap());
        }
        assert!(hidden.iter().all(|lease| kind_of(lease) == Some(EvaluationKind::Hidden)));
        for lease in &hidden {
            h.store.complete(&lease.fence, honest(lease, Some(0.5))).await.unwrap();
        }
        assert_eq!(contest.lease_in(SlotKind::Checks).await, None);
        let last = contest.lease_in(SlotKind::AllButChecks).await.unwrap();
        assert!(matches!(last.work, Work::Finalize(_)));
        h.store.complete(&last.fence, honest(&last, Some(0.5))).await.unwrap();
        // A check before hidden units of its lane is passed over.
        contest.submit(&contest.blue, "two").await;
        contest.work_once(Some(0.5)).await;
        contest.submit(&contest.blue, "three").await;
        assert_eq!(kind_of(&contest.lease_in(SlotKind::AllButChecks).await.unwrap()), Some(EvaluationKind::Hidden));
        assert_eq!(kind_of(&contest.lease_in(SlotKind::Checks).await.unwrap()), Some(EvaluationKind::Check));
        assert_eq!(contest.lease_in(SlotKind::Checks).await, None);
        assert!(contest.lease_in(SlotKind::Any).await.is_some());
    }
}

on_both! {
    /// All else is busy with hidden units, and teams and competition are at their caps: a check is leased all the same. Only checks hold up
    /// checks.
    async fn a_check_does_not_wait_for_hidden_units(h) {
        let limits = StoreLimits { team_in_flight_max: 2, competition_in_flight_max: 3, ..LIMITS };
        let store = h.limited(limits).await;
        let contest = Contest::open(&store, Shape { hidden_shards: 10, ..Shape::default() }).await;
        for team in [&contest.red, &contest.blue] {
            contest.submit(team, "one").await;
            let check = contest.lease_in(SlotKind::Checks).await.unwrap();
            store.complete(&check.fence, honest(&check, Some(0.5))).await.unwrap();
        }
        for _ in 0..3 {
            contest.lease_in(SlotKind::AllButChecks).await.unwrap();
        }
        assert_eq!(contest.lease_in(SlotKind::AllButChecks).await, None, "the competition is at its cap");
        for model in 0..3 {
            contest.submit(&contest.red, &format!("red {model}")).await;
            contest.submit(&contest.blue, &format!("blue {model}")).await;
        }
        let mut checks = Vec::new();
        while let Some(lease) = contest.lease_in(SlotKind::Checks).await {
            checks.push(lease);
        }
        assert_eq!(checks.len(), 3, "as many checks as any");
        store.complete(&checks[0].fence, honest(&checks[0], Some(0.5))).await.unwrap();
        assert!(contest.lease_in(SlotKind::Checks).await.is_some());
        assert_eq!(contest.lease_in(SlotKind::AllButChecks).await, None, "a check that ends makes no room for others");
    }
}

/// Whose checks are next in slots for them, one of which comes back, after so many hidden units of red's were leased.
async fn turns_of_checks(contest: &Contest, hidden_units: usize) -> Vec<String> {
    let store = &contest.store;
    contest.submit(&contest.red, "one").await;
    let check = contest.lease_in(SlotKind::Checks).await.unwrap();
    store.complete(&check.fence, honest(&check, Some(0.5))).await.unwrap();
    for _ in 0..hidden_units {
        contest.lease_in(SlotKind::AllButChecks).await.unwrap();
    }
    for model in 0..4 {
        contest.submit(&contest.red, &format!("red {model}")).await;
        contest.submit(&contest.blue, &format!("blue {model}")).await;
    }
    let mut turns = Vec::new();
    while let Some(lease) = contest.lease_in(SlotKind::Checks).await {
        turns.push(team_of(store, &lease).await);
        if turns.len() == 3 {
            store.fail(&lease.fence, "no disk").await.unwrap();
        }
    }
    turns
}

/// Red's check that was done was short: red is hardly behind. Blue's third turn comes to nothing, and is had again.
const TURNS_OF_CHECKS: [&str; 9] = ["blue", "red", "blue", "blue", "red", "blue", "red", "blue", "red"];

on_both! {
    async fn slots_for_checks_serve_teams_in_turns(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 20, ..Shape::default() }).await;
        assert_eq!(turns_of_checks(&contest, 0).await, TURNS_OF_CHECKS);
    }
}

on_both! {
    /// Who has the other slots busy is not behind here; and whose check is next does not tell that its hidden units have begun.
    async fn turns_of_checks_are_the_same_whatever_the_other_slots_serve(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 20, ..Shape::default() }).await;
        assert_eq!(turns_of_checks(&contest, 10).await, TURNS_OF_CHECKS);
        let mut s = h.store.read().await.unwrap();
        let sql = "select cast(sum(finish_ms) as bigint) as finish_ms from lanes where team = 'red' and not check_slots";
        let charged = s.one(sql, vec![]).await.unwrap().unwrap().int("finish_ms").unwrap();
        assert_eq!(charged, 10 * CHARGE_MS_MIN as i64, "for its hidden units");
    }
}

on_both! {
    /// The place and the time of a check count what its slots have before them, and those of a hidden unit what the others have.
    async fn places_are_told_apart_where_checks_have_slots_of_their_own(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 2, ..Shape::default() }).await;
        let mut hidden = Vec::new();
        for model in 0..3 {
            let one = contest.submit(&contest.red, &format!("red {model}")).await;
            let check = contest.lease_in(SlotKind::Checks).await.unwrap();
            h.store.complete(&check.fence, honest(&check, Some(0.5))).await.unwrap();
            hidden.push(one);
        }
        let place = async |one: &Submission| {
            let now = contest.submission(one).await;
            (now.queue_position, now.queue_eta_s)
        };
        let check = contest.submit(&contest.blue, "blue").await;
        assert_eq!(place(&check).await, (1, None), "no slot for checks is at work");
        assert_eq!(place(&hidden[2]).await, (3, None), "nor any other");
        let begun = contest.lease_in(SlotKind::AllButChecks).await.unwrap();
        assert_eq!(submission_of(&h.store, &begun).await, hidden[0].name.submission.as_str());
        assert_eq!(place(&check).await, (1, None), "as before");
        assert_eq!((place(&hidden[1]).await, place(&hidden[2]).await), ((1, Some(0)), (2, Some(0))));
        contest.lease_in(SlotKind::Checks).await.unwrap();
        let behind = contest.submit(&contest.blue, "behind").await;
        assert_eq!(place(&behind).await, (1, Some(2)));

        // As soon as a check is run by a slot that takes all, they wait for each other again.
        contest.lease().await.unwrap();
        let last = contest.submit(&contest.blue, "last").await;
        let waiting = contest.store.backlog().await.unwrap()[0].ready as u32;
        let positions = [place(&hidden[1]).await.0, place(&hidden[2]).await.0, place(&last).await.0];
        assert_eq!(positions.iter().max(), Some(&waiting));
    }
}
