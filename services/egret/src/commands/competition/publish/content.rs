use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use egret_datasets::{Package, TaskManifest};
use indicatif::ProgressBar;

use crate::client::{FileDigest, request_id};

/// The identity of what a task's test set would be made of: every byte of its files, and whom it is sealed to.
pub(super) fn digest(
    package: &Package,
    task: &TaskManifest,
    server: &str,
    pools: &[(String, String)],
    bar: &ProgressBar,
) -> io::Result<String> {
    let mut files = task.files.clone();
    let mut media = Vec::new();
    // A task of texts has no media.
    if package.dir.join(&task.media).exists() {
        list(&package.dir, &task.media, &mut media)?;
    }
    media.sort();
    files.extend(media);
    bar.set_length(files.len() as u64);
    let mut parts = vec![server.as_bytes().to_vec(), package.competition.id.clone().into_bytes()];
    for (pool, recipient) in pools {
        parts.push(format!("{pool} {recipient}").into_bytes());
    }
    for file in files {
        let found = FileDigest::of(&package.dir.join(&file), |_| {})?;
        parts.push(format!("{} {}", found.sha256, file.display()).into_bytes());
        bar.inc(1);
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Ok(request_id(&parts))
}

/// Every file below `folder`, relative to the package.
fn list(package: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(package.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if fs::metadata(entry.path())?.is_dir() {
            list(package, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
