use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::import::{Importer, Meter};
use crate::labels::{self, Item};
use crate::shard::items_per_shard;
use crate::{Package, Problem, Progress, Split, TaskManifest, manifest, twins};

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
pub fn check(dir: &Path, progress: &dyn Progress) -> Checked {
    let (package, mut problems) = manifest::load_all(dir);
    let manifests_fine = problems.is_empty();
    let mut summaries = Vec::new();
    if let Some(package) = &package {
        let tasks = package.tasks.iter();
        let labelled: Vec<_> = tasks.map(|task| (task, labels::read(dir, task, &mut problems))).collect();
        let total = labelled.iter().map(|(_, items)| items.len() as u64).sum();
        let meter = Meter::new(progress, total);
        for (task, items) in labelled {
            let importer = Importer { dir, task, meter: &meter };
            let mut sound = Vec::with_capacity(items.len());
            for (item, inspected) in items.iter().zip(importer.inspect(&items)) {
                match inspected {
                    Ok(digest) => sound.push((digest, item)),
                    Err(problem) => problems.push(problem),
                }
            }
            summaries.push(summarize(task, sound.iter().map(|(_, item)| *item)));
            twins::check(task, sound, &mut problems);
            // Where rows have problems of their own, a split without items is most likely a consequence.
            if !items.is_empty() && !problems.iter().any(|problem| problem.file == task.labels_file()) {
                problems.extend(missing_splits(task, &items, &needed(package)));
            }
        }
    }
    problems.sort();
    problems.dedup();
    Checked { package: package.filter(|_| manifests_fine), problems, tasks: summaries }
}

/// The splits that a package needs items in: models are tried on the sample first, and phases score the others.
fn needed(package: &Package) -> BTreeSet<Split> {
    let scored = package.competition.phases.iter().map(|phase| phase.split);
    scored.chain([Split::Sample]).collect()
}

/// A problem for each needed split without an item.
pub(crate) fn missing_splits(task: &TaskManifest, items: &[Item], needed: &BTreeSet<Split>) -> Vec<Problem> {
    let present: BTreeSet<Split> = items.iter().map(|item| item.split).collect();
    let missing = needed.difference(&present);
    let problem = |split: &Split| {
        let why = match split {
            Split::Sample => "models are tried on it before they see hidden data",
            Split::Public | Split::Private => "a phase scores it",
        };
        let what = format!("no item is in the split {split}");
        Problem::of_file(task.labels_file(), what, format!("put some there: {why}"))
    };
    missing.map(problem).collect()
}

fn summarize<'i>(task: &TaskManifest, items: impl Iterator<Item = &'i Item>) -> TaskSummary {
    let mut counts: BTreeMap<Split, Vec<u64>> = BTreeMap::new();
    for item in items {
        let classes = counts.entry(item.split).or_insert_with(|| vec![0; task.answer.class_count() as usize]);
        classes[item.class as usize] += 1;
    }
    let sizes = counts.values().map(|classes| classes.iter().sum::<u64>());
    let per_shard = items_per_shard(task.input.item_bytes()) as u64;
    TaskSummary {
        id: task.id.clone(),
        inputs_bytes: sizes.clone().sum::<u64>() * task.input.item_bytes(),
        shard_count: sizes.map(|size| size.div_ceil(per_shard)).sum(),
        counts,
    }
}
