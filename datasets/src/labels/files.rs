use std::collections::HashMap;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::Problem;
use crate::manifest::nearest;

/// Names that are compared when a file is not found; more would be slow and no help.
const SUGGESTIONS_MAX: usize = 10_000;

/// The files in a folder of media, and which of them a row has claimed.
pub(super) struct Found {
    root: PathBuf,
    package: PathBuf,
    claimed: HashMap<String, bool>,
}

/// Lists a folder of media, if there is one. Links are not followed into folders; names that begin with a dot are nobody's data.
pub(super) fn find(dir: &Path, media: &Path, problems: &mut Vec<Problem>) -> Option<Found> {
    let root = dir.join(media);
    let package = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    let mut found = Found { root: root.clone(), package, claimed: HashMap::new() };
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
                    // With `media = "."` the manifest and the labels lie among the media.
                    Some("task.toml" | "labels.csv") => {}
                    Some(id) => drop(found.claimed.insert(id.to_owned(), false)),
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
    /// Marks a file as labelled, or says why it cannot be.
    pub fn claim(&mut self, id: &str) -> Result<(), (String, String)> {
        let listed = self.claimed.get_mut(id).map(|claimed| *claimed = true).is_some();
        let path = self.root.join(id);
        // Listed files are reached without a link, unless they are one.
        if listed && !path.is_symlink() {
            return if path.is_file() { Ok(()) } else { Err(not_a_file(id)) };
        }
        match path.canonicalize() {
            Ok(target) if !target.starts_with(&self.package) => Err((
                format!("\"{id}\" is a link that leads out of the package"),
                "copy the file into the folder".into(),
            )),
            Ok(target) if target.is_file() => Ok(()),
            Ok(_) => Err(not_a_file(id)),
            Err(_) => Err((format!("there is no file \"{id}\""), self.suggest(id))),
        }
    }

    fn suggest(&self, id: &str) -> String {
        let names = self.claimed.keys().take(SUGGESTIONS_MAX).map(String::as_str);
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

    /// Files without a row, sorted.
    pub fn unclaimed(self) -> Vec<String> {
        let mut ids: Vec<String> =
            self.claimed.into_iter().filter(|(_, claimed)| !claimed).map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids
    }
}

fn not_a_file(id: &str) -> (String, String) {
    (format!("\"{id}\" is not a regular file"), "name a file".into())
}
