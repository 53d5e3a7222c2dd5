//! The model's output into answers: which output to read, and how.
//!
//! Choosing, where the team declared nothing: outputs that can hold scores (float `[n,C]`, also `[n,C,1,1]`) come before
//! floats of unknown width, before quantised scores (integers `[n,C]`), before labels (integers `[n]` or `[n,1]`). The best
//! group must have exactly one member. So the exports of scikit-learn, a label and probabilities, are read by their
//! probabilities; two float outputs of the right width are ambiguous, and one must be declared.
//!
//! What a model declares is not what it produces: the shape is checked again in every run, before an element is read.

use std::fmt;

use egret_jail::plan::{AdapterSpec, AnswerSpec};
use egret_onnx::{DType, OutputData, OutputView, TensorInfo};

use crate::adapter::Mismatch;
use crate::adapter::resolve::declared;

/// Which output is read, and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The declared output.
    pub output: TensorInfo,
    /// C.
    pub class_count: u32,
    /// Applied to every row of float scores.
    pub softmax: bool,
}

/// Answers of a slot, in the order of its items.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// Row-major `[items, class_count]`.
    Scores(Vec<f32>),
    /// One class per item, not yet checked for range.
    Indices(Vec<i64>),
}

/// An output that is no answer. Made of shapes and types only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// How well an output fits, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Scores,
    MaybeScores,
    Quantised,
    Labels,
}

impl Fit {
    fn of(output: &TensorInfo, class_count: u32) -> Option<Self> {
        let wanted = u64::from(class_count);
        let rest_is_ones = |rest: &[Option<u64>]| rest.iter().all(|dim| dim.is_none_or(|size| size == 1));
        let width = match output.dims.as_slice() {
            // Nothing declared: only the run will tell.
            [] => None,
            [_] if output.dtype.is_integer() => return Some(Self::Labels),
            [_, Some(1)] if output.dtype.is_integer() && class_count != 1 => return Some(Self::Labels),
            [_, width, rest @ ..] if rest_is_ones(rest) => *width,
            _ => return None,
        };
        match width {
            Some(found) if found != wanted => None,
            Some(_) if output.dtype.is_float() => Some(Self::Scores),
            None if output.dtype.is_float() => Some(Self::MaybeScores),
            Some(_) if output.dtype.is_integer() => Some(Self::Quantised),
            None if output.dtype.is_integer() => Some(Self::Labels),
            _ => None,
        }
    }
}

impl Reading {
    /// Picks the output that holds the answer.
    pub fn choose(outputs: &[TensorInfo], answer: AnswerSpec, spec: &AdapterSpec) -> Result<Self, Mismatch> {
        let AnswerSpec::Classes { class_count } = answer;
        let softmax = match declared(spec.activation.as_deref()) {
            None | Some("none") => false,
            Some("softmax") => true,
            Some(other) => {
                return Err(Mismatch::new(
                    format!("activation `{other}` is neither `none` nor `softmax`"),
                    "declare `none` or `softmax`, or leave it empty",
                ));
            }
        };
        let (output, fit) = match declared(spec.output.as_deref()) {
            Some(name) => named(outputs, name, class_count)?,
            None => only_fitting(outputs, class_count)?,
        };
        if softmax && fit > Fit::MaybeScores {
            return Err(Mismatch::new(
                format!("output {output}: softmax needs float scores"),
                "leave the activation empty, or declare an output with float scores",
            ));
        }
        Ok(Self { output: output.clone(), class_count, softmax })
    }

    /// No answers yet, with room for those of `items`; the error is a refused allocation.
    pub fn empty(&self, items: usize) -> Result<Answers, std::collections::TryReserveError> {
        if Fit::of(&self.output, self.class_count) == Some(Fit::Labels) {
            let mut indices = Vec::new();
            indices.try_reserve_exact(items)?;
            return Ok(Answers::Indices(indices));
        }
        let mut scores = Vec::new();
        scores.try_reserve_exact(items.saturating_mul(self.class_count as usize))?;
        Ok(Answers::Scores(scores))
    }

    /// Appends the answers to the first `items` rows of what a run over `batch` rows produced.
    pub fn read(
        &self,
        view: OutputView<'_>,
        batch: u64,
        items: usize,
        answers: &mut Answers,
    ) -> Result<(), Unreadable> {
        let classes = i64::from(self.class_count);
        let rows = i64::try_from(batch).unwrap_or(i64::MAX);
        let expected = match answers {
            Answers::Scores(_) => format!("[{batch},{classes}] numbers"),
            Answers::Indices(_) => format!("[{batch}] integers"),
        };
        let wrong = || self.unreadable(view, &expected);
        match (view.shape, answers) {
            ([n] | [n, 1], Answers::Indices(indices)) if *n == rows => {
                append_indices(view.data, items, indices).ok_or_else(wrong)
            }
            ([n, c, rest @ ..], Answers::Scores(scores))
                if *n == rows && *c == classes && rest.iter().all(|dim| *dim == 1) =>
            {
                let start = scores.len();
                append_scores(view.data, items * self.class_count as usize, scores).ok_or_else(wrong)?;
                if self.softmax {
                    scores[start..].chunks_exact_mut(self.class_count as usize).for_each(softmax);
                }
                Ok(())
            }
            _ => Err(wrong()),
        }
    }

    fn unreadable(&self, view: OutputView<'_>, expected: &str) -> Unreadable {
        let found = dtype(view.data).name();
        Unreadable(format!(
            "output `{}`: expected {expected}, found {found} {:?}",
            self.output.name, view.shape
        ))
    }
}

/// `` `probabilities` float32 [n,10] as scores, softmax ``
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = Fit::of(&self.output, self.class_count) == Some(Fit::Labels);
        let meaning = if labels { "class numbers" } else { "scores" };
        write!(f, "{} as {meaning}{}", self.output, if self.softmax { ", softmax" } else { "" })
    }
}

fn expected(class_count: u32) -> String {
    format!("float [n,{class_count}] or int [n]")
}

fn list(outputs: &[TensorInfo]) -> String {
    outputs.iter().map(TensorInfo::to_string).collect::<Vec<_>>().join(", ")
}

fn named<'a>(
    outputs: &'a [TensorInfo],
    name: &str,
    class_count: u32,
) -> Result<(&'a TensorInfo, Fit), Mismatch> {
    let output = outputs.iter().find(|output| output.name == name).ok_or_else(|| {
        Mismatch::new(
            format!("the model has no output `{name}`; it has {}", list(outputs)),
            "declare one of these, or leave the output empty",
        )
    })?;
    match Fit::of(output, class_count) {
        Some(fit) => Ok((output, fit)),
        None => Err(Mismatch::new(
            format!("output {output}: expected {}", expected(class_count)),
            format!("the task has {class_count} classes: declare an output with one score for each"),
        )),
    }
}

fn only_fitting(outputs: &[TensorInfo], class_count: u32) -> Result<(&TensorInfo, Fit), Mismatch> {
    let fitting: Vec<(&TensorInfo, Fit)> =
        outputs.iter().filter_map(|output| Some((output, Fit::of(output, class_count)?))).collect();
    let Some(best) = fitting.iter().map(|(_, fit)| *fit).min() else {
        return Err(Mismatch::new(
            format!("no output is {}; the model has {}", expected(class_count), list(outputs)),
            format!("the task has {class_count} classes: export a model with one score for each"),
        ));
    };
    let group: Vec<(&TensorInfo, Fit)> = fitting.into_iter().filter(|(_, fit)| *fit == best).collect();
    match group.as_slice() {
        [one] => Ok(*one),
        many => {
            let names: Vec<String> = many.iter().map(|(output, _)| output.to_string()).collect();
            Err(Mismatch::new(
                format!("{} outputs could be the answer: {}", many.len(), names.join(", ")),
                "declare which one with `output`",
            ))
        }
    }
}

fn dtype(data: OutputData<'_>) -> DType {
    match data {
        OutputData::U8(_) => DType::U8,
        OutputData::I8(_) => DType::I8,
        OutputData::U16(_) => DType::U16,
        OutputData::I16(_) => DType::I16,
        OutputData::U32(_) => DType::U32,
        OutputData::I32(_) => DType::I32,
        OutputData::I64(_) => DType::I64,
        OutputData::F16(_) => DType::F16,
        OutputData::Bf16(_) => DType::Bf16,
        OutputData::F32(_) => DType::F32,
        OutputData::F64(_) => DType::F64,
        OutputData::Other(dtype) => dtype,
    }
}

/// The first `count` numbers as float32; `None` if there are fewer, or if they are not numbers.
fn append_scores(data: OutputData<'_>, count: usize, scores: &mut Vec<f32>) -> Option<()> {
    macro_rules! append {
        ($values:expr, $convert:expr) => {
            scores.extend($values.get(..count)?.iter().map($convert))
        };
    }
    match data {
        OutputData::F32(values) => scores.extend_from_slice(values.get(..count)?),
        OutputData::F64(values) => append!(values, |value| *value as f32),
        OutputData::F16(values) => append!(values, |value| value.to_f32()),
        OutputData::Bf16(values) => append!(values, |value| value.to_f32()),
        OutputData::U8(values) => append!(values, |value| f32::from(*value)),
        OutputData::I8(values) => append!(values, |value| f32::from(*value)),
        OutputData::U16(values) => append!(values, |value| f32::from(*value)),
        OutputData::I16(values) => append!(values, |value| f32::from(*value)),
        OutputData::U32(values) => append!(values, |value| *value as f32),
        OutputData::I32(values) => append!(values, |value| *value as f32),
        OutputData::I64(values) => append!(values, |value| *value as f32),
        OutputData::Other(_) => return None,
    }
    Some(())
}

/// The first `count` class numbers; `None` if there are fewer, or if they are not integers.
fn append_indices(data: OutputData<'_>, count: usize, indices: &mut Vec<i64>) -> Option<()> {
    macro_rules! append {
        ($values:expr) => {
            indices.extend($values.get(..count)?.iter().map(|value| i64::from(*value)))
        };
    }
    match data {
        OutputData::I64(values) => append!(values),
        OutputData::I32(values) => append!(values),
        OutputData::U32(values) => append!(values),
        OutputData::I16(values) => append!(values),
        OutputData::U16(values) => append!(values),
        OutputData::I8(values) => append!(values),
        OutputData::U8(values) => append!(values),
        _ => return None,
    }
    Some(())
}

/// In float64, the largest score taken off first; rounded once. A row that is not finite stays so.
fn softmax(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let power = |score: f32| (f64::from(score) - f64::from(largest)).exp();
    let sum: f64 = row.iter().map(|score| power(*score)).sum();
    for score in row {
        *score = (power(*score) / sum) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: AnswerSpec = AnswerSpec::Classes { class_count: 10 };
    const TWO: AnswerSpec = AnswerSpec::Classes { class_count: 2 };

    fn tensor(name: &str, dtype: DType, dims: &[i64]) -> TensorInfo {
        let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        TensorInfo { name: name.to_owned(), dtype, dims }
    }

    fn chosen(outputs: &[TensorInfo]) -> Result<String, Mismatch> {
        Reading::choose(outputs, TEN, &AdapterSpec::default()).map(|reading| reading.to_string())
    }

    #[test]
    fn ordinary_exports_need_no_declaration() {
        let label = || tensor("label", DType::I64, &[-1]);
        let cases = [
            (vec![tensor("y", DType::F32, &[-1, 10])], "`y` float32 [n,10] as scores"),
            (vec![tensor("y", DType::F32, &[1, 10])], "`y` float32 [1,10] as scores"),
            (vec![tensor("y", DType::F16, &[-1, 10, 1, 1])], "`y` float16 [n,10,1,1] as scores"),
            (vec![tensor("y", DType::F32, &[-1, -1])], "`y` float32 [n,?] as scores"),
            (vec![tensor("y", DType::F32, &[])], "`y` float32 [] as scores"),
            (vec![tensor("y", DType::I8, &[1, 10])], "`y` int8 [1,10] as scores"),
            (vec![label()], "`label` int64 [n] as class numbers"),
            (vec![tensor("y", DType::I32, &[-1, 1])], "`y` int32 [n,1] as class numbers"),
            (
                vec![label(), tensor("probabilities", DType::F32, &[-1, 10])],
                "`probabilities` float32 [n,10] as scores",
            ),
            (vec![label(), tensor("maps", DType::NotATensor, &[])], "`label` int64 [n] as class numbers"),
            (
                vec![tensor("features", DType::F32, &[-1, 512]), tensor("y", DType::F32, &[-1, 10])],
                "`y` float32 [n,10] as scores",
            ),
        ];
        for (outputs, expected) in cases {
            assert_eq!(chosen(&outputs).unwrap(), expected);
        }
    }

    #[test]
    fn a_wrong_width_names_what_was_expected_and_found() {
        let mismatch = chosen(&[tensor("y", DType::F32, &[-1, 1000])]).unwrap_err();
        assert_eq!(
            mismatch.detail,
            "no output is float [n,10] or int [n]; the model has `y` float32 [n,1000]"
        );
        assert_eq!(mismatch.remedy, "the task has 10 classes: export a model with one score for each");
        assert!(chosen(&[]).is_err());
        assert!(chosen(&[tensor("y", DType::String, &[-1])]).is_err());
        assert!(chosen(&[tensor("y", DType::F32, &[-1])]).is_err());
    }

    #[test]
    fn two_candidates_must_be_told_apart() {
        let outputs = [tensor("logits", DType::F32, &[-1, 10]), tensor("p", DType::F32, &[-1, 10])];
        assert_eq!(chosen(&outputs).unwrap_err().remedy, "declare which one with `output`");
        let spec = AdapterSpec { output: Some("p".to_owned()), ..AdapterSpec::default() };
        assert_eq!(Reading::choose(&outputs, TEN, &spec).unwrap().output.name, "p");
        let spec = AdapterSpec { output: Some("q".to_owned()), ..AdapterSpec::default() };
        assert_eq!(
            Reading::choose(&outputs, TEN, &spec).unwrap_err().detail,
            "the model has no output `q`; it has `logits` float32 [n,10], `p` float32 [n,10]"
        );
    }

    #[test]
    fn softmax_needs_float_scores() {
        let spec = AdapterSpec { activation: Some("softmax".to_owned()), ..AdapterSpec::default() };
        assert!(Reading::choose(&[tensor("y", DType::I64, &[-1])], TEN, &spec).is_err());
        assert!(Reading::choose(&[tensor("y", DType::F32, &[-1, 10])], TEN, &spec).is_ok());
        let spec = AdapterSpec { activation: Some("sigmoid".to_owned()), ..AdapterSpec::default() };
        assert!(Reading::choose(&[tensor("y", DType::F32, &[-1, 10])], TEN, &spec).is_err());
    }

    fn read(
        dtype: DType,
        dims: &[i64],
        shape: &[i64],
        data: OutputData<'_>,
        items: usize,
    ) -> Result<Answers, Unreadable> {
        let reading = Reading::choose(&[tensor("y", dtype, dims)], TWO, &AdapterSpec::default()).unwrap();
        let mut answers = reading.empty(items).unwrap();
        reading.read(OutputView { shape, data }, 2, items, &mut answers)?;
        Ok(answers)
    }

    #[test]
    fn scores_of_every_type_are_read_as_float32() {
        let expected = Ok(Answers::Scores(vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(read(DType::F32, &[-1, 2], &[2, 2], OutputData::F32(&[1.0, 2.0, 3.0, 4.0]), 2), expected);
        assert_eq!(
            read(DType::F64, &[-1, 2], &[2, 2, 1, 1], OutputData::F64(&[1.0, 2.0, 3.0, 4.0]), 2),
            expected
        );
        assert_eq!(read(DType::I8, &[-1, 2], &[2, 2], OutputData::I8(&[1, 2, 3, 4]), 2), expected);
    }

    #[test]
    fn padding_rows_are_cut_off() {
        assert_eq!(
            read(DType::F32, &[-1, 2], &[2, 2], OutputData::F32(&[1.0, 2.0, 3.0, 4.0]), 1),
            Ok(Answers::Scores(vec![1.0, 2.0]))
        );
        assert_eq!(read(DType::I64, &[-1], &[2], OutputData::I64(&[7, 8]), 1), Ok(Answers::Indices(vec![7])));
    }

    #[test]
    fn what_a_run_produces_is_checked_whatever_was_declared() {
        let four = OutputData::F32(&[0.0; 4]);
        for shape in [&[4][..], &[2], &[1, 4], &[2, 1], &[4, 1], &[2, 2, 2], &[]] {
            assert!(read(DType::F32, &[-1, -1], shape, four, 2).is_err(), "{shape:?}");
        }
        assert!(read(DType::F32, &[-1, 2], &[2, 2], OutputData::F32(&[0.0; 3]), 2).is_err());
        assert!(read(DType::F32, &[-1, 2], &[2, 2], OutputData::Other(DType::Bool), 2).is_err());
        assert!(read(DType::I64, &[-1], &[2], OutputData::F32(&[0.0; 2]), 2).is_err());
        assert_eq!(
            read(DType::F32, &[-1, -1], &[2, 3], OutputData::F32(&[0.0; 6]), 2),
            Err(Unreadable("output `y`: expected [2,2] numbers, found float32 [2, 3]".to_owned()))
        );
    }

    #[test]
    fn softmax_rows_sum_to_one_and_large_scores_do_not_overflow() {
        let mut row = [1000.0, 1000.0];
        softmax(&mut row);
        assert!(row.iter().all(|score| (score - 0.5).abs() < f32::EPSILON), "{row:?}");
        let mut row = [0.0, f32::NAN];
        softmax(&mut row);
        assert!(row.iter().all(|score| score.is_nan()));
    }
}
