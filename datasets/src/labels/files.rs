use std::collections::{HashMap, HashSet};
use std::mem;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::manifest::nearest;
use crate::{Problem, TaskManifest};

/// Names that are compared when a file is not found; more would be slow and no help.
const SUGGESTIONS_MAX: usize = 10_000;

/// The files in a folder of media, and the line that has claimed each.
pub(super) struct Found {
    root: PathBuf,
    package: PathBuf,
    claimed: HashMap<Box<str>, u32>,
    /// Folders of frames.
    folders: HashSet<Box<str>>,
}

/// Nobody has claimed it.
const UNCLAIMED: u32 = 0;

/// Lists the folder of a task's media, if there is one. Links are not followed into folders; names that begin with a dot are
/// nobody's data.
pub(super) fn find(dir: &Path, task: &TaskManifest, problems: &mut Vec<Problem>) -> Option<Found> {
    let media = &task.media;
    let root = dir.join(media);
    let package = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    let mut found = Found { root: root.clone(), package, claimed: HashMap::new(), folders: HashSet::new() };
    let inside = root.canonicalize().map(|root| root.starts_with(&found.package));
    match inside {
        Ok(true) => {}
        Ok(false) => {
            let what = "the folder of media lies outside the package";
            problems.push(Problem::of_file(media, what, "move or copy it into the task's folder"));
            return None;
        }
        Err(error) => {
            let what = format!("the folder of media cannot be read: {error}");
            problems.push(Problem::of_file(
                media,
                what,
                "make the folder, or name another with `media` in task.toml",
            ));
            return None;
        }
    }
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    // A link to the folder itself is fine, it stays inside the package.
    let root = root.canonicalize().unwrap_or(root);
    let entries = WalkDir::new(&root)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let relative = entry.path().strip_prefix(&root).unwrap_or(entry.path());
                match relative.to_str() {
                    // The manifest and the labels may lie among the media.
                    Some(id) if task.files.contains(&media.join(id)) => {}
                    Some(id) => drop(found.claimed.insert(id.into(), UNCLAIMED)),
                    None => {
                        let file = media.join(relative);
                        problems.push(Problem::of_file(file, "the file's name is not UTF-8", "rename it"));
                    }
                }
            }
            Err(error) => {
                problems.push(Problem::of_file(
                    media,
                    format!("cannot be listed: {error}"),
                    "make it readable",
                ));
            }
        }
    }
    Some(found)
}

impl Found {
    /// Marks a file, or a folder of frames, as that of a line (above 0); the line that had it before, or why it cannot be.
    pub fn claim(&mut self, id: &str, line: u32, folders: bool) -> Result<Option<u32>, (String, String)> {
        // Also one that cannot be used has been named.
        let before = self.claimed.get_mut(id).map(|claimed| mem::replace(claimed, line));
        let path = self.root.join(id);
        // Listed files are reached without a link, unless they are one.
        if before.is_none() || path.is_symlink() || !path.is_file() {
            match path.canonicalize() {
                Ok(target) if !target.starts_with(&self.package) => {
                    return Err((
                        format!("\"{id}\" is a link that leads out of the package"),
                        "copy the file into the folder".into(),
                    ));
                }
                Ok(target) if target.is_dir() && folders => drop(self.folders.insert(id.into())),
                Ok(target) if target.is_file() => {}
                Ok(_) => return Err((format!("\"{id}\" is not a regular file"), "name a file".into())),
                Err(_) => return Err((format!("there is no file \"{id}\""), self.suggest(id))),
            }
        }
        let before = before.or_else(|| self.claimed.insert(id.into(), line));
        Ok(before.filter(|before| *before != UNCLAIMED))
    }

    /// All files, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self.claimed.keys().map(ToString::to_string).collect();
        files.sort_unstable();
        files
    }

    fn suggest(&self, id: &str) -> String {
        let names = self.claimed.keys().take(SUGGESTIONS_MAX).map(AsRef::as_ref);
        match nearest(id, names) {
            Some(nearest) => format!("did you mean \"{nearest}\"?"),
            None => format!("put it into {} or remove the row", self.media_name()),
        }
    }

    fn media_name(&self) -> String {
        self.root
            .file_name()
            .map_or_else(|| "the folder of media".into(), |name| format!("{}/", name.display()))
    }

    /// Files that no line has claimed, nor a folder of frames, sorted.
    pub fn unclaimed(self) -> Vec<String> {
        let of_folder = |id: &str| {
            Path::new(id)
                .ancestors()
                .any(|above| above.to_str().is_some_and(|above| self.folders.contains(above)))
        };
        let free = self.claimed.iter().filter(|(_, line)| **line == UNCLAIMED).map(|(id, _)| id.to_string());
        let mut ids: Vec<String> = free.filter(|id| !of_folder(id)).collect();
        ids.sort_unstable();
        ids
    }
}
