use std::collections::HashMap;
use std::path::Path;

use super::Candidate;
use crate::Problem;

/// Items of one group (a person, a recording, a scene) must share a split, or models are scored on what they have seen.
pub(super) fn check(file: &Path, candidates: &[Candidate], problems: &mut Vec<Problem>) {
    let mut first: HashMap<&str, &Candidate> = HashMap::new();
    for candidate in candidates {
        let (Some(group), Some(split)) = (candidate.group.as_deref(), candidate.split) else { continue };
        let other = *first.entry(group).or_insert(candidate);
        if let Some(other_split) = other.split.filter(|other| *other != split) {
            let what = format!(
                "the group \"{group}\" is in {split} here and in {other_split} in line {}",
                other.line
            );
            problems.push(Problem::at_line(file, candidate.line, what, "keep a group in one split"));
        }
    }
}
