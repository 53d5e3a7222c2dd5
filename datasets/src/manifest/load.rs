use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Package, SLUG_RULE, TaskManifest, fit, read_competition, read_task, slug};
use crate::Problem;

/// Bytes of one manifest.
const MANIFEST_BYTES_MAX: u64 = 4 << 20;

/// The package as far as its manifests can be understood, and all problems of theirs.
pub(crate) fn load_all(dir: &Path) -> (Option<Package>, Vec<Problem>) {
    let mut problems = Vec::new();
    let file = Path::new("competition.toml");
    let competition = text(dir, file, &mut problems).and_then(|text| {
        let (read, found) = read_competition::read(file, &text);
        problems.extend(found);
        read
    });
    let ids = task_ids(dir, &mut problems);
    let mut tasks: Vec<TaskManifest> = ids.iter().filter_map(|id| task(dir, id, &mut problems)).collect();
    let package = competition.map(|(competition, order)| {
        for (id, line) in &order {
            if !ids.contains(id) {
                let what = format!("there is no task \"{id}\"");
                problems.push(Problem::at_line(
                    file,
                    *line,
                    what,
                    format!("add tasks/{id}/task.toml or remove the id"),
                ));
            }
        }
        if !order.is_empty() {
            for id in ids.iter().filter(|id| order.iter().all(|(listed, _)| listed != *id)) {
                let what = format!("the task \"{id}\" is not in `tasks`");
                problems.push(Problem::of_file(
                    file,
                    what,
                    "add it to the list, or remove the list to take all tasks",
                ));
            }
        }
        let known = |id: &str| ids.iter().any(|known| known == id);
        fit::check(file, &competition, &tasks, known, &mut problems);
        tasks.sort_by_key(|task| order.iter().position(|(id, _)| *id == task.id));
        Package { dir: dir.to_path_buf(), competition, tasks }
    });
    (package, problems)
}

/// The folders of `tasks/`, sorted.
fn task_ids(dir: &Path, problems: &mut Vec<Problem>) -> Vec<String> {
    let folder = Path::new("tasks");
    let mut ids = Vec::new();
    for entry in fs::read_dir(dir.join(folder)).into_iter().flatten().flatten() {
        if !entry.path().is_dir() {
            continue;
        }
        match entry.file_name().into_string() {
            Ok(id) if id.starts_with('.') => {}
            Ok(id) if slug(&id) => ids.push(id),
            Ok(id) => {
                let what = format!("\"{id}\" cannot be the id of a task");
                problems.push(Problem::of_file(folder.join(id), what, SLUG_RULE));
            }
            Err(name) => {
                problems.push(Problem::of_file(folder.join(name), "the name is not UTF-8", SLUG_RULE));
            }
        }
    }
    if ids.is_empty() {
        problems.push(Problem::of_file(
            folder,
            "there is no task",
            "make a folder tasks/<id> with a task.toml in it",
        ));
    }
    ids.sort();
    ids
}

fn task(dir: &Path, id: &str, problems: &mut Vec<Problem>) -> Option<TaskManifest> {
    let (task, found) = load_task(dir, &Path::new("tasks").join(id).join("task.toml"), id);
    problems.extend(found);
    task
}

/// The task whose manifest is `file`, relative to `dir`, and all problems of it.
pub(crate) fn load_task(dir: &Path, file: &Path, id: &str) -> (Option<TaskManifest>, Vec<Problem>) {
    let mut problems = Vec::new();
    let task = text(dir, file, &mut problems).and_then(|text| {
        let (task, found) = read_task::read(dir, file, &text, id);
        problems.extend(found);
        task
    });
    (task, problems)
}

/// A manifest's text, or a problem.
fn text(dir: &Path, file: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    let mut text = String::new();
    let read = File::open(dir.join(file))
        .and_then(|opened| opened.take(MANIFEST_BYTES_MAX + 1).read_to_string(&mut text));
    let (what, remedy): (String, _) = match read {
        Ok(_) if text.len() as u64 > MANIFEST_BYTES_MAX => {
            ("the file is too large".into(), "at most 4 MiB are read")
        }
        Ok(_) => return Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => ("the file is missing".into(), "write it"),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            ("the file is not UTF-8".into(), "save it as UTF-8")
        }
        Err(error) => (format!("the file cannot be read: {error}"), "make it readable"),
    };
    problems.push(Problem::of_file(PathBuf::from(file), what, remedy));
    None
}
