use std::collections::BTreeMap;

use egret_datasets::{Split, TaskSummary};
use serde_json::{Value, json};

use crate::{numbers, view::Rows};

/// What tasks hold, as JSON.
pub(super) fn as_json(tasks: &[TaskSummary]) -> Vec<Value> {
    let each = tasks.iter().map(|task| {
        let counts: BTreeMap<&str, &Vec<u64>> =
            task.counts.iter().map(|(split, classes)| (split.as_str(), classes)).collect();
        json!({ "id": task.id, "items_per_class": counts, "inputs_bytes": task.inputs_bytes, "shard_count": task.shard_count })
    });
    each.collect()
}

/// What tasks hold, as a table.
pub(super) fn as_text(tasks: &[TaskSummary]) -> String {
    let mut rows = Rows::new(["task", ">classes", ">sample", ">public", ">private", ">inputs", ">shards"]);
    for task in tasks {
        let of = |split: Split| {
            task.counts.get(&split).map_or(0, |classes| classes.iter().sum::<u64>()).to_string()
        };
        rows.row([
            task.id.clone(),
            task.counts.values().map(Vec::len).max().unwrap_or(0).to_string(),
            of(Split::Sample),
            of(Split::Public),
            of(Split::Private),
            numbers::bytes(task.inputs_bytes),
            task.shard_count.to_string(),
        ]);
    }
    rows.or("No tasks.")
}
