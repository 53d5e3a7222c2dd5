use std::collections::BTreeMap;

use egret_datasets::{Split, TaskSummary};
use serde_json::{Value, json};

use crate::{numbers, view::Rows};

/// What tasks hold, as JSON.
pub(super) fn as_json(tasks: &[TaskSummary]) -> Vec<Value> {
    let each = tasks.iter().map(|task| {
        let items: BTreeMap<&str, u64> =
            task.item_counts.iter().map(|(split, count)| (split.as_str(), *count)).collect();
        let classes: BTreeMap<&str, &Vec<u64>> =
            task.class_counts.iter().map(|(split, classes)| (split.as_str(), classes)).collect();
        json!({ "id": task.id, "items": items, "items_per_class": classes, "inputs_bytes": task.inputs_bytes, "shard_count": task.shard_count })
    });
    each.collect()
}

/// What tasks hold, as a table.
pub(super) fn as_text(tasks: &[TaskSummary]) -> String {
    let mut rows = Rows::new(["task", ">classes", ">sample", ">public", ">private", ">inputs", ">shards"]);
    for task in tasks {
        let of = |split: Split| task.item_counts.get(&split).copied().unwrap_or(0).to_string();
        rows.row([
            task.id.clone(),
            task.class_counts.values().map(Vec::len).max().unwrap_or(0).to_string(),
            of(Split::Sample),
            of(Split::Public),
            of(Split::Private),
            numbers::bytes(task.inputs_bytes),
            task.shard_count.to_string(),
        ]);
    }
    rows.or("No tasks.")
}
