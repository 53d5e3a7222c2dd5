//! One submission, end to end.

use egret_contest::*;

use super::harness::*;
use crate::*;

on_both! {
    /// The whole path with several units, and everything a team may see along it.
    async fn from_admission_to_release(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 5, ..Shape::default() }).await;
        let mut watch = h.store.watch(Topic::Board(contest.board.clone()));
        let submission = contest.submit(&contest.red, "model").await;
        assert_eq!(submission.state, SubmissionState::Checking);
        assert_eq!(submission.queue_position, 1);
        assert_eq!(submission.adapter.layout.as_deref(), Some("nchw"));
        assert_eq!(submission.test_set.version, 1);

        let check = contest.work_once(Some(0.875)).await.unwrap();
        let Work::Shards(work) = &check.work else { panic!("a check runs on shards") };
        assert_eq!((work.split, work.kind, work.sole_unit), (Split::Sample, EvaluationKind::Check, true));
        assert_eq!((work.shards.len(), work.sealed_key.as_slice()), (1, &b"sealed"[..]));
        assert_eq!(work.model.sha256, sha("model"));
        let queued = contest.submission(&submission).await;
        assert_eq!((queued.state, queued.queue_position), (SubmissionState::Queued, 1));
        let report = queued.check.unwrap();
        assert!(report.passed());
        assert_eq!(report.metrics[0], MetricValue::new("accuracy", Some(0.875)));
        assert_eq!((report.usage.cpu_ms, report.limits.wall_s_max), (2, 10));

        let mut ranges = Vec::new();
        for unit in 0..3u8 {
            let lease = contest.lease().await.unwrap();
            h.store.complete_with(&lease.fence, honest(&lease, None), Some(vec![unit; 3])).await.unwrap();
            let Work::Shards(work) = lease.work else { panic!("shards come before finalize") };
            assert!(!work.sole_unit);
            ranges.push(work.shards.iter().map(|shard| shard.index).collect::<Vec<_>>());
            let evaluating = contest.submission(&submission).await;
            assert_eq!(evaluating.state, SubmissionState::Evaluating);
            assert_eq!(evaluating.release, None);
        }
        assert_eq!(ranges, [vec![0, 1], vec![2, 3], vec![4]]);

        let lease = contest.lease().await.unwrap();
        let Work::Finalize(work) = &lease.work else { panic!("finalize comes last") };
        assert_eq!(work.sealed_states, [vec![0, 1], vec![2, 3], vec![4]]);
        let verdict = UnitResult::Verdict(scored(Some(0.123_456)));
        h.store.complete_with(&lease.fence, verdict, Some(vec![9])).await.unwrap();

        let released = contest.submission(&submission).await;
        assert_eq!((released.state, released.queue_position), (SubmissionState::Released, 0));
        let release = released.release.unwrap();
        assert!(release.scored);
        assert_eq!(release.metrics, [MetricValue::new("accuracy", Some(0.12)), MetricValue::new("log_loss", Some(0.5))]);
        assert_eq!(release.charge_millibits, 2 * 6673);
        let exact = h.store.exact_verdict(&submission.name).await.unwrap().unwrap();
        let outcomes = h.store.sealed_outcomes(&submission.name).await.unwrap();
        assert_eq!(outcomes, [vec![0; 3], vec![1; 3], vec![2; 3]], "unit by unit, and none of the finalizer's");
        assert_eq!(exact.usage, Usage { wall_ms: 30, cpu_ms: 60, peak_memory_mib: 30 });
        assert_eq!(exact.outcome, Outcome::Scored(vec![
            MetricValue::new("accuracy", Some(0.123_456)), MetricValue::new("log_loss", Some(0.5)),
        ]));
        watch.changed().await;
        let board = contest.public_board().await;
        assert_eq!((board.revision, board.entries.len()), (1, 1));
        assert_eq!(board.entries[0].metrics, release.metrics);
        assert_eq!(contest.used(&contest.red).await.in_flight, 0);
        assert_eq!(contest.lease().await, None);
        assert!(h.store.backlog().await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_failed_check_is_explained_and_not_charged(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let submission = contest.submit(&contest.red, "model").await;
        assert_eq!(contest.used(&contest.red).await.total, 1);
        let lease = contest.lease().await.unwrap();
        let result = UnitResult::Verdict(faulted(FaultCode::ContractMismatch));
        h.store.complete(&lease.fence, result).await.unwrap();
        let rejected = contest.submission(&submission).await;
        assert_eq!((rejected.state, rejected.mishap), (SubmissionState::Rejected, false));
        let report = rejected.check.unwrap();
        assert_eq!(report.fault, Some(FaultCode::ContractMismatch));
        assert_eq!((report.detail.as_str(), report.remedy.as_str()), ("tensor `x`", "export again"));
        let used = contest.used(&contest.red).await;
        assert_eq!((used.today, used.total, used.in_flight), (0, 0, 0));
        assert_eq!(contest.lease().await, None);
    }
}

on_both! {
    async fn a_hidden_fault_says_nothing_and_is_charged(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 5, ..Shape::default() }).await;
        let submission = contest.submit(&contest.red, "model").await;
        contest.work_once(Some(1.0)).await;
        contest.work_once(None).await;
        let (lease, other) = (contest.lease().await.unwrap(), contest.lease().await.unwrap());
        let fault = UnitResult::Verdict(faulted(FaultCode::Crash));
        h.store.complete_with(&lease.fence, fault, Some(vec![1])).await.unwrap();
        assert!(h.store.sealed_outcomes(&submission.name).await.unwrap().is_empty());
        let released = contest.submission(&submission).await;
        let release = released.release.unwrap();
        assert_eq!((released.state, release.scored, release.metrics.len()), (SubmissionState::Released, false, 0));
        assert_eq!(release.charge_millibits, 2 * 6673);
        assert_eq!(contest.used(&contest.red).await.total, 1);
        // The evaluation has ended: the other unit is told to stop, and its result counts for nothing.
        assert!(h.store.heartbeat(&other.fence).await.unwrap().cancelled);
        let late = h.store.complete(&other.fence, honest(&other, None)).await;
        assert!(matches!(late, Err(StoreError::LeaseLost)));
        assert_eq!(contest.lease().await, None);
        // Not even the operator's copy holds words about hidden data.
        let exact = h.store.exact_verdict(&submission.name).await.unwrap().unwrap();
        let Outcome::Faulted(fault) = exact.outcome else { panic!("it faulted") };
        assert_eq!((fault.code, fault.detail.as_str(), fault.remedy.as_str()), (FaultCode::Crash, "", ""));
        let board = contest.public_board().await;
        assert!(board.entries.is_empty() && board.revision == 1);
    }
}

on_both! {
    async fn the_private_split_waits_for_its_phase_to_close(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        h.store.shift_clock(10 * DAY);
        let submission = contest.submit(&contest.red, "model").await;
        assert_eq!(submission.phase.as_str(), "finale");
        contest.work_off(Some(0.5)).await;
        assert_eq!(contest.submission(&submission).await.state, SubmissionState::Queued);
        assert_eq!(h.store.backlog().await.unwrap()[0].ready, 0);
        h.store.shift_clock(DAY);
        contest.work_off(Some(0.5)).await;
        assert_eq!(contest.submission(&submission).await.state, SubmissionState::Released);
    }
}

on_both! {
    async fn results_that_do_not_fit_are_refused_and_change_nothing(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 5, ..Shape::default() }).await;
        contest.submit(&contest.red, "model").await;
        let check = contest.lease().await.unwrap();
        let state = || UnitResult::SealedState { state: vec![1], usage: Usage::default() };
        let wrong = h.store.complete(&check.fence, state()).await;
        assert!(matches!(wrong, Err(StoreError::WrongResult(_))));
        h.store.complete(&check.fence, honest(&check, None)).await.unwrap();
        let part = contest.lease().await.unwrap();
        let wrong = h.store.complete(&part.fence, UnitResult::Verdict(scored(None))).await;
        assert!(matches!(wrong, Err(StoreError::WrongResult(_))));
        assert_eq!(h.store.complete(&part.fence, state()).await.unwrap(), Completion::Applied);
    }
}

on_both! {
    /// Each unit kept to the limits; together they did not.
    async fn limits_hold_for_the_sum_over_an_evaluations_units(h) {
        let contest = Contest::open(&h.store, Shape { hidden_shards: 5, ..Shape::default() }).await;
        for (model, wall_ms, scored) in [("quick", 3_333, true), ("slow", 3_334, false)] {
            let submission = contest.submit(&contest.red, model).await;
            contest.work_once(Some(1.0)).await;
            for extra in [1, 0, 0] {
                let lease = contest.lease().await.unwrap();
                let usage = Usage { wall_ms: wall_ms + extra, cpu_ms: 1, peak_memory_mib: 1 };
                let state = vec![0];
                h.store.complete(&lease.fence, UnitResult::SealedState { state, usage }).await.unwrap();
            }
            contest.work_once(Some(0.5)).await;
            assert_eq!(contest.submission(&submission).await.release.unwrap().scored, scored);
        }
    }
}
