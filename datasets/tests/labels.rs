//! `labels.csv` against the folder of media.

mod support;

use std::collections::BTreeMap;

use egret_datasets::{Silent, Split, check, load};
use support::Folder;

const LABELS: &str = "tasks/digits/labels.csv";
const TASK: &str = "tasks/digits/task.toml";

/// One edit to good labels, and the one problem it makes.
#[track_caller]
fn broken(from: &str, to: &str, problem: &str) {
    let folder = Folder::new();
    folder.edit(LABELS, from, to);
    folder.expect(&[problem]);
}

#[test]
fn counts_are_summed_up() {
    let checked = check(Folder::new().path(), &Silent);
    let counts = Split::ALL.map(|split| (split, vec![1, 1]));
    assert_eq!(checked.tasks[0].class_counts, BTreeMap::from(counts));
    assert_eq!(checked.tasks[0].item_counts, BTreeMap::from(Split::ALL.map(|split| (split, 2))));
    assert_eq!((checked.tasks[0].inputs_bytes, checked.tasks[0].shard_count), (6 * 12, 3));
}

#[test]
fn labels_and_files_must_match() {
    let folder = Folder::new();
    folder.edit(LABELS, "3.png", "three.png");
    folder.expect(&["labels.csv:5: there is no file \"three.png\"", "media/3.png: the file has no label"]);
    broken(
        "2.png,",
        "2.pngg,\"zero\",public\n2.png,",
        "labels.csv:4: there is no file \"2.pngg\" — did you mean \"2.png\"?",
    );
}

#[test]
fn rows_are_checked() {
    broken(
        "0.png,zero",
        "0.png,zeroo",
        "labels.csv:2: the class \"zeroo\" is not known — did you mean \"zero\"?",
    );
    broken("2.png,zero", "2.png,", "labels.csv:4: the label is empty");
    broken("2.png,zero,public", "2.png,zero,test", "labels.csv:4: the split \"test\" is not known");
    broken(
        "3.png,one,public\n",
        "3.png,one,public\n./3.png,one,public\n",
        "labels.csv:6: \"3.png\" is listed twice, first in line 5",
    );
    broken("3.png,one,public\n", "3.png,one,public\n,one,public\n", "labels.csv:6: the file name is empty");
}

#[test]
fn columns_are_checked() {
    broken("file,label,split", "file,label,file", "the column `file` is there twice");
    broken("file,label,split", "file,label,weight", "labels.csv:1: unknown column `weight`");
    broken(&Folder::new().read(LABELS), "", "labels.csv: the file is empty");
    let folder = Folder::new();
    folder.edit(LABELS, "file,label,split", "file,labels,split");
    folder.expect(&[
        "labels.csv:1: there is no column `label`",
        "unknown column `labels` — did you mean `label`?",
    ]);
    folder.edit(LABELS, "file,labels,split\n0.png,zero", "file,label,split\n0.png,zero,zero");
    folder
        .expect(&["labels.csv:2: the line has 4 fields, the header 3", "media/0.png: the file has no label"]);
}

#[test]
fn a_byte_order_mark_blanks_and_filename_are_no_problem() {
    let folder = Folder::new();
    folder.edit(LABELS, "file,label,split\n", "\u{feff}filename, label ,split\r\n\n");
    folder.expect(&[]);
    folder.write(LABELS, [folder.read(LABELS).as_bytes(), b"\xff.png,one,public\n"].concat());
    folder.expect(&["labels.csv:9: the line is not UTF-8"]);
}

#[test]
fn paths_stay_inside() {
    for path in ["../labels.csv", "/etc/passwd", "a/../../x.png"] {
        broken(
            "3.png,one,public\n",
            &format!("3.png,one,public\n{path},one,public\n"),
            "leads out of the folder of media",
        );
    }
}

#[test]
fn links_stay_inside() {
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().join("0.png");
    let folder = Folder::new();
    std::fs::rename(folder.media("3.png"), &outside).unwrap();
    std::os::unix::fs::symlink(&outside, folder.media("3.png")).unwrap();
    folder.expect(&["labels.csv:5: \"3.png\" is a link that leads out of the package"]);
    std::fs::rename(&outside, folder.path().join("tasks/digits/kept.png")).unwrap();
    std::fs::remove_file(folder.media("3.png")).unwrap();
    std::os::unix::fs::symlink("../kept.png", folder.media("3.png")).unwrap();
    folder.expect(&[]);
    std::fs::rename(folder.path().join("tasks/digits/media"), elsewhere.path().join("media")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("media"), folder.path().join("tasks/digits/media"))
        .unwrap();
    folder.expect(&["tasks/digits/media: the folder of media lies outside the package"]);
}

#[test]
fn groups_do_not_straddle_splits() {
    let folder = Folder::new();
    let text = folder.read(LABELS);
    let grouped = |group: fn(usize) -> usize| {
        let lines = text.lines().enumerate().map(|(i, line)| match i {
            0 => format!("{line},group\n"),
            _ => format!("{line},g{}\n", group(i - 1)),
        });
        lines.collect::<String>()
    };
    folder.labels(&grouped(|i| i / 2));
    folder.expect(&[]);
    folder.labels(&grouped(|i| i.div_ceil(2)));
    folder.expect(&[
        "labels.csv:4: the group \"g1\" is in public here and in sample in line 3",
        "labels.csv:6: the group \"g2\" is in private here and in public in line 5",
    ]);
}

#[test]
fn the_same_content_in_two_splits_is_refused() {
    let folder = Folder::new();
    std::fs::copy(folder.media("0.png"), folder.media("2.png")).unwrap();
    std::fs::copy(folder.media("4.png"), folder.media("5.png")).unwrap();
    folder.expect(&["labels.csv:4: \"2.png\" (public) has the same content as \"0.png\" (sample, line 2)"]);
    // Another format, the same pixels.
    image::open(folder.media("0.png")).unwrap().save(folder.media("x.bmp")).unwrap();
    std::fs::rename(folder.media("x.bmp"), folder.media("2.png")).unwrap();
    folder.expect(&["has the same content as"]);
}

#[test]
fn every_scored_split_has_items() {
    let folder = Folder::new();
    folder.labels(&folder.read(LABELS).replace("private", "public").replace("sample", "public"));
    folder.expect(&["no item is in the split private", "no item is in the split sample"]);
}

#[test]
fn a_split_is_by_column_or_by_ratio() {
    broken(
        "file,label,split",
        "file,label,group",
        "there is no column `split`, and task.toml has no [split]",
    );
    let folder = Folder::new();
    folder.edit(TASK, "[answer]", "[split]\nsample = 1\npublic = 1\nprivate = 2.0\nseed = 7\n[answer]");
    folder.expect(&["there is a column `split`, and task.toml has [split] too"]);
    folder.edit(TASK, "seed = 7\n", "");
    assert!(folder.problems()[0].what.contains("`seed` of [split] is missing"));
}

#[test]
fn a_split_by_ratio_is_stable_and_keeps_groups_whole() {
    let folder = Folder::new();
    let mut rows: Vec<String> = Vec::new();
    for index in 0..40u32 {
        folder.gray(&format!("{index}.png"), 4, 3, |x, y| (index * 6 + x + y) as u8);
        rows.push(format!("{index}.png,{},g{}", if index % 2 == 0 { "zero" } else { "one" }, index / 4));
    }
    let labels = |rows: &[String]| format!("file,label,group\n{}\n", rows.join("\n"));
    folder.labels(&labels(&rows));
    folder.edit(TASK, "[answer]", "[split]\nsample = 1\npublic = 1\nprivate = 2\nseed = 7\n[answer]");
    let sizes = |folder: &Folder| {
        let checked = check(folder.path(), &Silent);
        assert_eq!(checked.problems, []);
        Split::ALL.map(|split| checked.tasks[0].item_counts[&split])
    };
    let first = sizes(&folder);
    assert!(first.iter().all(|size| size % 4 == 0), "groups of four stay whole: {first:?}");
    assert!(first[0].abs_diff(10) <= 2 && first[1].abs_diff(10) <= 2, "{first:?}");
    rows.reverse();
    folder.labels(&labels(&rows));
    assert_eq!(sizes(&folder), first, "the order of rows does not matter");
}

#[test]
fn classes_that_are_not_listed_come_from_the_labels() {
    let folder = Folder::new();
    folder.edit(TASK, "classes = [\"zero\", \"one\"]\n", "");
    let classes = || {
        let answer = load(folder.path()).unwrap().tasks.remove(0).answer;
        answer.classes().unwrap().class_names.clone()
    };
    assert_eq!(classes(), ["one", "zero"]);
    folder.labels(&folder.read(LABELS).replace("zero", "10").replace("one", "9"));
    assert_eq!(classes(), ["9", "10"], "numbers go by value");
    folder.expect(&[]);
    std::fs::remove_file(folder.path().join(LABELS)).unwrap();
    folder.expect(&["labels.csv: the file is missing", "the number of classes in labels.csv is 0"][1..]);
}

#[test]
fn a_missing_file_of_labels_is_one_problem() {
    let folder = Folder::new();
    std::fs::remove_file(folder.path().join(LABELS)).unwrap();
    let problems = folder.problems();
    assert!(problems.iter().any(|problem| problem.to_string().contains("labels.csv: the file is missing")));
}

#[test]
fn a_truncated_picture_among_thousands_is_the_one_problem() {
    let folder = Folder::new();
    let mut labels = folder.read(LABELS);
    for index in 6..5000u32 {
        folder
            .gray(&format!("{index}.png"), 4, 3, |x, y| (index >> (4 * (x % 3))) as u8 & 15 | (y << 4) as u8);
        labels.extend([&index.to_string(), ".png,zero,public\n"]);
    }
    let picture = image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y) as u8]));
    picture.save(folder.media("broken.jpg")).unwrap();
    let bytes = std::fs::read(folder.media("broken.jpg")).unwrap();
    folder.write("tasks/digits/media/broken.jpg", &bytes[..bytes.len() * 2 / 3]);
    folder.labels(&(labels + "broken.jpg,zero,public\n"));
    folder.expect(&["media/broken.jpg: the JPEG is truncated"]);
    let summary = check(folder.path(), &Silent).tasks.remove(0);
    assert_eq!(summary.item_counts[&Split::Public], 2 + 4994, "the others are counted");
}
