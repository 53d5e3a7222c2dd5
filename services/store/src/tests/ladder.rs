//! The ladder: what is told, what it costs, whose turn it is, and what looks the same.

use std::time::Duration;

use egret_contest::*;

use super::harness::*;
use crate::*;

/// Ten levels of a tenth of the accuracy, a budget of so many bits, shown at once.
fn ladder(bits: u32) -> Shape {
    with_timing(bits, Timing::Immediate)
}

fn with_timing(bits: u32, timing: Timing) -> Shape {
    let rule = LadderRule { levels: Some(6), budget: Some(Budget::Bits(bits)) };
    Shape {
        release: ReleaseRule::new(Policy::Ladder(rule), timing).unwrap(),
        scale: Some(Scale { baseline: 0.4, best: 1.0, width: 1.0 }),
        hidden_shards: 20,
        ..Shape::default()
    }
}

async fn account(contest: &Contest, team: &Team) -> Account {
    let ledger = contest.store.ledger(&contest.task, &Audience::Team(team.name.team.clone())).await.unwrap();
    ledger.splits[0].accounts[0].clone()
}

type Told = (bool, Option<u32>, Vec<MetricValue>, u64);

/// What a submission looks like, but for ids and times.
fn looks(submission: &Submission) -> (SubmissionState, Option<Told>) {
    let told = submission.release.as_ref();
    let told = told.map(|told| (told.scored, told.level, told.metrics.clone(), told.charge_millibits));
    (submission.state, told)
}

/// Works off what is there, the hidden evaluation ending in a fault.
async fn fail(contest: &Contest, team: &Team, model: &str, code: FaultCode) -> Submission {
    let submission = contest.submit(team, model).await;
    contest.work_once(Some(1.0)).await.unwrap();
    while let Some(lease) = contest.lease().await {
        contest.store.complete(&lease.fence, UnitResult::Verdict(faulted(code))).await.unwrap();
    }
    contest.submission(&submission).await
}

on_both! {
    async fn only_the_best_level_is_told_and_every_release_is_charged(h) {
        let contest = Contest::open(&h.store, ladder(64)).await;
        let first = contest.score(&contest.red, "one", 0.65).await;
        let told = first.release.clone().unwrap();
        assert_eq!((told.level, told.charge_millibits), (Some(2), rise_millibits(2)));
        assert_eq!(told.metrics, [MetricValue::new("accuracy", Some(0.6)), MetricValue::new("log_loss", None)]);
        let worse = contest.score(&contest.red, "two", 0.5).await;
        let told = worse.release.clone().unwrap();
        assert_eq!((told.level, told.charge_millibits), (Some(2), NULL_MILLIBITS));
        let better = contest.score(&contest.red, "three", 0.71).await;
        assert_eq!(better.release.unwrap().level, Some(3));
        assert_eq!(account(&contest, &contest.red).await.spent_millibits, 6_000 + NULL_MILLIBITS + 4_000);
        let board = contest.public_board().await;
        assert_eq!((board.entries.len(), board.entries[0].metrics[0].value), (1, Some(0.7)));
        // What everybody sees is the sum.
        contest.score(&contest.blue, "four", 0.41).await;
        let public = h.store.ledger(&contest.task, &Audience::Public).await.unwrap();
        assert_eq!(public.splits[0].spent_millibits, 10_000 + 2 * NULL_MILLIBITS);
        assert_eq!((public.splits[0].team_count, public.splits[0].accounts.len()), (2, 0));
        assert!(public.splits[0].phases[0].ladder.unwrap().budget_millibits() == 64_000);
    }
}

on_both! {
    async fn failing_running_out_of_time_and_no_improvement_are_one(h) {
        let contest = Contest::open(&h.store, ladder(64)).await;
        contest.score(&contest.red, "one", 0.65).await;
        let no_better = contest.score(&contest.red, "two", 0.61).await;
        for (at, &code) in FaultCode::ALL.iter().enumerate() {
            let failed = fail(&contest, &contest.red, &format!("bad {at}"), code).await;
            assert_eq!(looks(&failed), looks(&no_better), "{code}");
        }
        let undefined = contest.submit(&contest.red, "undefined").await;
        contest.work_off(None).await;
        assert_eq!(looks(&contest.submission(&undefined).await), looks(&no_better));
    }
}

on_both! {
    async fn what_may_not_fit_is_withheld_before_it_runs(h) {
        // Six bits for two levels leave four and a bit: a level more, and then nothing.
        let contest = Contest::open(&h.store, ladder(11)).await;
        contest.score(&contest.red, "one", 0.65).await;
        contest.score(&contest.red, "two", 0.1).await;
        let spent = account(&contest, &contest.red).await;
        assert_eq!(spent.next[0].charge, Some((NULL_MILLIBITS, 4_000)));
        // It is at level 6, and is told of one step: more might not have fitted.
        let capped = contest.score(&contest.red, "three", 1.0).await;
        assert_eq!(capped.release.unwrap().level, Some(3));
        assert_eq!(account(&contest, &contest.red).await.next[0].charge, None);
        let used = contest.used(&contest.red).await;
        let withheld = contest.submit(&contest.red, "four").await;
        assert!(contest.work_once(Some(1.0)).await.is_some(), "the check is free");
        assert!(contest.lease().await.is_none(), "nothing hidden runs");
        let withheld = contest.submission(&withheld).await;
        assert_eq!(looks(&withheld), (SubmissionState::Withheld, None));
        // The ledger is not charged; the quota is, for a check has run.
        assert_eq!(contest.used(&contest.red).await, QuotaUse { today: used.today + 1, total: used.total + 1, ..used });
        let after = account(&contest, &contest.red).await;
        assert_eq!(after.spent_millibits, 6_000 + NULL_MILLIBITS + 4_000);
        assert!(after.spent_millibits <= 11_000);
        // What was withheld is no release, and is not counted as one.
        let jury = h.store.board(&contest.board, BoardAudience::Jury, None).await.unwrap();
        for board in [contest.public_board().await, jury] {
            assert_eq!(board.entries[0].submission_count, 3);
        }
        // Another team's account is its own.
        assert_eq!(contest.score(&contest.blue, "four", 0.65).await.release.unwrap().level, Some(2));
    }
}

on_both! {
    async fn the_same_artifact_has_the_same_release_for_nothing(h) {
        let contest = Contest::open(&h.store, ladder(64)).await;
        let first = contest.score(&contest.red, "one", 0.65).await;
        contest.score(&contest.red, "two", 0.75).await;
        let used = contest.used(&contest.red).await;
        let again = contest.submit(&contest.red, "one").await;
        contest.work_once(Some(1.0)).await.unwrap();
        assert!(contest.lease().await.is_none());
        let again = contest.submission(&again).await;
        let (before, now) = (first.release.unwrap(), again.release.unwrap());
        assert_eq!((now.level, &now.metrics, now.charge_millibits), (before.level, &before.metrics, 0));
        assert_eq!(contest.used(&contest.red).await.total, used.total + 1);
        // To another team it is another submission.
        let other = contest.score(&contest.blue, "one", 0.65).await;
        assert_eq!(other.release.unwrap().charge_millibits, 6_000);
    }
}

on_both! {
    async fn an_accounts_evaluations_go_one_at_a_time(h) {
        let contest = Contest::open(&h.store, ladder(64)).await;
        let mut sent = Vec::new();
        for model in ["one", "two", "three"] {
            sent.push(contest.submit(&contest.red, model).await);
        }
        sent.push(contest.submit(&contest.blue, "four").await);
        // One of each team is at the hidden data, however many workers ask.
        let mut leases = Vec::new();
        while let Some(lease) = contest.lease().await {
            match &lease.work {
                Work::Shards(work) if work.kind == EvaluationKind::Check => {
                    contest.store.complete(&lease.fence, honest(&lease, Some(1.0))).await.unwrap();
                }
                _ => leases.push(lease),
            }
        }
        let evaluations: std::collections::BTreeSet<_> = leases.iter().map(|lease| lease.evaluation.to_string()).collect();
        assert_eq!(evaluations.len(), 2);
        for lease in leases {
            contest.store.complete(&lease.fence, honest(&lease, Some(0.55))).await.unwrap();
        }
        contest.work_off(Some(0.55)).await;
        let mut released = Vec::new();
        for submission in &sent[..3] {
            released.push(contest.submission(submission).await.release.unwrap());
        }
        assert!(released.is_sorted_by_key(|release| release.released_at), "in the order of acceptance");
        assert_eq!(released.iter().map(|release| release.charge_millibits).collect::<Vec<_>>(), [4_000, NULL_MILLIBITS, NULL_MILLIBITS]);
    }
}

on_both! {
    async fn when_the_running_one_is_lost_the_next_one_starts(h) {
        let contest = Contest::open(&h.store, ladder(64)).await;
        let first = contest.submit(&contest.red, "one").await;
        let second = contest.submit(&contest.red, "two").await;
        contest.work_once(Some(1.0)).await.unwrap();
        contest.work_once(Some(1.0)).await.unwrap();
        contest.store.cancel_submission(&first.name).await.unwrap();
        contest.work_off(Some(0.65)).await;
        assert_eq!(contest.submission(&second).await.state, SubmissionState::Released);
        // And if nobody started it, the sweep does.
        let third = contest.submit(&contest.red, "three").await;
        let fourth = contest.submit(&contest.red, "four").await;
        contest.work_once(Some(1.0)).await.unwrap();
        contest.work_once(Some(1.0)).await.unwrap();
        let mut s = h.store.write().await.unwrap();
        s.run("update units set state = 'dead' where submission = $1", vec![third.name.submission.as_str().into()]).await.unwrap();
        s.run("update evaluations set ended_at = 1, outcome = 'mishap' where submission = $1 and ended_at is null", vec![third.name.submission.as_str().into()]).await.unwrap();
        s.run("update submissions set state = 'rejected' where id = $1", vec![third.name.submission.as_str().into()]).await.unwrap();
        s.commit().await.unwrap();
        assert!(contest.lease().await.is_none());
        assert_eq!(h.store.sweep_waiting().await.unwrap(), 1);
        contest.work_off(Some(0.65)).await;
        assert_eq!(contest.submission(&fourth).await.state, SubmissionState::Released);
    }
}

on_both! {
    async fn in_epochs_nothing_is_told_before_the_end_of_one(h) {
        let contest = Contest::open(&h.store, with_timing(64, Timing::Epoch { seconds: 3_600 })).await;
        let sent = contest.submit(&contest.red, "one").await;
        let next = contest.submit(&contest.red, "two").await;
        contest.work_once(Some(1.0)).await.unwrap();
        contest.work_once(Some(1.0)).await.unwrap();
        let queued = contest.submission(&sent).await;
        assert_eq!((queued.state, queued.queue_position), (SubmissionState::Queued, 0));
        contest.work_off(Some(0.65)).await;
        // Evaluated, decided and charged; and as it was.
        assert_eq!(contest.submission(&sent).await, queued);
        assert_eq!(account_or_none(&contest).await, None);
        assert!(contest.public_board().await.entries.is_empty());
        assert_eq!(h.store.sweep_releases().await.unwrap(), 0);
        let refused = h.store.cancel_submission(&sent.name).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused(Refusal::WrongState { .. })), "{refused}");
        h.store.shift_clock(Duration::from_secs(2 * 3_600));
        assert_eq!(h.store.sweep_releases().await.unwrap(), 2);
        let released = contest.submission(&sent).await;
        assert_eq!(released.release.unwrap().level, Some(2));
        assert_eq!(contest.submission(&next).await.release.unwrap().charge_millibits, NULL_MILLIBITS);
        assert_eq!(contest.public_board().await.entries.len(), 1);
        assert_eq!(account_or_none(&contest).await, Some(6_000 + NULL_MILLIBITS));
    }
}

async fn account_or_none(contest: &Contest) -> Option<u64> {
    let spent = account(contest, &contest.red).await.spent_millibits;
    (spent > 0).then_some(spent)
}

on_both! {
    async fn a_grid_finer_than_the_standard_error_is_not_published(h) {
        let shape = ladder(64);
        let fine = LadderRule { levels: Some(60), budget: None };
        let release = ReleaseRule::new(Policy::Ladder(fine), Timing::Immediate).unwrap();
        let refused = Contest::try_open(&h.store, Shape { release, ..shape }).await.unwrap_err();
        assert!(refused.to_string().contains("finer than the standard error"), "{refused}");
        assert!(refused.to_string().contains("task `digits`"), "{refused}");
    }
}

on_both! {
    async fn a_ladder_needs_a_scale(h) {
        let refused = Contest::try_open(&h.store, Shape { scale: None, ..ladder(64) }).await.unwrap_err();
        assert!(refused.to_string().contains("[ladder]"), "{refused}");
    }
}
