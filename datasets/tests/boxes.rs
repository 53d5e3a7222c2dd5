//! Boxes, as COCO JSON and as a table.

mod support;

use egret_datasets::{Split, TrueBox, Truth};
use support::sealed::Sealed;
use support::{Folder, IMAGE_INPUT};

const LABELS: &str = "tasks/digits/labels.csv";
const COCO: &str = "tasks/digits/annotations.json";
const ANSWER: &str = "kind = \"boxes\"\nbox_count_max = 7";

/// Pictures of 8 × 6 pixels, which the contract halves.
fn folder(answer: &str) -> Folder {
    let folder = Folder::of_task("AP50", &format!("{IMAGE_INPUT}[answer]\n{answer}\n"));
    for (name, level) in [("a.png", 10), ("b.png", 90), ("c.png", 170)] {
        folder.gray(name, 8, 6, |x, y| level + (y * 8 + x) as u8);
    }
    folder
}

fn coco() -> Folder {
    let folder = folder(ANSWER);
    let json = r#"{
        "info": {"year": 2026},
        "images": [
            {"id": 7, "file_name": "a.png", "width": 8, "height": 6, "split": "sample"},
            {"id": 8, "file_name": "b.png", "width": 8, "height": 6, "split": "public", "license": 1},
            {"id": 9, "file_name": "c.png", "width": 8, "height": 6, "split": "private"}
        ],
        "annotations": [
            {"id": 1, "image_id": 8, "category_id": 5, "bbox": [0, 0, 8.5, 6], "iscrowd": 1},
            {"id": 2, "image_id": 7, "category_id": 3, "bbox": [1.5, 2, 3, 2.5], "area": 6.25, "iscrowd": 0},
            {"id": 3, "image_id": 7, "category_id": 5, "bbox": [0, 0, 1, 1], "segmentation": [[0, 0, 1, 1]]}
        ],
        "categories": [{"id": 5, "name": "dog"}, {"id": 3, "name": "cat"}]
    }"#;
    folder.write(COCO, json);
    folder
}

#[track_caller]
fn boxes(truth: Truth) -> (u32, u32, Vec<TrueBox>) {
    let Truth::Boxes { width, height, boxes } = truth else { panic!("{truth:?} are no boxes") };
    (width, height, boxes)
}

fn found(class: u32, [x, y, w, h]: [f64; 4], area: f64, crowd: bool) -> TrueBox {
    TrueBox { class, x, y, w, h, area, crowd }
}

#[test]
fn a_group_of_pictures_does_not_straddle_splits() {
    let folder = coco();
    folder.edit(COCO, "\"split\": \"sample\"", "\"split\": \"sample\", \"group\": \"a street\"");
    assert!(folder.problems().is_empty());
    folder.edit(COCO, "\"split\": \"private\"", "\"split\": \"private\", \"group\": \"a street\"");
    let [problem] = &folder.problems()[..] else { panic!("one problem") };
    assert!(
        problem.what.starts_with("the group \"a street\" is in private here and in sample"),
        "{}",
        problem.what
    );
}

#[test]
fn coco_json_is_read_as_it_is() {
    let sealed = Sealed::of(&coco());
    assert_eq!(sealed.task.answer.classes().unwrap().class_names, ["cat", "dog"], "by ascending id");
    let (width, height, of_a) = boxes(sealed.truth(Split::Sample, "a.png"));
    assert_eq!((width, height), (8, 6), "the original's pixels");
    assert!(
        of_a == [found(0, [1.5, 2.0, 3.0, 2.5], 6.25, false), found(1, [0.0, 0.0, 1.0, 1.0], 1.0, false)]
    );
    let (.., of_b) = boxes(sealed.truth(Split::Public, "b.png"));
    assert!(of_b == [found(1, [0.0, 0.0, 8.5, 6.0], 51.0, true)], "half a pixel over the edge is rounding");
    assert!(boxes(sealed.truth(Split::Private, "c.png")).2.is_empty());
}

#[test]
fn what_is_wrong_with_coco_json_names_the_annotation() {
    let broken = |from: &str, to: &str, problems: &[&str]| {
        let folder = coco();
        folder.edit(COCO, from, to);
        folder.expect(problems);
    };
    broken(
        "[0, 0, 8.5, 6]",
        "[0, 0, 9.1, 6]",
        &["annotation 1: the box x 0, y 0, w 9.1, h 6 lies outside of \"b.png\", 8 × 6"],
    );
    broken(
        "[0, 0, 8.5, 6]",
        "[-1.1, 0, 8, 6]",
        &["annotation 1: the box x -1.1, y 0, w 8, h 6 lies outside"],
    );
    broken("[0, 0, 8.5, 6]", "[-1, 0, 8, 7]", &[]);
    broken(
        "[1.5, 2, 3, 2.5]",
        "[4, 2, -3, 2.5]",
        &["annotation 2: the box x 4, y 2, w -3, h 2.5 is inverted"],
    );
    broken("[1.5, 2, 3, 2.5]", "[4, 2, 3, 0]", &["annotation 2: the box x 4, y 2, w 3, h 0 has no area"]);
    broken("6.25", "-1", &["annotation 2: the box x 1.5, y 2, w 3, h 2.5 has a negative area"]);
    broken("\"image_id\": 8", "\"image_id\": 4", &["annotation 1: there is no image 4"]);
    broken("\"category_id\": 3", "\"category_id\": 4", &["annotation 2: there is no category 4"]);
    broken("\"iscrowd\": 1", "\"iscrowd\": 2", &["annotation 1: `iscrowd` is 2"]);
    broken(
        "\"b.png\", \"width\": 8",
        "\"b.png\", \"width\": 6",
        &["\"b.png\" is 8 × 6, the annotations say 6 × 6"],
    );
    broken(
        "\"file_name\": \"b.png\"",
        "\"file_name\": \"d.png\"",
        &["image 8: there is no file \"d.png\"", "b.png: the file has no label"],
    );
    broken("\"id\": 8", "\"id\": 7", &["annotation 1: there is no image 8", "image 7: the id is used twice"]);
    broken("\"public\"", "\"open\"", ["image 8: the split \"open\" is not known"].as_ref());
    broken("\"categories\"", "\"kinds\"", ["the number of classes in annotations.json is 0"].as_ref());
}

#[test]
fn a_table_of_boxes_says_the_same() {
    let folder = folder("kind = \"boxes\"\nclasses = [\"cat\", \"dog\"]");
    let rows = "b.png,public,dog,0,0,8.5,6,,1\na.png,sample,cat,1.5,2,3,2.5,6.25,0\nc.png,private,,,,,,,\n\
                a.png,sample,dog,0,0,1,1,,\n";
    folder.labels(&format!("file,split,label,x,y,w,h,area,crowd\n{rows}"));
    let (table, json) = (Sealed::of(&folder), Sealed::of(&coco()));
    for (split, id) in [(Split::Sample, "a.png"), (Split::Public, "b.png"), (Split::Private, "c.png")] {
        assert!(table.truth(split, id) == json.truth(split, id), "{id}");
    }
    folder.edit(LABELS, "0,0,8.5,6", "0,0,9.5,6");
    folder.expect(&["labels.csv:2: the box x 0, y 0, w 9.5, h 6 lies outside of \"b.png\", 8 × 6"]);
    folder.edit(LABELS, "0,0,9.5,6", "0,0,0,6");
    folder.edit(LABELS, "cat,1.5,2,3", "cat,1.5,2,-3");
    folder.expect(&["labels.csv:2: the box x 0, y 0, w 0, h 6 has no area", "labels.csv:3: the box"]);
    folder.edit(LABELS, "b.png,public", "d.png,public");
    assert!(folder.problems().iter().any(|problem| problem.what == "there is no file \"d.png\""));
}

#[test]
fn only_boxes_come_as_coco_json() {
    let folder = folder("kind = \"classes\"\nclasses = [\"cat\", \"dog\"]");
    folder.edit("tasks/digits/task.toml", "AP50", "accuracy");
    folder.edit("tasks/digits/task.toml", "[input]", "labels = \"annotations.json\"\n[input]");
    folder.write(COCO, "{}");
    let problems = folder.problems();
    assert!(problems.iter().any(|problem| {
        problem.what.contains("`labels` is COCO JSON, which holds boxes; the answer is classes")
    }));
}
