//! Quotas as a ledger: what races cannot break, what failed checks cost, and what the organizer grants.

use egret_contest::*;

use super::harness::*;
use crate::db::args;
use crate::*;

fn exhausted(result: Result<Submission, StoreError>) -> QuotaKind {
    match result {
        Err(StoreError::Refused(Refusal::QuotaExhausted { kind, .. })) => kind,
        other => panic!("a used-up quota was expected, not {other:?}"),
    }
}

/// The ledger's rows in one number, and the row that counts in the same: charges less refunds are what is charged and what was
/// granted and is not there any more.
async fn require_balanced(store: &Store) {
    let mut s = store.read().await.unwrap();
    let sql = "select cast(coalesce(sum(case kind when 'charge' then amount when 'refund' then -amount else 0 end), 0) as bigint) as charged,
                   cast(coalesce(sum(case kind when 'grant' then amount else 0 end), 0) as bigint) as given
               from quota_entries where team = $1";
    let ledger = s.one(sql, args!["red"]).await.unwrap().unwrap();
    let row =
        s.one("select total, granted from quotas where team = $1", args!["red"]).await.unwrap().unwrap();
    let used_grants = ledger.int("given").unwrap() - row.int("granted").unwrap();
    assert!(used_grants >= 0 && row.int("total").unwrap() >= 0);
    assert_eq!(ledger.int("charged").unwrap(), row.int("total").unwrap() + used_grants);
}

/// 200 at once; how many got in. Whoever did not was told why.
async fn rush(contest: &Contest, upload: &UploadId) -> usize {
    let tries = (0..200).map(|_| {
        let (store, wish) = (contest.store.clone(), contest.wish(&contest.red, upload.clone()));
        tokio::spawn(async move { store.admit_submission(&Request::once(), wish).await })
    });
    let tries: Vec<_> = tries.collect();
    let mut admitted = 0;
    for outcome in tries {
        match outcome.await.unwrap() {
            Ok(_) => admitted += 1,
            refused => assert_eq!(exhausted(refused), QuotaKind::Total),
        }
    }
    admitted
}

const RULE: QuotaRule = QuotaRule { total_max: 12, ..FREE };

on_both! {
    /// Two hundred at once against five places that are left: five get in, whatever the order.
    async fn a_quota_cannot_be_raced(h) {
        let contest = Contest::open(&h.store, Shape { quota: RULE, ..Shape::default() }).await;
        let upload = contest.upload(&contest.red, "model").await;
        for _ in 0..7 {
            contest.store.admit_submission(&Request::once(), contest.wish(&contest.red, upload.clone())).await.unwrap();
        }
        assert_eq!(rush(&contest, &upload).await, 5);
        let used = contest.used(&contest.red).await;
        assert_eq!((used.today, used.total, used.in_flight), (12, 12, 12));
        let listed = h.store.list_submissions(&contest.task, None, Page::default()).await.unwrap();
        assert_eq!(listed.items.len(), 12);
        require_balanced(&h.store).await;
    }
}

on_both! {
    /// The same while some are given back and the organizer grants more: all of it is taken in the end, and nothing twice.
    async fn refunds_and_grants_may_race_with_it(h) {
        const REFUNDS: usize = 4;
        const GRANTS: usize = 3;
        let contest = Contest::open(&h.store, Shape { quota: RULE, ..Shape::default() }).await;
        let upload = contest.upload(&contest.red, "model").await;
        let mut before = Vec::new();
        for _ in 0..7 {
            let wish = contest.wish(&contest.red, upload.clone());
            before.push(contest.store.admit_submission(&Request::once(), wish).await.unwrap().name);
        }
        let cancels = before[..REFUNDS].iter().cloned().map(|name| {
            let store = h.store.clone();
            tokio::spawn(async move { store.cancel_submission(&name).await.map(drop) })
        });
        let grants = (0..GRANTS).map(|_| {
            let (store, task, board) = (h.store.clone(), contest.task.clone(), contest.board.clone());
            let (team, by) = (contest.red.name.clone(), contest.operator.clone());
            let grant = QuotaGrant { amount: 1, reason: "an outage".into(), by };
            tokio::spawn(async move { store.grant_quota(&Request::once(), &task, &board.phase, &team, grant).await })
        });
        let others: Vec<_> = cancels.chain(grants).collect();
        let admitted = rush(&contest, &upload).await;
        for other in others {
            other.await.unwrap().unwrap();
        }
        assert!((5..=5 + REFUNDS + GRANTS).contains(&admitted), "{admitted}");
        require_balanced(&h.store).await;
        // What came too late for the rush is still there, and no more than that.
        assert_eq!(admitted + rush(&contest, &upload).await, 5 + REFUNDS + GRANTS);
        require_balanced(&h.store).await;
        let used = contest.used(&contest.red).await;
        assert_eq!((used.total, used.granted, used.in_flight), (12, 0, 12 + GRANTS as u32));
    }
}

on_both! {
    /// A failed check is given back and counts among the failed ones, until the next day.
    async fn failed_checks_have_a_cap_of_their_own(h) {
        let quota = QuotaRule { failed_checks_max: 2, ..FREE };
        let contest = Contest::open(&h.store, Shape { quota, ..Shape::default() }).await;
        let fail = async |model: &str| {
            contest.submit(&contest.red, model).await;
            let check = contest.lease().await.unwrap();
            let fault = UnitResult::Verdict(faulted(FaultCode::InvalidModel));
            h.store.complete(&check.fence, fault).await.unwrap();
        };
        fail("one").await;
        assert_eq!(contest.score(&contest.red, "a good one", 0.5).await.state, SubmissionState::Released);
        fail("two").await;
        let used = contest.used(&contest.red).await;
        assert_eq!((used.total, used.failed_today, used.in_flight), (1, 2, 0));
        assert_eq!(exhausted(contest.try_submit(&contest.red, "three").await), QuotaKind::FailedChecks);
        contest.submit(&contest.blue, "another team's").await;
        require_balanced(&h.store).await;
        let resets = h.store.quota(&contest.task, &contest.red.name, None).await.unwrap().resets_at;
        h.store.shift_clock(resets.since(h.store.now().await.unwrap()));
        fail("three").await;
        assert_eq!(contest.used(&contest.red).await.failed_today, 1);
    }
}

on_both! {
    /// Checks that run count as failed until they are passed: as many at once as may fail.
    async fn checks_that_run_keep_a_place_among_the_failed(h) {
        let quota = QuotaRule { failed_checks_max: 2, ..FREE };
        let contest = Contest::open(&h.store, Shape { quota, ..Shape::default() }).await;
        contest.submit(&contest.red, "one").await;
        let second = contest.submit(&contest.red, "two").await;
        assert_eq!(exhausted(contest.try_submit(&contest.red, "three").await), QuotaKind::FailedChecks);
        h.store.cancel_submission(&second.name).await.unwrap();
        contest.submit(&contest.red, "three").await;
        contest.work_once(Some(0.5)).await;
        contest.submit(&contest.red, "four").await;
    }
}

on_both! {
    /// Used when nothing else is left; given back to where it came from; every row says why and by whom.
    async fn a_grant_is_the_last_to_be_used_and_its_rows_say_why(h) {
        let quota = QuotaRule { total_max: 1, ..FREE };
        let contest = Contest::open(&h.store, Shape { quota, ..Shape::default() }).await;
        let request = request("one grant");
        let live = contest.board.phase.clone();
        for _ in 0..2 {
            let grant = QuotaGrant { amount: 2, reason: "the platform was down".into(), by: contest.operator.clone() };
            h.store.grant_quota(&request, &contest.task, &live, &contest.red.name, grant).await.unwrap();
        }
        assert_eq!(contest.used(&contest.red).await.granted, 2, "the same request, twice");
        contest.submit(&contest.red, "one").await;
        let used = contest.used(&contest.red).await;
        assert_eq!((used.total, used.granted), (1, 2));
        let second = contest.submit(&contest.red, "two").await;
        contest.submit(&contest.red, "three").await;
        assert_eq!(exhausted(contest.try_submit(&contest.red, "four").await), QuotaKind::Total);
        assert_eq!(exhausted_after_blues_first(&contest).await, QuotaKind::Total);
        h.store.cancel_submission(&second.name).await.unwrap();
        let used = contest.used(&contest.red).await;
        assert_eq!((used.total, used.granted, used.in_flight), (1, 1, 2));
        require_balanced(&h.store).await;

        let entries = h.store.quota(&contest.task, &contest.red.name, None).await.unwrap().entries;
        let said: Vec<_> = entries.iter().rev().map(|row| (row.kind, row.amount, row.reason.as_str())).collect();
        assert_eq!(said, [
            (QuotaEntryKind::Grant, 2, "the platform was down"),
            (QuotaEntryKind::Charge, 1, "day"),
            (QuotaEntryKind::Charge, 1, "grant"),
            (QuotaEntryKind::Charge, 1, "grant"),
            (QuotaEntryKind::Refund, 1, "cancelled before hidden data was touched"),
        ]);
        assert_eq!(entries.last().unwrap().by.as_ref(), Some(&contest.operator));
        assert_eq!(entries[0].submission.as_ref(), Some(&second.name.submission));
    }
}

/// Another team has no part in the grant.
async fn exhausted_after_blues_first(contest: &Contest) -> QuotaKind {
    contest.submit(&contest.blue, "one").await;
    exhausted(contest.try_submit(&contest.blue, "two").await)
}
