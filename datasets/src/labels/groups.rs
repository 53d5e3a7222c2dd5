use std::collections::HashMap;
use std::path::Path;

use super::set::{ItemSet, NONE};
use crate::{Problem, Split};

/// Numbers the names of groups.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    /// The number of a name; [`NONE`] of an empty one.
    pub fn number(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return NONE;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    pub fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// Items of one group (a person, a recording, a scene) must share a split, or models are scored on what they have seen.
pub(super) fn check(file: &Path, set: &ItemSet, problems: &mut Vec<Problem>) {
    let mut first: HashMap<u32, (u32, Split)> = HashMap::new();
    for item in set.numbers() {
        let (Some(group), Some(split)) = (set.group_number(item), set.stated_split(item)) else { continue };
        let (other, other_split) = *first.entry(group).or_insert((item, split));
        if other_split != split {
            let (group, line) = (set.group(item), set.line(other));
            let what =
                format!("the group \"{group}\" is in {split} here and in {other_split} in line {line}");
            let remedy = match set.role(item) {
                Some(_) => {
                    "keep a group in one split (it is the identity, unless a column `group` says otherwise)"
                }
                None => "keep a group in one split",
            };
            problems.push(Problem::at_line(file, set.line(item), what, remedy));
        }
    }
}
