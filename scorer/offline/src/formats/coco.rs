//! COCO and LVIS: one object with images, annotations and categories, and one list of results.

use egret_metrics::SuiteInfo;
use serde_json::{Map, Value, json};

use super::cells::name_of;
use super::json::document;
use super::named::{Named, table};
use super::source::Source;
use super::{Reading, wrong};
use crate::{Table, TableError};

/// The suites of boxes and outlines, and what of an annotation and of a result each reads.
const SUITES: [(&str, &[&str], &[&str]); 4] = [
    ("coco_bbox", &["category_id", "bbox", "area", "iscrowd"], &["category_id", "bbox", "score"]),
    (
        "coco_segm",
        &["category_id", "segmentation", "area", "iscrowd", "bbox"],
        &["category_id", "segmentation", "score"],
    ),
    (
        "coco_keypoints",
        &["category_id", "bbox", "area", "iscrowd", "num_keypoints", "keypoints"],
        &["category_id", "keypoints", "score"],
    ),
    ("lvis_bbox", &["category_id", "bbox", "area"], &["category_id", "bbox", "score"]),
];

/// Whether a suite reads what such files say.
pub(super) fn reads(suite: &SuiteInfo) -> bool {
    suite.name == "voc_detection" || SUITES.iter().any(|(name, ..)| *name == suite.name)
}

#[derive(Default)]
struct Image {
    /// The cell that says which one it is.
    named: Value,
    gts: Vec<Value>,
    dets: Vec<Value>,
}

/// How one entry of the files becomes an entry of a cell.
type Entry = dyn Fn(&mut Map<String, Value>) -> Option<Value>;

pub(super) fn read(suite: &SuiteInfo, reading: Reading<'_>) -> Result<Table, TableError> {
    let labels = Source::open(reading.labels, reading.limits)?;
    let Value::Object(mut truth) = document(&labels)? else {
        let remedy = "give the file with images, annotations and categories";
        return Err(wrong(labels.file, "it is not an object", remedy));
    };
    let mut list = |name: &str| match truth.remove(name) {
        Some(Value::Array(list)) => Ok(list),
        _ => {
            Err(wrong(labels.file.as_str(), format!("it has no list `{name}`"), "write one, if an empty one"))
        }
    };
    let mut images: Named<Image> = Named::new(reading.limits);
    for (entry, at) in list("images")?.into_iter().zip(0..) {
        let place = || format!("{}, images[{at}]", labels.file);
        let id = name_of(&entry["id"]).ok_or_else(|| wrong(place(), "it has no `id`", "write one"))?;
        let known = images.len();
        images.at(&id, place)?.named = image(suite, entry);
        if images.len() == known {
            return Err(wrong(place(), format!("the image {id} is there already"), "keep one"));
        }
    }
    let (of_truth, of_result): (Box<Entry>, Box<Entry>) = match SUITES
        .iter()
        .find(|(name, ..)| *name == suite.name)
    {
        Some((_, truth, result)) => (Box::new(|e| Some(kept(e, truth))), Box::new(|e| Some(kept(e, result)))),
        None => (Box::new(voc_truth), Box::new(voc_result)),
    };
    let place = |at: usize| format!("{}, annotations[{at}]", labels.file);
    add(&mut images, list("annotations")?, &of_truth, place, |image| &mut image.gts)?;
    let categories = list("categories")?;

    let source = Source::open(reading.predictions, reading.limits)?;
    let Value::Array(results) = document(&source)? else {
        return Err(wrong(
            source.file,
            "it is not a list",
            r#"write [{"image_id": 1, "category_id": 1, …}]"#,
        ));
    };
    add(&mut images, results, &of_result, |at| format!("{}, [{at}]", source.file), |image| &mut image.dets)?;

    let mut settings = Map::new();
    if suite.name == "voc_detection" {
        let ids = categories.iter().map(|category| category["id"].clone());
        settings.insert("classes".into(), ids.collect());
    } else {
        settings.insert("categories".into(), Value::from(categories));
    }
    settings.extend(reading.settings);
    let row = |(_, image): (String, Image)| [image.named, Value::from(image.gts), Value::from(image.dets)];
    Ok(table(settings, ["image", "gts", "dets"], images.into_items().into_iter().map(row)))
}

/// Adds entries to the images that they name.
fn add(
    images: &mut Named<Image>,
    entries: Vec<Value>,
    kept: &Entry,
    place: impl Fn(usize) -> String,
    list: impl Fn(&mut Image) -> &mut Vec<Value>,
) -> Result<(), TableError> {
    for (entry, at) in entries.into_iter().zip(0..) {
        let Value::Object(mut entry) = entry else {
            return Err(wrong(place(at), "it is not an object", "write {\"image_id\": 1, …}"));
        };
        let id = entry.get("image_id").and_then(name_of);
        let id = id.ok_or_else(|| wrong(place(at), "it has no `image_id`", "name its image"))?;
        let image = images.find(&id).ok_or_else(|| {
            wrong(place(at), format!("the image {id} is not among the labels' images"), "remove the entry")
        })?;
        let entry = kept(&mut entry).ok_or_else(|| {
            wrong(place(at), "its `bbox` is not a list of four numbers", "write [left, top, width, height]")
        })?;
        list(image).push(entry);
    }
    Ok(())
}

/// What a suite reads of an image.
fn image(suite: &SuiteInfo, mut entry: Value) -> Value {
    let id = entry["id"].take();
    if suite.name == "voc_detection" {
        return Value::from(name_of(&id));
    }
    let mut image = Map::from_iter([("id".to_owned(), id)]);
    let mut copy = |from: &str, to: &str| {
        if let Some(value) = entry.get_mut(from) {
            image.insert(to.to_owned(), value.take());
        }
    };
    copy("width", "w");
    copy("height", "h");
    if suite.name == "lvis_bbox" {
        copy("neg_category_ids", "neg");
        copy("not_exhaustive_category_ids", "nex");
        for list in ["neg", "nex"] {
            image.entry(list).or_insert_with(|| json!([]));
        }
    }
    Value::from(image)
}

fn kept(entry: &mut Map<String, Value>, names: &[&str]) -> Value {
    let cells = names.iter().filter_map(|name| Some(((*name).to_owned(), entry.remove(*name)?)));
    cells.collect()
}

/// Left, top, right, bottom.
fn corners(entry: &Map<String, Value>) -> Option<Value> {
    let sides = entry.get("bbox")?.as_array()?;
    let [left, top, width, height] = sides.as_slice() else { return None };
    let sum = |a: &Value, b: &Value| match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.checked_add(b).map(Value::from),
        _ => Some(super::cells::value_of(a.as_f64()? + b.as_f64()?)),
    };
    Some(json!([left, top, sum(left, width)?, sum(top, height)?]))
}

fn voc_truth(entry: &mut Map<String, Value>) -> Option<Value> {
    let is_set = |name: &str| entry.get(name).is_some_and(|flag| *flag == 1 || *flag == true);
    let difficult = ["difficult", "ignore", "iscrowd"].into_iter().any(is_set);
    Some(json!({"class": entry.get("category_id"), "box": corners(entry)?, "difficult": difficult}))
}

fn voc_result(entry: &mut Map<String, Value>) -> Option<Value> {
    let (class, score) = (entry.get("category_id"), entry.get("score"));
    Some(json!({"class": class, "box": corners(entry)?, "score": score}))
}
