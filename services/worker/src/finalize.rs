//! Merges the sealed partial states of an evaluation's units, in unit order, into its verdict.

use egret_datasets::PoolIdentity;
use egret_metrics::{Report, State};
use egret_proto::worker::v1::{Usage, Verdict};

use crate::{Mishap, assignment::Finalization, convert, partial::Partial};

/// Opens, merges, finishes.
pub(crate) fn finalize(identity: &PoolIdentity, work: &Finalization) -> Result<Verdict, Mishap> {
    let partials = work.sealed_states.iter().map(|sealed| Partial::open(identity, sealed));
    let partials = partials.collect::<Result<Vec<_>, _>>()?;
    let mut total =
        State::new(work.scoring.clone()).map_err(|_| Mishap::Malformed("the metrics do not fit the task"))?;
    for partial in &partials {
        let state = State::from_bytes(work.scoring.clone(), &partial.state);
        let merged = state.and_then(|state| total.merge(&state));
        merged.map_err(|_| Mishap::Scoring("a partial state is not of this evaluation"))?;
    }
    let report = finish(&total)?;
    Ok(Verdict {
        usage: Some(Usage {
            wall_ms: partials.iter().map(|partial| partial.wall_ms).sum(),
            cpu_ms: partials.iter().map(|partial| partial.cpu_ms).sum(),
            peak_memory_mib: partials.iter().map(|partial| partial.peak_memory_mib).max().unwrap_or_default(),
        }),
        runner_version: distinct(&partials, |partial| &partial.runner_version),
        runtime_sha256: distinct(&partials, |partial| &partial.runtime_sha256),
        adapter_summary: distinct(&partials, |partial| &partial.adapter_summary),
        item_count: partials.iter().map(|partial| partial.item_count).sum(),
        outcome: Some(convert::scored(&report)),
    })
}

/// A state's report; an evaluation without items is a broken lease, not a score.
pub(crate) fn finish(state: &State) -> Result<Report, Mishap> {
    state.finish().map_err(|_| Mishap::Scoring("there is nothing to score"))
}

/// Units may have run on workers of different versions during an upgrade: a score is pinned to all of them.
fn distinct<'a>(partials: &'a [Partial], what: impl Fn(&'a Partial) -> &'a String) -> String {
    let mut all: Vec<&str> = partials.iter().map(|partial| what(partial).as_str()).collect();
    all.sort_unstable();
    all.dedup();
    all.join(" + ")
}
