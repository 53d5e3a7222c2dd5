//! Answers as they lie in an output slot, written by the runner and parsed by the judge.
//!
//! The parser is total: the bytes come from a process that ran hostile code, so every length, kind and value is checked
//! against what the judge expects, never against what the bytes claim.
//!
//! Layout, little-endian: `b"EGA2"`, kind `u32`, item count `u32`, width `u32`, then by kind, item by item:
//! - rows: `width` × f32; indices: one i64;
//! - lists: a count (u32), then count × `width` × f32; maps: a count, then count × u16; texts: a count of bytes, then UTF-8.
//!   A count of 2³² − 1 is no answer.

use egret_contract::{AnswerContract, InputContract};

use crate::fault::FaultCode;

const MAGIC: [u8; 4] = *b"EGA2";
const HEADER_BYTES: usize = 16;
const KIND_ROWS: u32 = 1;
const KIND_INDICES: u32 = 2;
const KIND_LISTS: u32 = 3;
const KIND_MAPS: u32 = 4;
const KIND_TEXTS: u32 = 5;
const NO_LIST: u32 = u32::MAX;

/// Numbers of a box: left, top, right, bottom in pixels of the input, score, class.
pub const BOX_WIDTH: u32 = 6;
/// Numbers of a segment: start and end in seconds, score, class.
pub const SEGMENT_WIDTH: u32 = 4;

/// What a runner writes in the row of an item that the model has no answer to.
pub const NO_SCORE: f32 = f32::NAN;
/// What a runner writes as the index of an item that the model has no answer to.
pub const NO_INDEX: i64 = i64::MIN;

/// Answers of one slot, in the order of its items. Their values are the model's: see [`Answers::unusable`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// Numbers, as many for every item: scores, values, embeddings. Row-major, items × width.
    Rows {
        /// Numbers of one item.
        width: u32,
        /// All of them.
        values: Vec<f32>,
    },
    /// One class index per item.
    Indices(Vec<i64>),
    /// Boxes or segments: per item a whole number of records, one behind the other.
    Lists {
        /// Numbers of one record: [`BOX_WIDTH`] or [`SEGMENT_WIDTH`].
        width: u32,
        /// Per item its records; `None`: no answer.
        lists: Vec<Option<Vec<f32>>>,
    },
    /// A class per pixel, row by row; `None`: no answer.
    Maps(Vec<Option<Vec<u16>>>),
    /// A text per item; `None`: no answer.
    Texts(Vec<Option<String>>),
}

/// What the judge expects of a slot.
#[derive(Debug, Clone, Copy)]
struct Form {
    kind: u32,
    /// Least and greatest width.
    width: (u32, u32),
    /// The most records, pixels or bytes of one item.
    count_max: u64,
}

impl Form {
    /// The forms that answers to this contract may have.
    fn of(answer: &AnswerContract, input: &InputContract) -> Vec<Self> {
        // Rows of no numbers could not be counted.
        let rows =
            |least: u32, most: u32| Self { kind: KIND_ROWS, width: (least.max(1), most), count_max: 1 };
        let lists = |width: u32, count: u32| Self {
            kind: KIND_LISTS,
            width: (width, width),
            count_max: u64::from(count),
        };
        let plain = |kind, count_max| Self { kind, width: (1, 1), count_max };
        match answer {
            AnswerContract::Classes(answer) => {
                let count = answer.classes.class_count;
                vec![rows(count, count), plain(KIND_INDICES, 1)]
            }
            AnswerContract::Multilabel(classes) => vec![rows(classes.class_count, classes.class_count)],
            AnswerContract::Values(answer) => {
                let count = answer.value_names.len() as u32;
                vec![rows(count, count)]
            }
            AnswerContract::Embedding(answer) => vec![rows(1, answer.dimension_max)],
            AnswerContract::Boxes(answer) => vec![lists(BOX_WIDTH, answer.box_count_max)],
            AnswerContract::Segments(answer) => vec![lists(SEGMENT_WIDTH, answer.segment_count_max)],
            AnswerContract::Mask(_) => {
                let pixels =
                    input.image().map_or(0, |image| u64::from(image.width) * u64::from(image.height));
                vec![plain(KIND_MAPS, pixels)]
            }
            AnswerContract::Transcript(answer) => {
                vec![plain(KIND_TEXTS, u64::from(answer.text_bytes_max))]
            }
        }
    }
}

impl Answers {
    /// How many items are answered, or left without an answer.
    #[must_use]
    pub fn item_count(&self) -> usize {
        match self {
            Self::Rows { width, values } => values.len() / (*width).max(1) as usize,
            Self::Indices(indices) => indices.len(),
            Self::Lists { lists, .. } => lists.len(),
            Self::Maps(maps) => maps.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// The items whose answer no metric may see, in order, each with the first thing wrong with it.
    #[must_use]
    pub fn unusable(&self, answer: &AnswerContract) -> Vec<AnswerFault> {
        let class_count = answer.classes().map_or(u32::MAX, |classes| classes.class_count);
        match self {
            Self::Rows { width, values } => {
                let rows = values.chunks_exact((*width).max(1) as usize).enumerate();
                rows.filter_map(|(item, row)| {
                    let place = row.iter().position(|value| !value.is_finite())?;
                    Some(AnswerFault::NonFinite { item, place })
                })
                .collect()
            }
            Self::Indices(indices) => {
                let classes = 0..i64::from(class_count);
                let outside = indices.iter().enumerate().filter(|(_, index)| !classes.contains(index));
                outside.map(|(item, &index)| AnswerFault::IndexRange { item, index, class_count }).collect()
            }
            Self::Lists { width, lists } => lists
                .iter()
                .enumerate()
                .filter_map(|(item, list)| list_fault(item, list.as_deref(), *width, class_count))
                .collect(),
            Self::Maps(maps) => unanswered(maps),
            Self::Texts(texts) => unanswered(texts),
        }
    }
}

fn unanswered<T>(answers: &[Option<T>]) -> Vec<AnswerFault> {
    let missing = answers.iter().enumerate().filter(|(_, answer)| answer.is_none());
    missing.map(|(item, _)| AnswerFault::Missing { item }).collect()
}

/// Numbers are finite and the last of a record is a class.
fn list_fault(item: usize, list: Option<&[f32]>, width: u32, class_count: u32) -> Option<AnswerFault> {
    let Some(list) = list else { return Some(AnswerFault::Missing { item }) };
    if let Some(place) = list.iter().position(|value| !value.is_finite()) {
        return Some(AnswerFault::NonFinite { item, place });
    }
    let mut records = list.chunks_exact(width.max(1) as usize);
    let class = |record: &[f32]| record.last().copied().unwrap_or(-1.0);
    let whole =
        |class: f32| class >= 0.0 && class.fract() == 0.0 && f64::from(class) < f64::from(class_count);
    let bad = records.find(|record| !whole(class(record)))?;
    Some(AnswerFault::IndexRange { item, index: class(bad) as i64, class_count })
}

/// What is wrong with the bytes of an output slot, or with one answer in it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnswerFault {
    /// Too short, too long, or not answers at all.
    #[error("the answers are not in the agreed form")]
    Malformed,
    /// Answers to another number of items.
    #[error("{found} answers for {expected} items")]
    ItemCount {
        /// Items asked.
        expected: u32,
        /// Items answered.
        found: u32,
    },
    /// Rows of another length.
    #[error("{found} numbers per item, expected {least} to {most}")]
    Width {
        /// Numbers at least.
        least: u32,
        /// Numbers at most.
        most: u32,
        /// Numbers found.
        found: u32,
    },
    /// More boxes, segments, pixels or bytes than may be.
    #[error("item {item} is answered with {found} of what may be {most}")]
    Count {
        /// Item within the slot.
        item: usize,
        /// How many there are.
        found: u32,
        /// How many there may be.
        most: u64,
    },
    /// No answer.
    #[error("item {item} has no answer")]
    Missing {
        /// Item within the slot.
        item: usize,
    },
    /// A NaN or an infinity.
    #[error("number {place} of the answer to item {item} is not finite")]
    NonFinite {
        /// Item within the slot.
        item: usize,
        /// Its place in the answer, from 0; for scores the class.
        place: usize,
    },
    /// An index that names no class.
    #[error("item {item} is answered with class {index}, of {class_count}")]
    IndexRange {
        /// Item within the slot.
        item: usize,
        /// The index found.
        index: i64,
        /// Classes of the task.
        class_count: u32,
    },
}

impl AnswerFault {
    /// The fault the model is charged with.
    #[must_use]
    pub fn code(&self) -> FaultCode {
        match self {
            Self::NonFinite { .. } => FaultCode::NonFinite,
            _ => FaultCode::OutputInvalid,
        }
    }

    /// The item whose answer is at fault; `None` if the whole slot is.
    #[must_use]
    pub fn item(&self) -> Option<usize> {
        match *self {
            Self::NonFinite { item, .. } | Self::IndexRange { item, .. } | Self::Missing { item } => {
                Some(item)
            }
            Self::Malformed | Self::ItemCount { .. } | Self::Width { .. } | Self::Count { .. } => None,
        }
    }
}

/// The output slot is smaller than the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the output slot holds {room} bytes, the answers need {needed}")]
pub struct SlotTooSmall {
    /// Bytes of the slot.
    pub room: usize,
    /// Bytes of the answers.
    pub needed: usize,
}

/// The bytes that any lawful answer to `items` items may take: the size of an output slot.
#[must_use]
pub fn bytes_max(answer: &AnswerContract, input: &InputContract, items: u32) -> u64 {
    HEADER_BYTES as u64 + answer.item_bytes_max(input).saturating_mul(u64::from(items))
}

/// Writes answers and returns the bytes used.
pub fn encode(slot: &mut [u8], answers: &Answers) -> Result<u64, SlotTooSmall> {
    let (kind, width) = match answers {
        Answers::Rows { width, .. } => (KIND_ROWS, *width),
        Answers::Indices(_) => (KIND_INDICES, 1),
        Answers::Lists { width, .. } => (KIND_LISTS, *width),
        Answers::Maps(_) => (KIND_MAPS, 1),
        Answers::Texts(_) => (KIND_TEXTS, 1),
    };
    let mut to = Cursor { slot, used: 0 };
    to.put(&MAGIC);
    for word in [kind, answers.item_count() as u32, width] {
        to.put(&word.to_le_bytes());
    }
    match answers {
        Answers::Rows { values, .. } => to.put_all(values.iter().map(|value| value.to_le_bytes())),
        Answers::Indices(indices) => to.put_all(indices.iter().map(|index| index.to_le_bytes())),
        Answers::Lists { width, lists } => {
            for list in lists {
                to.put_count(list.as_ref().map(|list| list.len() / *width as usize));
                to.put_all(list.iter().flatten().map(|value| value.to_le_bytes()));
            }
        }
        Answers::Maps(maps) => {
            for map in maps {
                to.put_count(map.as_ref().map(Vec::len));
                to.put_all(map.iter().flatten().map(|class| class.to_le_bytes()));
            }
        }
        Answers::Texts(texts) => {
            for text in texts {
                to.put_count(text.as_ref().map(String::len));
                to.put(text.as_deref().unwrap_or_default().as_bytes());
            }
        }
    }
    let (room, needed) = (to.slot.len(), to.used);
    if needed <= room { Ok(needed as u64) } else { Err(SlotTooSmall { room, needed }) }
}

/// Counts also what no longer fits.
struct Cursor<'a> {
    slot: &'a mut [u8],
    used: usize,
}

impl Cursor<'_> {
    fn put(&mut self, bytes: &[u8]) {
        if let Some(place) = self.slot.get_mut(self.used..self.used + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        self.used += bytes.len();
    }

    fn put_all<const N: usize>(&mut self, values: impl Iterator<Item = [u8; N]>) {
        for value in values {
            self.put(&value);
        }
    }

    fn put_count(&mut self, count: Option<usize>) {
        self.put(&count.map_or(NO_LIST, |count| count as u32).to_le_bytes());
    }
}

/// Parses the answers to `items` items of `input`. `bytes` is the judge's own copy, not the shared memory.
pub fn decode(
    bytes: &[u8],
    answer: &AnswerContract,
    input: &InputContract,
    items: u32,
) -> Result<Answers, AnswerFault> {
    let Some((header, mut rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(AnswerFault::Malformed);
    };
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if header[..4] != MAGIC {
        return Err(AnswerFault::Malformed);
    }
    let (kind, found, width) = (word(4), word(8), word(12));
    if found != items {
        return Err(AnswerFault::ItemCount { expected: items, found });
    }
    let forms = Form::of(answer, input);
    let form = *forms.iter().find(|form| form.kind == kind).ok_or(AnswerFault::Malformed)?;
    let (least, most) = form.width;
    if !(least..=most).contains(&width) {
        return Err(AnswerFault::Width { least, most, found: width });
    }
    let answers = match kind {
        KIND_ROWS => {
            let count = u64::from(items) * u64::from(width);
            Answers::Rows { width, values: numbers(&mut rest, count)? }
        }
        KIND_INDICES => {
            let values = take(&mut rest, u64::from(items), 8)?.as_chunks::<8>().0;
            Answers::Indices(values.iter().map(|value| i64::from_le_bytes(*value)).collect())
        }
        KIND_LISTS => {
            let list = |rest: &mut &[u8], count: u64| numbers(rest, count * u64::from(width));
            Answers::Lists { width, lists: each(&mut rest, items, form.count_max, list)? }
        }
        KIND_MAPS => {
            let map = |rest: &mut &[u8], count: u64| {
                let values = take(rest, count, 2)?.as_chunks::<2>().0;
                Ok(values.iter().map(|value| u16::from_le_bytes(*value)).collect())
            };
            Answers::Maps(each(&mut rest, items, form.count_max, map)?)
        }
        _ => {
            let text = |rest: &mut &[u8], count: u64| Ok(take(rest, count, 1)?.to_vec());
            let texts = each(&mut rest, items, form.count_max, text)?;
            // What is not UTF-8 is no text: the runner writes nothing else.
            Answers::Texts(texts.into_iter().map(|text| String::from_utf8(text?).ok()).collect())
        }
    };
    if rest.is_empty() { Ok(answers) } else { Err(AnswerFault::Malformed) }
}

/// Counted answers, item by item.
fn each<T>(
    rest: &mut &[u8],
    items: u32,
    most: u64,
    one: impl Fn(&mut &[u8], u64) -> Result<T, AnswerFault>,
) -> Result<Vec<Option<T>>, AnswerFault> {
    let mut all = Vec::new();
    for item in 0..items as usize {
        let count = take(rest, 1, 4)?.as_chunks::<4>().0[0];
        let found = u32::from_le_bytes(count);
        all.push(match found {
            NO_LIST => None,
            _ if u64::from(found) > most => return Err(AnswerFault::Count { item, found, most }),
            _ => Some(one(rest, u64::from(found))?),
        });
    }
    Ok(all)
}

fn numbers(rest: &mut &[u8], count: u64) -> Result<Vec<f32>, AnswerFault> {
    let values = take(rest, count, 4)?.as_chunks::<4>().0;
    Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
}

/// The next `count` values of `size` bytes; nothing is allocated for what is not there.
fn take<'a>(rest: &mut &'a [u8], count: u64, size: u64) -> Result<&'a [u8], AnswerFault> {
    let bytes = count.checked_mul(size).and_then(|bytes| usize::try_from(bytes).ok());
    let (taken, behind) =
        bytes.and_then(|bytes| rest.split_at_checked(bytes)).ok_or(AnswerFault::Malformed)?;
    *rest = behind;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use egret_contract::{
        BoxesAnswer, ClassNames, EmbeddingAnswer, MaskAnswer, Search, Similarity, TranscriptAnswer,
    };

    use super::*;

    fn input() -> InputContract {
        InputContract::images(2, 3, 1)
    }

    fn three() -> ClassNames {
        ClassNames { class_count: 3, class_names: Vec::new() }
    }

    fn boxes(box_count_max: u32) -> AnswerContract {
        AnswerContract::Boxes(BoxesAnswer { classes: three(), box_count_max })
    }

    fn text(text_bytes_max: u32) -> AnswerContract {
        let (vocabulary, separator) = (Vec::new(), String::new());
        AnswerContract::Transcript(TranscriptAnswer { vocabulary, blank: None, separator, text_bytes_max })
    }

    fn embedding(dimension_max: u32) -> AnswerContract {
        let (similarity, search) = (Similarity::Cosine, Search::Verification);
        AnswerContract::Embedding(EmbeddingAnswer { dimension_max, similarity, search })
    }

    fn encoded(answer: &AnswerContract, items: u32, answers: &Answers) -> Vec<u8> {
        let mut slot = vec![0; bytes_max(answer, &input(), items) as usize];
        let used = encode(&mut slot, answers).unwrap();
        slot.truncate(used as usize);
        slot
    }

    fn rows(width: u32, values: &[f32]) -> Answers {
        Answers::Rows { width, values: values.to_vec() }
    }

    fn lists(lists: &[Option<&[f32]>]) -> Answers {
        Answers::Lists {
            width: BOX_WIDTH,
            lists: lists.iter().map(|list| list.map(<[f32]>::to_vec)).collect(),
        }
    }

    /// One of each form, as full as its slot allows.
    fn lawful() -> Vec<(AnswerContract, Answers)> {
        let mask = AnswerContract::Mask(MaskAnswer { classes: three() });
        vec![
            (AnswerContract::one_of(3), rows(3, &[0.5, -1.0, 2.0, 0.0, 1.0, f32::MIN_POSITIVE])),
            (AnswerContract::one_of(3), Answers::Indices(vec![2, 0])),
            (embedding(4), rows(4, &[0.25; 8])),
            (embedding(4), rows(1, &[0.25; 2])),
            (boxes(1), lists(&[Some(&[0.0, 0.0, 1.0, 1.0, 0.5, 2.0]), None])),
            (boxes(2), lists(&[Some(&[]), Some(&[1.0; 12])])),
            (mask, Answers::Maps(vec![Some(vec![7; 6]), None])),
            (text(3), Answers::Texts(vec![Some("鹭".into()), None])),
        ]
    }

    #[test]
    fn every_form_survives_the_crossing() {
        for (answer, answers) in lawful() {
            assert_eq!(decode(&encoded(&answer, 2, &answers), &answer, &input(), 2), Ok(answers), "{answer}");
        }
    }

    #[test]
    fn a_slot_holds_every_lawful_answer_and_not_a_byte_more() {
        let answer = AnswerContract::one_of(3);
        let full = rows(3, &[1.0; 6]);
        let mut slot = vec![0; bytes_max(&answer, &input(), 2) as usize];
        assert_eq!(encode(&mut slot, &full).unwrap(), slot.len() as u64);
        let (room, needed) = (slot.len() - 1, slot.len());
        assert_eq!(encode(&mut slot[1..], &full), Err(SlotTooSmall { room, needed }));
    }

    #[test]
    fn answers_that_no_metric_may_see_are_named_item_by_item() {
        let answer = AnswerContract::one_of(3);
        let bad = rows(3, &[0.0, f32::INFINITY, NO_SCORE, 0.0, 0.0, 0.0, 0.0, 0.0, NO_SCORE]);
        let faults = bad.unusable(&answer);
        let at = |item, place| AnswerFault::NonFinite { item, place };
        assert_eq!(faults, [at(0, 1), at(2, 2)]);
        assert_eq!((faults[1].code(), faults[1].item()), (FaultCode::NonFinite, Some(2)));

        let indices = [2, NO_INDEX, 0, 3, i64::MAX];
        let faults = Answers::Indices(indices.to_vec()).unusable(&answer);
        let at = |item| AnswerFault::IndexRange { item, index: indices[item], class_count: 3 };
        assert_eq!(faults, [at(1), at(3), at(4)]);
        assert!(faults.iter().all(|fault| fault.code() == FaultCode::OutputInvalid));

        let one = |class| [0.0, 0.0, 1.0, 1.0, 0.5, class];
        let bad = lists(&[
            Some(&one(2.0)),
            Some(&one(3.0)),
            None,
            Some(&one(0.5)),
            Some(&one(f32::NAN)),
            Some(&one(-1.0)),
        ]);
        let items: Vec<_> = bad.unusable(&boxes(9)).iter().filter_map(AnswerFault::item).collect();
        assert_eq!(items, [1, 2, 3, 4, 5]);
        let texts = Answers::Texts(vec![None, Some(String::new())]);
        assert_eq!(texts.unusable(&text(1)), [AnswerFault::Missing { item: 0 }]);
        assert_eq!(AnswerFault::Malformed.item(), None);
    }

    #[test]
    fn counts_are_the_judges_not_the_runners() {
        let answer = AnswerContract::one_of(3);
        let two = encoded(&answer, 2, &rows(3, &[0.0; 6]));
        let decoded = |answer: &AnswerContract, items| decode(&two, answer, &input(), items);
        assert_eq!(decoded(&answer, 3), Err(AnswerFault::ItemCount { expected: 3, found: 2 }));
        let found = 3;
        let four = AnswerFault::Width { least: 4, most: 4, found };
        assert_eq!(decoded(&AnswerContract::one_of(4), 2), Err(four));
        assert_eq!(decoded(&embedding(2), 2), Err(AnswerFault::Width { least: 1, most: 2, found }));
        assert_eq!(decoded(&boxes(4), 2), Err(AnswerFault::Malformed));
        let answers = Answers::Texts(vec![Some("鹭".into())]);
        let long = encoded(&text(3), 1, &answers);
        let fault = AnswerFault::Count { item: 0, found: 3, most: 2 };
        assert_eq!(decode(&long, &text(2), &input(), 1), Err(fault));
    }

    #[test]
    fn no_bytes_panic_the_parser() {
        for (answer, answers) in lawful() {
            let good = encoded(&answer, 2, &answers);
            for cut in 0..good.len() {
                assert!(decode(&good[..cut], &answer, &input(), 2).is_err(), "{answer} cut at {cut}");
            }
            for at in 0..good.len() {
                for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
                    let mut bent = good.clone();
                    bent[at] = byte;
                    if let Ok(answers) = decode(&bent, &answer, &input(), 2) {
                        let _ = answers.unusable(&answer);
                    }
                }
            }
        }
    }
}
