//! Answers from a runner. The first three bytes are what the judge expects: the kind of answer, its size, and items.

use egret_contract::{
    BoxesAnswer, ClassNames, EmbeddingAnswer, MaskAnswer, Search, SegmentsAnswer, Similarity,
    TranscriptAnswer,
};
use egret_jail::answers::{self, Answers};
use egret_jail::plan::{AnswerContract, InputContract};

/// One of each form that answers have.
fn answer(kind: u8, size: u32) -> AnswerContract {
    let classes = || ClassNames { class_count: size, class_names: Vec::new() };
    match kind % 6 {
        0 => AnswerContract::one_of(size),
        1 => AnswerContract::Boxes(BoxesAnswer { classes: classes(), box_count_max: size }),
        2 => AnswerContract::Segments(SegmentsAnswer { classes: classes(), segment_count_max: size }),
        3 => AnswerContract::Mask(MaskAnswer { classes: classes() }),
        4 => {
            let (vocabulary, separator) = (Vec::new(), String::new());
            let text_bytes_max = size;
            AnswerContract::Transcript(TranscriptAnswer {
                vocabulary,
                blank: None,
                separator,
                text_bytes_max,
            })
        }
        _ => {
            let (similarity, search) = (Similarity::Cosine, Search::Verification);
            AnswerContract::Embedding(EmbeddingAnswer { dimension_max: size, similarity, search })
        }
    }
}

pub(crate) fn run(data: &[u8]) {
    let [kind, size, items, bytes @ ..] = data else { return };
    let (size, items) = (u32::from(*size), u32::from(*items));
    let (input, answer) = (InputContract::images(4, 4, 1), answer(*kind, size));
    let Ok(parsed) = answers::decode(bytes, &answer, &input, items) else { return };
    assert_eq!(parsed.item_count() as u32, items);
    let unusable = parsed.unusable(&answer);
    let struck = |item: usize| unusable.iter().any(|fault| fault.item() == Some(item));
    match &parsed {
        Answers::Rows { width, values } => {
            let rows = values.chunks((*width).max(1) as usize).enumerate();
            rows.for_each(|(item, row)| assert_eq!(struck(item), !row.iter().all(|score| score.is_finite())));
        }
        Answers::Indices(indices) => {
            let classes = 0..i64::from(size);
            let each = indices.iter().enumerate();
            each.for_each(|(item, index)| assert_eq!(struck(item), !classes.contains(index)));
        }
        Answers::Lists { lists, .. } => {
            let bad = |list: &Option<Vec<f32>>| {
                list.as_ref().is_none_or(|list| list.iter().any(|x| !x.is_finite()))
            };
            lists.iter().enumerate().for_each(|(item, list)| assert!(struck(item) || !bad(list)));
        }
        Answers::Maps(maps) => {
            maps.iter().enumerate().for_each(|(item, map)| assert_eq!(struck(item), map.is_none()));
        }
        Answers::Texts(texts) => {
            texts.iter().enumerate().for_each(|(item, text)| assert_eq!(struck(item), text.is_none()));
        }
    }
    // What was parsed is written as it was.
    let mut slot = vec![0; bytes.len()];
    let lossless = !matches!(parsed, Answers::Texts(_));
    if lossless {
        assert_eq!(answers::encode(&mut slot, &parsed), Ok(bytes.len() as u64));
        assert_eq!(slot, bytes);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let box_of = |class: f32| vec![0.0, 0.0, 1.0, 1.0, 0.5, class];
    let seeds = [
        ([0, 3, 2], Answers::Rows { width: 3, values: vec![0.5, -1.0, 2.0, 0.0, 1.0, f32::MIN_POSITIVE] }),
        ([0, 3, 3], Answers::Indices(vec![2, 0, 1])),
        ([1, 3, 2], Answers::Lists { width: 6, lists: vec![Some(box_of(1.0)), None] }),
        ([2, 3, 1], Answers::Lists { width: 4, lists: vec![Some(vec![0.0, 1.0, 0.5, 2.0])] }),
        ([3, 3, 1], Answers::Maps(vec![Some(vec![1; 16])])),
        ([4, 9, 2], Answers::Texts(vec![Some("egret".into()), None])),
        ([5, 4, 1], Answers::Rows { width: 2, values: vec![0.25; 2] }),
    ];
    let written = |(start, answers): ([u8; 3], Answers)| {
        let mut slot = [0; 256];
        let used = answers::encode(&mut slot, &answers).expect("the slot is large enough") as usize;
        [&start, &slot[..used]].concat()
    };
    seeds.into_iter().map(written).collect()
}
