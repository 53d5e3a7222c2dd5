//! Who may submit what and when, and what it costs.

use std::time::Duration;

use egret_contest::*;

use super::harness::*;
use crate::*;

fn refusal(result: Result<Submission, StoreError>) -> Refusal {
    match result {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

on_both! {
    async fn the_same_request_admits_once(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let upload = contest.upload(&contest.red, "model").await;
        let tries = (0..10).map(|_| {
            let (store, wish) = (h.store.clone(), contest.wish(&contest.red, upload.clone()));
            tokio::spawn(async move { store.admit_submission(&request("again and again"), wish).await.unwrap() })
        });
        let names: std::collections::BTreeSet<_> =
            futures::future::join_all(tries).await.into_iter().map(|one| one.unwrap().name).collect();
        assert_eq!(names.len(), 1);
        assert_eq!(contest.used(&contest.red).await.total, 1);
        let other = Request::new("users/somebody", "again and again", b"another payload");
        let reused = h.store.admit_submission(&other, contest.wish(&contest.red, upload.clone())).await;
        assert!(matches!(reused, Err(StoreError::RequestReused)));
        // Another caller's request of the same id is another request.
        let other = Request::new("users/else", "again and again", b"another payload");
        h.store.admit_submission(&other, contest.wish(&contest.red, upload)).await.unwrap();
        assert_eq!(contest.used(&contest.red).await.total, 2);
    }
}

on_both! {
    async fn a_refused_request_may_be_repeated(h) {
        let quota = QuotaRule { per_day_max: 1, total_max: 0, concurrent_max: 0, ..FREE };
        let contest = Contest::open(&h.store, Shape { quota, ..Shape::default() }).await;
        contest.submit(&contest.red, "model").await;
        let wish = contest.wish(&contest.red, contest.upload(&contest.red, "other").await);
        let refused = refusal(h.store.admit_submission(&request("tomorrow"), wish.clone()).await);
        let Refusal::QuotaExhausted { kind: QuotaKind::PerDay, resets_at: Some(reset), .. } = refused else {
            panic!("{refused:?}")
        };
        let now = h.store.now().await.unwrap();
        assert!(reset > now && reset.since(now) <= DAY);
        h.store.shift_clock(reset.since(now));
        h.store.admit_submission(&request("tomorrow"), wish).await.unwrap();
        let used = contest.used(&contest.red).await;
        assert_eq!((used.today, used.total), (1, 2));
    }
}

on_both! {
    async fn what_is_in_flight_is_limited_until_it_ends(h) {
        let quota = QuotaRule { per_day_max: 0, total_max: 0, concurrent_max: 1, ..FREE };
        let contest = Contest::open(&h.store, Shape { quota, ..Shape::default() }).await;
        contest.submit(&contest.red, "one").await;
        let refused = refusal(contest.try_submit(&contest.red, "two").await);
        assert!(matches!(refused, Refusal::QuotaExhausted { kind: QuotaKind::Concurrent, .. }));
        contest.submit(&contest.blue, "another team's").await;
        contest.work_off(Some(0.5)).await;
        contest.submit(&contest.red, "two").await;
    }
}

on_both! {
    async fn windows_are_half_open_on_the_database_clock(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let upload = contest.upload(&contest.red, "model").await;
        let submit = async || {
            h.store.admit_submission(&Request::once(), contest.wish(&contest.red, upload.clone())).await
        };
        let now = h.store.now().await.unwrap();
        let last_minute = Micros(contest.start.after(10 * DAY).0 - 60_000_000);
        h.store.shift_clock(last_minute.since(now));
        assert_eq!(submit().await.unwrap().phase.as_str(), "live");
        h.store.shift_clock(Duration::from_secs(60));
        assert_eq!(submit().await.unwrap().phase.as_str(), "finale");
        h.store.shift_clock(DAY);
        let closed = refusal(submit().await);
        let Refusal::PhaseClosed { ended: Some((phase, _)), next: None } = closed else { panic!("{closed:?}") };
        assert_eq!(phase.as_str(), "finale");
        assert!(matches!(
            h.store.quota(&contest.task, &contest.red.name, None).await,
            Err(StoreError::Refused(Refusal::PhaseClosed { .. }))
        ));
    }
}

on_both! {
    async fn only_members_submit_and_only_their_own_models(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let reds = contest.upload(&contest.red, "model").await;
        let wish = |team: &Team, named: Option<&Team>, upload: &UploadId| NewSubmission {
            team: named.map(|team| team.name.clone()),
            ..contest.wish(team, upload.clone())
        };
        let admit = async |wish| refusal(h.store.admit_submission(&Request::once(), wish).await);
        assert_eq!(admit(wish(&contest.red, Some(&contest.blue), &reds)).await, Refusal::NotMember);
        assert_eq!(admit(wish(&contest.blue, None, &reds)).await, Refusal::UploadNotYours);
        let nobody = user(&h.store, Grant::Member, "Nemo").await;
        assert_eq!(admit(NewSubmission { user: nobody, ..wish(&contest.red, None, &reds) }).await, Refusal::NoTeam);
        let sealed = h.store.create_upload(&Request::once(), NewUpload {
            owner: contest.red.members[0].user.clone(),
            purpose: UploadPurpose::TestSet(id("games")),
            size_bytes: 100,
            sha256: sha("model"),
        }).await.unwrap();
        assert_eq!(admit(wish(&contest.red, None, &sealed.name.upload)).await, Refusal::UploadNotYours);
        let open = h.store.create_upload(&Request::once(), NewUpload {
            owner: contest.red.members[0].user.clone(),
            purpose: UploadPurpose::Model(contest.red.name.clone()),
            size_bytes: 7,
            sha256: sha("unfinished"),
        }).await.unwrap();
        let refused = admit(wish(&contest.red, None, &open.name.upload)).await;
        assert_eq!(refused, Refusal::UploadIncomplete { committed_bytes: 0, size_bytes: 7 });
        let large = h.store.create_upload(&Request::once(), NewUpload {
            owner: contest.red.members[0].user.clone(),
            purpose: UploadPurpose::Model(contest.red.name.clone()),
            size_bytes: (1 << 20) + 1,
            sha256: sha("large"),
        }).await.unwrap();
        h.store.complete_upload(&large.name.upload).await.unwrap();
        let refused = admit(wish(&contest.red, None, &large.name.upload)).await;
        assert_eq!(refused, Refusal::ModelTooLarge { bytes: (1 << 20) + 1, bytes_max: 1 << 20 });
        assert_eq!(contest.used(&contest.red).await.total, 0);
    }
}

on_both! {
    async fn cancelling_refunds_until_hidden_data_is_touched(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let checking = contest.submit(&contest.red, "one").await;
        let lease = contest.lease().await.unwrap();
        let cancelled = h.store.cancel_submission(&checking.name).await.unwrap();
        assert_eq!(cancelled.state, SubmissionState::Cancelled);
        assert_eq!(contest.used(&contest.red).await.total, 0);
        assert!(h.store.heartbeat(&lease.fence).await.unwrap().cancelled);
        assert!(matches!(h.store.complete(&lease.fence, honest(&lease, None)).await, Err(StoreError::LeaseLost)));
        assert_eq!(h.store.cancel_submission(&checking.name).await.unwrap(), cancelled);

        let evaluating = contest.submit(&contest.red, "two").await;
        contest.work_once(Some(0.5)).await;
        contest.lease().await.unwrap();
        h.store.cancel_submission(&evaluating.name).await.unwrap();
        let used = contest.used(&contest.red).await;
        assert_eq!((used.total, used.in_flight), (1, 0));

        let released = contest.score(&contest.red, "three", 0.5).await;
        let refused = refusal(h.store.cancel_submission(&released.name).await);
        assert!(matches!(refused, Refusal::WrongState { state: "released", .. }));
    }
}

on_both! {
    async fn lists_page_newest_first_and_refuse_other_cursors(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        for model in ["one", "two", "three"] {
            contest.submit(&contest.red, model).await;
        }
        contest.submit(&contest.blue, "four").await;
        let all = h.store.list_submissions(&contest.task, None, Page::default()).await.unwrap();
        assert_eq!((all.items.len(), all.next), (4, None));
        assert!(all.items.is_sorted_by_key(|one| (std::cmp::Reverse(one.accepted_at), std::cmp::Reverse(one.name.clone()))));
        let red = Some(&contest.red.name.team);
        let first = h.store.list_submissions(&contest.task, red, Page { size: 2, after: None }).await.unwrap();
        assert!(first.items.len() == 2 && first.next.is_some());
        let rest = h.store.list_submissions(&contest.task, red, Page { size: 2, after: first.next }).await.unwrap();
        assert!(rest.items.len() == 1 && rest.next.is_none());
        assert!(!first.items.contains(&rest.items[0]));
        let odd = Page { size: 2, after: Some("odd".into()) };
        assert!(matches!(h.store.list_submissions(&contest.task, None, odd).await, Err(StoreError::BadCursor)));
        let elsewhere = TaskName::new(id("games"), id("letters"));
        let name = SubmissionName::new(id("games"), id("letters"), all.items[0].name.submission.clone());
        assert!(h.store.list_submissions(&elsewhere, None, Page::default()).await.unwrap().items.is_empty());
        assert!(matches!(h.store.get_submission(&name).await, Err(StoreError::NotFound("submission"))));
    }
}
