//! One shard's answers and labels, in the words of the metrics.

use egret_contract::Frame;
use egret_contract::{AnswerContract, InputContract};
use egret_datasets::{Labels, Truth};
use egret_jail::answers::Answers;
use egret_metrics::boxes::{Detection, ImageBoxes, TrueBox};
use egret_metrics::mask::ClassMap;
use egret_metrics::segments::{Segment, TrueSegment, VideoSegments};
use egret_metrics::{ClassesPredictions, MetricError, Shard};

use super::Tally;
use crate::Mishap;

/// Each label of the kind that the task's answers have.
fn each<T>(labels: Labels, of: impl Fn(Truth) -> Option<T>) -> Result<Vec<T>, Mishap> {
    let all = labels.truths.into_iter().map(of).collect::<Option<Vec<T>>>();
    all.ok_or(Mishap::TestSet("a shard's labels are not of the task's kind"))
}

/// Adds a shard to the tally. `answered` says which items have an answer.
pub(super) fn update(
    tally: &mut Tally,
    answer: &AnswerContract,
    input: &InputContract,
    answers: Answers,
    answered: &[bool],
    labels: Labels,
) -> Result<Result<(), MetricError>, Mishap> {
    let keys = labels.group_keys();
    let groups = || keys;
    Ok(match (answer, answers) {
        (AnswerContract::Classes(_), Answers::Rows { values, .. }) => {
            let labels = each(labels, |truth| class(&truth))?;
            let some = ClassesPredictions::SomeScores { scores: &values, answered };
            tally.update(Shard::Classes(some, &labels), groups)
        }
        (AnswerContract::Classes(_), Answers::Indices(indices)) => {
            let labels = each(labels, |truth| class(&truth))?;
            let index = |(&index, &answered): (&i64, &bool)| u32::try_from(index).ok().filter(|_| answered);
            let indices: Vec<_> = indices.iter().zip(answered).map(index).collect();
            tally.update(Shard::Classes(ClassesPredictions::Indices(&indices), &labels), groups)
        }
        (AnswerContract::Multilabel(_), Answers::Rows { values, .. }) => {
            let labels = each(labels, |truth| match truth {
                Truth::Classes(classes) => Some(classes),
                _ => None,
            })?;
            tally.update(Shard::Multilabel(&values, answered, &labels), groups)
        }
        (AnswerContract::Values(_), Answers::Rows { values, .. }) => {
            let labels = each(labels, |truth| match truth {
                Truth::Values(values) => Some(values),
                _ => None,
            })?;
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            tally.update(Shard::Values(&values, answered, &labels.concat()), groups)
        }
        (AnswerContract::Transcript(_), Answers::Texts(texts)) => {
            let labels = each(labels, |truth| match truth {
                Truth::Text(text) => Some(text),
                _ => None,
            })?;
            tally.update(Shard::Text(&texts, &labels), groups)
        }
        (AnswerContract::Mask(_), Answers::Maps(maps)) => {
            let labels = each(labels, |truth| match truth {
                Truth::Mask { width, height, classes } => Some(ClassMap { width, height, classes }),
                _ => None,
            })?;
            // A map of another size is no answer: pictures of native size are not all alike.
            let sized = |(map, label): (Option<Vec<u16>>, &ClassMap)| {
                map.filter(|map| map.len() == label.classes.len())
            };
            let maps: Vec<_> = maps.into_iter().zip(&labels).map(sized).collect();
            tally.update(Shard::Mask(&maps, &labels), groups)
        }
        (AnswerContract::Segments(_), Answers::Lists { lists, .. }) => {
            let first = labels.first_item;
            let truths = each(labels, |truth| match truth {
                Truth::Segments(segments) => Some(segments),
                _ => None,
            })?;
            let event = |event: egret_datasets::TrueSegment| TrueSegment {
                class: event.class,
                start: event.start_s,
                end: event.end_s,
            };
            let item = |(id, events): (u64, Vec<egret_datasets::TrueSegment>)| VideoSegments {
                id,
                segments: events.into_iter().map(event).collect(),
            };
            let labels: Vec<_> = (first..).zip(truths).map(item).collect();
            let lists: Vec<_> = kept(lists, answered).map(|list| list.map(|list| segments(&list))).collect();
            tally.update(Shard::Segments(&lists, &labels), groups)
        }
        (AnswerContract::Boxes(_), Answers::Lists { lists, .. }) => {
            let image = *input.image().ok_or(Mishap::Malformed("boxes on items without a picture"))?;
            let first = labels.first_item;
            let truths = each(labels, |truth| match truth {
                Truth::Boxes { width, height, boxes } => Some((Frame::new(width, height, &image)?, boxes)),
                _ => None,
            })?;
            let found: Vec<_> = kept(lists, answered)
                .zip(&truths)
                .map(|(list, (frame, _))| list.map(|list| detections(&list, frame)))
                .collect();
            let labels: Vec<_> =
                (first..).zip(truths).map(|(id, (_, boxes))| true_boxes(id, boxes)).collect();
            tally.update(Shard::Boxes(&found, &labels), groups)
        }
        _ => return Err(Mishap::Scoring("answers of another kind than the task's")),
    })
}

fn class(truth: &Truth) -> Option<u32> {
    match truth {
        Truth::Class(class) => Some(*class),
        _ => None,
    }
}

/// The lists of the items that have a usable answer.
fn kept(lists: Vec<Option<Vec<f32>>>, answered: &[bool]) -> impl Iterator<Item = Option<Vec<f32>>> {
    lists.into_iter().zip(answered).map(|(list, answered)| list.filter(|_| *answered))
}

fn segments(list: &[f32]) -> Vec<Segment> {
    let records = list.as_chunks::<4>().0.iter();
    records
        .map(|[start, end, score, class]| Segment {
            class: *class as u32,
            score: f64::from(*score),
            start: f64::from(*start),
            end: f64::from(*end),
        })
        .collect()
}

/// Boxes in pixels of the original.
fn detections(list: &[f32], frame: &Frame) -> Vec<Detection> {
    let records = list.as_chunks::<6>().0.iter();
    records
        .map(|[left, top, right, bottom, score, class]| {
            let corners = frame.box_to_original([*left, *top, *right, *bottom].map(f64::from));
            let [x, y, far_x, far_y] = corners;
            Detection { class: *class as u32, score: f64::from(*score), x, y, w: far_x - x, h: far_y - y }
        })
        .collect()
}

fn true_boxes(id: u64, boxes: Vec<egret_datasets::TrueBox>) -> ImageBoxes {
    let one = |gold: egret_datasets::TrueBox| {
        let egret_datasets::TrueBox { class, x, y, w, h, area, crowd } = gold;
        TrueBox { class, x, y, w, h, area, crowd }
    };
    ImageBoxes { id, boxes: boxes.into_iter().map(one).collect() }
}
