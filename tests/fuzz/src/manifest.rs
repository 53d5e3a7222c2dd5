//! An organizer's folder: `competition.toml`, one `task.toml`, its `labels.csv`, `annotations.json`, `trials.csv` and
//! `relevance.csv`, with a zero byte between them; what is not there is not in the folder.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use egret_datasets::{Checked, Silent};
use tempfile::TempDir;

/// In memory where there is such a place: a folder is written for every input. It lives as long as the process.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    let folder = made.expect("a temporary folder");
    fs::create_dir_all(folder.path().join("tasks/digits/media")).expect("folders in it");
    folder
});

const FILES: [&str; 6] = [
    "competition.toml",
    "tasks/digits/task.toml",
    "tasks/digits/labels.csv",
    "tasks/digits/annotations.json",
    "tasks/digits/trials.csv",
    "tasks/digits/relevance.csv",
];

pub(crate) fn run(data: &[u8]) {
    let checked = checked(FOLDER.path(), data);
    assert!(!checked.problems.is_empty() || checked.package.is_some(), "what is refused is explained");
    for problem in checked.problems {
        assert!(!problem.what.is_empty() && !problem.remedy.is_empty());
    }
}

/// What is found in these files, written into the folder.
fn checked(folder: &Path, data: &[u8]) -> Checked {
    let mut files = data.splitn(FILES.len(), |byte| *byte == 0);
    for name in FILES {
        match files.next().filter(|bytes| !bytes.is_empty()) {
            Some(bytes) => fs::write(folder.join(name), bytes).expect("a file in it"),
            None => drop(fs::remove_file(folder.join(name))),
        }
    }
    egret_datasets::check(folder, &Silent)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let competition = include_str!("../../../xtask/python/demo/competition.toml")
        .replace("{start}", "2026-03-01T09:00:00+08:00")
        .replace("{freeze}", "2026-03-31T09:00:00+08:00")
        .replace("{end}", "2026-04-01T09:00:00+08:00")
        .replace("{final_end}", "2026-04-02T09:00:00+08:00");
    let task = include_str!("../../../xtask/python/demo/task.toml");
    let labels = "file,label,split,group\n0001.png,7,public,a\n\"0,2.png\",1,sample,b\n";
    let audio = "title = \"Who?\"\nmetrics = [\"accuracy\"]\n[input]\nkind = \"audio\"\nsample_rate_hz = 8000\n\
                 sample_count_max = 8000\n[answer]\nkind = \"classes\"\nclasses = [\"a\", \"b\"]\n\
                 [limits]\nwall_s_max = 60\nthread_count = 2\n[split]\nsample = 0.2\npublic = 0.8\nseed = 1\n";
    let text =
        "title = \"Which?\"\nmetrics = [\"METRIC\"]\n[input]\nkind = \"text\"\n[answer]\nkind = \"ANSWER\"\n";
    let of = |metric: &str, answer: &str| text.replace("METRIC", metric).replace("ANSWER", answer);
    let texts = "id,text,split,label\na,one,sample,x\nb,two,public,x|y\nc,three,private,\n";
    let segments =
        "id,text,split,label,start_s,end_s\na,one,sample,x,0,1\nb,two,public,,,\nc,three,private,y,0.5,1e1\n";
    let pairs = of("eer.interp", "embedding\"\nsearch = \"verification");
    let listed = "id,text,split\na,one,sample\nb,two,sample\n";
    let trials = "first,second,target\na,b,1\n";
    let rankings = of("map", "embedding\"\nsearch = \"retrieval");
    let roles = "id,text,split,role,identity,camera\na,one,sample,query,1,2\nb,two,sample,gallery,1,3\nc,x,sample,gallery,-1,\n";
    let boxes = "title = \"Where?\"\nmetrics = [\"AP\"]\n[input]\nkind = \"image\"\nwidth = 8\nheight = 8\nchannels = 1\n\
                 fit = \"pad\"\n[answer]\nkind = \"boxes\"\n";
    let coco = "{\"images\": [{\"id\": 1, \"file_name\": \"0001.png\", \"width\": 8, \"height\": 6}], \"annotations\": \
                [{\"id\": 2, \"image_id\": 1, \"category_id\": 3, \"bbox\": [0, 1.5, 2, 3]}], \"categories\": \
                [{\"id\": 3, \"name\": \"cat\"}]}";
    let packages: [&[&str]; 7] = [
        &[task, labels],
        &[audio, labels],
        &[&of("hamming_loss", "multilabel"), texts],
        &[&of("map.avg", "segments"), segments],
        &[&pairs, listed, "", trials],
        &[&rankings, roles, "", "", "query,item,grade\na,b,3\n"],
        &[boxes, "", coco],
    ];
    packages.map(|files| [&[&*competition], files].concat().join("\0").into_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a seed is no more than that its media are missing.
    #[test]
    fn the_seeds_are_packages() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tasks/digits")).unwrap();
        for seed in seeds() {
            for problem in checked(folder.path(), &seed).problems {
                let problem = problem.to_string();
                let media = [
                    "there is no file",
                    "no item is in",
                    "has no split",
                    "folder of media",
                    "there are no items",
                ];
                assert!(media.iter().any(|missing| problem.contains(missing)), "{problem}");
            }
        }
    }
}
