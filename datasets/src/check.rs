use std::collections::BTreeMap;
use std::path::Path;

use crate::{Package, Problem, Progress, Split};

/// What [`check`] found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The package, if its manifests are in order.
    pub package: Option<Package>,
    /// Everything that is wrong, by file and line. Empty: the package can be published.
    pub problems: Vec<Problem>,
    /// What its tasks hold.
    pub tasks: Vec<TaskSummary>,
}

/// What a task holds, counting the items without a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSummary {
    /// The task.
    pub id: String,
    /// Items per class, in index order, by split.
    pub counts: BTreeMap<Split, Vec<u64>>,
    /// Plaintext bytes of all inputs; the sealed shards are larger by less than a thousandth.
    pub inputs_bytes: u64,
    /// How many shards there will be.
    pub shard_count: u64,
}

/// Reads everything, decodes everything, and reports every problem.
pub fn check(_dir: &Path, _progress: &dyn Progress) -> Checked {
    todo!()
}
