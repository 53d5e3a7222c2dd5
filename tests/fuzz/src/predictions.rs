//! Answers from a runner. The first two bytes are what the judge expects: classes and items.

use egret_jail::answers::{self, Answers};
use egret_jail::plan::AnswerSpec;

pub(crate) fn run(data: &[u8]) {
    let [classes, items, bytes @ ..] = data else { return };
    let (class_count, items) = (u32::from(*classes), u32::from(*items));
    let Ok(parsed) = answers::decode(bytes, &AnswerSpec::Classes { class_count }, items) else { return };
    match parsed {
        Answers::Scores(scores) => {
            assert_eq!(scores.len() as u32, class_count * items);
            assert!(scores.iter().all(|score| score.is_finite()));
        }
        Answers::Indices(indices) => {
            assert_eq!(indices.len() as u32, items);
            assert!(indices.iter().all(|index| (0..i64::from(class_count)).contains(index)));
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
