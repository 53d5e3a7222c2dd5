//! What a run produced, into answers.

use std::collections::TryReserveError;

use egret_admission::answer::Reading;
use egret_jail::answers::{NO_INDEX, NO_SCORE};
use egret_onnx::{OutputData, OutputView};

use super::{Answers, Unreadable};

/// A [`Reading`], carried out.
pub trait Read {
    /// No answers yet, with room for those of `items`; the error is a refused allocation.
    fn empty(&self, items: usize) -> Result<Answers, TryReserveError>;

    /// Appends the answers to the first `items` rows of what a run over `batch` rows produced.
    fn read(
        &self,
        view: OutputView<'_>,
        batch: u64,
        items: usize,
        answers: &mut Answers,
    ) -> Result<(), Unreadable>;

    /// Appends that there is no answer to one item.
    fn leave_unanswered(&self, answers: &mut Answers);
}

impl Read for Reading {
    fn empty(&self, items: usize) -> Result<Answers, TryReserveError> {
        if self.labels {
            let mut indices = Vec::new();
            indices.try_reserve_exact(items)?;
            return Ok(Answers::Indices(indices));
        }
        let mut scores = Vec::new();
        scores.try_reserve_exact(items.saturating_mul(self.class_count as usize))?;
        Ok(Answers::Scores(scores))
    }

    fn read(
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
        let wrong = || unreadable(self, view, &expected);
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

    fn leave_unanswered(&self, answers: &mut Answers) {
        match answers {
            Answers::Scores(scores) => scores.resize(scores.len() + self.class_count as usize, NO_SCORE),
            Answers::Indices(indices) => indices.push(NO_INDEX),
        }
    }
}

fn unreadable(reading: &Reading, view: OutputView<'_>, expected: &str) -> Unreadable {
    let found = view.data.dtype().name();
    let shape: Vec<String> = view.shape.iter().map(ToString::to_string).collect();
    let (name, shape) = (&reading.output.name, shape.join(","));
    Unreadable(format!("output `{name}`: expected {expected}, found {found} [{shape}]"))
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
    use egret_admission::{DType, TensorInfo};
    use egret_jail::plan::{AdapterSpec, AnswerSpec};

    use super::*;

    const TWO: AnswerSpec = AnswerSpec::Classes { class_count: 2 };

    fn tensor(name: &str, dtype: DType, dims: &[i64]) -> TensorInfo {
        let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        TensorInfo { name: name.to_owned(), dtype, dims }
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
            Err(Unreadable("output `y`: expected [2,2] numbers, found float32 [2,3]".to_owned()))
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
