use egret_contract::{AnswerContract, EMBEDDINGS_BYTES_MAX, Search};
use egret_metrics::{boxes, pairs, segments};

use crate::labels::{ItemSet, Label, Role};
use crate::{Problem, Split, TaskManifest, Truth};

/// A problem for each split whose answers could be more than a worker keeps until it scores them.
pub(crate) fn check(task: &TaskManifest, set: &ItemSet) -> Vec<Problem> {
    let mut problems = Vec::new();
    for split in Split::ALL {
        let items = || set.numbers().filter(|item| set.split(*item) == split);
        let kept = match &task.answer {
            AnswerContract::Embedding(answer) if matches!(answer.search, Search::Retrieval { .. }) => {
                items().filter(|item| set.role(*item) == Some(Role::Query)).count()
            }
            AnswerContract::Embedding(_) | AnswerContract::Boxes(_) | AnswerContract::Segments(_) => {
                items().count()
            }
            _ => return problems,
        };
        let trials = || {
            let of = |item| match set.label(item) {
                Label::Known(Truth::Trials(trials)) => trials.len() as u64,
                _ => 0,
            };
            items().map(of).sum()
        };
        problems.extend(beyond(&task.answer, kept as u64, trials).map(|(what, remedy)| {
            Problem::of_file(task.labels_file(), format!("the split {split} has {what}"), remedy)
        }));
    }
    problems
}

/// What is too much about a split of so many items, or queries, and the remedy.
fn beyond(answer: &AnswerContract, items: u64, trials: impl Fn() -> u64) -> Option<(String, String)> {
    let answers = |of: &str, each: u32, most: u64| {
        let count = items * u64::from(each);
        let what = format!("{items} items with up to {each} {of}, {count} in all; at most {most} are scored");
        (count > most).then(|| (what, format!("lower the count in [answer] to {} or less", most / items)))
    };
    match answer {
        AnswerContract::Boxes(answer) => answers("boxes", answer.box_count_max, boxes::DETECTION_COUNT_MAX),
        AnswerContract::Segments(answer) => {
            answers("segments", answer.segment_count_max, segments::SEGMENT_COUNT_MAX)
        }
        AnswerContract::Embedding(answer) => {
            let bytes = items * answer.kept_bytes(answer.dimension_max);
            if bytes > EMBEDDINGS_BYTES_MAX {
                let (vectors, mib) = (answer.dimension_max, bytes.div_ceil(1 << 20));
                let what = format!(
                    "{items} vectors of up to {vectors} dimensions to keep, {mib} MiB; a worker keeps {} MiB",
                    EMBEDDINGS_BYTES_MAX >> 20
                );
                return Some((what, "lower `dimension_max`, or `top_count`, or the number of items".into()));
            }
            let (trials, most) = (trials(), pairs::TRIAL_COUNT_MAX);
            let what = format!("{trials} trials; at most {most} are scored");
            (trials > most).then(|| (what, "list fewer".into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use egret_contract::{BoxesAnswer, ClassNames, EmbeddingAnswer, SegmentsAnswer, Similarity};

    use super::*;

    #[test]
    fn what_a_worker_keeps_is_bounded_from_both_sides() {
        let classes = || ClassNames { class_count: 1, class_names: Vec::new() };
        let boxes = AnswerContract::Boxes(BoxesAnswer { classes: classes(), box_count_max: 100 });
        let segments =
            AnswerContract::Segments(SegmentsAnswer { classes: classes(), segment_count_max: 100 });
        let vectors = |search| {
            AnswerContract::Embedding(EmbeddingAnswer {
                dimension_max: 128,
                similarity: Similarity::Dot,
                search,
            })
        };
        // 2 GiB of 512 bytes; of 512 and 64 lists of 8 bytes each.
        let pairs = vectors(Search::Verification);
        let lists = vectors(Search::Retrieval { top_count: 64 });
        let cases = [(boxes, 1_000_000), (segments, 1_000_000), (pairs.clone(), 1 << 22), (lists, 1 << 21)];
        for (answer, most) in cases {
            assert_eq!(beyond(&answer, most, || 0), None, "{answer:?}");
            assert!(beyond(&answer, most + 1, || 0).is_some(), "{answer:?}");
        }
        assert_eq!(beyond(&pairs, 2, || 100_000_000), None);
        let (what, _) = beyond(&pairs, 2, || 100_000_001).unwrap();
        assert_eq!(what, "100000001 trials; at most 100000000 are scored");
    }
}
