//! Phases under control: paused, gated, with rules of their own for a task, extended, and with intervals taken out.

use std::time::Duration;

use egret_contest::*;

use super::harness::*;
use crate::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn refusal(result: Result<Submission, StoreError>) -> Refusal {
    match result {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

fn note(contest: &Contest) -> Note {
    Note { by: contest.operator.clone(), reason: "a power cut".into() }
}

/// Moves the clock to a moment.
async fn go_to(store: &Store, at: Micros) {
    store.shift_clock(at.since(store.now().await.unwrap()));
}

on_both! {
    async fn submitting_is_paused_and_goes_on(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let before = contest.submit(&contest.red, "before").await;
        let games = &contest.task.competition;
        let paused = h.store.set_paused(games, Some(true), None, &note(&contest)).await.unwrap();
        assert!(paused.submitting_paused && !paused.evaluating_paused);
        assert_eq!(refusal(contest.try_submit(&contest.red, "meanwhile").await), Refusal::Paused("submitting"));
        contest.work_off(Some(0.5)).await;
        assert_eq!(contest.submission(&before).await.state, SubmissionState::Released);
        h.store.set_paused(games, Some(false), None, &note(&contest)).await.unwrap();
        contest.submit(&contest.red, "after").await;
        assert_eq!(contest.used(&contest.red).await.total, 2);
        let changes = h.store.phase_changes(games).await.unwrap();
        let kinds: Vec<_> = changes.iter().rev().map(|one| (one.kind.as_str(), one.reason.as_str())).collect();
        assert_eq!(kinds, [("pause submitting", "a power cut"), ("resume submitting", "a power cut")]);
    }
}

on_both! {
    async fn a_gate_lets_in_who_has_reached_the_value(h) {
        let change = |new: &mut NewCompetition| {
            new.phases[1].rules.gate = Some(Gate { phase: id("live"), at_least: 0.5 });
        };
        let contest = Contest::open(&h.store, Shape { change, ..Shape::default() }).await;
        contest.score(&contest.red, "as good as that", 0.5).await;
        contest.score(&contest.blue, "not quite", 0.49).await;
        let green = team(&h.store, "green").await;
        h.store.shift_clock(10 * DAY);
        assert_eq!(contest.submit(&contest.red, "in").await.phase.as_str(), "finale");
        let closed = Refusal::GateClosed { phase: id("finale"), gate: id("live"), at_least: 0.5 };
        assert_eq!(refusal(contest.try_submit(&contest.blue, "out").await), closed);
        assert_eq!(refusal(contest.try_submit(&green, "never tried").await), closed);
    }
}

on_both! {
    /// A gate looks at what ranks: where less is better, less is enough.
    async fn a_gate_knows_which_way_is_better(h) {
        let change = |new: &mut NewCompetition| {
            new.phases[1].rules.gate = Some(Gate { phase: id("live"), at_least: 0.5 });
        };
        let metric = Direction::LowerIsBetter;
        let contest = Contest::open(&h.store, Shape { metric, change, ..Shape::default() }).await;
        contest.score(&contest.red, "too much", 0.51).await;
        contest.score(&contest.blue, "less", 0.4).await;
        h.store.shift_clock(10 * DAY);
        assert!(matches!(refusal(contest.try_submit(&contest.red, "out").await), Refusal::GateClosed { .. }));
        contest.submit(&contest.blue, "in").await;
    }
}

on_both! {
    async fn a_task_has_a_quota_and_an_end_of_its_own(h) {
        let change = |new: &mut NewCompetition| {
            let quota = Some(QuotaRule { total_max: 1, ..FREE });
            let ends_at = Some(new.phases[0].window.start.after(DAY));
            new.phases[0].rules.tasks = vec![(id("digits"), TaskRules { quota, ends_at, ..TaskRules::default() })];
            new.phases.truncate(1);
        };
        let quota = QuotaRule { total_max: 5, ..FREE };
        let contest = Contest::open(&h.store, Shape { quota, change, ..Shape::default() }).await;
        contest.submit(&contest.red, "one").await;
        let refused = refusal(contest.try_submit(&contest.red, "two").await);
        assert!(matches!(refused, Refusal::QuotaExhausted { kind: QuotaKind::Total, max: 1, .. }), "{refused:?}");
        let told = h.store.quota(&contest.task, &contest.red.name, None).await.unwrap();
        assert_eq!((told.rule.total_max, told.closes_at), (1, contest.start.after(DAY)));
        go_to(&h.store, Micros(contest.start.after(DAY).0 - 60_000_000)).await;
        contest.submit(&contest.blue, "in time").await;
        go_to(&h.store, contest.start.after(DAY)).await;
        let refused = refusal(contest.try_submit(&contest.blue, "late").await);
        assert!(matches!(&refused, Refusal::PhaseClosed { ended: Some((phase, _)), next: None } if phase.as_str() == "live"), "{refused:?}");
    }
}

on_both! {
    /// For one team, to the moment; the private split waits for the last of them.
    async fn an_extension_of_one_team_is_that_teams(h) {
        let change = |new: &mut NewCompetition| {
            new.phases.truncate(1);
            new.phases[0].split = Split::Private;
        };
        let contest = Contest::open(&h.store, Shape { change, ..Shape::default() }).await;
        let (games, live) = (&contest.task.competition, &contest.board.phase);
        let end = contest.start.after(10 * DAY);
        contest.submit(&contest.blue, "blue").await;
        contest.work_once(Some(0.5)).await;
        let red = Some(&contest.red.name.team);
        let request = request("an hour for red");
        for _ in 0..2 {
            h.store.extend_phase(&request, games, live, red, HOUR, &note(&contest)).await.unwrap();
        }
        let nobody: TeamId = id("nobody");
        let unknown = h.store.extend_phase(&Request::once(), games, live, Some(&nobody), HOUR, &note(&contest)).await;
        assert!(matches!(unknown, Err(StoreError::NotFound("team"))));
        go_to(&h.store, end).await;
        assert!(matches!(refusal(contest.try_submit(&contest.blue, "late").await), Refusal::PhaseClosed { .. }));
        let told = h.store.quota(&contest.task, &contest.red.name, None).await.unwrap();
        assert_eq!(told.closes_at, end.after(HOUR));
        contest.submit(&contest.red, "in its hour").await;
        contest.work_once(Some(0.5)).await;
        assert_eq!(contest.lease().await, None, "somebody may still submit");
        go_to(&h.store, end.after(HOUR)).await;
        assert!(matches!(refusal(contest.try_submit(&contest.red, "late").await), Refusal::PhaseClosed { .. }));
        assert!(contest.lease().await.is_some());
    }
}

on_both! {
    async fn an_extension_for_all_is_everybodys(h) {
        let change = |new: &mut NewCompetition| new.phases.truncate(1);
        let contest = Contest::open(&h.store, Shape { change, ..Shape::default() }).await;
        let (games, live) = (&contest.task.competition, &contest.board.phase);
        let end = contest.start.after(10 * DAY);
        h.store.extend_phase(&Request::once(), games, live, None, HOUR, &note(&contest)).await.unwrap();
        let red = Some(&contest.red.name.team);
        h.store.extend_phase(&Request::once(), games, live, red, HOUR, &note(&contest)).await.unwrap();
        let closes = async |team: &Team| h.store.quota(&contest.task, &team.name, None).await.unwrap().closes_at;
        assert_eq!(closes(&contest.blue).await, end.after(HOUR));
        assert_eq!(closes(&contest.red).await, end.after(2 * HOUR));
    }
}

on_both! {
    /// An outage of two hours: the deadline is two hours later, and so is the moment at which the day's count starts again.
    async fn a_removed_interval_moves_the_deadline_and_the_day(h) {
        let change = |new: &mut NewCompetition| new.phases.truncate(1);
        let quota = QuotaRule { per_day_max: 1, ..FREE };
        let contest = Contest::open(&h.store, Shape { quota, change, ..Shape::default() }).await;
        let (games, live) = (&contest.task.competition, &contest.board.phase);
        let zone = TimeZoneName::parse("Asia/Shanghai").unwrap();
        let midnight = day_of(h.store.now().await.unwrap(), &zone).1;
        let noon = midnight.after(12 * HOUR);
        go_to(&h.store, noon).await;
        contest.submit(&contest.red, "one").await;
        let told = async || h.store.quota(&contest.task, &contest.red.name, None).await.unwrap();
        let before = told().await;
        assert_eq!((before.resets_at, before.closes_at), (midnight.after(DAY), contest.start.after(10 * DAY)));
        let outage = |from: Duration, until: Duration| Window { start: midnight.after(from), end: midnight.after(until) };
        let remove = async |removed| h.store.remove_interval(&Request::once(), games, live, removed, &note(&contest)).await;
        remove(outage(9 * HOUR, 11 * HOUR)).await.unwrap();
        for bad in [outage(10 * HOUR, 11 * HOUR), outage(8 * HOUR, 8 * HOUR), outage(11 * HOUR, 14 * HOUR)] {
            assert!(matches!(remove(bad).await, Err(StoreError::Invalid(_))), "{bad:?}");
        }
        let after = told().await;
        assert_eq!(after.used.today, 1);
        assert_eq!((after.resets_at, after.closes_at), (before.resets_at.after(2 * HOUR), before.closes_at.after(2 * HOUR)));
        // An hour after midnight it is still the same day of the contest.
        go_to(&h.store, before.resets_at.after(HOUR)).await;
        let refused = refusal(contest.try_submit(&contest.red, "two").await);
        let Refusal::QuotaExhausted { kind: QuotaKind::PerDay, resets_at, .. } = refused else { panic!("{refused:?}") };
        assert_eq!(resets_at, Some(after.resets_at));
        go_to(&h.store, after.resets_at).await;
        contest.submit(&contest.red, "two").await;
        go_to(&h.store, before.closes_at.after(HOUR)).await;
        contest.submit(&contest.red, "in the hours that were given back").await;
        go_to(&h.store, after.closes_at).await;
        assert!(matches!(refusal(contest.try_submit(&contest.blue, "late").await), Refusal::PhaseClosed { .. }));
    }
}
