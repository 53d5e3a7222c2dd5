//! How nouns look in a terminal. Pure: a message in, text out.

pub(crate) mod board;
pub(crate) mod competition;
pub(crate) mod doctor;
pub(crate) mod ledger;
pub(crate) mod metric;
pub(crate) mod nominees;
pub(crate) mod overall;
pub(crate) mod phase;
pub(crate) mod quota;
pub(crate) mod submission;
mod table;
pub(crate) mod task;
pub(crate) mod team;
pub(crate) mod token;

pub(crate) use table::{Rows, facts};

use egret_proto::v1::MetricValue;

/// A score with the digits it has; `-` if it is undefined.
pub(crate) fn score(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// `accuracy 0.9417, f1.macro 0.9388`.
pub(crate) fn scores(metrics: &[MetricValue]) -> String {
    let each = metrics.iter().map(|metric| format!("{} {}", metric.id, score(metric.value)));
    each.collect::<Vec<_>>().join(", ")
}

/// A limit where 0 means that there is none.
pub(crate) fn or_unlimited(count: u32) -> String {
    if count == 0 { "no limit".to_owned() } else { count.to_string() }
}
