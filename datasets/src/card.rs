use crate::labels::ItemSet;
use crate::{Split, TaskManifest};

/// What everybody may know of a test set, and nothing else of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The media of an item, in the order of its parts: `image`, `audio`, `video`, `text`.
    pub media: Vec<String>,
    /// The kind of the answer: `classes`, `boxes`.
    pub answer: String,
    /// The licence in the organizer's words; empty where nothing is said.
    pub licence: String,
    /// Items of each split that has some.
    pub item_counts: Vec<(Split, u64)>,
    /// How many classes there are; 0 where answers have none.
    pub class_count: u32,
    /// Their names in index order; empty where the organizer keeps them.
    pub class_names: Vec<String>,
}

impl Card {
    pub(crate) fn of(task: &TaskManifest, set: &ItemSet) -> Self {
        let answer = task.public_answer();
        let count = |split| set.numbers().filter(|item| set.split(*item) == split).count() as u64;
        let counts = Split::ALL.map(|split| (split, count(split)));
        Self {
            media: task.input.parts.iter().map(|part| part.kind.word().to_owned()).collect(),
            answer: answer.word().to_owned(),
            licence: task.licence.clone(),
            item_counts: counts.into_iter().filter(|(_, count)| *count > 0).collect(),
            class_count: answer.classes().map_or(0, |classes| classes.class_count),
            class_names: answer.classes().map_or_else(Vec::new, |classes| classes.class_names.clone()),
        }
    }
}
