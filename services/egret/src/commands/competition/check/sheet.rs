use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_datasets::{PREVIEW_ITEM_COUNT_MAX, Package, Preview, TaskManifest, peek, preview};
use serde_json::{Value, json};

use crate::commands::competition::problems;

/// A task's first items, drawn.
pub(super) struct Sheet {
    task: String,
    /// The picture; `None` where items have nothing to look at.
    path: Option<PathBuf>,
    captions: Vec<String>,
}

/// Draws a sheet for each of these tasks.
pub(super) async fn draw(package: &Package, tasks: &[&TaskManifest], file: &Path) -> Result<Vec<Sheet>> {
    let mut sheets = Vec::new();
    for task in tasks {
        let path = if tasks.len() == 1 { file.to_path_buf() } else { of_task(file, &task.id) };
        let (dir, task) = (package.dir.clone(), (*task).clone());
        let drawn = tokio::task::spawn_blocking(move || one(&dir, &task, path));
        sheets.push(drawn.await.context("drawing stopped")??);
    }
    Ok(sheets)
}

/// `sheet.png` of the task `digits`: `sheet-digits.png`.
fn of_task(file: &Path, task: &str) -> PathBuf {
    let mut name = file.file_stem().map_or_else(OsString::new, OsString::from);
    name.push(format!("-{task}"));
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

fn one(dir: &Path, task: &TaskManifest, path: PathBuf) -> Result<Sheet> {
    let items = peek(dir, task, PREVIEW_ITEM_COUNT_MAX).map_err(|found| problems::failure(&found))?;
    let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    let Preview { png, captions } = preview(&task.input, &items)?;
    let drawn =
        png.map(|png| fs::write(&path, png).with_context(|| path.display().to_string())).transpose()?;
    Ok(Sheet { task: task.id.clone(), path: drawn.map(|()| path), captions })
}

impl Sheet {
    pub fn json(&self) -> Value {
        json!({ "task": self.task, "path": self.path, "captions": self.captions })
    }

    pub fn text(&self) -> String {
        let Self { task, path, captions } = self;
        match path {
            Some(path) => {
                let count = captions.len();
                format!("{task}: {count} items as models will get them are in {}\n", path.display())
            }
            None => {
                let lines =
                    captions.iter().map(|caption| format!("  {caption}\n")).collect::<Vec<_>>().concat();
                format!("{task}: there is nothing to look at; the first items:\n{lines}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_tasks_have_a_sheet_each() {
        assert_eq!(of_task(Path::new("a/sheet.png"), "digits"), Path::new("a/sheet-digits.png"));
        assert_eq!(of_task(Path::new("sheet"), "digits"), Path::new("sheet-digits"));
    }
}
