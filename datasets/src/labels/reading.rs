use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use egret_contract::PartKind;

use super::files::{self, Found};
use super::groups::{self, Names};
use super::ratio::{self, Key};
use super::set::{Draft, ItemSet, Label, Role};
use super::{GROUP_BYTES_MAX, ID_BYTES_MAX};
use crate::manifest::nearest;
use crate::{LabelSource, Problem, Split, SplitRule, TaskManifest};

/// What is wrong with a row, with remedies.
pub(super) type Wrong = Vec<(String, String)>;

/// Labels being read: the items so far, and what is needed to make sense of the next one.
pub(super) struct Reading<'a> {
    pub dir: &'a Path,
    pub task: &'a TaskManifest,
    pub set: ItemSet,
    pub found: Option<Found>,
    classes: HashMap<&'a str, u32>,
    groups: Names,
    /// Ids that the organizer has given, with their lines.
    names: HashMap<Box<str>, u32>,
    /// Where splits go by chance.
    keys: Option<(u64, Vec<Key>)>,
}

/// What is claimed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// A file of one item.
    File,
    /// The same, or a folder of frames.
    Folder,
    /// A file of several items, or of several lines of one; or else a folder of frames.
    Shared { folder: bool },
}

/// A row, as far as it is the same for all answers.
#[derive(Default)]
pub(super) struct Common<'r> {
    pub line: u32,
    pub row_at: u64,
    pub split: Option<Split>,
    /// Empty: none.
    pub group: &'r str,
    pub role: Option<Role>,
    /// What splits an item by chance where it has no group: its name, or its text.
    pub key: &'r str,
}

impl<'a> Reading<'a> {
    /// Looks at the media. `None`: there are none to look at.
    pub fn start(dir: &'a Path, task: &'a TaskManifest, problems: &mut Vec<Problem>) -> Option<Self> {
        let files = task.input.parts.iter().any(|part| !matches!(part.kind, PartKind::Text(_)));
        let found = if files || dir.join(&task.media).exists() {
            Some(files::find(dir, task, problems)?)
        } else {
            None
        };
        let classes = task.answer.classes().map_or(&[][..], |classes| &classes.class_names);
        let keys = match task.split {
            SplitRule::Ratio { seed, .. } => Some((seed, Vec::new())),
            SplitRule::Column => None,
        };
        Some(Self {
            dir,
            task,
            set: ItemSet::default(),
            found,
            classes: classes.iter().map(String::as_str).zip(0..).collect(),
            groups: Names::default(),
            names: HashMap::new(),
            keys,
        })
    }

    /// Nothing can be made of the labels: files without one are no further problem.
    pub fn give_up(&mut self) {
        self.found = None;
    }

    /// The index of a class.
    pub fn class(&self, label: &str) -> Result<u32, (String, String)> {
        if label.is_empty() {
            return Err(("the label is empty".into(), "fill it in".into()));
        }
        self.classes.get(label).copied().ok_or_else(|| {
            let remedy = match nearest(label, self.classes.keys().copied()) {
                Some(nearest) => format!("did you mean \"{nearest}\"?"),
                None => "add it to `classes` of [answer] or correct the label".into(),
            };
            (format!("the class \"{label}\" is not known"), remedy)
        })
    }

    /// Claims a file, or a folder of frames, for a line; gives its path as it is kept.
    pub fn claim(&mut self, name: &str, line: u32, claim: Claim) -> Result<String, (String, String)> {
        let outside = "name a file inside the folder of media, relative to it";
        let id = relative(name).map_err(|what| (what.to_owned(), outside.to_owned()))?;
        let Some(found) = &mut self.found else {
            let what = format!("there is no folder of media for \"{id}\"");
            return Err((what, "make it, or name another with `media` in task.toml".into()));
        };
        match found.claim(&id, line, matches!(claim, Claim::Folder | Claim::Shared { folder: true }))? {
            Some(first) if !matches!(claim, Claim::Shared { .. }) => Err((
                format!("\"{id}\" is listed twice, first in line {first}"),
                "remove one of the rows".into(),
            )),
            _ => Ok(id),
        }
    }

    /// Adds an item that has been found sound; its number.
    pub fn push(&mut self, id: &str, common: &Common<'_>, label: &Label) -> u32 {
        if let Some((seed, keys)) = &mut self.keys {
            keys.push(ratio::key(*seed, common.group, common.key));
        }
        let group = self.groups.number(common.group);
        let Common { line, row_at, split, role, .. } = *common;
        self.set.push(&Draft { id, line, row_at, split, group, role, label })
    }

    /// An id that the organizer gives an item; each only once.
    pub fn name(&mut self, id: &str, line: u32) -> Result<String, (String, String)> {
        if id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
            let remedy = format!("use at most {ID_BYTES_MAX} bytes on one line");
            return Err((format!("\"{id}\" cannot be an id"), remedy));
        }
        match self.names.insert(id.into(), line) {
            Some(first) => {
                let what = format!("the id \"{id}\" is used twice, first in line {first}");
                Err((what, "give each item its own".into()))
            }
            None => Ok(id.to_owned()),
        }
    }

    /// The group of an item; empty if it has none.
    pub fn group_of(&self, item: u32) -> &str {
        self.set.group_number(item).map_or("", |group| self.groups.name(group))
    }

    /// The split that a row states; `None` where chance decides.
    pub fn split(&self, stated: &str) -> Result<Option<Split>, (String, String)> {
        if self.keys.is_some() {
            return Ok(None);
        }
        match Split::parse(stated) {
            None if self.task.labels.source == LabelSource::Folders => Ok(None),
            None => {
                Err((format!("the split \"{stated}\" is not known"), "use sample, public or private".into()))
            }
            split => Ok(split),
        }
    }

    /// Gives every item its split, and notes what is wrong with the items as a whole.
    pub fn finish(mut self, problems: &mut Vec<Problem>) -> ItemSet {
        let file = self.task.labels_file();
        for id in self.found.take().map_or_else(Vec::new, Found::unclaimed) {
            let remedy = "add it to the labels or move the file away";
            problems.push(Problem::of_file(self.task.media.join(id), "the file has no label", remedy));
        }
        if self.set.is_empty() && problems.is_empty() {
            problems.push(Problem::of_file(file, "there are no items", "add a row per file"));
        }
        self.set.set_groups(self.groups.into_names());
        if let (Some((_, keys)), SplitRule::Ratio { weights, .. }) = (self.keys, &self.task.split) {
            ratio::assign(&mut self.set, keys, *weights);
        }
        groups::check(file, &self.set, problems);
        self.set.shrink();
        self.set
    }
}

/// Whether a group may be called so.
pub(super) fn check_group(name: &str) -> Result<(), (String, String)> {
    if name.len() > GROUP_BYTES_MAX {
        let what = format!("the group has {} bytes", name.len());
        return Err((what, format!("shorten it to {GROUP_BYTES_MAX}")));
    }
    Ok(())
}

/// The path as it is kept: inside the folder, without `.` and doubled separators.
fn relative(file: &str) -> Result<String, &'static str> {
    if file.is_empty() {
        return Err("the file name is empty");
    }
    if file.len() > ID_BYTES_MAX {
        return Err("the file name is too long");
    }
    if file.chars().any(char::is_control) {
        return Err("the file name has control characters");
    }
    let mut path = PathBuf::new();
    for part in Path::new(file).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err("the path leads out of the folder of media");
            }
        }
    }
    path.to_str().filter(|path| !path.is_empty()).map(str::to_owned).ok_or("the file name is empty")
}
