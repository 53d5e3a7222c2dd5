//! Watching, downloading, and the work behind a board that changes.

use std::time::Duration;

use egret_proto::v1::{
    self, leaderboard_service_client::LeaderboardServiceClient,
    submission_service_client::SubmissionServiceClient, task_service_client::TaskServiceClient,
};
use egret_proto::worker::v1::{self as worker, worker_service_client::WorkerServiceClient};
use futures::{StreamExt as _, TryStreamExt as _};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::ask;
use crate::wire::with_token;
use crate::world::*;

impl World {
    /// Leases the next unit, if one is ready.
    pub async fn lease(&self, id: &str) -> Option<worker::Lease> {
        let message =
            worker::LeaseRequest { worker: "w".into(), request_id: id.into(), ..Default::default() };
        let request = with_token(message, Some(&self.tokens.worker));
        WorkerServiceClient::new(self.workers.clone()).lease(request).await.unwrap().into_inner().lease
    }

    /// Does the next unit as an honest worker would.
    pub async fn work(&self, accuracy: f64) -> Option<worker::Lease> {
        let lease = self.lease("").await?;
        self.complete(&lease, accuracy, Vec::new()).await;
        Some(lease)
    }

    /// Scores a unit that is leased; of a hidden one there are outcomes.
    pub async fn complete(&self, lease: &worker::Lease, accuracy: f64, sealed_outcomes: Vec<u8>) {
        let metrics = vec![v1::MetricValue { id: "accuracy".into(), value: Some(accuracy) }];
        let outcome = worker::verdict::Outcome::Scored(worker::Scored { metrics });
        let verdict = worker::Verdict { outcome: Some(outcome), item_count: 3, ..Default::default() };
        let message = worker::CompleteRequest {
            fence: lease.fence.clone(),
            result: Some(worker::complete_request::Result::Verdict(verdict)),
            usage: None,
            sealed_outcomes,
        };
        let request = with_token(message, Some(&self.tokens.worker));
        WorkerServiceClient::new(self.workers.clone()).complete(request).await.unwrap();
    }
}

#[tokio::test]
async fn a_submission_is_watched_to_its_end_and_the_board_changes_with_it() {
    let world = World::open().await;
    let watch = v1::WatchLeaderboardRequest { name: BOARD.into() };
    let mut board = LeaderboardServiceClient::new(world.public.clone())
        .watch_leaderboard(watch)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(board.message().await.unwrap().unwrap().revision, 0);
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    let submission = world.submit(&world.tokens.red, &upload).await.unwrap();
    let watch = v1::WatchSubmissionRequest { name: submission.name.clone() };
    let mut watched =
        ask!(world, &world.tokens.red, SubmissionServiceClient.watch_submission, watch).unwrap();
    assert_eq!(watched.message().await.unwrap().unwrap().state(), v1::submission::State::Checking);
    let check = world.work(0.5).await.unwrap();
    let Some(worker::lease::Work::Shards(work)) = check.work else { panic!("a check runs on shards") };
    assert_eq!((work.split(), work.sole_unit, work.shards.len()), (v1::Split::Sample, true, 1));
    let queued = watched.message().await.unwrap().unwrap();
    assert_eq!(queued.state(), v1::submission::State::Queued);
    let report = queued.check.unwrap();
    assert!(report.passed && report.metrics[0].value == Some(0.5));
    let hidden = world.work(0.123_456).await.unwrap();
    let Some(worker::lease::Work::Shards(work)) = hidden.work else { panic!("it runs on shards") };
    assert_eq!(work.split(), v1::Split::Public);
    let rest: Vec<_> = watched.try_collect().await.unwrap();
    let last = rest.last().unwrap();
    assert_eq!(last.state(), v1::submission::State::Released);
    assert_eq!(last.release.as_ref().unwrap().metrics[0].value, Some(0.1235));
    let snapshot = board.message().await.unwrap().unwrap();
    assert_eq!((snapshot.revision, snapshot.entries.len()), (1, 1));
    assert_eq!((snapshot.entries[0].rank, snapshot.entries[0].team.as_str()), (1, RED));
    let history = v1::ListScoreHistoryRequest { name: BOARD.into() };
    let history =
        LeaderboardServiceClient::new(world.public.clone()).list_score_history(history).await.unwrap();
    assert!((history.into_inner().points[0].value - 0.1235).abs() < 1e-12);
}

#[tokio::test]
async fn a_worker_reads_its_leases_blobs_and_no_others() {
    let world = World::open().await;
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    world.submit(&world.tokens.red, &upload).await.unwrap();
    let lease = world.lease("wish-0001").await.unwrap();
    assert_eq!(world.lease("wish-0001").await.unwrap().fence, lease.fence);
    assert_eq!(lease.heartbeat_ms, 10_000);
    let Some(worker::lease::Work::Shards(work)) = lease.work else { panic!("a check runs on shards") };
    let mut client = WorkerServiceClient::new(world.workers.clone());
    let read = |sha256: &str, offset| worker::ReadBlobRequest {
        fence: lease.fence.clone(),
        sha256: sha256.into(),
        offset,
    };
    let labels = work.shards[0].labels.clone().unwrap().sha256;
    let request = with_token(read(&labels, 3), Some(&world.tokens.worker));
    let chunks: Vec<_> = client.read_blob(request).await.unwrap().into_inner().try_collect().await.unwrap();
    let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.data.to_vec()).collect();
    assert_eq!(bytes, b"els of Sample");
    // The sample archive is of the same test set, but not of this lease.
    let archive = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(vec![7; 3 << 20]));
    let status =
        client.read_blob(with_token(read(&archive, 0), Some(&world.tokens.worker))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    world.control.store().shift_clock(LIMITS.lease_ttl);
    assert_eq!(world.control.reaper_step().await.unwrap().returned, 1);
    let status =
        client.read_blob(with_token(read(&labels, 0), Some(&world.tokens.worker))).await.unwrap_err();
    assert_eq!(
        (status.code(), status.get_details_error_info().unwrap().reason.as_str()),
        (Code::Aborted, "LEASE_LOST")
    );
}

#[tokio::test]
async fn a_lease_waits_for_work_and_not_longer_than_it_may() {
    let world = World::open().await;
    let mut client = WorkerServiceClient::new(world.workers.clone());
    let ask = |wait_ms| worker::LeaseRequest {
        worker: "w".into(),
        wait_ms,
        request_id: "wish-0002".into(),
        ..Default::default()
    };
    let status = client.lease(with_token(ask(30_001), Some(&world.tokens.worker))).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let token = world.tokens.worker.clone();
    let waiting = tokio::spawn(async move { client.lease(with_token(ask(30_000), Some(&token))).await });
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    world.submit(&world.tokens.red, &upload).await.unwrap();
    assert!(waiting.await.unwrap().unwrap().into_inner().lease.is_some());
}

#[tokio::test]
async fn the_sample_comes_whole_in_chunks_with_its_digest() {
    let world = World::open().await;
    let download = v1::DownloadSampleRequest { name: TASK.into() };
    let stream =
        TaskServiceClient::new(world.public.clone()).download_sample(download).await.unwrap().into_inner();
    let chunks: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!((chunks[0].size_bytes, chunks.len()), (3 << 20, 3));
    assert!(chunks.iter().all(|chunk| chunk.data.len() <= 1 << 20));
    let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.data.to_vec()).collect();
    assert_eq!(chunks[0].sha256, hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)));
}

#[tokio::test]
async fn an_attempts_cap_ends_in_a_mishap_that_is_not_charged() {
    let world = World::open().await;
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    let submission = world.submit(&world.tokens.red, &upload).await.unwrap();
    for _ in 0..LIMITS.attempts_max {
        world.lease("").await.unwrap();
        world.control.store().shift_clock(LIMITS.lease_ttl);
        world.control.reaper_step().await.unwrap();
    }
    let get = v1::GetSubmissionRequest { name: submission.name };
    let rejected = ask!(world, &world.tokens.red, SubmissionServiceClient.get_submission, get).unwrap();
    let check = rejected.check.unwrap();
    assert_eq!((check.passed, check.fault.as_str()), (false, "MISHAP"));
    assert!(!check.remedy.is_empty());
    let quota = v1::GetQuotaRequest { parent: TASK.into(), team: String::new(), ..Default::default() };
    let quota = ask!(world, &world.tokens.red, SubmissionServiceClient.get_quota, quota).unwrap();
    assert_eq!((quota.used_total, quota.in_flight), (0, 0));
}

#[tokio::test]
async fn a_draining_server_sends_watchers_home() {
    let world = World::open().await;
    let listener = async || tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listeners = egret_control::Listeners { public: listener().await, worker: listener().await };
    let address = listeners.public.local_addr().unwrap();
    let shutdown = tokio_util::sync::CancellationToken::new();
    let web = axum::Router::new().fallback(async || "a page");
    let serving =
        tokio::spawn(egret_control::serve(world.control.clone(), listeners, web, None, shutdown.clone()));
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect()
        .await
        .unwrap();
    let watch = v1::WatchLeaderboardRequest { name: BOARD.into() };
    let mut board =
        LeaderboardServiceClient::new(channel).watch_leaderboard(watch).await.unwrap().into_inner();
    assert!(board.next().await.unwrap().is_ok());
    shutdown.cancel();
    let status = board.next().await.unwrap().unwrap_err();
    assert_eq!(
        (status.code(), status.get_details_error_info().unwrap().reason.as_str()),
        (Code::Unavailable, "SERVER_CLOSING")
    );
    drop(board);
    tokio::time::timeout(Duration::from_secs(20), serving).await.unwrap().unwrap().unwrap();
}
