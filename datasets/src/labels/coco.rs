//! COCO JSON: images, annotations with boxes, categories. Segmentations and key points are passed over.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use super::reading::{Claim, Common, Reading, check_group};
use super::set::{Canvas, Label};
use super::truths::sound;
use crate::{Problem, SplitRule, TrueBox};

/// As much of the file as means something here.
#[derive(Deserialize)]
struct Coco {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Image {
    id: u64,
    file_name: String,
    width: u32,
    height: u32,
    /// Not COCO's: as the columns of `labels.csv`.
    #[serde(default)]
    split: String,
    #[serde(default)]
    group: String,
}

#[derive(Deserialize)]
struct Annotation {
    id: u64,
    image_id: u64,
    category_id: u64,
    bbox: [f64; 4],
    area: Option<f64>,
    #[serde(default)]
    iscrowd: u8,
}

#[derive(Deserialize)]
struct Category {
    id: u64,
    name: String,
}

fn parse<T: for<'de> Deserialize<'de>>(dir: &Path, file: &Path) -> Result<T, Problem> {
    let opened = File::open(dir.join(file)).map_err(|error| {
        Problem::of_file(file, format!("the file cannot be read: {error}"), "make it readable")
    })?;
    serde_json::from_reader(BufReader::new(opened)).map_err(|error| {
        let remedy = "write COCO JSON with images, annotations (bbox) and categories";
        Problem::at_line(file, error.line() as u32, format!("the file is not COCO JSON: {error}"), remedy)
    })
}

/// The names of the categories, by ascending id.
pub(super) fn classes(dir: &Path, file: &Path) -> Vec<String> {
    #[derive(Deserialize)]
    struct Categories {
        categories: Vec<Category>,
    }
    let read = parse(dir, file).map(|Categories { mut categories }| {
        categories.sort_by_key(|category| category.id);
        categories.into_iter().map(|category| category.name).collect()
    });
    read.unwrap_or_default()
}

/// Makes an item of every image, with its boxes.
pub(super) fn read(reading: &mut Reading<'_>, file: &Path, problems: &mut Vec<Problem>) {
    let coco: Coco = match parse(reading.dir, file) {
        Ok(coco) => coco,
        Err(problem) => {
            problems.push(problem);
            return reading.give_up();
        }
    };
    let by_split = coco.images.iter().any(|image| !image.split.is_empty());
    let (what, remedy) = match (&reading.task.split, by_split) {
        (SplitRule::Column, false) => (
            "no image has a `split`, and task.toml has no [split]",
            "add [split] with weights and a seed, or \"split\" (sample, public, private) to every image",
        ),
        (SplitRule::Ratio { .. }, true) => {
            ("images have a `split`, and task.toml has [split] too", "remove one of them")
        }
        _ => ("", ""),
    };
    if !what.is_empty() {
        problems.push(Problem::of_file(file, what, remedy));
    }
    let classes = categories(reading, &coco.categories, file, problems);
    let items = images(reading, &coco.images, by_split, file, problems);
    annotations(reading, coco.annotations, &classes, &items, file, problems);
}

/// Classes by category.
fn categories(
    reading: &Reading<'_>,
    categories: &[Category],
    file: &Path,
    problems: &mut Vec<Problem>,
) -> HashMap<u64, u32> {
    let mut classes = HashMap::new();
    for Category { id, name } in categories {
        let mut note = |what: String, remedy: String| {
            problems.push(Problem::of_file(file, format!("category {id}: {what}"), remedy));
        };
        match reading.class(name) {
            Ok(class) => {
                if classes.insert(*id, class).is_some() {
                    note("the id is used twice".into(), "give each category its own".into());
                }
            }
            Err((what, remedy)) => note(what, remedy),
        }
    }
    classes
}

/// Items by image; `None` for an image with a problem.
fn images(
    reading: &mut Reading<'_>,
    images: &[Image],
    by_split: bool,
    file: &Path,
    problems: &mut Vec<Problem>,
) -> HashMap<u64, Option<u32>> {
    let mut items = HashMap::new();
    for (image, line) in images.iter().zip(1..) {
        let mut note = |(what, remedy): (String, String)| {
            problems.push(Problem::of_file(file, format!("image {}: {what}", image.id), remedy));
        };
        let claimed = reading.claim(&image.file_name, line, Claim::File);
        let split = if by_split { reading.split(&image.split) } else { Ok(None) };
        let group = check_group(&image.group);
        let item = match (claimed, split, group) {
            (Ok(id), Ok(split), Ok(())) => {
                let common = Common { split, group: &image.group, key: &id, ..Common::default() };
                let canvas = Canvas::Stated(image.width, image.height);
                Some(reading.push(&id, &common, &Label::Boxes { canvas, boxes: Vec::new() }))
            }
            (claimed, split, group) => {
                claimed.err().into_iter().chain(split.err()).chain(group.err()).for_each(&mut note);
                None
            }
        };
        if items.insert(image.id, item).is_some() {
            note(("the id is used twice".into(), "give each image its own".into()));
        }
    }
    items
}

fn annotations(
    reading: &mut Reading<'_>,
    annotations: Vec<Annotation>,
    classes: &HashMap<u64, u32>,
    items: &HashMap<u64, Option<u32>>,
    file: &Path,
    problems: &mut Vec<Problem>,
) {
    let mut boxes: Vec<(u32, u64, TrueBox)> = Vec::new();
    for annotation in annotations {
        let Annotation { id, image_id, category_id, bbox: [x, y, w, h], area, iscrowd } = annotation;
        let mut note = |what: String, remedy: &str| {
            problems.push(Problem::of_file(file, format!("annotation {id}: {what}"), remedy));
        };
        let Some(item) = items.get(&image_id) else {
            note(format!("there is no image {image_id}"), "correct `image_id`, or add the image");
            continue;
        };
        let Some(class) = classes.get(&category_id) else {
            note(format!("there is no category {category_id}"), "correct `category_id`, or add the category");
            continue;
        };
        if iscrowd > 1 {
            note(format!("`iscrowd` is {iscrowd}"), "write 0 or 1");
            continue;
        }
        let found = TrueBox { class: *class, x, y, w, h, area: area.unwrap_or(w * h), crowd: iscrowd == 1 };
        match sound(&found) {
            Ok(()) => boxes.extend(item.map(|item| (item, id, found))),
            Err((what, remedy)) => note(what, &remedy),
        }
    }
    boxes.sort_by_key(|(item, ..)| *item);
    for found in boxes.chunk_by(|a, b| a.0 == b.0) {
        reading.set.add_boxes(found[0].0, found.iter().map(|(_, id, found)| (*id, *found)).collect());
    }
}
