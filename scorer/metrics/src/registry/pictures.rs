//! Suites of pictures and videos: what is where.

use super::{AnswerKind, SuiteInfo, optional, required};
use crate::{
    Kind, boxes, features, federated, images, instances, mask, objects, poses, regions, segments, tracks,
};

/// Boxes of objects, as COCO has it.
pub(super) static COCO_BBOX: SuiteInfo = SuiteInfo {
    name: "coco_bbox",
    title: "Boxes of objects, as COCO has it",
    modality: "image",
    answers: &[AnswerKind::Boxes],
    predictions: &[required("dets", "list of {category_id, bbox: [x, y, w, h] in pixels, score}")],
    labels: &[required("image", "{id, w, h}"), required("gts", "list of {category_id, bbox, area, iscrowd}")],
    settings: &[optional("categories", "", "list of {id, name}; left out: those that occur")],
    parameters: &[],
    state: "About 21 bytes per detection, at most 40: 126 MB at 6,000,000, at most 240 MB. A unit with \
        more than 1,677,721 may exceed 64 MiB: `egret competition check` says so.",
    metrics: &boxes::METRICS,
    example: concat!(
        r#"{"settings": {"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "boat"}]}}"#,
        "\n",
        r#"{"image": {"id": 1, "w": 320, "h": 240}, "gts": [{"category_id": 1, "bbox": [10, 10, 40, 40], "area": 1600, "iscrowd": 0}, {"category_id": 1, "bbox": [100, 50, 120, 100], "area": 12000, "iscrowd": 0}, {"category_id": 2, "bbox": [5, 200, 20, 20], "area": 400, "iscrowd": 0}], "dets": [{"category_id": 1, "bbox": [12, 10, 40, 40], "score": 0.9}, {"category_id": 1, "bbox": [110, 60, 120, 100], "score": 0.8}, {"category_id": 1, "bbox": [60, 160, 20, 20], "score": 0.6}, {"category_id": 2, "bbox": [5, 202, 20, 20], "score": 0.7}]}"#,
        "\n",
        r#"{"image": {"id": 2, "w": 320, "h": 240}, "gts": [{"category_id": 1, "bbox": [50, 50, 20, 20], "area": 400, "iscrowd": 0}, {"category_id": 2, "bbox": [150, 80, 130, 110], "area": 14300, "iscrowd": 0}], "dets": [{"category_id": 1, "bbox": [50, 54, 20, 20], "score": 0.7}, {"category_id": 2, "bbox": [150, 80, 130, 90], "score": 0.5}, {"category_id": 2, "bbox": [20, 20, 30, 30], "score": 0.6}]}"#,
        "\n"
    ),
    parse: |id| boxes::parse(id).map(|(kind, family)| (Kind::Boxes(kind), family)),
};

/// Outlines of objects, as COCO has it.
pub(super) static COCO_SEGM: SuiteInfo = SuiteInfo {
    name: "coco_segm",
    title: "Outlines of objects, as COCO has it",
    modality: "image",
    answers: &[],
    predictions: &[required("dets", "list of {category_id, segmentation: polygons or RLE, score}")],
    labels: &[
        required("image", "{id, w, h}"),
        required("gts", "list of {category_id, segmentation, area, iscrowd}"),
    ],
    settings: &[optional("categories", "", "list of {id, name}; left out: those that occur")],
    parameters: &[],
    state: "About 21 bytes per detection, at most 40: 126 MB at 6,000,000, at most 240 MB.",
    metrics: &instances::METRICS,
    example: concat!(
        r#"{"settings": {"categories": [{"id": 1, "name": "cat"}]}}"#,
        "\n",
        r#"{"image": {"id": 1, "w": 240, "h": 160}, "gts": [{"category_id": 1, "segmentation": [[10, 10, 30, 10, 30, 30, 10, 30]], "area": 400, "iscrowd": 0}, {"category_id": 1, "segmentation": [[40, 40, 100, 40, 100, 90, 40, 90]], "area": 3000, "iscrowd": 0}, {"category_id": 1, "segmentation": [[110, 30, 220, 30, 220, 130, 110, 130]], "area": 11000, "iscrowd": 0}], "dets": [{"category_id": 1, "segmentation": [[10, 10, 30, 10, 30, 28, 10, 28]], "score": 0.9}, {"category_id": 1, "segmentation": [[40, 45, 100, 45, 100, 95, 40, 95]], "score": 0.8}, {"category_id": 1, "segmentation": [[110, 30, 220, 30, 220, 120, 110, 120]], "score": 0.7}, {"category_id": 1, "segmentation": [[0, 120, 30, 120, 30, 150, 0, 150]], "score": 0.75}]}"#,
        "\n"
    ),
    parse: |id| instances::parse(id).map(|(kind, family)| (Kind::Instances(kind), family)),
};

/// Poses of persons, as COCO has it.
pub(super) static COCO_KEYPOINTS: SuiteInfo = SuiteInfo {
    name: "coco_keypoints",
    title: "Poses of persons, as COCO has it",
    modality: "image",
    answers: &[],
    predictions: &[required("dets", "list of {category_id, keypoints: [x, y, v, ...], score}")],
    labels: &[
        required("image", "{id, w, h}"),
        required("gts", "list of {category_id, bbox, area, iscrowd, num_keypoints, keypoints}"),
    ],
    settings: &[
        optional("categories", "", "list of {id, name}; left out: those that occur"),
        optional(
            "sigmas",
            "",
            "how far off each point may be, one number per point; left out: those of the 17 points of a person",
        ),
    ],
    parameters: &[],
    state: "About 19 bytes per detection, at most 40: 114 MB at 6,000,000, at most 240 MB.",
    metrics: &poses::METRICS,
    example: concat!(
        r#"{"settings": {"categories": [{"id": 1, "name": "person"}]}}"#,
        "\n",
        r#"{"image": {"id": 1, "w": 320, "h": 240}, "gts": [{"category_id": 1, "bbox": [10, 10, 50, 70], "area": 2500, "iscrowd": 0, "num_keypoints": 3, "keypoints": [20, 20, 2, 40, 50, 2, 30, 70, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}, {"category_id": 1, "bbox": [140, 20, 100, 140], "area": 11000, "iscrowd": 0, "num_keypoints": 3, "keypoints": [150, 30, 2, 220, 90, 2, 180, 140, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}], "dets": [{"category_id": 1, "keypoints": [22, 20, 1, 42, 50, 1, 32, 70, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "score": 0.9}, {"category_id": 1, "keypoints": [153, 30, 1, 223, 90, 1, 183, 140, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "score": 0.8}, {"category_id": 1, "keypoints": [190, 30, 1, 260, 90, 1, 220, 140, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "score": 0.85}]}"#,
        "\n"
    ),
    parse: |id| poses::parse(id).map(|(kind, family)| (Kind::Poses(kind), family)),
};

/// Boxes of objects where not all is labelled, as LVIS has it.
pub(super) static LVIS_BBOX: SuiteInfo = SuiteInfo {
    name: "lvis_bbox",
    title: "Boxes of objects where not all is labelled, as LVIS has it",
    modality: "image",
    answers: &[],
    predictions: &[required("dets", "list of {category_id, bbox: [x, y, w, h] in pixels, score}")],
    labels: &[
        required(
            "image",
            "{id, w, h, neg: categories known to be absent, nex: categories not labelled exhaustively}",
        ),
        required("gts", "list of {category_id, bbox, area}"),
    ],
    settings: &[required("categories", "list of {id, name, frequency: r, c or f}")],
    parameters: &[],
    state: "About 21 bytes per detection, at most 40: 126 MB at 6,000,000, at most 240 MB.",
    metrics: &federated::METRICS,
    example: concat!(
        r#"{"settings": {"categories": [{"id": 1, "name": "cat", "frequency": "f"}, {"id": 2, "name": "boat", "frequency": "c"}, {"id": 3, "name": "egret", "frequency": "r"}]}}"#,
        "\n",
        r#"{"image": {"id": 1, "w": 320, "h": 240, "neg": [], "nex": []}, "gts": [{"category_id": 1, "bbox": [10, 10, 40, 40], "area": 1600}, {"category_id": 2, "bbox": [100, 50, 120, 100], "area": 12000}, {"category_id": 3, "bbox": [5, 200, 20, 20], "area": 400}], "dets": [{"category_id": 1, "bbox": [12, 10, 40, 40], "score": 0.9}, {"category_id": 2, "bbox": [100, 60, 120, 100], "score": 0.8}, {"category_id": 3, "bbox": [5, 202, 20, 20], "score": 0.6}]}"#,
        "\n",
        r#"{"image": {"id": 2, "w": 320, "h": 240, "neg": [1], "nex": [3]}, "gts": [{"category_id": 3, "bbox": [50, 50, 20, 20], "area": 400}], "dets": [{"category_id": 1, "bbox": [50, 54, 20, 20], "score": 0.95}, {"category_id": 2, "bbox": [0, 0, 50, 50], "score": 0.9}, {"category_id": 3, "bbox": [150, 54, 20, 20], "score": 0.7}, {"category_id": 3, "bbox": [50, 51, 20, 20], "score": 0.5}]}"#,
        "\n"
    ),
    parse: |id| federated::parse(id).map(|(kind, family)| (Kind::Federated(kind), family)),
};

/// Boxes of objects, as PASCAL VOC has it.
pub(super) static VOC_DETECTION: SuiteInfo = SuiteInfo {
    name: "voc_detection",
    title: "Boxes of objects, as PASCAL VOC has it",
    modality: "image",
    answers: &[AnswerKind::Boxes],
    predictions: &[required("dets", "list of {class, box: [left, top, right, bottom] in pixels, score}")],
    labels: &[required("image", "its name"), required("gts", "list of {class, box, difficult}")],
    settings: &[
        optional("classes", "", "list of classes; left out: those that occur"),
        optional(
            "images",
            "",
            "list of images, which decides among equal scores; left out: the order of the rows",
        ),
        optional("iou", "0.5", "least overlap of a match; above 0, at most 1"),
        optional(
            "plus_one",
            "false",
            "true: a box includes the pixels of its right and lower edge, as the development kit has it",
        ),
    ],
    parameters: &[],
    state: "About 19 bytes per detection, at most 40: 114 MB at 6,000,000, at most 240 MB. A unit with \
        more than 1,677,721 may exceed 64 MiB: `egret competition check` says so.",
    metrics: &objects::METRICS,
    example: concat!(
        r#"{"settings": {"classes": ["cat", "boat"]}}"#,
        "\n",
        r#"{"image": "000012", "gts": [{"class": "cat", "box": [10, 10, 50, 50], "difficult": false}, {"class": "cat", "box": [60, 10, 90, 40], "difficult": true}], "dets": [{"class": "cat", "box": [12, 10, 52, 50], "score": 0.9}, {"class": "cat", "box": [60, 60, 80, 80], "score": 0.6}]}"#,
        "\n",
        r#"{"image": "000017", "gts": [{"class": "cat", "box": [50, 50, 70, 70], "difficult": false}, {"class": "boat", "box": [10, 10, 40, 30], "difficult": false}], "dets": [{"class": "cat", "box": [50, 54, 70, 74], "score": 0.5}, {"class": "boat", "box": [10, 10, 40, 28], "score": 0.8}]}"#,
        "\n"
    ),
    parse: |id| objects::parse(id).map(|(kind, family)| (Kind::Objects(kind), family)),
};

/// Where text is, and what it says.
pub(super) static OCR_DETECTION: SuiteInfo = SuiteInfo {
    name: "ocr_detection",
    title: "Where text is, and what it says",
    modality: "image",
    answers: &[],
    predictions: &[required("dets", "list of {points: [[x, y], ...], text}")],
    labels: &[required("image", "its name"), required("gts", "list of {points, ignore, text}")],
    settings: &[
        optional("iou", "0.5", "a match overlaps by more; from 0, below 1"),
        optional(
            "area_precision",
            "0.5",
            "a detection is dropped with more than this share in a region to be ignored",
        ),
    ],
    parameters: &[],
    state: "At most 60 bytes, whatever the number of items.",
    metrics: &regions::METRICS,
    example: concat!(
        r#"{"image": "1", "gts": [{"points": [[0, 0], [10, 0], [10, 4], [0, 4]], "ignore": false, "text": "EXIT"}, {"points": [[0, 10], [20, 10], [20, 14], [0, 14]], "ignore": false, "text": "egret"}, {"points": [[40, 0], [48, 0], [48, 4], [40, 4]], "ignore": true, "text": "?"}], "dets": [{"points": [[0, 0], [9, 0], [9, 4], [0, 4]], "text": "exit"}, {"points": [[0, 10], [20, 10], [20, 14], [0, 14]], "text": "regret"}, {"points": [[40, 0], [48, 0], [48, 3], [40, 3]], "text": "x"}, {"points": [[20, 20], [30, 20], [30, 24], [20, 24]], "text": "no"}]}"#,
        "\n"
    ),
    parse: |id| regions::parse(id).map(|(kind, family)| (Kind::Regions(kind), family)),
};

/// A class per pixel.
pub(super) static SEMANTIC_SEG: SuiteInfo = SuiteInfo {
    name: "semantic_seg",
    title: "A class per pixel",
    modality: "image",
    answers: &[AnswerKind::Mask],
    predictions: &[required("pred", "h times w classes, row by row")],
    labels: &[
        required("h", "height in pixels"),
        required("w", "width in pixels"),
        required("gt", "h times w classes, row by row; `void` does not count"),
    ],
    settings: &[
        optional(
            "classes",
            "",
            "how many classes there are; 2 to 65535; left out: as needed for the largest of `gt`",
        ),
        optional("void", "255", "the class in `gt` that does not count; in `pred` it is no class"),
    ],
    parameters: &[],
    state: "At most 60 bytes per class and 60 more, whatever the number of items.",
    metrics: &mask::METRICS,
    example: concat!(
        r#"{"settings": {"classes": 4}}"#,
        "\n",
        r#"{"h": 5, "w": 6, "gt": [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 255], "pred": [0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0]}"#,
        "\n",
        r#"{"h": 2, "w": 3, "gt": [0, 0, 0, 0, 0, 0], "pred": [0, 0, 0, 0, 0, 2]}"#,
        "\n"
    ),
    parse: |id| mask::parse(id).map(|(kind, family)| (Kind::Mask(kind), family)),
};

/// How near a picture comes to another.
pub(super) static IMAGE_QUALITY: SuiteInfo = SuiteInfo {
    name: "image_quality",
    title: "How near a picture comes to another",
    modality: "image",
    answers: &[],
    predictions: &[required("img", "h times w times c values 0 to 255, row by row")],
    labels: &[
        required("h", "height in pixels"),
        required("w", "width in pixels"),
        required("c", "channels"),
        required("ref", "h times w times c values 0 to 255, row by row"),
    ],
    settings: &[],
    parameters: &[],
    state: "At most 20 bytes per metric and 120 more, whatever the number of items.",
    metrics: &images::METRICS,
    example: concat!(
        r#"{"h": 11, "w": 11, "c": 1, "ref": [5, 42, 79, 116, 153, 190, 16, 53, 90, 127, 164, 201, 27, 64, 101, 138, 175, 1, 38, 75, 112, 149, 186, 12, 49, 86, 123, 160, 197, 23, 60, 97, 134, 171, 208, 34, 71, 108, 145, 182, 8, 45, 82, 119, 156, 193, 19, 56, 93, 130, 167, 204, 30, 67, 104, 141, 178, 4, 41, 78, 115, 152, 189, 15, 52, 89, 126, 163, 200, 26, 63, 100, 137, 174, 0, 37, 74, 111, 148, 185, 11, 48, 85, 122, 159, 196, 22, 59, 96, 133, 170, 207, 33, 70, 107, 144, 181, 7, 44, 81, 118, 155, 192, 18, 55, 92, 129, 166, 203, 29, 66, 103, 140, 177, 3, 40, 77, 114, 151, 188, 14], "img": [5, 43, 81, 119, 157, 195, 22, 53, 91, 129, 167, 205, 32, 70, 101, 139, 177, 4, 42, 80, 118, 149, 187, 14, 52, 90, 128, 166, 197, 24, 62, 100, 138, 176, 214, 34, 72, 110, 148, 186, 13, 51, 82, 120, 158, 196, 23, 61, 99, 130, 168, 206, 33, 71, 109, 147, 178, 5, 43, 81, 119, 157, 195, 15, 53, 91, 129, 167, 205, 32, 63, 101, 139, 177, 4, 42, 80, 111, 149, 187, 14, 52, 90, 128, 159, 197, 24, 62, 100, 138, 176, 207, 34, 72, 110, 148, 186, 13, 44, 82, 120, 158, 196, 23, 61, 92, 130, 168, 206, 33, 71, 109, 140, 178, 5, 43, 81, 119, 157, 188, 15]}"#,
        "\n"
    ),
    parse: |id| images::parse(id).map(|(kind, family)| (Kind::Images(kind), family)),
};

/// How near one set of features comes to another.
pub(super) static FRECHET: SuiteInfo = SuiteInfo {
    name: "frechet",
    title: "How near one set of features comes to another",
    modality: "any",
    answers: &[],
    predictions: &[required("feat", "list of numbers, for the real ones too")],
    labels: &[required("set", "real or fake")],
    settings: &[optional(
        "features",
        "",
        "how many numbers a row has; 1 to 2048; left out: as many as the first",
    )],
    parameters: &[],
    state: "Two sums per pair of features, about 11 bytes each, at most 19: 46 MB at 2,048 features, at \
        most 80 MB, whatever the number of items.",
    metrics: &features::METRICS,
    example: concat!(
        r#"{"set": "real", "feat": [0.0, 0.0]}"#,
        "\n",
        r#"{"set": "real", "feat": [2.0, 2.0]}"#,
        "\n",
        r#"{"set": "real", "feat": [0.0, 2.0]}"#,
        "\n",
        r#"{"set": "fake", "feat": [1.0, 0.0]}"#,
        "\n",
        r#"{"set": "fake", "feat": [3.0, 3.0]}"#,
        "\n",
        r#"{"set": "fake", "feat": [1.0, 2.0]}"#,
        "\n"
    ),
    parse: |id| features::parse(id).map(|(kind, family)| (Kind::Features(kind), family)),
};

/// Who is where in each frame.
pub(super) static TRACKING: SuiteInfo = SuiteInfo {
    name: "tracking",
    title: "Who is where in each frame",
    modality: "video",
    answers: &[],
    predictions: &[required("hyp", "per frame a list of [track, x, y, w, h]")],
    labels: &[required("gt", "per frame a list of [track, x, y, w, h]")],
    settings: &[],
    parameters: &[],
    state: "At most 60 bytes, whatever the number of items.",
    metrics: &tracks::METRICS,
    example: concat!(
        r#"{"gt": [[[1, 0, 0, 10, 10], [2, 40, 0, 10, 10]], [[1, 2, 0, 10, 10], [2, 40, 2, 10, 10]], [[1, 4, 0, 10, 10], [2, 40, 4, 10, 10]], [[1, 6, 0, 10, 10]]], "hyp": [[[7, 0, 0, 10, 10], [5, 40, 1, 10, 10]], [[7, 2, 1, 10, 10], [5, 40, 3, 10, 10]], [[8, 4, 0, 10, 10], [9, 80, 50, 5, 5]], [[8, 6, 0, 10, 10], [9, 82, 50, 5, 5]]]}"#,
        "\n"
    ),
    parse: |id| tracks::parse(id).map(|(kind, family)| (Kind::Tracks(kind), family)),
};

/// What happens when.
pub(super) static TEMPORAL_LOCALISATION: SuiteInfo = SuiteInfo {
    name: "temporal_localisation",
    title: "What happens when",
    modality: "video",
    answers: &[AnswerKind::Segments],
    predictions: &[required("preds", "list of {label, segment: [start, end] in seconds, score}")],
    labels: &[
        required("video", "its name"),
        required("gts", "list of {label, segment: [start, end] in seconds}"),
    ],
    settings: &[
        optional("classes", "", "list of labels; left out: those that occur"),
        optional(
            "videos",
            "",
            "list of videos, which decides among equal scores; left out: the order of the rows",
        ),
    ],
    parameters: &[
        optional("first", "0.3", "first overlap; 0.01 to 1 in hundredths"),
        optional("step", "0.1", "step between overlaps; 0.01 to 1 in hundredths"),
        optional("last", "0.7", "last overlap; 0.01 to 1 in hundredths"),
        optional("t", "0.5", "least overlap; above 0, at most 1"),
    ],
    state: "About 14 bytes per segment, at most 30: 84 MB at 6,000,000, at most 180 MB. A unit with more \
        than 2,236,962 may exceed 64 MiB: `egret competition check` says so.",
    metrics: &segments::METRICS,
    example: concat!(
        r#"{"settings": {"classes": ["dive", "swim"]}}"#,
        "\n",
        r#"{"video": "v1", "gts": [{"label": "dive", "segment": [1.0, 5.0]}, {"label": "swim", "segment": [6.0, 9.0]}], "preds": [{"label": "dive", "segment": [1.5, 5.0], "score": 0.9}, {"label": "dive", "segment": [7.0, 8.0], "score": 0.5}, {"label": "swim", "segment": [7.0, 10.0], "score": 0.6}]}"#,
        "\n",
        r#"{"video": "v2", "gts": [{"label": "dive", "segment": [2.0, 4.0]}], "preds": [{"label": "dive", "segment": [2.0, 3.4], "score": 0.7}]}"#,
        "\n"
    ),
    parse: |id| segments::parse(id).map(|(kind, family)| (Kind::Segments(kind), family)),
};
