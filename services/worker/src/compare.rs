//! Compares the finalists of a task, item by item: fetches the sealed outcomes of one model after the other, draws the items anew, and
//! keeps of each model no more than its values. What `egret_metrics::comparison` says of it holds for any worker.

use std::{io::Read as _, ops::Range, sync::Arc, thread};

use egret_datasets::PoolIdentity;
use egret_metrics::{
    MetricError, OUTCOME_COUNT_MAX, Outcomes,
    comparison::{ComparisonError, Draw, NoIntervals, Replicates, Resampler, Sample, rank},
};
use egret_proto::worker::v1::{CompleteRequest, Fence, RankInterval, complete_request};
use flate2::read::ZlibDecoder;

use crate::{
    Bench, Mishap,
    assignment::{Comparison, Finalist},
    client::Client,
    stop::Stop,
};

/// Outcomes as bytes, beside 24 for each item: the version, the form and lengths.
const OUTCOMES_HEAD_BYTES_MAX: u64 = 64;
/// Replicates that a thread reckons before it looks whether the work was stopped.
const REPLICATES_AT_ONCE: u32 = 16;

/// Where the work is done.
pub(crate) struct Desk<'a> {
    pub client: &'a Client,
    pub fence: &'a Fence,
    pub bench: &'a Bench,
    pub identity: &'a Arc<PoolIdentity>,
}

/// The ranks of all finalists, or why there are none.
pub(crate) async fn compare(
    desk: &Desk<'_>,
    comparison: Comparison,
    stop: &Stop,
) -> Result<CompleteRequest, Mishap> {
    let found = match reckon(desk, &comparison, stop).await? {
        Ok(ranks) => egret_proto::worker::v1::Comparison { ranks, no_intervals: String::new() },
        Err(none) => {
            egret_proto::worker::v1::Comparison { ranks: Vec::new(), no_intervals: none.to_string() }
        }
    };
    Ok(CompleteRequest {
        fence: Some(desk.fence.clone()),
        result: Some(complete_request::Result::Comparison(found)),
        ..CompleteRequest::default()
    })
}

async fn reckon(
    desk: &Desk<'_>,
    comparison: &Comparison,
    stop: &Stop,
) -> Result<Result<Vec<RankInterval>, NoIntervals>, Mishap> {
    let mut draw = None;
    let mut models = Vec::with_capacity(comparison.finalists.len());
    for finalist in &comparison.finalists {
        let mut sample = match Sample::new(&comparison.scoring) {
            Ok(sample) => sample,
            Err(none) => return Ok(Err(none)),
        };
        for unit in &finalist.units {
            let sealed = tokio::select! {
                sealed = desk.client.outcomes(desk.fence, unit) => sealed?,
                () = stop.tripped() => return Err(Mishap::Stopped),
            };
            let (identity, scoring) = (Arc::clone(desk.identity), comparison.scoring.clone());
            sample = desk
                .bench
                .run(move || {
                    let outcomes = Outcomes::from_bytes(&scoring, &open(&identity, &sealed)?);
                    let added = outcomes.and_then(|outcomes| sample.add(&outcomes));
                    added.map_err(foreign)?;
                    Ok::<_, Mishap>(sample)
                })
                .await??;
        }
        let (seed, replicate_count, threads) =
            (comparison.seed, comparison.replicate_count, comparison.threads);
        let (shared, stop) = (draw.take(), stop.clone());
        let reckoned = move || {
            let draw = match shared {
                Some(draw) => draw,
                None => Arc::new(Draw::new(&seed, replicate_count, &sample)?),
            };
            let replicates = replicates(&draw, sample, threads, &stop)?;
            Ok::<_, ComparisonError>((draw, replicates))
        };
        match desk.bench.run(reckoned).await? {
            Ok((_, None)) => return Err(Mishap::Stopped),
            Ok((shared, Some(replicates))) => {
                draw = Some(shared);
                models.push(replicates);
            }
            Err(ComparisonError::NoIntervals(none)) => return Ok(Err(none)),
            Err(ComparisonError::Outcomes(error)) => return Err(foreign(error)),
        }
    }
    let (direction, finalists) = (comparison.scoring.metrics[0].direction(), comparison.finalists.clone());
    desk.bench
        .run(move || rank(direction, &models).map(|ranking| intervals(&finalists, &ranking.standings)))
        .await
        .map(Ok)?
}

fn foreign(_: MetricError) -> Mishap {
    Mishap::Scoring("the outcomes of the finalists are not of one test set")
}

/// The outcomes of a unit as [`Outcomes::to_bytes`] wrote them, and no more than those can be.
fn open(identity: &PoolIdentity, sealed: &[u8]) -> Result<Vec<u8>, Mishap> {
    let packed = identity.open(sealed).map_err(|_| Mishap::TestSet("sealed outcomes do not open"))?;
    let bytes_max = 24 * OUTCOME_COUNT_MAX as u64 + OUTCOMES_HEAD_BYTES_MAX;
    let mut plain = Vec::new();
    let read = ZlibDecoder::new(&packed[..]).take(bytes_max + 1).read_to_end(&mut plain);
    match read {
        Ok(bytes) if bytes as u64 <= bytes_max => Ok(plain),
        _ => Err(Mishap::TestSet("outcomes do not unpack")),
    }
}

/// All replicates of one model on so many threads; `None` if the work was stopped.
fn replicates(
    draw: &Draw,
    sample: Sample,
    threads: u32,
    stop: &Stop,
) -> Result<Option<Replicates>, ComparisonError> {
    let resampler = Resampler::new(draw, sample)?;
    let part = |range: Range<u32>| {
        let mut values = Vec::with_capacity(range.len());
        for first in range.clone().step_by(REPLICATES_AT_ONCE as usize) {
            if stop.reason().is_some() {
                return None;
            }
            values.extend(resampler.replicates(first..range.end.min(first + REPLICATES_AT_ONCE)));
        }
        Some(values)
    };
    let per_thread = draw.replicate_count().div_ceil(threads.max(1));
    let starts = (0..draw.replicate_count()).step_by(per_thread as usize);
    let parts = thread::scope(|scope| {
        let range = |first: u32| first..draw.replicate_count().min(first + per_thread);
        let spawned: Vec<_> = starts.map(|first| scope.spawn(move || part(range(first)))).collect();
        spawned.into_iter().map(|thread| thread.join().ok().flatten()).collect::<Option<Vec<_>>>()
    });
    Ok(parts.map(|parts| Replicates { value: resampler.value(), replicates: parts.concat() }))
}

fn intervals(
    finalists: &[Finalist],
    standings: &[Option<egret_metrics::comparison::Standing>],
) -> Vec<RankInterval> {
    let interval = |(finalist, standing): (&Finalist, &Option<egret_metrics::comparison::Standing>)| {
        standing.map(|standing| RankInterval {
            submission: finalist.submission.clone(),
            rank_low: standing.rank_low,
            rank_high: standing.rank_high,
        })
    };
    finalists.iter().zip(standings).filter_map(interval).collect()
}
