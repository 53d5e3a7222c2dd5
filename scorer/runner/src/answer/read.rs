//! What a run says of its items.

use std::collections::TryReserveError;

use egret_admission::answer::{Activation, How, Reading};
use egret_contract::item::View;
use egret_contract::{AnswerContract, InputContract};
use egret_jail::answers::{Answers, NO_INDEX, NO_SCORE, SEGMENT_WIDTH};
use egret_onnx::OutputView;

use super::numbers::{floats, integers, text};
use super::{Unreadable, boxes, ctc};

/// A [`Reading`], carried out: collects the answers of one slot.
pub struct Reader {
    reading: Reading,
    input: InputContract,
    text_bytes_max: u32,
    answers: Vec<Option<Answer>>,
}

/// One item's answer.
enum Answer {
    Row(Vec<f32>),
    Index(i64),
    List(Vec<f32>),
    Map(Vec<u16>),
    Text(String),
}

impl Reader {
    pub fn new(reading: Reading, input: InputContract, answer: &AnswerContract) -> Self {
        let text_bytes_max = match answer {
            AnswerContract::Transcript(answer) => answer.text_bytes_max,
            _ => 0,
        };
        Self { reading, input, text_bytes_max, answers: Vec::new() }
    }

    /// The outputs that every run is asked for.
    pub fn outputs(&self) -> Vec<String> {
        self.reading.outputs.iter().map(|output| output.name.clone()).collect()
    }

    /// Makes room for a slot's answers; the error is a refused allocation.
    pub fn start(&mut self, items: usize) -> Result<(), TryReserveError> {
        self.answers.clear();
        self.answers.try_reserve_exact(items)
    }

    /// Notes that there is no answer to one item.
    pub fn leave_unanswered(&mut self) {
        self.answers.push(None);
    }

    /// Notes the answers to `items`, the first rows of what a run over `rows` rows produced.
    pub fn read(&mut self, views: &[OutputView<'_>], rows: u64, items: &[&[u8]]) -> Result<(), Unreadable> {
        let answers = self.answers_of(views, rows, items)?;
        self.answers.extend(answers.into_iter().take(items.len()).map(Some));
        Ok(())
    }

    fn answers_of(
        &self,
        views: &[OutputView<'_>],
        rows: u64,
        items: &[&[u8]],
    ) -> Result<Vec<Answer>, Unreadable> {
        if let How::Boxes(detector) = &self.reading.how {
            let sizes = items.iter().map(|item| self.picture(item)).collect::<Result<Vec<_>, _>>()?;
            let lists = boxes::read(detector, views, rows, &sizes)?;
            return Ok(lists.into_iter().map(Answer::List).collect());
        }
        let view = views.first().ok_or_else(|| Unreadable("there is no output".to_owned()))?;
        let output = Output { view, rows, reading: &self.reading };
        let count = items.len();
        match &self.reading.how {
            How::Rows { width, activation } => output.rows(count, *width, *activation),
            How::Vector { most } => output.vectors(count, *most),
            How::Labels { reject } => output.labels(count, *reject),
            How::Names(names) => {
                let place = |text: &String| names.iter().position(|name| name == text);
                let index = |text| Answer::Index(place(text).map_or(NO_INDEX, |index| index as i64));
                Ok(output.strings(count)?.iter().map(index).collect())
            }
            How::Strings => {
                let most = self.text_bytes_max;
                let texts = output.strings(count)?.iter();
                Ok(texts.map(|text| Answer::Text(ctc::cut(text.clone(), most))).collect())
            }
            How::Tokens(vocabulary) => {
                let (width, ids) = output.tokens(count)?;
                let text = |row: &[i64]| {
                    let ids = row.iter().map_while(|id| u32::try_from(*id).ok());
                    Answer::Text(ctc::text(vocabulary, ids))
                };
                Ok(per_item(&ids, width, count).map(text).collect())
            }
            How::Ctc { vocabulary, blank, classes_first } => {
                let classes = vocabulary.tokens.len();
                let (steps, values) = output.logits(count, classes, *classes_first)?;
                let text = |logits: &[f32]| {
                    let path = ctc::best_path(steps, classes, *blank, |step, class| {
                        logits[if *classes_first { class * steps + step } else { step * classes + class }]
                    });
                    Answer::Text(ctc::text(vocabulary, path))
                };
                Ok(per_item(&values, steps * classes, count).map(text).collect())
            }
            How::MaskScores { class_count, size } => self.mask(&output, items, Some(*class_count), *size),
            How::MaskLabels { size } => self.mask(&output, items, None, *size),
            How::Segments { score_min, count_max } => output.segments(count, *score_min, *count_max),
            How::Boxes(_) => Err(output.wrong("boxes")),
        }
    }

    /// Width and height of an item's picture.
    fn picture(&self, item: &[u8]) -> Result<(u32, u32), Unreadable> {
        let views = self.input.views(item).unwrap_or_default();
        let size = views.iter().find_map(|view| match view {
            View::Image { width, height, .. } => Some((*width, *height)),
            _ => None,
        });
        size.ok_or_else(|| Unreadable("the item has no picture".to_owned()))
    }

    /// A class for every pixel of every item; from the model's own size by the nearest pixel.
    fn mask(
        &self,
        output: &Output<'_>,
        items: &[&[u8]],
        scores: Option<u32>,
        size: Option<(u64, u64)>,
    ) -> Result<Vec<Answer>, Unreadable> {
        let mut answers = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let (width, height) = self.picture(item)?;
            let (rows, columns) = size.unwrap_or((u64::from(height), u64::from(width)));
            let classes = output.pixels(index, scores, rows as usize, columns as usize)?;
            let nearest =
                |at: u32, of: u32, from: u64| ((2 * u64::from(at) + 1) * from / (2 * u64::from(of))) as usize;
            let pixel = |y: u32, x: u32| {
                classes[nearest(y, height, rows) * columns as usize + nearest(x, width, columns)]
            };
            let map = (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).map(|(y, x)| pixel(y, x));
            answers.push(Answer::Map(map.collect()));
        }
        Ok(answers)
    }

    /// The slot's answers, in the order of its items.
    pub fn finish(&mut self) -> Answers {
        let answers = std::mem::take(&mut self.answers).into_iter();
        match &self.reading.how {
            How::Rows { width, .. } => rows_of(answers, *width),
            How::Vector { .. } => {
                let answers: Vec<_> = answers.collect();
                let width = answers.iter().flatten().find_map(|answer| match answer {
                    Answer::Row(row) => Some(row.len() as u32),
                    _ => None,
                });
                rows_of(answers.into_iter(), width.unwrap_or(1))
            }
            How::Labels { .. } | How::Names(_) => Answers::Indices(
                answers
                    .map(|answer| match answer {
                        Some(Answer::Index(index)) => index,
                        _ => NO_INDEX,
                    })
                    .collect(),
            ),
            How::MaskScores { .. } | How::MaskLabels { .. } => Answers::Maps(
                answers
                    .map(|answer| match answer {
                        Some(Answer::Map(map)) => Some(map),
                        _ => None,
                    })
                    .collect(),
            ),
            How::Strings | How::Tokens(_) | How::Ctc { .. } => Answers::Texts(
                answers
                    .map(|answer| match answer {
                        Some(Answer::Text(text)) => Some(text),
                        _ => None,
                    })
                    .collect(),
            ),
            How::Boxes(_) => lists_of(answers, egret_jail::answers::BOX_WIDTH),
            How::Segments { .. } => lists_of(answers, SEGMENT_WIDTH),
        }
    }
}

/// Rows of one width; an item without an answer, or with a row of another width, has none.
fn rows_of(answers: impl Iterator<Item = Option<Answer>>, width: u32) -> Answers {
    let mut values = Vec::new();
    for answer in answers {
        match answer {
            Some(Answer::Row(row)) if row.len() == width as usize => values.extend(row),
            _ => values.extend(std::iter::repeat_n(NO_SCORE, width as usize)),
        }
    }
    Answers::Rows { width, values }
}

fn lists_of(answers: impl Iterator<Item = Option<Answer>>, width: u32) -> Answers {
    let list = |answer| match answer {
        Some(Answer::List(list)) => Some(list),
        _ => None,
    };
    Answers::Lists { width, lists: answers.map(list).collect() }
}

/// The first items' numbers, `width` each; of a width of zero nothing each.
fn per_item<T>(values: &[T], width: usize, count: usize) -> impl Iterator<Item = &[T]> {
    (0..count).map(move |item| &values[item * width..(item + 1) * width])
}

/// One output of a run over `rows` rows.
struct Output<'a> {
    view: &'a OutputView<'a>,
    rows: u64,
    reading: &'a Reading,
}

impl Output<'_> {
    fn wrong(&self, expected: &str) -> Unreadable {
        let name = self.reading.outputs.first().map_or("", |output| output.name.as_str());
        Unreadable(format!("output `{name}`: expected {expected}, found {}", text(self.view)))
    }

    fn is_batch(&self, dim: i64) -> bool {
        u64::try_from(dim) == Ok(self.rows)
    }

    fn rows(&self, count: usize, width: u32, activation: Activation) -> Result<Vec<Answer>, Unreadable> {
        let wrong = || self.wrong(&format!("[{},{width}] numbers", self.rows));
        let fits = match self.view.shape {
            [n, w, rest @ ..] => {
                self.is_batch(*n) && *w == i64::from(width) && rest.iter().all(|dim| *dim == 1)
            }
            [n] => self.is_batch(*n) && width == 1,
            [] => false,
        };
        let width = width as usize;
        let values = fits.then(|| floats(self.view.data, count * width)).flatten().ok_or_else(wrong)?;
        let row = |row: &[f32]| {
            let mut row = row.to_vec();
            match activation {
                Activation::None => {}
                Activation::Softmax => softmax(&mut row),
                Activation::Sigmoid => {
                    for x in &mut row {
                        *x = (1.0 / (1.0 + (-f64::from(*x)).exp())) as f32;
                    }
                }
            }
            Answer::Row(row)
        };
        Ok(per_item(&values, width, count).map(row).collect())
    }

    fn vectors(&self, count: usize, most: u32) -> Result<Vec<Answer>, Unreadable> {
        let width = match self.view.shape {
            [n, width, rest @ ..] if self.is_batch(*n) && rest.iter().all(|dim| *dim == 1) => *width,
            _ => 0,
        };
        if !(1..=i64::from(most)).contains(&width) {
            return Err(self.wrong(&format!("[{},d] numbers with d of 1 to {most}", self.rows)));
        }
        self.rows(count, width as u32, Activation::None)
    }

    fn labels(&self, count: usize, reject: Option<u32>) -> Result<Vec<Answer>, Unreadable> {
        let fits = matches!(self.view.shape, [n] | [n, 1] if self.is_batch(*n));
        let values = fits.then(|| integers(self.view.data, count)).flatten();
        let values = values.ok_or_else(|| self.wrong(&format!("[{}] integers", self.rows)))?;
        let index = |index: i64| match (index, reject) {
            (-1, Some(reject)) => i64::from(reject),
            _ => index,
        };
        Ok(values.into_iter().map(|value| Answer::Index(index(value))).collect())
    }

    fn strings(&self, count: usize) -> Result<&[String], Unreadable> {
        let fits = matches!(self.view.shape, [n] | [n, 1] if self.is_batch(*n));
        match self.view.data {
            egret_onnx::OutputData::Strings(texts) if fits => texts.get(..count),
            _ => None,
        }
        .ok_or_else(|| self.wrong(&format!("[{}] strings", self.rows)))
    }

    fn tokens(&self, count: usize) -> Result<(usize, Vec<i64>), Unreadable> {
        let width = match self.view.shape {
            [n, width] if self.is_batch(*n) => Some(*width as usize),
            _ => None,
        };
        let ids = width.and_then(|width| Some((width, integers(self.view.data, count * width)?)));
        ids.ok_or_else(|| self.wrong(&format!("[{},time] integers", self.rows)))
    }

    fn logits(
        &self,
        count: usize,
        classes: usize,
        classes_first: bool,
    ) -> Result<(usize, Vec<f32>), Unreadable> {
        let steps = match (self.view.shape, classes_first) {
            ([n, c, steps], true) | ([n, steps, c], false) if self.is_batch(*n) && *c == classes as i64 => {
                Some(*steps as usize)
            }
            _ => None,
        };
        let values = steps.and_then(|steps| Some((steps, floats(self.view.data, count * steps * classes)?)));
        values.ok_or_else(|| {
            let form = if classes_first { "classes,time" } else { "time,classes" };
            self.wrong(&format!("[{},{form}] numbers of {classes} classes", self.rows))
        })
    }

    fn segments(&self, count: usize, score_min: f64, count_max: u32) -> Result<Vec<Answer>, Unreadable> {
        let most = match self.view.shape {
            [n, most, 4] if self.is_batch(*n) => Some(*most as usize),
            _ => None,
        };
        let values = most.and_then(|most| Some((most, floats(self.view.data, count * most * 4)?)));
        let (most, values) = values.ok_or_else(|| self.wrong(&format!("[{},count,4] numbers", self.rows)))?;
        let list = |list: &[f32]| {
            let mut records: Vec<[f32; 4]> = list.as_chunks::<4>().0.to_vec();
            records.retain(|record| f64::from(record[2]) >= score_min || record[2].is_nan());
            records.sort_by(|a, b| b[2].total_cmp(&a[2]));
            records.truncate(count_max as usize);
            Answer::List(records.into_flattened())
        };
        Ok(per_item(&values, most * 4, count).map(list).collect())
    }

    /// The class of every pixel of one item, in the model's own size.
    fn pixels(
        &self,
        item: usize,
        scores: Option<u32>,
        rows: usize,
        columns: usize,
    ) -> Result<Vec<u16>, Unreadable> {
        let plane = rows * columns;
        let (h, w) = (rows as i64, columns as i64);
        match (scores, self.view.shape) {
            (Some(classes), [n, c, fh, fw])
                if self.is_batch(*n) && *c == i64::from(classes) && (*fh, *fw) == (h, w) =>
            {
                let classes = classes as usize;
                let values = floats(self.view.data, (item + 1) * classes * plane);
                let values = values.ok_or_else(|| self.wrong("numbers"))?;
                let values = &values[item * classes * plane..];
                let best = |pixel: usize| {
                    (0..classes).fold(0, |best, class| {
                        if values[class * plane + pixel] > values[best * plane + pixel] {
                            class
                        } else {
                            best
                        }
                    })
                };
                Ok((0..plane).map(|pixel| best(pixel) as u16).collect())
            }
            (None, [n, fh, fw] | [n, 1, fh, fw]) if self.is_batch(*n) && (*fh, *fw) == (h, w) => {
                let values = integers(self.view.data, (item + 1) * plane);
                let values = values.ok_or_else(|| self.wrong("integers"))?;
                // A class that is not there is as wrong as any other.
                let class = |value: &i64| u16::try_from(*value).unwrap_or(u16::MAX);
                Ok(values[item * plane..].iter().map(class).collect())
            }
            (Some(classes), _) => {
                Err(self.wrong(&format!("[{},{classes},{rows},{columns}] numbers", self.rows)))
            }
            (None, _) => Err(self.wrong(&format!("[{},{rows},{columns}] integers", self.rows))),
        }
    }
}

/// In float64, the largest score taken off first; rounded once. A row that is not finite stays so.
fn softmax(row: &mut [f32]) {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let terms: Vec<f64> = row.iter().map(|x| (f64::from(*x) - f64::from(max)).exp()).collect();
    let sum: f64 = terms.iter().sum();
    row.iter_mut().zip(terms).for_each(|(x, term)| *x = (term / sum) as f32);
}

#[cfg(test)]
mod tests {
    use egret_admission::adapter::{Batch, Feeding, Terms};
    use egret_admission::{DType, TensorInfo};
    use egret_contract::{Adapter, ClassNames, MaskAnswer, TranscriptAnswer};
    use egret_onnx::OutputData;

    use super::*;

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
        as_answer(&AnswerContract::one_of(2), dtype, dims, OutputView { shape, data }, items)
    }

    /// Of a run over two rows; the items are pictures of 2 × 1 pixels.
    fn as_answer(
        answer: &AnswerContract,
        dtype: DType,
        dims: &[i64],
        view: OutputView<'_>,
        items: usize,
    ) -> Result<Answers, Unreadable> {
        let input = &InputContract::images(2, 1, 1);
        let feeding = Feeding { tensors: Vec::new(), batch: Batch::UpTo(2) };
        let adapter = &Adapter::default();
        let terms = Terms { input, answer, adapter, tokenizer: false, batch_items_max: 2 };
        let reading = Reading::choose(&[tensor("y", dtype, dims)], &terms, &feeding).unwrap();
        let mut reader = Reader::new(reading, input.clone(), answer);
        reader.start(items).unwrap();
        reader.read(&[view], 2, &vec![&[0, 0][..]; items])?;
        Ok(reader.finish())
    }

    fn rows(width: u32, values: &[f32]) -> Answers {
        Answers::Rows { width, values: values.to_vec() }
    }

    #[test]
    fn pixels_texts_and_tokens_are_read_item_by_item() {
        let three = ClassNames { class_count: 3, class_names: Vec::new() };
        let mask = AnswerContract::Mask(MaskAnswer { classes: three });
        let scores = [0.0, 5.0, 1.0, 1.0, 2.0, 0.0, 0.0, 0.0, 7.0, 7.0, 0.0, 9.0];
        let view = OutputView { shape: &[2, 3, 1, 2], data: OutputData::F32(&scores) };
        let maps = Answers::Maps(vec![Some(vec![2, 0]), Some(vec![1, 2])]);
        assert_eq!(as_answer(&mask, DType::F32, &[-1, 3, 1, 2], view, 2), Ok(maps));
        let view = OutputView { shape: &[2, 1, 2], data: OutputData::I64(&[2, -5, 0, 1]) };
        let maps = Answers::Maps(vec![Some(vec![2, u16::MAX])]);
        assert_eq!(as_answer(&mask, DType::I64, &[-1, -1, -1], view, 1), Ok(maps));
        let view = OutputView { shape: &[2, 2, 2], data: OutputData::I64(&[0; 8]) };
        assert!(as_answer(&mask, DType::I64, &[-1, -1, -1], view, 1).is_err());

        let vocabulary = vec!["-".to_owned(), "a".to_owned(), "b".to_owned()];
        let (blank, separator, text_bytes_max) = (Some(0), String::new(), 9);
        let text = TranscriptAnswer { vocabulary, blank, separator, text_bytes_max };
        let text = AnswerContract::Transcript(text);
        let said =
            |texts: &[&str]| Answers::Texts(texts.iter().map(|text| Some((*text).to_owned())).collect());
        let view = OutputView { shape: &[2, 3], data: OutputData::I64(&[1, 2, -1, 2, 0, 2]) };
        assert_eq!(as_answer(&text, DType::I64, &[-1, -1], view, 2), Ok(said(&["ab", "bb"])));
        let logits = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let view = OutputView { shape: &[2, 2, 3], data: OutputData::F32(&logits) };
        assert_eq!(as_answer(&text, DType::F32, &[-1, -1, 3], view, 2), Ok(said(&["a", "b"])));
        let view = OutputView { shape: &[2, 3, 2], data: OutputData::F32(&logits) };
        assert_eq!(as_answer(&text, DType::F32, &[-1, 3, 2], view, 1), Ok(said(&["b"])));
        let strings = ["鹭".to_owned(), "egret of Xiamen".to_owned()];
        let view = OutputView { shape: &[2, 1], data: OutputData::Strings(&strings) };
        assert_eq!(as_answer(&text, DType::String, &[-1, 1], view, 2), Ok(said(&["鹭", "egret of "])));
    }

    #[test]
    fn scores_of_every_type_are_read_as_float32() {
        let expected = Ok(rows(2, &[1.0, 2.0, 3.0, 4.0]));
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
            Ok(rows(2, &[1.0, 2.0]))
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
