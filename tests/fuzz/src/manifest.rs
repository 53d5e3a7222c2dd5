//! An organizer's folder: `competition.toml`, one `task.toml` and its `labels.csv`, with a zero byte between them.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

/// In memory where there is such a place: a folder is written for every input. It lives as long as the process.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    let folder = made.expect("a temporary folder");
    fs::create_dir_all(folder.path().join("tasks/digits/media")).expect("folders in it");
    folder
});

pub(crate) fn run(data: &[u8]) {
    let folder = FOLDER.path();
    let mut files = data.splitn(3, |byte| *byte == 0);
    for name in ["competition.toml", "tasks/digits/task.toml", "tasks/digits/labels.csv"] {
        fs::write(folder.join(name), files.next().unwrap_or_default()).expect("a file in it");
    }
    match egret_datasets::load(folder) {
        Ok(package) => assert!(!package.tasks.is_empty()),
        Err(problems) => {
            assert!(!problems.is_empty(), "what is refused is explained");
            for problem in problems {
                assert!(!problem.to_string().is_empty());
            }
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let competition = include_str!("../../../xtask/python/demo/competition.toml");
    let task = include_str!("../../../xtask/python/demo/task.toml");
    let labels = "file,label,split,group\n0001.png,7,public,a\n\"0,2.png\",1,sample,b\n";
    let audio = "title = \"Who?\"\nmetrics = [\"accuracy\"]\n[input]\nkind = \"audio\"\nsample_rate_hz = 8000\n\
                 sample_count_max = 8000\n[answer]\nkind = \"classes\"\nclasses = [\"a\", \"b\"]\n\
                 [limits]\nwall_s_max = 60\nthread_count = 2\n[split]\nsample = 0.2\npublic = 0.8\nseed = 1\n";
    [task, audio].map(|task| [competition, task, labels].join("\0").into_bytes()).to_vec()
}
