use crate::import::InputDigest;
use crate::labels::ItemSet;
use crate::{Problem, TaskManifest};

/// As much of an input's digest as is enough to keep for every item, and never to collide.
pub(crate) type Twin = [u8; 16];

/// What tells an input from others.
pub(crate) fn of(digest: &InputDigest) -> Twin {
    let mut twin = Twin::default();
    twin.copy_from_slice(&digest[..16]);
    twin
}

/// Refuses the same input under two names in different splits: one that lies in the sample is not hidden, and one in the
/// public split gives away the private one. Compared are decoded inputs, so that a copy in another format is found.
pub(crate) fn check(
    task: &TaskManifest,
    set: &ItemSet,
    mut twins: Vec<(Twin, u32)>,
    problems: &mut Vec<Problem>,
) {
    twins.sort_unstable();
    for same in twins.chunk_by(|(a, _), (b, _)| a == b) {
        let Some(&(_, first)) = same.first() else { continue };
        for &(_, item) in same.iter().filter(|(_, item)| set.split(*item) != set.split(first)) {
            let (split, first_split, line) = (set.split(item), set.split(first), set.line(first));
            let (id, first) = (set.id(item), set.id(first));
            let place = if line == 0 { String::new() } else { format!(", line {line}") };
            let what =
                format!("\"{id}\" ({split}) has the same content as \"{first}\" ({first_split}{place})");
            let remedy = "remove one, or put both into one split (a common `group` keeps them together)";
            problems.push(match set.line(item) {
                0 => Problem::of_file(task.labels_file(), what, remedy),
                line => Problem::at_line(task.labels_file(), line, what, remedy),
            });
        }
    }
}
