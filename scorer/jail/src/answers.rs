//! Answers as they lie in an output slot, written by the runner and parsed by the judge.
//!
//! The parser is total: the bytes come from a process that ran hostile code, so every length, kind and value is checked
//! against what the judge expects, never against what the bytes claim.
//!
//! Layout, little-endian: `b"EGA1"`, kind `u32`, item count `u32`, values per item `u32`, then the values.

use crate::fault::FaultCode;
use crate::plan::AnswerSpec;

const MAGIC: [u8; 4] = *b"EGA1";
const HEADER_BYTES: usize = 16;
const KIND_SCORES: u32 = 1;
const KIND_INDICES: u32 = 2;

/// What a runner writes as the scores of an item that the model has no answer to.
pub const NO_SCORE: f32 = f32::NAN;
/// What a runner writes as the index of an item that the model has no answer to.
pub const NO_INDEX: i64 = -1;

/// Decoded answers of one slot: as many as were asked for, of the agreed shape. Their values are the model's: see
/// [`Answers::unusable`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// Row-major, items × classes.
    Scores(Vec<f32>),
    /// One class index per item.
    Indices(Vec<i64>),
}

impl Answers {
    /// The items whose answer no metric may see, in order, each with the first thing wrong with it.
    pub fn unusable(&self, answer: &AnswerSpec) -> Vec<AnswerFault> {
        let AnswerSpec::Classes { class_count } = *answer;
        match self {
            Self::Scores(scores) => {
                let rows = scores.chunks_exact(class_count.max(1) as usize).enumerate();
                rows.filter_map(|(item, row)| {
                    let class = row.iter().position(|score| !score.is_finite())?;
                    Some(AnswerFault::NonFinite { item, class })
                })
                .collect()
            }
            Self::Indices(indices) => {
                let classes = 0..i64::from(class_count);
                let outside = indices.iter().enumerate().filter(|(_, index)| !classes.contains(index));
                outside.map(|(item, &index)| AnswerFault::IndexRange { item, index, class_count }).collect()
            }
        }
    }
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
    #[error("{found} scores per item, expected {expected}")]
    ClassCount {
        /// Classes of the task.
        expected: u32,
        /// Scores per row.
        found: u32,
    },
    /// A NaN or an infinity.
    #[error("the score of item {item}, class {class} is not finite")]
    NonFinite {
        /// Item within the slot.
        item: usize,
        /// Class.
        class: usize,
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
            Self::NonFinite { item, .. } | Self::IndexRange { item, .. } => Some(item),
            Self::Malformed | Self::ItemCount { .. } | Self::ClassCount { .. } => None,
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
pub fn bytes_max(answer: &AnswerSpec, items: u32) -> u64 {
    let AnswerSpec::Classes { class_count } = *answer;
    let row = (u64::from(class_count) * 4).max(8);
    HEADER_BYTES as u64 + row * u64::from(items)
}

/// Writes scores of `items` items (row-major) and returns the bytes used.
pub fn encode_scores(slot: &mut [u8], items: u32, scores: &[f32]) -> Result<u64, SlotTooSmall> {
    let row = scores.len() / (items.max(1) as usize);
    encode(slot, KIND_SCORES, items, row as u32, scores.iter().map(|score| score.to_le_bytes()))
}

/// Writes one class index per item and returns the bytes used.
pub fn encode_indices(slot: &mut [u8], indices: &[i64]) -> Result<u64, SlotTooSmall> {
    encode(slot, KIND_INDICES, indices.len() as u32, 1, indices.iter().map(|index| index.to_le_bytes()))
}

fn encode<const N: usize>(
    slot: &mut [u8],
    kind: u32,
    items: u32,
    row: u32,
    values: impl ExactSizeIterator<Item = [u8; N]>,
) -> Result<u64, SlotTooSmall> {
    let needed = HEADER_BYTES + values.len() * N;
    let room = slot.len();
    let Some(used) = slot.get_mut(..needed) else {
        return Err(SlotTooSmall { room, needed });
    };
    let (header, payload) = used.split_at_mut(HEADER_BYTES);
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&kind.to_le_bytes());
    header[8..12].copy_from_slice(&items.to_le_bytes());
    header[12..].copy_from_slice(&row.to_le_bytes());
    for (place, value) in payload.chunks_exact_mut(N).zip(values) {
        place.copy_from_slice(&value);
    }
    Ok(needed as u64)
}

/// Parses the answers to `items` items. `bytes` is the judge's own copy, not the shared memory.
pub fn decode(bytes: &[u8], answer: &AnswerSpec, items: u32) -> Result<Answers, AnswerFault> {
    let AnswerSpec::Classes { class_count } = *answer;
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(AnswerFault::Malformed);
    };
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if header[..4] != MAGIC {
        return Err(AnswerFault::Malformed);
    }
    let (kind, found, row) = (word(4), word(8), word(12));
    if found != items {
        return Err(AnswerFault::ItemCount { expected: items, found });
    }
    match kind {
        KIND_SCORES if row != class_count => {
            Err(AnswerFault::ClassCount { expected: class_count, found: row })
        }
        KIND_SCORES => decode_scores(payload, items, class_count),
        KIND_INDICES if row == 1 => decode_indices(payload, items),
        _ => Err(AnswerFault::Malformed),
    }
}

fn decode_scores(payload: &[u8], items: u32, class_count: u32) -> Result<Answers, AnswerFault> {
    let expected = u128::from(items) * u128::from(class_count) * 4;
    let (values, []) = payload.as_chunks::<4>() else {
        return Err(AnswerFault::Malformed);
    };
    if payload.len() as u128 != expected {
        return Err(AnswerFault::Malformed);
    }
    Ok(Answers::Scores(values.iter().map(|value| f32::from_le_bytes(*value)).collect()))
}

fn decode_indices(payload: &[u8], items: u32) -> Result<Answers, AnswerFault> {
    let (values, []) = payload.as_chunks::<8>() else {
        return Err(AnswerFault::Malformed);
    };
    if values.len() as u64 != u64::from(items) {
        return Err(AnswerFault::Malformed);
    }
    Ok(Answers::Indices(values.iter().map(|value| i64::from_le_bytes(*value)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: AnswerSpec = AnswerSpec::Classes { class_count: 3 };

    fn scores(items: u32, values: &[f32]) -> Vec<u8> {
        let mut slot = vec![0; bytes_max(&THREE, items) as usize];
        let used = encode_scores(&mut slot, items, values).unwrap();
        slot.truncate(used as usize);
        slot
    }

    #[test]
    fn scores_and_indices_survive_the_crossing() {
        let values = [0.5, -1.0, 2.0, 0.0, 1.0, f32::MIN_POSITIVE];
        assert_eq!(decode(&scores(2, &values), &THREE, 2), Ok(Answers::Scores(values.to_vec())));

        let mut slot = vec![0; bytes_max(&THREE, 2) as usize];
        let used = encode_indices(&mut slot, &[2, 0]).unwrap() as usize;
        assert_eq!(decode(&slot[..used], &THREE, 2), Ok(Answers::Indices(vec![2, 0])));
    }

    #[test]
    fn answers_that_no_metric_may_see_are_named_item_by_item() {
        let bad = scores(3, &[0.0, f32::INFINITY, NO_SCORE, 0.0, 0.0, 0.0, 0.0, 0.0, NO_SCORE]);
        let faults = decode(&bad, &THREE, 3).unwrap().unusable(&THREE);
        let at = |item, class| AnswerFault::NonFinite { item, class };
        assert_eq!(faults, [at(0, 1), at(2, 2)]);
        assert_eq!((faults[1].code(), faults[1].item()), (FaultCode::NonFinite, Some(2)));

        let indices = [2, NO_INDEX, 0, 3, i64::MAX];
        let mut slot = vec![0; 64];
        let used = encode_indices(&mut slot, &indices).unwrap() as usize;
        let faults = decode(&slot[..used], &THREE, 5).unwrap().unusable(&THREE);
        let at = |item| AnswerFault::IndexRange { item, index: indices[item], class_count: 3 };
        assert_eq!(faults, [at(1), at(3), at(4)]);
        assert!(faults.iter().all(|fault| fault.code() == FaultCode::OutputInvalid));
        assert_eq!(AnswerFault::Malformed.item(), None);
    }

    #[test]
    fn counts_are_the_judges_not_the_runners() {
        let two = scores(2, &[0.0; 6]);
        assert_eq!(decode(&two, &THREE, 3), Err(AnswerFault::ItemCount { expected: 3, found: 2 }));
        let four_classes = AnswerSpec::Classes { class_count: 4 };
        assert_eq!(decode(&two, &four_classes, 2), Err(AnswerFault::ClassCount { expected: 4, found: 3 }));
    }

    #[test]
    fn no_bytes_panic_the_parser() {
        let good = scores(2, &[0.25; 6]);
        for cut in 0..good.len() {
            assert!(decode(&good[..cut], &THREE, 2).is_err(), "cut at {cut}");
        }
        for at in 0..good.len() {
            for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
                let mut bent = good.clone();
                bent[at] = byte;
                let _ = decode(&bent, &THREE, 2).map(|answers| answers.unusable(&THREE));
            }
        }
        let mut longer = good;
        longer.extend([0; 4]);
        assert_eq!(decode(&longer, &THREE, 2), Err(AnswerFault::Malformed));
        assert_eq!(
            decode(&scores(0, &[]), &AnswerSpec::Classes { class_count: 0 }, 0),
            Ok(Answers::Scores(vec![]))
        );
    }

    #[test]
    fn a_slot_too_small_is_refused() {
        assert_eq!(encode_indices(&mut [0; 20], &[1]), Err(SlotTooSmall { room: 20, needed: 24 }));
    }
}
