use std::path::Path;

use crate::import::{Importer, Meter};
use crate::labels;
use crate::{Problem, Silent, TaskManifest};

/// The first items of a task as models will get them, those of the sample before the hidden ones: for [`crate::preview`]. In the
/// organizer's order; the secret one is made when the task is sealed.
pub fn peek(
    package_dir: &Path,
    task: &TaskManifest,
    item_count_max: usize,
) -> Result<Vec<Vec<u8>>, Vec<Problem>> {
    let mut problems = Vec::new();
    let set = labels::read(package_dir, task, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut items: Vec<u32> = set.numbers().collect();
    items.sort_by_key(|item| set.split(*item));
    items.truncate(item_count_max);
    let meter = Meter::new(&Silent, items.len() as u64);
    let importer = Importer::new(package_dir, task, &set, &meter);
    let mut inputs = Vec::with_capacity(items.len());
    while inputs.len() < items.len() {
        for input in importer.batch(&items[inputs.len()..], |_, decoded| Ok(decoded.input)) {
            inputs.push(input?);
        }
    }
    Ok(inputs)
}
