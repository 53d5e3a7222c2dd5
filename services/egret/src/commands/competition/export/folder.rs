//! A folder that appears when it is whole.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::{Exit, failure::Failure};

/// What says that a folder is an export, and may be replaced by one.
const MARK: &str = ".egret-export";
/// Folders and files are made for everyone, less what the process's umask takes.
const FOLDER_MODE: u32 = 0o777;

/// The files so far, beside where they are to be.
pub(super) struct Folder {
    target: PathBuf,
    staging: TempDir,
    /// What lies at the target is an earlier export, and goes.
    replaces: bool,
    file_count: u32,
}

impl Folder {
    /// Begins a folder at `dir`, which must be empty or not there, or an earlier export with `force`.
    pub fn begin(dir: &Path, force: bool) -> Result<Self> {
        let replaces = match fs::read_dir(dir) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error).with_context(|| dir.display().to_string()),
        };
        if replaces {
            may_replace(dir, force)?;
        }
        // A folder that is there may be named `.` or by a link; what is put in its place is put where it is.
        let target = if dir.exists() { dir.canonicalize()? } else { dir.to_owned() };
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        let staging = beside(parent)?;
        let mut folder = Self { target, staging, replaces, file_count: 0 };
        folder.write(MARK, b"`egret competition export --force` may replace this folder.\n")?;
        folder.file_count = 0;
        Ok(folder)
    }

    /// Writes one file, `/` between the folders of its path.
    pub fn write(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        let place = self.staging.path().join(path);
        let about = || place.display().to_string();
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).with_context(about)?;
        }
        let mut file = File::create_new(&place).with_context(about)?;
        file.write_all(bytes.as_ref()).with_context(about)?;
        // Whole on the disk before it has its name there.
        file.sync_all().with_context(about)?;
        self.file_count += 1;
        Ok(())
    }

    /// Puts the folder where it is to be; how many files it has.
    pub fn finish(self) -> Result<u32> {
        let about = || self.target.display().to_string();
        if self.replaces {
            let aside = beside(self.staging.path().parent().unwrap_or(Path::new(".")))?;
            let old = aside.path().join("replaced");
            fs::rename(&self.target, &old).with_context(about)?;
            if let Err(error) = fs::rename(self.staging.path(), &self.target) {
                fs::rename(&old, &self.target).with_context(about)?;
                return Err(error).with_context(about);
            }
        } else {
            // The system puts it in the place of an empty folder, and of no other.
            fs::rename(self.staging.path(), &self.target).with_context(about)?;
        }
        // It has another name now, under which nobody removes it.
        let _ = self.staging.keep();
        Ok(self.file_count)
    }
}

fn may_replace(dir: &Path, force: bool) -> Result<()> {
    let shown = dir.display();
    let refusal = |what: String, next: &str| Err(Failure::new(Exit::Usage, what).next(next).into());
    if !force {
        let next = "name another folder, or replace an earlier export with --force";
        return refusal(format!("{shown} is not empty"), next);
    }
    if !dir.join(MARK).is_file() {
        let next = "remove what is in it yourself if it may go, or name another folder";
        return refusal(format!("{shown} is not an earlier export: --force replaces nothing else"), next);
    }
    Ok(())
}

/// A folder of our own on the same file system.
fn beside(parent: &Path) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".egret-export-").permissions(fs::Permissions::from_mode(FOLDER_MODE));
    builder.tempdir_in(parent).with_context(|| parent.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn export(dir: &Path, force: bool, text: &str) -> Result<u32> {
        let mut folder = Folder::begin(dir, force)?;
        folder.write("a/b.txt", text.as_bytes())?;
        folder.finish()
    }

    #[test]
    fn a_folder_appears_when_it_is_whole() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("some/where");
        let mut folder = Folder::begin(&dir, false).unwrap();
        folder.write("a/b.txt", b"1").unwrap();
        assert!(!dir.exists());
        assert_eq!(folder.finish().unwrap(), 1);
        assert_eq!(
            (names(&dir), names(dir.parent().unwrap())),
            (vec![MARK.into(), "a".into()], vec!["where".to_owned()])
        );
        // One that is given up leaves nothing.
        drop(Folder::begin(&home.path().join("other"), false).unwrap());
        assert_eq!(names(home.path()), ["some"]);
    }

    #[test]
    fn an_empty_folder_is_taken_and_no_other() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("site");
        fs::create_dir(&dir).unwrap();
        assert_eq!(export(&dir, false, "1").unwrap(), 1);
        let refused = export(&dir, false, "2").unwrap_err().to_string();
        assert!(refused.ends_with("site is not empty"), "{refused}");
        assert_eq!(fs::read_to_string(dir.join("a/b.txt")).unwrap(), "1");
        // Somebody was quicker.
        let late = Folder::begin(&home.path().join("late"), false).unwrap();
        fs::create_dir_all(home.path().join("late/theirs")).unwrap();
        assert!(late.finish().is_err());
        assert_eq!(names(&home.path().join("late")), ["theirs"]);
    }

    #[test]
    fn only_an_earlier_export_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("site");
        export(&dir, false, "1").unwrap();
        fs::write(dir.join("old.txt"), "old").unwrap();
        export(&dir, true, "2").unwrap();
        assert_eq!(
            (names(&dir), fs::read_to_string(dir.join("a/b.txt")).unwrap()),
            (vec![MARK.into(), "a".into()], "2".into())
        );
        assert_eq!(names(home.path()), ["site"]);
        let papers = home.path().join("papers");
        fs::create_dir(&papers).unwrap();
        fs::write(papers.join("thesis"), "years").unwrap();
        let refused = export(&papers, true, "3").unwrap_err().to_string();
        assert!(refused.contains("--force replaces nothing else"), "{refused}");
        assert_eq!(names(&papers), ["thesis"]);
    }
}
