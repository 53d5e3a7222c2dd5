//! The outcomes of finalists, for who compares them and nobody else.

use std::time::Duration;

use egret_proto::v1;
use egret_proto::worker::v1::{self as worker, worker_service_client::WorkerServiceClient};
use futures::TryStreamExt as _;
use tonic::{Code, Status};

use crate::wire::with_token;
use crate::world::*;

/// A message of a stream, in bytes.
const CHUNK_BYTES: usize = 1 << 20;

impl World {
    /// Reads a unit's outcomes, message by message.
    async fn outcomes(
        &self,
        token: Option<&str>,
        fence: &worker::Fence,
        unit: &str,
    ) -> Result<Vec<Vec<u8>>, Status> {
        let read = worker::ReadOutcomesRequest { fence: Some(fence.clone()), unit: unit.into() };
        let mut client = WorkerServiceClient::new(self.workers.clone());
        let stream = client.read_outcomes(with_token(read, token)).await?.into_inner();
        stream.map_ok(|message| message.data.to_vec()).try_collect().await
    }

    /// Works until the comparison is leased. What the outcomes of each hidden unit were, by its name.
    async fn compare(&self, stored: &mut Vec<(String, Vec<u8>)>) -> (worker::Fence, worker::CompareWork) {
        loop {
            let lease = self.lease("").await.expect("the comparison comes last");
            let fence = lease.fence.clone().unwrap();
            match &lease.work {
                Some(worker::lease::Work::Compare(work)) => return (fence, work.clone()),
                Some(worker::lease::Work::Shards(work)) if work.split() != v1::Split::Sample => {
                    // Two whole messages and a short one.
                    let mut outcomes = fence.unit.clone().into_bytes();
                    outcomes.resize(2 * CHUNK_BYTES + 7, b'.');
                    self.complete(&lease, 0.5, outcomes.clone()).await;
                    stored.push((fence.unit, outcomes));
                }
                _ => self.complete(&lease, 0.5, Vec::new()).await,
            }
        }
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn only_who_holds_the_comparison_reads_what_it_compares() {
    let world = World::open_on(v1::QuotaRule::default(), |last| {
        last.nominations = Some(v1::Nominations { from_phase_id: "live".into(), count_max: 1 });
        last.release.as_mut().unwrap().timing = "finalize".into();
    })
    .await;
    let mut stored = Vec::new();
    for (token, team) in [(&world.tokens.red, RED), (&world.tokens.blue, BLUE)] {
        let upload = world.model(token, team, team.as_bytes()).await;
        world.submit(token, &upload).await.unwrap();
        let check = world.work(0.5).await.unwrap();
        assert!(matches!(check.work, Some(worker::lease::Work::Shards(work)) if work.sole_unit));
        // A lease of shards reads none.
        let hidden = world.lease("").await.unwrap();
        let fence = hidden.fence.clone().unwrap();
        let early = world.outcomes(Some(&world.tokens.worker), &fence, &fence.unit).await;
        assert_eq!(code(early), Code::Aborted);
        world.complete(&hidden, 0.5, b"of the live phase".to_vec()).await;
        stored.push((fence.unit, Vec::new()));
    }
    let live: Vec<String> = stored.drain(..).map(|(unit, _)| unit).collect();
    world.control.store().shift_clock(Duration::from_secs(9_000));
    world.control.reaper_step().await.unwrap();
    let (fence, work) = world.compare(&mut stored).await;
    assert_eq!((work.finalists.len(), stored.len()), (2, 2));

    // Byte for byte what was stored, in messages of at most 1 MiB.
    let reader = Some(world.tokens.worker.as_str());
    for finalist in &work.finalists {
        let [unit] = &finalist.units[..] else { panic!("{finalist:?}") };
        let chunks = world.outcomes(reader, &fence, unit).await.unwrap();
        assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [CHUNK_BYTES, CHUNK_BYTES, 7]);
        assert_eq!(Some(&chunks.concat()), stored.iter().find(|(of, _)| of == unit).map(|(_, bytes)| bytes));
    }

    // Not by another lease, nor of any other unit: of the phase before, of itself, of none.
    let unit = &work.finalists[0].units[0];
    let nonce = fence.nonce.iter().map(|byte| byte ^ 1).collect();
    for lost in [
        worker::Fence { nonce, ..fence.clone() },
        worker::Fence { epoch: fence.epoch + 1, ..fence.clone() },
        worker::Fence { unit: unit.clone(), ..fence.clone() },
    ] {
        assert_eq!(code(world.outcomes(reader, &lost, unit).await), Code::Aborted, "{lost:?}");
    }
    for other in [&live[0], &live[1], &fence.unit] {
        assert_eq!(code(world.outcomes(reader, &fence, other).await), Code::NotFound, "{other}");
    }
    assert_eq!(code(world.outcomes(reader, &fence, "none").await), Code::InvalidArgument);

    // Not by a worker of another pool, and by nobody who is no worker, even with the lease in hand.
    let other = world.control.worker_token("other".parse().unwrap()).await.unwrap().1.reveal().to_owned();
    assert_eq!(code(world.outcomes(Some(&other), &fence, unit).await), Code::Aborted);
    for token in [&world.tokens.operator, &world.tokens.organizer, &world.tokens.auditor, &world.tokens.red] {
        assert_eq!(code(world.outcomes(Some(token), &fence, unit).await), Code::PermissionDenied);
    }
    assert_eq!(code(world.outcomes(None, &fence, unit).await), Code::Unauthenticated);

    // And by nobody any more once the comparison has ended.
    let found = worker::CompleteRequest {
        fence: Some(fence.clone()),
        result: Some(worker::complete_request::Result::Comparison(worker::Comparison::default())),
        ..Default::default()
    };
    WorkerServiceClient::new(world.workers.clone()).complete(with_token(found, reader)).await.unwrap();
    assert_eq!(code(world.outcomes(reader, &fence, unit).await), Code::Aborted);
}
