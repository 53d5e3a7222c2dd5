//! COCO, LVIS, ICDAR and MOTChallenge.

use super::*;
use Format::{Coco, Icdar, Mot};

const TRUTH: &str = r#"{
  "info": {"year": 2020},
  "images": [{"id": 7, "width": 64, "height": 48, "file_name": "a.jpg"}, {"id": 3, "width": 32, "height": 32}],
  "annotations": [
    {"id": 1, "image_id": 3, "category_id": 5, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0,
     "segmentation": [[1, 2, 4, 2, 4, 6]], "num_keypoints": 1, "keypoints": [1, 2, 2]},
    {"id": 2, "image_id": 3, "category_id": 6, "bbox": [1.5, 2, 3, 4], "area": 12, "iscrowd": 1,
     "segmentation": {"size": [32, 32], "counts": [1000, 24]}}
  ],
  "categories": [{"id": 5, "name": "cat"}, {"id": 6, "name": "dog"}]
}"#;
const FOUND: &str = r#"[
  {"image_id": 3, "category_id": 5, "bbox": [1, 2, 3, 5], "score": 0.5, "keypoints": [1, 2, 1]},
  {"image_id": 3, "category_id": 6, "bbox": [0, 0, 1, 1], "score": 0.25,
   "segmentation": {"size": [32, 32], "counts": "Q1"}}
]"#;

#[test]
fn images_have_their_annotations_and_results() {
    let table = table(Coco, "coco_bbox", TRUTH, FOUND);
    assert_eq!(column(&table, "image"), json!([{"id": 7, "w": 64, "h": 48}, {"id": 3, "w": 32, "h": 32}]));
    let first = json!({"category_id": 5, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0});
    let second = json!({"category_id": 6, "bbox": [1.5, 2, 3, 4], "area": 12, "iscrowd": 1});
    assert_eq!(column(&table, "gts"), json!([[], [first, second]]));
    let first = json!({"category_id": 5, "bbox": [1, 2, 3, 5], "score": 0.5});
    let second = json!({"category_id": 6, "bbox": [0, 0, 1, 1], "score": 0.25});
    assert_eq!(column(&table, "dets"), json!([[], [first, second]]));
    let categories = json!([{"id": 5, "name": "cat"}, {"id": 6, "name": "dog"}]);
    assert_eq!(table.settings, object(json!({"categories": categories})));
}

#[test]
fn outlines_poses_and_lvis_keep_what_they_read() {
    let outlines = table(Coco, "coco_segm", TRUTH, FOUND);
    assert_eq!(outlines.columns["gts"][1][0]["segmentation"], json!([[1, 2, 4, 2, 4, 6]]));
    assert_eq!(outlines.columns["gts"][1][1]["segmentation"]["counts"], json!([1000, 24]));
    assert_eq!(outlines.columns["dets"][1][1]["segmentation"]["counts"], "Q1");
    let poses = table(Coco, "coco_keypoints", TRUTH, FOUND);
    assert_eq!(poses.columns["gts"][1][0]["num_keypoints"], 1);
    let pose = json!({"category_id": 5, "keypoints": [1, 2, 1], "score": 0.5});
    assert_eq!(poses.columns["dets"][1][0], pose);

    let truth = TRUTH
        .replace(r#""id": 7,"#, r#""id": 7, "neg_category_ids": [6], "not_exhaustive_category_ids": [5],"#);
    let lvis = table(Coco, "lvis_bbox", &truth, FOUND);
    assert_eq!(lvis.columns["image"][0], json!({"id": 7, "w": 64, "h": 48, "neg": [6], "nex": [5]}));
    assert_eq!(lvis.columns["image"][1]["neg"], json!([]));
    assert_eq!(lvis.columns["gts"][1][0], json!({"category_id": 5, "bbox": [1, 2, 3, 4], "area": 12}));
}

#[test]
fn voc_has_corners() {
    let table = table(Coco, "voc_detection", TRUTH, FOUND);
    assert_eq!(column(&table, "image"), json!(["7", "3"]));
    let first = json!({"class": 5, "box": [1, 2, 4, 6], "difficult": false});
    let second = json!({"class": 6, "box": [1.5, 2, 4.5, 6], "difficult": true});
    assert_eq!(table.columns["gts"][1], json!([first, second]));
    assert_eq!(table.columns["dets"][1][0], json!({"class": 5, "box": [1, 2, 4, 7], "score": 0.5}));
    assert_eq!(table.settings, object(json!({"classes": [5, 6]})));
    let said = refused(Coco, "voc_detection", TRUTH, r#"[{"image_id": 3, "bbox": [1, 2, 3]}]"#);
    assert!(said.starts_with("predictions, [0]: its `bbox` is not a list of four numbers"), "{said}");
}

#[test]
fn coco_files_that_are_none() {
    let images = TRUTH.replace("\"id\": 7", "\"id\": 3");
    for (labels, predictions, begin) in [
        (TRUTH, "{}", "predictions: it is not a list"),
        (TRUTH, "[1]", "predictions, [0]: it is not an object"),
        (TRUTH, r#"[{"bbox": [1]}]"#, "predictions, [0]: it has no `image_id`"),
        (
            TRUTH,
            r#"[{"image_id": 9}]"#,
            "predictions, [0]: the image 9 is not among the labels' images; remove",
        ),
        ("[]", "[]", "labels: it is not an object"),
        (r#"{"images": []}"#, "[]", "labels: it has no list `annotations`"),
        (r#"{"images": [4]}"#, "[]", "labels, images[0]: it has no `id`"),
        (images.as_str(), "[]", "labels, images[1]: the image 3 is there already"),
        ("{\n\n", "[]", "labels, line 3: it is not JSON"),
    ] {
        let said = refused(Coco, "coco_bbox", labels, predictions);
        assert!(said.starts_with(begin), "{said}");
    }
    // A category that is no object says nothing, and breaks nothing.
    let odd = r#"{"images": [], "annotations": [], "categories": [4]}"#;
    assert_eq!(table(Coco, "voc_detection", odd, "[]").settings, object(json!({"classes": [null]})));
}

fn pictures(truth: &[(&str, &str)], found: &[(&str, &str)]) -> (Folder, Result<Table, TableError>) {
    let folder = Folder::new();
    for (part, files) in [("labels", truth), ("predictions", found)] {
        fs::create_dir(folder.path(part)).unwrap();
        for (name, text) in files {
            folder.write(&format!("{part}/{name}"), text);
        }
    }
    let (labels, predictions) = (folder.path("labels"), folder.path("predictions"));
    let ocr = suite("ocr_detection").unwrap();
    assert_eq!(Format::detect(&labels, &predictions, ocr), Ok(Icdar));
    let table = super::read(ocr, &labels, &predictions, Icdar, Map::new());
    (folder, table)
}

#[test]
fn text_of_pictures() {
    let truth = [
        ("gt_img_2.txt", "\u{feff}0,0,10,0,10,4.5,0,4.5,a, \"b\"\r\n0,0,1,0,1,1,0,1,###\r\n"),
        ("gt_img_1.txt", ""),
        (".hidden", "x"),
        ("read.me", "x"),
    ];
    let (_, table) = pictures(&truth, &[("res_img_2.txt", "0, 0,9,0,9,4,0,4\n")]);
    let table = table.unwrap();
    assert_eq!(column(&table, "image"), json!(["img_1", "img_2"]));
    let points = json!([[0.0, 0.0], [10.0, 0.0], [10.0, 4.5], [0.0, 4.5]]);
    assert_eq!(table.columns["gts"][1][0], json!({"points": points, "ignore": false, "text": "a, \"b\""}));
    assert_eq!((&table.columns["gts"][1][1]["ignore"], &table.columns["gts"][0]), (&json!(true), &json!([])));
    assert_eq!((&table.columns["dets"][0], &table.columns["dets"][1][0]["text"]), (&Value::Null, &json!("")));

    for (truth, found, begin) in [
        (("gt_1.txt", "1,2,3"), ("res_1.txt", ""), "labels/gt_1.txt, line 1: fewer than eight numbers"),
        (
            ("gt_1.txt", "1,2,3,4,5,6,7,x,a"),
            ("res_1.txt", ""),
            "labels/gt_1.txt, line 1: `x` is not a number",
        ),
        (
            ("gt_1.txt", ""),
            ("res_2.txt", ""),
            "predictions/res_2.txt: the picture `2` is not among the labels",
        ),
        (("gt_1.md", ""), ("res_2.txt", ""), "labels: no .txt file"),
    ] {
        let (folder, table) = pictures(&[truth], &[found]);
        let said = folder.said(table);
        assert!(said.starts_with(begin), "{said}");
    }
    let (folder, table) = pictures(&[("gt_1.txt", ""), ("1.txt", "")], &[]);
    let said = folder.said(table);
    assert!(said.contains("the picture `1` has another file"), "{said}");
}

#[test]
fn tracks_of_a_sequence() {
    let truth = "1,1,10,20,5,6,1,1,1\r\n3,2.0,1,2,3,4,1,-1,-1,-1\r\n3,4,1,2,3,4,0,8,1\r\n";
    let table = table(Mot, "tracking", truth, "2,9,1,2,3.5,4,-1,-1,-1,-1\n4,9,1,2,3,4\n");
    let one = json!([1, 10.0, 20.0, 5.0, 6.0]);
    assert_eq!(column(&table, "gt"), json!([[[one], [], [[2, 1.0, 2.0, 3.0, 4.0]], []]]));
    let (near, last) = (json!([9, 1.0, 2.0, 3.5, 4.0]), json!([9, 1.0, 2.0, 3.0, 4.0]));
    assert_eq!(column(&table, "hyp"), json!([[[], [near], [], [last]]]));
    for (line, begin) in [
        ("1,1,2", "labels, line 1: 3 cells"),
        ("0,1,1,2,3,4", "labels, line 1: frame 0; count frames from 1"),
        ("1,-1,1,2,3,4", "labels, line 1: `-1` is not a track"),
        ("1.5,1,1,2,3,4", "labels, line 1: `1.5` is not a frame"),
        ("1,1,1,2,inf,4", "labels, line 1: `inf` is not a number of pixels"),
    ] {
        let said = refused(Mot, "tracking", line, "");
        assert!(said.starts_with(begin), "{said}");
    }
}

#[test]
fn sequences_of_a_folder() {
    let folder = Folder::new();
    folder.write("gt/MOT-02/gt/gt.txt", "1,1,10,20,5,6\n");
    folder.write("gt/MOT-01.txt", "");
    folder.write("found/MOT-02.txt", "1,1,10,20,5,6\n");
    let tracking = suite("tracking").unwrap();
    let read = |labels: &str, found: &str| {
        super::read(tracking, &folder.path(labels), &folder.path(found), Mot, Map::new())
    };
    let table = read("gt", "found").unwrap();
    assert_eq!(column(&table, "gt"), json!([[], [[[1, 10.0, 20.0, 5.0, 6.0]]]]));
    assert_eq!(column(&table, "hyp"), json!([null, [[[1, 10.0, 20.0, 5.0, 6.0]]]]));
    let said = folder.said(read("found", "gt"));
    assert!(said.starts_with("gt/MOT-01.txt: the sequence `MOT-01` is not among the labels"), "{said}");
    folder.write("gt/MOT-02.txt", "");
    assert!(folder.said(read("gt", "found")).contains("the sequence `MOT-02` has another file"));
    fs::create_dir(folder.path("empty")).unwrap();
    assert!(folder.said(read("empty", "found")).starts_with("empty: no sequence"));
}
