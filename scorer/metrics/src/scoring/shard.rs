//! A shard's answers and labels, in the words of each suite that reads them.

use std::slice;

use super::{
    Shape,
    part::{Part, Suite},
};
use crate::{
    ClassesPredictions, MetricError, boxes, identities, mask, multilabel, objects, rankings, segments,
};

/// A shard's predictions and labels.
#[derive(Debug, Clone, Copy)]
pub enum Shard<'a> {
    /// See [`ClassesState::update`](crate::ClassesState::update).
    Classes(ClassesPredictions<'a>, &'a [u32]),
    /// See [`multilabel::State::update`].
    Multilabel(&'a [f32], &'a [bool], &'a [Vec<u32>]),
    /// See [`values::State::update`](crate::values::State::update).
    Values(&'a [f64], &'a [bool], &'a [f64]),
    /// See [`boxes::State::update`].
    Boxes(&'a [Option<Vec<boxes::Detection>>], &'a [boxes::ImageBoxes]),
    /// See [`segments::State::update`].
    Segments(&'a [Option<Vec<segments::Segment>>], &'a [segments::VideoSegments]),
    /// See [`text::State::update`](crate::text::State::update).
    Text(&'a [Option<String>], &'a [String]),
    /// See [`mask::State::update`].
    Mask(&'a [Option<Vec<u16>>], &'a [mask::ClassMap]),
    /// See [`pairs::State::update`](crate::pairs::State::update).
    Pairs(&'a [Option<f64>], &'a [bool]),
    /// See [`rankings::State::update`].
    Rankings(&'a [Option<Vec<(u32, f32)>>], &'a [rankings::Query]),
}

impl Part {
    pub(super) fn update(&mut self, shape: Shape, shard: Shard<'_>) -> Result<(), MetricError> {
        match (&mut self.state, shard) {
            (Suite::Classes(state), Shard::Classes(predictions, labels)) => state.update(predictions, labels),
            (Suite::Binary(state), Shard::Classes(predictions, labels)) => {
                let rows = Rows::of(predictions, 2, labels.len())?;
                let scores: Vec<_> = rows.iter().map(|row| row.map(|row| f64::from(row[1]))).collect();
                let labels: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
                state.update(&scores, &labels)
            }
            (Suite::Identities(state), Shard::Classes(predictions, labels)) => {
                let Shape::Classes { class_count, reject } = shape else {
                    return Err(MetricError::Incompatible);
                };
                let rows = Rows::of(predictions, class_count as usize, labels.len())?;
                let answers: Vec<_> =
                    rows.iter().map(|row| row.and_then(|row| identity(row, reject))).collect();
                let known = |label: &u32| Some(*label).filter(|label| Some(*label) != reject);
                let labels: Vec<_> = labels.iter().map(known).collect();
                state.update(&answers, &labels)
            }
            (Suite::Languages(state), Shard::Classes(predictions, labels)) => {
                let (scores, answered) = scores_of(predictions, labels.len())?;
                let labels: Vec<_> = labels.iter().copied().map(Some).collect();
                state.update(scores, &answered, &labels)
            }
            (Suite::Multilabel(state), Shard::Multilabel(scores, answered, labels)) => {
                state.update(multilabel::Scores::F32(scores), answered, labels)
            }
            (Suite::Values(state), Shard::Values(values, answered, labels)) => {
                state.update(values, answered, labels)
            }
            (Suite::Boxes(state), Shard::Boxes(found, labels)) => state.update(found, labels),
            (Suite::Objects(state), Shard::Boxes(found, labels)) => {
                let found: Vec<_> = found.iter().map(|found| found.as_deref().map(found_objects)).collect();
                let labels: Vec<_> = labels.iter().map(true_objects).collect();
                state.update(&found, &labels)
            }
            (Suite::Segments(state), Shard::Segments(found, labels)) => state.update(found, labels),
            (Suite::Text(state), Shard::Text(texts, labels)) => state.update(texts, labels),
            (Suite::Translations(state), Shard::Text(texts, labels)) => {
                let references: Vec<&[String]> = labels.iter().map(slice::from_ref).collect();
                state.update(texts, &references)
            }
            (Suite::Mask(state), Shard::Mask(maps, labels)) => state.update(maps, labels),
            (Suite::Pairs(state), Shard::Pairs(scores, targets)) => state.update(scores, targets),
            (Suite::Binary(state), Shard::Pairs(scores, targets)) => state.update(scores, targets),
            (Suite::Rankings(state), Shard::Rankings(lists, queries)) => state.update(lists, queries),
            (Suite::Copies(state), Shard::Rankings(lists, queries)) => {
                let lists = kept(shape, lists, queries)?;
                let truth: Vec<Vec<u32>> = queries.iter().map(|query| relevant(query).collect()).collect();
                state.update(&lists, &truth)
            }
            (Suite::Searches(state), Shard::Rankings(lists, queries)) => {
                let lists = kept(shape, lists, queries)?;
                let named = |(list, query): (Option<Vec<(u32, f64)>>, &rankings::Query)| {
                    list.map(|list| as_identities(list, query))
                };
                let lists: Vec<_> = lists.into_iter().zip(queries).map(named).collect();
                let mates: Vec<Option<u32>> = queries.iter().map(|query| relevant(query).next()).collect();
                state.update(&lists, &mates)
            }
            _ => Err(MetricError::Incompatible),
        }
    }
}

/// Scores per class, row by row, and which items have an answer.
fn scores_of(
    predictions: ClassesPredictions<'_>,
    item_count: usize,
) -> Result<(&[f32], Vec<bool>), MetricError> {
    match predictions {
        ClassesPredictions::Scores(scores) => Ok((scores, vec![true; item_count])),
        ClassesPredictions::SomeScores { scores, answered } => Ok((scores, answered.to_vec())),
        ClassesPredictions::ScoresF64(_)
        | ClassesPredictions::SomeScoresF64 { .. }
        | ClassesPredictions::Indices(_) => {
            Err(MetricError::Invalid("the metrics need a score per class, as f32".to_owned()))
        }
    }
}

/// The same as rows.
struct Rows<'a> {
    scores: &'a [f32],
    answered: Vec<bool>,
    class_count: usize,
}

impl<'a> Rows<'a> {
    fn of(
        predictions: ClassesPredictions<'a>,
        class_count: usize,
        item_count: usize,
    ) -> Result<Self, MetricError> {
        let (scores, answered) = scores_of(predictions, item_count)?;
        let (expected, found) = (item_count * class_count, scores.len());
        if expected != found || answered.len() != item_count {
            return Err(MetricError::LengthMismatch { expected, found });
        }
        Ok(Self { scores, answered, class_count })
    }

    /// `None` for an item without an answer.
    fn iter(&self) -> impl Iterator<Item = Option<&'a [f32]>> {
        let rows = self.scores.chunks_exact(self.class_count).zip(&self.answered);
        rows.map(|(row, answered)| answered.then_some(row))
    }
}

/// The class of the highest score, the lower index among equals; `None` if that is the class of what belongs to no other.
fn identity(row: &[f32], reject: Option<u32>) -> Option<identities::Answer> {
    let best = |best: (u32, f32), next: (u32, f32)| if next.1 > best.1 { next } else { best };
    let (identity, score) = (0..).zip(row.iter().copied()).reduce(best)?;
    (Some(identity) != reject).then_some(identities::Answer { identity, score: f64::from(score) })
}

fn corners(x: f64, y: f64, w: f64, h: f64) -> [f64; 4] {
    [x, y, x + w, y + h]
}

fn found_objects(found: &[boxes::Detection]) -> Vec<objects::Found> {
    let one = |found: &boxes::Detection| objects::Found {
        class: found.class,
        score: found.score,
        corners: corners(found.x, found.y, found.w, found.h),
    };
    found.iter().map(one).collect()
}

/// A crowd is what PASCAL VOC calls difficult: found or not, it does not count.
fn true_objects(image: &boxes::ImageBoxes) -> objects::ImageObjects {
    let one = |gold: &boxes::TrueBox| objects::TrueObject {
        class: gold.class,
        corners: corners(gold.x, gold.y, gold.w, gold.h),
        difficult: gold.crowd,
    };
    objects::ImageObjects { id: image.id, objects: image.boxes.iter().map(one).collect() }
}

/// What a query asks for, in the order of the judgements, which is ascending.
fn relevant(query: &rankings::Query) -> impl Iterator<Item = u32> {
    query.judged.iter().filter(|(_, grade)| *grade > 0).map(|(item, _)| *item)
}

/// (Gallery item, score) lists; `None` where there is no answer.
type Lists = Vec<Option<Vec<(u32, f64)>>>;

/// The lists, best first, without what their queries exclude and no longer than the task's.
fn kept(
    shape: Shape,
    lists: &[Option<Vec<(u32, f32)>>],
    queries: &[rankings::Query],
) -> Result<Lists, MetricError> {
    let Shape::Rankings(list_len_max) = shape else { return Err(MetricError::Incompatible) };
    if lists.len() != queries.len() {
        return Err(MetricError::LengthMismatch { expected: queries.len(), found: lists.len() });
    }
    let kept = |list: &[(u32, f32)], query: &rankings::Query| -> Vec<(u32, f64)> {
        let counts = list.iter().filter(|(item, _)| !query.excluded.contains(item));
        let mut kept: Vec<_> = counts.map(|(item, score)| (*item, f64::from(*score))).collect();
        kept.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        kept.truncate(list_len_max as usize);
        kept
    };
    let pairs = lists.iter().zip(queries);
    Ok(pairs.map(|(list, query)| list.as_ref().map(|list| kept(list, query))).collect())
}

/// All that a query asks for is one identity: the first of them, with the best of their scores.
fn as_identities(list: Vec<(u32, f64)>, query: &rankings::Query) -> Vec<(u32, f64)> {
    let Some(mate) = relevant(query).next() else { return list };
    let is_mate = |item: u32| relevant(query).any(|relevant| relevant == item);
    let (of_mate, mut others): (Vec<_>, Vec<_>) = list.into_iter().partition(|(item, _)| is_mate(*item));
    let best = of_mate.into_iter().map(|(_, score)| score).reduce(f64::max);
    others.extend(best.map(|score| (mate, score)));
    others
}
