//! The golden files, and which ids of theirs are which of ours.

use crate::{
    File,
    case::{Case, number},
};

/// The same id, but for those that end so: lists, matrices and counts are not to rank by, and conventions that nobody should
/// rank by are not ours. The suites' own tests say of each why.
fn but(id: &str, left_out: &[&str]) -> Option<String> {
    let is_left_out = |name: &&str| id == *name || id.ends_with(&format!(".{name}"));
    (!left_out.iter().any(is_left_out)).then(|| id.to_owned())
}

/// An id at the threshold that the case names.
fn at(case: &Case, id: &str, parameter: &str) -> String {
    format!("{id}@{}", number(&case.line["params"][parameter]))
}

fn keyword(case: &Case, id: &str) -> Option<String> {
    match id {
        "atwv" => Some(at(case, id, "threshold")),
        "miss_at_fa_per_hour" => {
            Some(format!("miss@fa_per_hour{}", number(&case.line["params"]["fa_per_hour"])))
        }
        _ => but(id, &[]),
    }
}

/// A mean over the case's overlaps.
fn overlaps(case: &Case, id: &str) -> Option<String> {
    let all = case.line["params"]["tiou"].as_array().unwrap();
    let all: Vec<String> = all.iter().map(|overlap| number(overlap).to_string()).collect();
    let (first, last) = (&all[0], &all[all.len() - 1]);
    let step = match all.get(1).map(String::as_str) {
        None => "0.01",
        Some("0.55") => "0.05",
        Some("0.4") => "0.1",
        Some(other) => panic!("a grid with {other}"),
    };
    let grid = if (step, last.as_str()) == ("0.05", "0.95") {
        String::new()
    } else {
        format!("@{first}:{step}:{last}")
    };
    (id == "map.avg").then(|| id.to_owned() + &grid)
}

/// Undefined without a positive, where scikit-learn says 0, and 0.5 of the trapezoid.
fn of_positives(id: &str) -> f64 {
    match id {
        "pr_auc.trapezoid" => 0.5,
        "average_precision" => 0.0,
        id if id.starts_with("recall_at_precision") => 0.0,
        _ => f64::NAN,
    }
}

const fn file(name: &'static str, suite: &'static str, values: usize) -> File {
    File { name, suite, columns: &[], id: |_, id| but(id, &[]), undefined: |_| f64::NAN, values }
}

/// COCO's word for undefined.
const fn coco(name: &'static str, values: usize) -> File {
    File { id: |_, id| but(id, &["per_class"]), undefined: |_| -1.0, ..file(name, name, values) }
}

pub static FILES: [File; 35] = [
    File {
        id: |_, id| but(id, &["confusion", "per_class", "support"]),
        ..file("cls_hard", "classification", 228)
    },
    file("cls_scores", "classification", 177),
    File { undefined: of_positives, ..file("binary", "binary", 178) },
    File { id: |_, id| but(id, &["per_class"]), ..file("multilabel", "multilabel", 189) },
    file("regression", "regression", 153),
    File { columns: &[("label", "gt"), ("conf", "score")], ..file("gap_recognition", "open_set_id", 8) },
    File {
        id: |case, id| if id == "best_f1" { but(id, &[]) } else { Some(at(case, id, "threshold")) },
        ..file("open_set_id", "open_set_id", 39)
    },
    File {
        id: |_, id| but(id, &["voxceleb_trainer", "tar@far0.01"]),
        ..file("verification", "verification", 282)
    },
    file("search_1n", "search_1n", 72),
    File { id: |_, id| but(id, &["answered_only"]), ..file("trec", "retrieval", 130) },
    file("mapk", "retrieval", 90),
    File { id: |_, id| but(id, &["valid_queries"]), ..file("reid", "retrieval", 37) },
    file("ltr", "ltr", 72),
    file("copy_detection", "copy_detection", 39),
    file("segment_copy", "segment_copy", 17),
    coco("coco_bbox", 168),
    coco("coco_segm", 108),
    coco("coco_keypoints", 80),
    coco("lvis_bbox", 104),
    File {
        id: |_, id| (!["AP.area", "AP.11pt"].contains(&id)).then(|| id.to_owned()),
        ..file("voc_detection", "voc_detection", 18)
    },
    File {
        id: |_, id| but(id, &["matched", "care_gt", "care_det"]),
        undefined: |_| 0.0,
        ..file("ocr_detection", "ocr_detection", 48)
    },
    File { id: |_, id| but(id, &["confusion", "per_class"]), ..file("semantic_seg", "semantic_seg", 81) },
    file("image_quality", "image_quality", 40),
    file("frechet", "frechet", 8),
    file("tracking", "tracking", 72),
    File { id: overlaps, ..file("temporal_localisation", "temporal_localisation", 8) },
    file("sound_event", "sound_event", 120),
    File { id: keyword, ..file("keyword_spotting", "keyword_spotting", 23) },
    file("language_id", "language_id", 32),
    File {
        id: |_, id| but(id, &["confusion_s", "false_alarm_s", "missed_s", "total_s"]),
        ..file("diarization", "diarization", 24)
    },
    file("si_sdr", "si_sdr", 16),
    File {
        id: |_, id| but(id, &["hsdi", "errors", "ref_words", "jiwer.mer", "jiwer.wil", "jiwer.wip"]),
        ..file("asr", "transcript", 51)
    },
    File { id: |_, id| but(id, &["edits", "ref_chars"]), ..file("ocr_text", "transcript", 90) },
    File { id: |_, id| but(id, &["bleu.stats"]), ..file("mt", "mt", 120) },
    file("caption", "caption", 48),
];
