//! What an output could be, by its element type and shape.

use egret_contract::{Adapter, AnswerContract, Search, TranscriptAnswer};

use super::{Activation, BoxFormat, Detector, How, Vocabulary};
use crate::adapter::{Feeding, Mismatch, Terms, declared};
use crate::{DType, TensorInfo};

/// Scores below this are dropped from raw detections, where nothing is declared.
const RAW_SCORE_MIN: f64 = 0.01;
/// Raw detections that overlap more than this are one object, where nothing is declared.
const RAW_IOU_MAX: f64 = 0.65;

/// Whether a fixed dimension is, or a dynamic one may be, `wanted`.
fn may(dim: Option<u64>, wanted: u64) -> bool {
    dim.is_none_or(|size| size == wanted)
}

fn ones(rest: &[Option<u64>]) -> bool {
    rest.iter().all(|dim| may(*dim, 1))
}

/// What one output could be, and how good a guess that is: lower is better.
pub(super) fn guess(output: &TensorInfo, terms: &Terms<'_>, feeding: &Feeding) -> Option<(u32, How)> {
    let adapter = terms.adapter;
    let activation = activation(adapter).ok()?;
    match terms.answer {
        AnswerContract::Classes(answer) => {
            let names = &answer.classes.class_names;
            classes(output, answer.classes.class_count, answer.reject, names, activation)
        }
        AnswerContract::Multilabel(classes) => rows(output, classes.class_count, activation),
        AnswerContract::Values(answer) => {
            let count = answer.value_names.len() as u32;
            match output.dims.as_slice() {
                [_] if count == 1 && output.dtype.is_float() => Some((1, How::Rows { width: 1, activation })),
                _ => rows(output, count, activation),
            }
        }
        AnswerContract::Embedding(answer) => {
            let most = answer.dimension_max;
            let fits = match output.dims.as_slice() {
                [] => true,
                [_, width, rest @ ..] => {
                    ones(rest) && width.is_none_or(|width| (1..=u64::from(most)).contains(&width))
                }
                [_] => false,
            };
            (fits && output.dtype.is_float()).then_some((0, How::Vector { most }))
        }
        AnswerContract::Mask(answer) => mask(output, answer.classes.class_count, feeding.picture()),
        AnswerContract::Transcript(answer) => transcript(output, answer, adapter),
        AnswerContract::Segments(answer) => {
            let fits = matches!(output.dims.as_slice(), [_, _, width] if may(*width, 4));
            let score_min = adapter.score_min.unwrap_or(f64::NEG_INFINITY);
            let how = How::Segments { score_min, count_max: answer.segment_count_max };
            (fits && output.dtype.is_float()).then_some((0, how))
        }
        AnswerContract::Boxes(answer) => {
            let count = u64::from(answer.classes.class_count);
            let wished = declared(adapter.boxes.as_deref());
            let format = BoxFormat::ALL.into_iter().find(|(name, format)| {
                let asked = wished.is_some_and(|wished| wished == *name);
                let plain = wished.is_none() && !matches!(format, BoxFormat::Yolov5 | BoxFormat::Yolox);
                (asked || plain) && box_fits(output, *format, count)
            })?;
            Some((
                0,
                How::Boxes(detector(
                    format.1,
                    terms,
                    answer.classes.class_count,
                    answer.box_count_max,
                    feeding,
                )),
            ))
        }
    }
}

/// A detector's settings, with what the team wishes.
pub(super) fn detector(
    format: BoxFormat,
    terms: &Terms<'_>,
    class_count: u32,
    count_max: u32,
    feeding: &Feeding,
) -> Detector {
    let adapter = terms.adapter;
    Detector {
        format,
        class_count,
        score_min: adapter.score_min.unwrap_or(if format.is_raw() {
            RAW_SCORE_MIN
        } else {
            f64::NEG_INFINITY
        }),
        iou_max: adapter.iou_max.or(format.is_raw().then_some(RAW_IOU_MAX)),
        count_max,
        size: feeding.picture(),
    }
}

fn box_fits(output: &TensorInfo, format: BoxFormat, count: u64) -> bool {
    let dims = output.dims.as_slice();
    output.dtype.is_float()
        && match (format, dims) {
            (BoxFormat::Rows, [_, _, width]) => may(*width, 6),
            (BoxFormat::Yolov8, [_, width, _]) => *width == Some(4 + count),
            (BoxFormat::Yolov5 | BoxFormat::Yolox, [_, _, width])
            | (BoxFormat::FastestDet, [_, width, _, _]) => may(*width, 5 + count),
            _ => false,
        }
}

/// What is declared to be done to scores.
pub(super) fn activation(adapter: &Adapter) -> Result<Activation, Mismatch> {
    match declared(adapter.activation.as_deref()) {
        None | Some("none") => Ok(Activation::None),
        Some("softmax") => Ok(Activation::Softmax),
        Some("sigmoid") => Ok(Activation::Sigmoid),
        Some(other) => Err(Mismatch::new(
            format!("activation `{other}` is none of `none`, `softmax`, `sigmoid`"),
            "declare one of these, or leave it empty",
        )),
    }
}

/// Rows of scores: of the right width, of an unknown one, or quantised.
fn rows(output: &TensorInfo, width: u32, activation: Activation) -> Option<(u32, How)> {
    let how = How::Rows { width, activation };
    let found = match output.dims.as_slice() {
        [] => None,
        [_, found, rest @ ..] if ones(rest) => *found,
        _ => return None,
    };
    match found {
        Some(found) if found != u64::from(width) => None,
        Some(_) if output.dtype.is_float() => Some((0, how)),
        None if output.dtype.is_float() => Some((1, how)),
        Some(_) if output.dtype.is_integer() => Some((2, how)),
        _ => None,
    }
}

fn classes(
    output: &TensorInfo,
    class_count: u32,
    reject: Option<u32>,
    names: &[String],
    activation: Activation,
) -> Option<(u32, How)> {
    let labels = || Some((3, How::Labels { reject }));
    let plain = matches!(output.dims.as_slice(), [_] | [_, Some(1)]);
    match output.dims.as_slice() {
        _ if output.dtype == DType::String => {
            (plain && !names.is_empty()).then(|| (4, How::Names(names.to_vec())))
        }
        [_] | [] | [_, None, ..] if output.dtype.is_integer() => labels(),
        [_, Some(1)] if output.dtype.is_integer() && class_count != 1 => labels(),
        _ => rows(output, class_count, activation),
    }
}

fn mask(output: &TensorInfo, class_count: u32, size: Option<(u64, u64)>) -> Option<(u32, How)> {
    let count = u64::from(class_count);
    match output.dims.as_slice() {
        [_, classes, _, _] if output.dtype.is_float() && may(*classes, count) => {
            Some((0, How::MaskScores { class_count, size }))
        }
        [_, _, _] | [_, Some(1), _, _] if output.dtype.is_integer() => Some((1, How::MaskLabels { size })),
        _ => None,
    }
}

fn transcript(output: &TensorInfo, answer: &TranscriptAnswer, adapter: &Adapter) -> Option<(u32, How)> {
    let own = !adapter.vocabulary.is_empty();
    let tokens = if own { &adapter.vocabulary } else { &answer.vocabulary };
    // A blank belongs to the vocabulary that it is declared with.
    let blank = adapter.blank.or(if own { None } else { answer.blank });
    let vocabulary = || Vocabulary {
        tokens: tokens.clone(),
        separator: adapter.separator.clone().unwrap_or_else(|| answer.separator.clone()),
        blank,
        text_bytes_max: answer.text_bytes_max,
    };
    let count = tokens.len() as u64;
    match output.dims.as_slice() {
        _ if output.dtype == DType::String => Some((0, How::Strings)),
        [_, _] if output.dtype.is_integer() && count > 0 => Some((1, How::Tokens(vocabulary()))),
        [_, time, classes] if output.dtype.is_float() && count > 0 => {
            // Time is dynamic where anything is: an axis that is the vocabulary's says so.
            let classes_first = *time == Some(count) && *classes != Some(count);
            if !classes_first && !may(*classes, count) {
                return None;
            }
            Some((2, How::Ctc { vocabulary: vocabulary(), blank: blank?, classes_first }))
        }
        _ => None,
    }
}

/// The shapes that an answer could have, for people.
pub(super) fn expected(answer: &AnswerContract, adapter: &Adapter) -> String {
    match answer {
        AnswerContract::Classes(answer) => format!("float [n,{}] or int [n]", answer.classes.class_count),
        AnswerContract::Multilabel(classes) => format!("float [n,{}]", classes.class_count),
        AnswerContract::Values(answer) => format!("float [n,{}]", answer.value_names.len()),
        AnswerContract::Embedding(answer) => {
            let purpose = match answer.search {
                Search::Verification => "verification",
                Search::Retrieval { .. } => "retrieval",
            };
            format!("float [n,d] with d up to {} for {purpose}", answer.dimension_max)
        }
        AnswerContract::Mask(answer) => {
            format!("float [n,{},height,width] or int [n,height,width]", answer.classes.class_count)
        }
        AnswerContract::Transcript(answer) => {
            let own = &adapter.vocabulary;
            let count = if own.is_empty() { answer.vocabulary.len() } else { own.len() };
            if count == 0 {
                "string [n]; tokens and CTC logits need a vocabulary".to_owned()
            } else {
                format!("string [n], int [n,time] or float [n,time,{count}] with a blank")
            }
        }
        AnswerContract::Segments(_) => "float [n,count,4]".to_owned(),
        AnswerContract::Boxes(answer) => {
            let count = answer.classes.class_count;
            let (five, four) = (count + 5, count + 4);
            format!(
                "float [n,count,6] (rows), [n,{four},count] (yolov8), [n,count,{five}] (yolov5, yolox: to be declared) or \
                 [n,{five},height,width] (fastestdet)"
            )
        }
    }
}

/// What a team whose model has no such output can do.
pub(super) fn remedy(answer: &AnswerContract) -> String {
    match answer.classes() {
        Some(classes) if matches!(answer, AnswerContract::Classes(_) | AnswerContract::Multilabel(_)) => {
            format!("the task has {} classes: export a model with one score for each", classes.class_count)
        }
        _ => format!("the task asks for {answer}: export a model with an output of such a shape"),
    }
}
