//! An evaluation's unit, from sealed bytes to a result.

use std::sync::Arc;

use egret_datasets::{DataKey, PoolIdentity};
use egret_proto::worker::v1::{CompleteRequest, Fence, Verdict, complete_request};

use crate::{
    Bench, Mishap,
    assignment::Assignment,
    attempt::{Ended, Fetched, RESTRICTED, attempt},
    audit::Pins,
    convert,
    feed::{Feed, Shards, Source},
    finalize::finish,
    jailed::Jail,
    partial::Partial,
    stop::Stop,
};

/// Where models are run: everything an evaluation needs besides its lease.
pub(crate) struct Place<'a, J> {
    pub jail: &'a Arc<J>,
    pub bench: &'a Bench,
    pub identity: &'a PoolIdentity,
    pub pins: &'a Pins,
}

/// Runs one unit to its end. `Err` is our own failure and is retried; a verdict is final, whatever it says of the model.
pub(crate) async fn evaluate<J: Jail>(
    place: &Place<'_, J>,
    source: &Source,
    assignment: Assignment,
    stop: &Stop,
) -> Result<CompleteRequest, Mishap> {
    let key = DataKey::unwrap(place.identity, &assignment.sealed_key)
        .map_err(|_| Mishap::TestSet("its key is not sealed to this pool"))?;
    // The first shard is on its way while the model is.
    let feed = Feed::start(source.clone(), &assignment, stop.clone());
    let model = tokio::select! {
        model = source.model(assignment.model) => model?,
        () = stop.tripped() => return Err(Mishap::Stopped),
    };
    let (assignment, model, key) = (Arc::new(assignment), Arc::new(model), Arc::new(key));
    let mut ended = once(place, feed, &assignment, &model, &key, stop).await;
    if deserves_another(&ended) {
        // A race in the sandbox or somebody's kill looks like a crash: nobody is blamed for what does not repeat.
        tracing::warn!(unit = source.fence.unit, "the runner died; the model gets a fresh process");
        let feed = Feed::start(source.clone(), &assignment, stop.clone());
        ended = once(place, feed, &assignment, &model, &key, stop).await;
    }
    let ended = ended?;
    conclude(place, source.fence.clone(), &assignment, ended)
}

/// Whether the runner ended without saying why: by a crash, or by something that also strikes while the jail closes.
fn deserves_another(ended: &Result<Ended, Mishap>) -> bool {
    match ended {
        Ok(ended) => ended.died,
        Err(mishap) => matches!(mishap, Mishap::Jail(_)),
    }
}

/// One attempt on the bench thread, its shards fetched beside it.
async fn once<J: Jail>(
    place: &Place<'_, J>,
    (_feed, shards): (Feed, Shards),
    assignment: &Arc<Assignment>,
    model: &Arc<Vec<u8>>,
    key: &Arc<DataKey>,
    stop: &Stop,
) -> Result<Ended, Mishap> {
    let (jail, assignment, model, key, stop) =
        (Arc::clone(place.jail), Arc::clone(assignment), Arc::clone(model), Arc::clone(key), stop.clone());
    let remaining = assignment.shards.len();
    let supply = Fetched { shards, remaining, assignment: Arc::clone(&assignment), key };
    place.bench.run(move || attempt(&*jail, &assignment.run, &model, supply, &stop)).await?
}

/// The unit's result: a verdict for a fault or a sole unit, else a sealed partial state.
fn conclude<J>(
    place: &Place<'_, J>,
    fence: Fence,
    assignment: &Assignment,
    ended: Ended,
) -> Result<CompleteRequest, Mishap> {
    let fence = Some(fence);
    let mut verdict = Verdict {
        outcome: None,
        usage: Some(convert::usage(&ended.usage)),
        runner_version: place.pins.runner_version.clone(),
        runtime_sha256: place.pins.runtime_sha256.clone(),
        adapter_summary: ended.adapter_summary,
        item_count: assignment.shards.iter().map(|shard| shard.id.item_count).sum(),
    };
    let mut sealed_outcomes = Vec::new();
    verdict.outcome = Some(match ended.result {
        Err(fault) => {
            let used = &ended.usage;
            let (cpu, memory_bytes) = (used.cpu, used.peak_rss_bytes);
            tracing::info!(target: RESTRICTED, code = ?fault.code, wall = ?used.wall, ?cpu, memory_bytes, "the model failed");
            convert::faulted(&fault, assignment.run.plan.detail)
        }
        Ok(tally) => {
            sealed_outcomes = tally.seal_outcomes(place.identity)?;
            if !assignment.sole_unit {
                let sealed = Partial::new(tally.state.to_bytes(), &verdict).seal(place.identity)?;
                let result = Some(complete_request::Result::SealedState(sealed));
                return Ok(CompleteRequest { fence, result, usage: verdict.usage, sealed_outcomes });
            }
            convert::scored(&finish(&tally.state)?)
        }
    });
    Ok(CompleteRequest {
        fence,
        usage: verdict.usage,
        sealed_outcomes,
        result: Some(complete_request::Result::Verdict(verdict)),
    })
}
