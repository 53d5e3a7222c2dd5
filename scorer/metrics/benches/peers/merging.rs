//! What it costs that the items came in 64 shards, beside the work on all of them in one.

use std::{ops::Range, path::Path};

use egret_metrics::{
    ClassesState, MetricError, binary, boxes as detection, copies as copying, pairs as verification,
    rankings as retrieval, text,
};

use crate::{
    Result,
    boxes::Images,
    classes::Items as ClassItems,
    copies::Queries,
    measure::{Measured, Measurement, timed},
    pairs::Trials,
    rankings::Queries as RankedQueries,
    texts::Utterances,
    yes_no::Items,
};

const SHARD_COUNT: usize = 64;

/// What the states of all suites can do.
trait Mergeable: Clone {
    fn merge(&mut self, other: &Self) -> std::result::Result<(), MetricError>;
    fn values(&self) -> std::result::Result<Vec<Option<f64>>, MetricError>;
    fn to_bytes(&self) -> Vec<u8>;
}

macro_rules! mergeable {
    ($state:ty) => {
        impl Mergeable for $state {
            fn merge(&mut self, other: &Self) -> std::result::Result<(), MetricError> {
                self.merge(other)
            }
            fn values(&self) -> std::result::Result<Vec<Option<f64>>, MetricError> {
                self.values()
            }
            fn to_bytes(&self) -> Vec<u8> {
                self.to_bytes()
            }
        }
    };
}
mergeable!(binary::State);
mergeable!(verification::State);
mergeable!(copying::State);
mergeable!(ClassesState);
mergeable!(detection::State);
mergeable!(text::State);
mergeable!(retrieval::State);

/// `seconds` is all that merging costs: the merges, and what the values of the merged state take longer than those of the one.
fn measured<S: Mergeable + 'static>(
    item_count: usize,
    state: impl Fn(Range<usize>) -> Result<S> + 'static,
) -> Result<Measurement> {
    let ends = (0..=SHARD_COUNT).map(|shard| shard * item_count / SHARD_COUNT).collect::<Vec<_>>();
    let shards = ends.windows(2).map(|ends| state(ends[0]..ends[1])).collect::<Result<Vec<_>>>()?;
    let one_bytes = state(0..item_count)?.to_bytes();
    Ok(Box::new(move || {
        let (update, one) = timed(|| state(0..item_count));
        let one = one?;
        let (finish_one, values_of_one) = timed(|| one.values());
        drop(one);
        let mut merged = shards[0].clone();
        let (merge, done) = timed(|| shards[1..].iter().try_for_each(|shard| merged.merge(shard)));
        done?;
        let (finish, values) = timed(|| merged.values());
        let bits = |values: &[Option<f64>]| values.iter().map(|v| v.map(f64::to_bits)).collect::<Vec<_>>();
        let same_bits = bits(&values?) == bits(&values_of_one?);
        let same_bytes = merged.to_bytes() == one_bytes;
        Ok(Measured {
            seconds: merge + (finish - finish_one).max(0.0),
            values: [("same bits", same_bits), ("same bytes", same_bytes)]
                .map(|(name, same)| (name.to_owned(), f64::from(u8::from(same))))
                .into(),
            beside: vec![("one shard", update + finish_one), ("merge calls", merge)],
        })
    }))
}

pub fn yes_no(folder: &Path) -> Result<Measurement> {
    let items = Items::read(folder)?;
    measured(items.labels.len(), move |range| items.state(range))
}

pub fn pairs(folder: &Path) -> Result<Measurement> {
    let trials = Trials::read(folder)?;
    measured(trials.len(), move |range| trials.state(range))
}

pub fn copies(folder: &Path) -> Result<Measurement> {
    let queries = Queries::read(folder)?;
    measured(queries.len(), move |range| queries.state(range))
}

pub fn classes(folder: &Path) -> Result<Measurement> {
    let items = ClassItems::read(folder)?;
    measured(items.len(), move |range| items.state(range))
}

pub fn boxes(folder: &Path) -> Result<Measurement> {
    let images = Images::read(folder)?;
    measured(images.len(), move |range| images.state(range))
}

pub fn texts(folder: &Path) -> Result<Measurement> {
    let utterances = Utterances::read(folder)?;
    measured(utterances.len(), move |range| utterances.state(range))
}

pub fn rankings(folder: &Path) -> Result<Measurement> {
    let queries = RankedQueries::read(folder)?;
    measured(queries.len(), move |range| queries.state(range))
}
