use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::import::{Decoded, Importer, Meter};
use crate::labels::{self, ItemSet};
use crate::summary::Summary;
use crate::units::Units;
use crate::{Package, Problem, Progress, Split, TaskManifest, TaskSummary, bounds, ladders, manifest, twins};

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

/// Reads everything, decodes everything, and reports every problem.
pub fn check(dir: &Path, progress: &dyn Progress) -> Checked {
    let (package, mut problems) = manifest::load_all(dir);
    let manifests_fine = problems.is_empty();
    let mut summaries = Vec::new();
    if let Some(package) = &package {
        let tasks = package.tasks.iter();
        let labelled: Vec<_> = tasks.map(|task| (task, labels::read(dir, task, &mut problems))).collect();
        let total = labelled.iter().map(|(_, set)| set.len() as u64).sum();
        let meter = Meter::new(progress, total);
        for (task, set) in labelled {
            let mut summary = Summary::of(task);
            let importer = Importer::new(dir, task, &set, &meter);
            let seen = |decoded: &Decoded| (twins::of(&decoded.digest), decoded.input.len() as u32);
            let inspected = importer.inspect(seen, &mut problems);
            let mut found = Vec::with_capacity(set.len());
            let mut inputs: BTreeMap<Split, Vec<u32>> = BTreeMap::new();
            for (item, seen) in set.numbers().zip(inspected) {
                if let Some((twin, bytes)) = seen {
                    found.push((twin, item));
                    summary.add(&set, item, bytes);
                    inputs.entry(set.split(item)).or_default().push(bytes);
                }
            }
            let held = summary.finish();
            problems.extend(ladders::check(package, task, &held));
            summaries.push(held);
            twins::check(task, &set, found, &mut problems);
            let units = |split| Units::of_inputs(inputs.get(&split).cloned().unwrap_or_default());
            problems.extend(bounds::check(task, &set, units));
            // Where rows have problems of their own, a split without items is most likely a consequence.
            if !set.is_empty() && !problems.iter().any(|problem| problem.file == task.labels_file()) {
                problems.extend(missing_splits(task, &set, &needed(package)));
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
pub(crate) fn missing_splits(task: &TaskManifest, set: &ItemSet, needed: &BTreeSet<Split>) -> Vec<Problem> {
    let present: BTreeSet<Split> = set.numbers().map(|item| set.split(item)).collect();
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
