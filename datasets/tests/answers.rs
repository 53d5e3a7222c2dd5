//! Every kind of answer: from the organizer's files to sealed truths and back, and what is wrong with such files.

mod support;

use egret_datasets::{Split, Truth};
use support::sealed::Sealed;
use support::{Folder, IMAGE_INPUT, SOUND_INPUT};

const LABELS: &str = "tasks/digits/labels.csv";
const SPLITS: [Split; 3] = Split::ALL;

fn task(metric: &str, input: &str, answer: &str) -> Folder {
    Folder::of_task(metric, &format!("{input}[answer]\n{answer}\n"))
}

/// Three pictures `a.png`, `b.png`, `c.png`, one in each split; `labels` has the columns behind `file,split`.
fn pictures(metric: &str, answer: &str, columns: &str, labels: [&str; 3]) -> Folder {
    let folder = task(metric, IMAGE_INPUT, answer);
    folder.grays(&["a.png", "b.png", "c.png"]);
    let rows = ["a", "b", "c"].iter().zip(SPLITS).zip(labels);
    let rows = rows
        .map(|((name, split), label)| format!("{name}.png,{split},{label}\n"))
        .collect::<Vec<_>>()
        .concat();
    folder.labels(&format!("file,split,{columns}\n{rows}"));
    folder
}

#[test]
fn several_classes_stand_between_bars() {
    let answer = "kind = \"multilabel\"\nclasses = [\"cat\", \"dog\", \"owl\"]";
    let folder = pictures("hamming_loss", answer, "label", ["owl | cat", "", "dog"]);
    let sealed = Sealed::of(&folder);
    assert!(sealed.truth(Split::Sample, "a.png") == Truth::Classes(vec![0, 2]));
    assert!(sealed.truth(Split::Public, "b.png") == Truth::Classes(Vec::new()));
    folder.edit(LABELS, "owl | cat", "owl|cat|owl");
    folder.expect(&["labels.csv:2: the class \"owl\" is there twice"]);
    folder.edit(LABELS, "owl|cat|owl", "owl|cta|");
    folder.expect(&["labels.csv:2: the class \"cta\" is not known", "labels.csv:2: the label is empty"]);
    folder.edit("tasks/digits/task.toml", "classes = [\"cat\", \"dog\", \"owl\"]\n", "");
    folder.edit(LABELS, "owl|cta|", "owl|cat");
    let sealed = Sealed::of(&folder);
    assert_eq!(sealed.task.answer.classes().unwrap().class_names, ["cat", "dog", "owl"]);
}

#[test]
fn values_have_a_column_each() {
    let answer = "kind = \"values\"\nnames = [\"age\", \"height\"]";
    let folder = pictures("mae", answer, "height,age", ["1.5,30", "-0.1,1e-3", "2,3"]);
    let sealed = Sealed::of(&folder);
    assert!(sealed.truth(Split::Sample, "a.png") == Truth::Values(vec![30.0, 1.5]));
    assert!(sealed.truth(Split::Public, "b.png") == Truth::Values(vec![0.001, -0.1]));
    folder.edit(LABELS, "1.5,30", "NaN,tall");
    folder.expect(&["labels.csv:2: the value is \"NaN\"", "labels.csv:2: the value is \"tall\""]);
    folder.edit(LABELS, "height,age", "height,years");
    folder.expect(&["there is no column `age`", "unknown column `years`"]);
}

#[test]
fn transcripts_are_texts() {
    let answer = "kind = \"transcript\"\nvocabulary = [\"-\", \"a\", \" \"]\nblank = 0\ntext_bytes_max = 8";
    let folder = task("wer", SOUND_INPUT, answer);
    for (name, level) in [("a.wav", 1), ("b.wav", 2), ("c.wav", 3)] {
        folder.wav(name, 8000, 1, &[level; 9]);
    }
    folder.labels("filename,text,split\na.wav,\"a, 鹭\",sample\nb.wav,,public\nc.wav,12345678,private\n");
    let sealed = Sealed::of(&folder);
    assert!(sealed.truth(Split::Sample, "a.wav") == Truth::Text("a, 鹭".into()));
    assert!(sealed.truth(Split::Public, "b.wav") == Truth::Text(String::new()));
    folder.edit(LABELS, "12345678", "123456789");
    folder.expect(&["labels.csv:4: the text has 9 bytes, answers at most 8"]);
    folder.edit("tasks/digits/task.toml", "blank = 0", "blank = 3");
    let blank = "`answer.blank` must be a token of the vocabulary";
    assert!(folder.problems().iter().any(|problem| problem.what == blank));
}

#[test]
fn a_reject_class_is_one_of_the_classes() {
    let folder = Folder::new();
    folder.edit("tasks/digits/task.toml", "kind = \"classes\"", "kind = \"classes\"\nreject = \"one\"");
    let sealed = Sealed::of(&folder);
    let egret_contract::AnswerContract::Classes(answer) = sealed.task.answer else { panic!("classes") };
    assert_eq!(answer.reject, Some(1));
    folder.edit("tasks/digits/task.toml", "reject = \"one\"", "reject = \"none\"");
    folder.expect(&["task.toml:13: `reject` is \"none\" — name one of the classes"]);
}

#[test]
fn classes_may_lie_in_a_file_of_their_own() {
    let folder = Folder::new();
    folder.edit("tasks/digits/task.toml", "classes = [\"zero\", \"one\"]", "classes_file = \"names.json\"");
    folder.write("tasks/digits/names.json", "[\"one\", \"zero\"]");
    let sealed = Sealed::of(&folder);
    assert_eq!(sealed.task.answer.classes().unwrap().class_names, ["one", "zero"]);
    assert!(sealed.task.files.contains(&"tasks/digits/names.json".into()));
    folder.write("tasks/digits/names.json", "{}");
    folder.expect(&["`classes_file` of [answer] is not a list of strings"]);
    folder.edit("tasks/digits/task.toml", "names.json", "../names.json");
    folder.expect(&["`classes_file` of [answer] leads out of the task's folder"]);
    folder.edit("tasks/digits/task.toml", "../names.json", "names.txt");
    folder.write("tasks/digits/names.txt", "one\nzero\n");
    folder.expect(&[]);
}

#[test]
fn folders_can_be_the_labels() {
    let answer = "kind = \"classes\"";
    let folder = task("accuracy", IMAGE_INPUT, answer);
    folder.grays(&["sample/cat/1.png", "public/cat/1.png", "private/owl/1.png", "private/cat/2.png"]);
    let sealed = Sealed::of(&folder);
    assert_eq!(sealed.task.answer.classes().unwrap().class_names, ["cat", "owl"]);
    assert!(sealed.truth(Split::Private, "private/owl/1.png") == Truth::Class(1));
    folder.edit("tasks/digits/task.toml", "[answer]", "[split]\nsample = 1\nseed = 1\n[answer]");
    assert!(
        folder.problems()[0].to_string().contains("the folders name splits, and task.toml has [split] too")
    );
    let folder = task("accuracy", IMAGE_INPUT, answer);
    folder.grays(&["cat/1.png", "cat/2.png", "owl/1.png", "owl/2.png", "owl/deep/3.png"]);
    let problems = folder.problems();
    assert!(problems[0].to_string().contains("digits/media: the folders name no splits"), "{problems:?}");
    let split = "[split]\nsample = 1\npublic = 1\nprivate = 1\nseed = 2\n[answer]";
    folder.edit("tasks/digits/task.toml", "[answer]", split);
    Sealed::of(&folder);
    folder.grays(&["odd.png"]);
    folder.expect(&["digits/media/odd.png: the file lies in no folder of a class"]);
}

#[test]
fn segments_have_a_row_each() {
    let answer = "kind = \"segments\"\nclasses = [\"bark\", \"meow\"]";
    let folder = task("map.avg", SOUND_INPUT, answer);
    for (name, level) in [("a.wav", 1), ("b.wav", 2), ("c.wav", 3)] {
        folder.wav(name, 8000, 1, &[level; 9]);
    }
    let rows =
        "a.wav,sample,meow,0.25,1\nb.wav,public,bark,0,0.5\na.wav,sample,bark,0,0.1\nc.wav,private,,,\n";
    folder.labels(&format!("file,split,label,start_s,end_s\n{rows}"));
    let sealed = Sealed::of(&folder);
    let Truth::Segments(segments) = sealed.truth(Split::Sample, "a.wav") else { panic!("segments") };
    let times: Vec<_> = segments.iter().map(|found| (found.class, found.start_s, found.end_s)).collect();
    assert_eq!(times, [(1, 0.25, 1.0), (0, 0.0, 0.1)], "in the order of the file");
    assert!(sealed.truth(Split::Private, "c.wav") == Truth::Segments(Vec::new()));
    folder.edit(LABELS, "0.25,1", "1,1");
    folder.expect(&["labels.csv:2: the segment lasts from 1 s to 1 s"]);
    folder.edit(LABELS, "1,1", "-1,1");
    folder.expect(&["labels.csv:2: the segment lasts from -1 s to 1 s"]);
    folder.edit(LABELS, "-1,1", "0,1");
    folder.edit(LABELS, "a.wav,sample,bark", "a.wav,public,bark");
    folder.expect(&["labels.csv:4: the split differs from line 2, of the same item"]);
}
