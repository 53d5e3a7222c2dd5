use egret_contract::{
    AnswerContract, EMBEDDINGS_BYTES_MAX, EmbeddingAnswer, MERGED_STATES_BYTES_MAX, Search,
    UNIT_STATE_BYTES_MAX,
};
use egret_metrics::{Kept, Scoring, Shape};

use crate::labels::{ItemSet, Label, Role};
use crate::units::{Units, unit_state_bytes_max};
use crate::{Problem, Split, TaskManifest, Truth};

/// A problem for each split whose answers could be more than a worker keeps until it scores them, or than a server takes of a unit.
/// Units are not cut to size instead: the server that cuts them knows no metrics, and the remedies are the organizer's.
pub(crate) fn check(task: &TaskManifest, set: &ItemSet, units: impl Fn(Split) -> Units) -> Vec<Problem> {
    let mut problems = Vec::new();
    for split in Split::ALL {
        let items = || set.numbers().filter(|item| set.split(*item) == split);
        let trials = |item| match set.label(item) {
            Label::Known(Truth::Trials(trials)) => trials.len() as u64,
            _ => 0,
        };
        let queries = || items().filter(|item| set.role(*item) == Some(Role::Query)).count() as u64;
        let all = || items().count() as u64;
        let (kept, scored) = match &task.answer {
            AnswerContract::Embedding(answer) if answer.search == Search::Verification => {
                (all(), items().map(trials).sum())
            }
            AnswerContract::Embedding(_) => (queries(), queries()),
            _ => (0, all()),
        };
        let counts =
            Counts { kept, scored, units: if split.is_hidden() { units(split) } else { Units::default() } };
        problems.extend(beyond(&task.answer, &task.metrics, counts).into_iter().map(|(what, remedy)| {
            Problem::of_file(task.folder().join("task.toml"), format!("the split {split} has {what}"), remedy)
        }));
    }
    problems
}

/// What matters of a split.
#[derive(Clone, Copy, Default)]
struct Counts {
    /// Items whose vectors wait for others.
    kept: u64,
    /// Items, queries, or trials.
    scored: u64,
    /// Of a hidden split.
    units: Units,
}

/// What is too much about a split, and the remedies.
fn beyond(answer: &AnswerContract, metrics: &[String], counts: Counts) -> Vec<(String, String)> {
    let shape = Shape::of(answer);
    // A metric that there is not is a problem of the manifest.
    let metrics = metrics.iter().filter_map(|id| egret_metrics::find(shape.kind(), id)).collect();
    let scoring = Scoring { shape, metrics };
    let vectors = match answer {
        AnswerContract::Embedding(answer) => vectors(answer, counts.kept),
        _ => None,
    };
    let found_max = match answer {
        AnswerContract::Boxes(answer) => answer.box_count_max,
        AnswerContract::Segments(answer) => answer.segment_count_max,
        _ => 0,
    };
    let numbers = scoring.kept(found_max).into_iter().find_map(|kept| numbers(&kept, counts.scored));
    // Vectors are compared in one unit, which leaves no state; nor does an evaluation of one unit.
    let state = match answer {
        AnswerContract::Embedding(_) => None,
        _ if counts.units.count < 2 => None,
        _ => states(&scoring, found_max, counts),
    };
    vectors.into_iter().chain(numbers.or(state)).collect()
}

fn vectors(answer: &EmbeddingAnswer, items: u64) -> Option<(String, String)> {
    let bytes = items * answer.kept_bytes(answer.dimension_max);
    let what = format!(
        "{items} vectors of up to {} dimensions to keep, {} MiB; a worker keeps {} MiB",
        answer.dimension_max,
        mib(bytes),
        mib(EMBEDDINGS_BYTES_MAX)
    );
    let remedy = "lower `dimension_max`, or `top_count`, or the number of items";
    (bytes > EMBEDDINGS_BYTES_MAX).then(|| (what, remedy.to_owned()))
}

/// More of what metrics keep than they can.
fn numbers(kept: &Kept, items: u64) -> Option<(String, String)> {
    let (each, what, most) = (kept.each, kept.what, kept.count_max);
    let count = items.saturating_mul(each);
    let said = match each {
        1 => format!("{count} {what}; at most {most} are scored"),
        _ => format!("{items} items with up to {each} {what}, {count} in all; at most {most} are scored"),
    };
    (count > most).then(|| (said, remedy(kept, Some(most / items).filter(|each| *each > 0))))
}

/// More bytes than a server takes.
fn states(scoring: &Scoring, found_max: u32, counts: Counts) -> Option<(String, String)> {
    let Units { count, items_max } = counts.units;
    let of_unit = |found_max| unit_state_bytes_max(scoring.state_bytes_max(items_max, found_max));
    // All of them hold what grows with the items together, and each what does not.
    let of_all = |found_max| {
        let grown = scoring.state_bytes_max(counts.scored, found_max);
        let besides = unit_state_bytes_max(scoring.state_bytes_max(0, found_max));
        unit_state_bytes_max(grown).saturating_add(count.saturating_mul(besides))
    };
    let what = if of_unit(found_max) > UNIT_STATE_BYTES_MAX {
        let (bytes, most) = (mib(of_unit(found_max)), mib(UNIT_STATE_BYTES_MAX));
        format!(
            "units of up to {items_max} items, each with a metric state of up to {bytes} MiB; a server takes {most} MiB"
        )
    } else if of_all(found_max) > MERGED_STATES_BYTES_MAX {
        let (bytes, most) = (mib(of_all(found_max)), mib(MERGED_STATES_BYTES_MAX));
        format!(
            "{count} units, whose metric states have up to {bytes} MiB together; a server takes {most} MiB"
        )
    } else {
        return None;
    };
    let fits = |found_max: &u32| {
        of_unit(*found_max) <= UNIT_STATE_BYTES_MAX && of_all(*found_max) <= MERGED_STATES_BYTES_MAX
    };
    let lower = (1..found_max).rev().find(fits).map(u64::from);
    let largest = scoring.kept(found_max).into_iter().max_by_key(|kept| kept.bytes(counts.scored))?;
    Some((what, remedy(&largest, lower)))
}

/// What to do where metrics keep too much; `each` of an item would do.
fn remedy(kept: &Kept, each: Option<u64>) -> String {
    let ids = kept.metrics.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let key = match kept.what {
        "boxes" => Some("box_count_max"),
        "segments" => Some("segment_count_max"),
        "pairs" => Some("top_count"),
        _ => None,
    };
    match (key, each, kept.what) {
        (Some(key), Some(each), _) => format!("lower `{key}` in [answer] to {each} or less"),
        (_, _, "trials") => "list fewer".to_owned(),
        (_, _, "scores") => {
            format!("take other metrics than {ids}, or have fewer classes, or fewer items in this split")
        }
        (_, _, "values") => format!(
            "take other metrics than {ids}, or ask for fewer values, or have fewer items in this split"
        ),
        _ => "have fewer items in this split".to_owned(),
    }
}

fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

#[cfg(test)]
mod tests;
