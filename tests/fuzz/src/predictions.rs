//! Answers from a runner. The first two bytes are what the judge expects: classes and items.

use egret_jail::answers::{self, Answers};
use egret_jail::plan::AnswerSpec;

pub(crate) fn run(data: &[u8]) {
    let [classes, items, bytes @ ..] = data else { return };
    let (class_count, items) = (u32::from(*classes), u32::from(*items));
    let answer = AnswerSpec::Classes { class_count };
    let Ok(parsed) = answers::decode(bytes, &answer, items) else { return };
    let unusable = parsed.unusable(&answer);
    let struck = |item: usize| unusable.iter().any(|fault| fault.item() == Some(item));
    match parsed {
        Answers::Scores(scores) => {
            assert_eq!(scores.len() as u32, class_count * items);
            let rows = scores.chunks(class_count.max(1) as usize).enumerate();
            rows.for_each(|(item, row)| assert_eq!(struck(item), !row.iter().all(|score| score.is_finite())));
        }
        Answers::Indices(indices) => {
            assert_eq!(indices.len() as u32, items);
            let classes = 0..i64::from(class_count);
            indices
                .iter()
                .enumerate()
                .for_each(|(item, index)| assert_eq!(struck(item), !classes.contains(index)));
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut slot = [0; 256];
    let scores = answers::encode_scores(&mut slot, 2, &[0.5, -1.0, 2.0, 0.0, 1.0, f32::MIN_POSITIVE]);
    let scores = [&[3, 2], &slot[..scores.expect("the slot is large enough") as usize]].concat();
    let indices = answers::encode_indices(&mut slot, &[2, 0, 1]);
    let indices = [&[3, 3], &slot[..indices.expect("the slot is large enough") as usize]].concat();
    vec![scores, indices]
}
