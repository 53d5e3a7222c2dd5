use std::collections::BTreeMap;

use crate::labels::{ItemSet, Label};
use crate::shard::{SHARD_BYTES_MAX, SHARD_ITEMS_MAX};
use crate::{Split, TaskManifest, Truth};

/// What a task holds, counting the items without a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSummary {
    /// The task.
    pub id: String,
    /// Items by split.
    pub item_counts: BTreeMap<Split, u64>,
    /// Per class, in index order, by split: items of the class, or that have it among theirs, or boxes and segments of it; pixels
    /// of masks are not counted. Empty where answers have no classes.
    pub class_counts: BTreeMap<Split, Vec<u64>>,
    /// Plaintext bytes of all inputs; the sealed shards are larger by less than a thousandth.
    pub inputs_bytes: u64,
    /// How many shards there will be, about: an item lies whole in one.
    pub shard_count: u64,
}

/// Sums a task up, item by item.
pub(crate) struct Summary {
    sum: TaskSummary,
    class_count: usize,
    /// Bytes and items of the last shard of each split.
    shards: BTreeMap<Split, (u64, u32)>,
}

impl Summary {
    pub fn of(task: &TaskManifest) -> Self {
        let (item_counts, class_counts) = (BTreeMap::new(), BTreeMap::new());
        let sum =
            TaskSummary { id: task.id.clone(), item_counts, class_counts, inputs_bytes: 0, shard_count: 0 };
        let class_count = task.answer.classes().map_or(0, |classes| classes.class_count as usize);
        Self { sum, class_count, shards: BTreeMap::new() }
    }

    /// Adds an item whose input has as many bytes.
    pub fn add(&mut self, set: &ItemSet, item: u32, bytes: u32) {
        let (split, bytes) = (set.split(item), u64::from(bytes));
        self.sum.inputs_bytes += bytes;
        *self.sum.item_counts.entry(split).or_default() += 1;
        let (filled, items) = self.shards.entry(split).or_insert((SHARD_BYTES_MAX, 0));
        if *filled + bytes > SHARD_BYTES_MAX || *items == SHARD_ITEMS_MAX {
            self.sum.shard_count += 1;
            (*filled, *items) = (0, 0);
        }
        *filled += bytes;
        *items += 1;
        if self.class_count == 0 {
            return;
        }
        let counts = self.sum.class_counts.entry(split).or_insert_with(|| vec![0; self.class_count]);
        let mut count = |class: u32| counts[class as usize] += 1;
        match set.label(item) {
            Label::Known(Truth::Class(class)) => count(class),
            Label::Known(Truth::Classes(classes)) => classes.into_iter().for_each(count),
            Label::Known(Truth::Segments(segments)) => segments.iter().for_each(|found| count(found.class)),
            Label::Boxes { boxes, .. } => boxes.iter().for_each(|(_, found)| count(found.class)),
            _ => {}
        }
    }

    pub fn finish(self) -> TaskSummary {
        self.sum
    }
}
