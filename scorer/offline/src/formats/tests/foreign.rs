//! Golden cases written in the formats of others and read back: the same cells.

use std::fmt::Write as _;

use super::*;

fn cases(suite: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/goldens/{suite}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// A value as a text file has it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether two cells are the same; 1 and 1.0 are.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn assert_columns(case: &Value, table: &Table, names: &[&str]) {
    assert_eq!(table.row_count as u64, case["n"].as_u64().unwrap(), "{}", case["id"]);
    for name in names {
        for (row, (want, got)) in list(&case["cols"][*name]).iter().zip(&table.columns[*name]).enumerate() {
            assert!(same(want, got), "{} {name}[{row}]: got {got}, want {want}", case["id"]);
        }
    }
}

/// Two texts, one of labels and one of predictions, read in a format.
fn back(format: Format, suite_name: &str, labels: &str, predictions: &str, settings: Value) -> Table {
    read_with(format, suite_name, labels, predictions, settings)
        .unwrap_or_else(|error| panic!("{suite_name}: {error}"))
}

fn cell(case: &Value, column: &str, row: usize) -> Value {
    case["cols"][column][row].clone()
}

fn rows(case: &Value) -> std::ops::Range<usize> {
    0..case["n"].as_u64().unwrap() as usize
}

#[test]
fn texts_as_kaldi_has_them() {
    for case in cases("asr") {
        let (mut labels, mut found) = (String::new(), String::new());
        for row in rows(&case) {
            writeln!(labels, "utt{row} {}", plain(&cell(&case, "ref", row))).unwrap();
            if let Some(text) = cell(&case, "hyp", row).as_str() {
                writeln!(found, "utt{row} {text}").unwrap();
            }
        }
        assert_columns(
            &case,
            &back(Format::Kaldi, "transcript", &labels, &found, json!({})),
            &["ref", "hyp"],
        );
    }
}

#[test]
fn scores_as_csv() {
    for case in cases("binary") {
        let (mut labels, mut found) = ("id,label\n".to_owned(), "id,score\n".to_owned());
        for row in rows(&case) {
            writeln!(labels, "i{row},{}", cell(&case, "label", row)).unwrap();
            // In another order.
            found.insert_str(9, &format!("i{row},{}\n", plain(&cell(&case, "score", row))));
        }
        assert_columns(&case, &back(Format::Csv, "binary", &labels, &found, json!({})), &["label", "score"]);
    }
    for case in cases("cls_scores") {
        let count = list(&case["cols"]["scores"][0]).len();
        let header: Vec<_> = (0..count).map(|class| format!("score_{class}")).collect();
        let mut labels = "file,label\n".to_owned();
        let (mut spread, mut whole) = (format!("file,{}\n", header.join(",")), "file,scores\n".to_owned());
        for row in rows(&case) {
            let scores = cell(&case, "scores", row);
            let parts: Vec<_> = list(&scores).iter().map(plain).collect();
            writeln!(labels, "{row},{}", cell(&case, "label", row)).unwrap();
            writeln!(spread, "{row},{}", parts.join(",")).unwrap();
            writeln!(whole, "{row},\"{}\"", scores.to_string().replace('"', "\"\"")).unwrap();
        }
        for found in [spread, whole] {
            let table = back(Format::Csv, "classification", &labels, &found, json!({}));
            assert_columns(&case, &table, &["label", "scores"]);
        }
    }
}

#[test]
fn boxes_outlines_and_poses_as_coco() {
    for name in ["coco_bbox", "coco_segm", "coco_keypoints", "lvis_bbox"] {
        for case in cases(name) {
            let (mut images, mut truth, mut found) = (Vec::new(), Vec::new(), Vec::new());
            for row in rows(&case) {
                let image = &case["cols"]["image"][row];
                let mut own = json!({"id": image["id"], "width": image["w"], "height": image["h"]});
                if name == "lvis_bbox" {
                    own["neg_category_ids"] = image["neg"].clone();
                    own["not_exhaustive_category_ids"] = image["nex"].clone();
                }
                images.push(own);
                for (column, entries) in [("gts", &mut truth), ("dets", &mut found)] {
                    entries.extend(list(&case["cols"][column][row]).iter().cloned().map(|mut entry| {
                        entry["image_id"] = image["id"].clone();
                        entry
                    }));
                }
            }
            let categories = &case["shared"]["categories"];
            let labels = json!({"images": images, "annotations": truth, "categories": categories});
            let found = Value::from(found).to_string();
            let table = back(Format::Coco, name, &labels.to_string(), &found, json!({}));
            assert_columns(&case, &table, &["image", "gts", "dets"]);
            assert_eq!(table.settings["categories"], *categories);
        }
    }
}

#[test]
fn lists_as_trec() {
    for case in cases("trec") {
        let (mut labels, mut found) = (String::new(), String::new());
        for row in rows(&case) {
            let query = plain(&cell(&case, "qid", row));
            for (document, grade) in case["cols"]["qrels"][row].as_object().unwrap() {
                writeln!(labels, "{query} 0 {document} {grade}").unwrap();
            }
            for (rank, entry) in list(&case["cols"]["run"][row]).iter().enumerate() {
                writeln!(found, "{query} Q0 {} {rank} {} me", plain(&entry[0]), plain(&entry[1])).unwrap();
            }
        }
        assert_columns(
            &case,
            &back(Format::Trec, "retrieval", &labels, &found, json!({})),
            &["qrels", "run"],
        );
    }
}

#[test]
fn turns_as_rttm() {
    let folder = Folder::new();
    for case in cases("diarization") {
        let (mut uem, mut texts) = (String::new(), [String::new(), String::new()]);
        for row in rows(&case) {
            writeln!(uem, "rec{row} 1 0.0 {}", cell(&case, "duration", row)).unwrap();
            for (column, text) in ["ref", "hyp"].into_iter().zip(&mut texts) {
                for turn in list(&case["cols"][column][row]) {
                    let (start, end) = (turn[0].as_f64().unwrap(), turn[1].as_f64().unwrap());
                    let (long, name) = (end - start, plain(&turn[2]));
                    writeln!(text, "SPEAKER rec{row} 1 {start} {long:.3} <NA> <NA> {name} <NA> <NA>")
                        .unwrap();
                }
            }
        }
        let settings = json!({"uem": folder.write("uem", uem)});
        let table = back(Format::Rttm, "diarization", &texts[0], &texts[1], settings);
        assert_columns(&case, &table, &["ref", "hyp", "duration"]);
    }
}

#[test]
fn segments_as_activitynet() {
    for case in cases("temporal_localisation") {
        let (mut database, mut results) = (Map::new(), Map::new());
        for row in rows(&case) {
            let video = plain(&cell(&case, "video", row));
            database.insert(video.clone(), json!({"annotations": cell(&case, "gts", row)}));
            results.insert(video, cell(&case, "preds", row));
        }
        let (labels, found) =
            (json!({"database": database}).to_string(), json!({"results": results}).to_string());
        let table = back(Format::ActivityNet, "temporal_localisation", &labels, &found, json!({}));
        assert_eq!(table.row_count, rows(&case).len());
        let place =
            |video: &Value| table.columns["video"].iter().position(|name| *name == plain(video)).unwrap();
        for row in rows(&case) {
            // Videos come in the order of their names.
            let at = place(&case["cols"]["video"][row]);
            for column in ["gts", "preds"] {
                let (want, got) = (cell(&case, column, row), &table.columns[column][at]);
                assert!(same(&want, got), "{} {column}[{row}]: got {got}, want {want}", case["id"]);
            }
        }
    }
}

#[test]
fn sounds_as_sed_eval() {
    let folder = Folder::new();
    for case in cases("sound_event") {
        let (mut lengths, mut texts) = (String::new(), [String::new(), String::new()]);
        for row in rows(&case) {
            writeln!(lengths, "{row}.wav\t{}", cell(&case, "duration", row)).unwrap();
            for (column, text) in ["ref", "est"].into_iter().zip(&mut texts) {
                writeln!(text, "{row}.wav").unwrap();
                for event in list(&case["cols"][column][row]) {
                    writeln!(text, "{row}.wav\t{}\t{}\t{}", event[1], event[2], plain(&event[0])).unwrap();
                }
            }
        }
        let settings =
            json!({"durations": folder.write("lengths", lengths), "labels": case["shared"]["labels"]});
        let table = back(Format::Sed, "sound_event", &texts[0], &texts[1], settings);
        assert_columns(&case, &table, &["ref", "est", "duration"]);
        assert_eq!(table.settings["labels"], case["shared"]["labels"]);
    }
}

#[test]
fn outlines_of_text_as_icdar() {
    for case in cases("ocr_detection") {
        let folder = Folder::new();
        for row in rows(&case) {
            // Names in the order of the rows.
            for (column, part, prefix) in [("gts", "labels", "gt"), ("dets", "found", "res")] {
                let mut text = String::new();
                for entry in list(&case["cols"][column][row]) {
                    let numbers = list(&entry["points"]).iter().flat_map(list).map(Value::to_string);
                    let numbers: Vec<_> = numbers.collect();
                    writeln!(text, "{},{}", numbers.join(","), plain(&entry["text"])).unwrap();
                }
                folder.write(&format!("{part}/{prefix}_img_{row:06}.txt"), text);
            }
        }
        let (labels, found) = (folder.path("labels"), folder.path("found"));
        let ocr = suite("ocr_detection").unwrap();
        let table = super::read(ocr, &labels, &found, Format::Icdar, Map::new()).unwrap();
        assert_columns(&case, &table, &["gts", "dets"]);
        assert_eq!(table.columns["image"][0], "img_000000");
    }
}

#[test]
fn tracks_as_motchallenge() {
    for case in cases("tracking") {
        let folder = Folder::new();
        for row in rows(&case) {
            for (column, part) in [("gt", "labels"), ("hyp", "found")] {
                let mut text = String::new();
                for (frame, boxes) in list(&case["cols"][column][row]).iter().enumerate() {
                    for own in list(boxes) {
                        let numbers: Vec<_> = list(own).iter().map(Value::to_string).collect();
                        writeln!(text, "{},{},1,-1,-1,-1", frame + 1, numbers.join(",")).unwrap();
                    }
                }
                folder.write(&format!("{part}/seq{row:03}.txt"), text);
            }
        }
        let (labels, found) = (folder.path("labels"), folder.path("found"));
        let tracking = suite("tracking").unwrap();
        let table = super::read(tracking, &labels, &found, Format::Mot, Map::new()).unwrap();
        assert_columns(&case, &table, &["gt", "hyp"]);
    }
}

#[test]
fn trials_as_voxceleb_and_nist_have_them() {
    for case in cases("verification") {
        let (mut vox, mut nist, mut found) = (String::new(), String::new(), String::new());
        for row in rows(&case) {
            let label = cell(&case, "label", row);
            let word = if label == 1 { "target" } else { "nontarget" };
            writeln!(vox, "{label} a{row}/x.wav b.wav").unwrap();
            writeln!(nist, "a{row}/x.wav b.wav {word}").unwrap();
            writeln!(found, "a{row}/x.wav b.wav {}", plain(&cell(&case, "score", row))).unwrap();
        }
        for labels in [vox, nist] {
            let table = back(Format::Trials, "verification", &labels, &found, json!({}));
            assert_columns(&case, &table, &["label", "score"]);
        }
    }
}
