//! Suites of objects in pictures, in the form of COCO.

use egret_metrics::{MetricError, boxes, federated, instances, poses};

use super::{
    Input, Reading,
    names::{Names, once},
};
use crate::{Cell, Column, TableError};

/// Most detections of a table, as of a state.
const DETECTION_COUNT_MAX: u64 = instances::DETECTION_COUNT_MAX;

/// What the four suites have in common: images, what is in them, what is found.
struct Pictures<'a> {
    categories: Names<'a>,
    images: Column<'a>,
    ids: Vec<u64>,
    truth: Column<'a>,
    found: Column<'a>,
}

impl<'a> Pictures<'a> {
    fn of(input: &Input<'a>) -> Result<Self, TableError> {
        let (images, truth, found) = (input.column("image")?, input.column("gts")?, input.column("dets")?);
        let ids: Vec<u64> = images.each(|image| image.part("id")?.whole())?;
        once(images.cells().zip(ids.iter().copied()))?;
        let categories = Names::of_categories(input.setting("categories"), || {
            let mut names = Vec::new();
            for cell in truth.cells().chain(found.cells()).filter(|cell| !cell.is_null()) {
                for entry in cell.list()? {
                    names.push(entry.part("category_id")?.name()?.into_owned());
                }
            }
            Ok(names)
        })?;
        Ok(Self { categories, images, ids, truth, found })
    }

    fn class(&self, entry: Cell<'_>) -> Result<u32, TableError> {
        self.categories.number(entry.part("category_id")?)
    }

    fn class_count(&self) -> u32 {
        self.categories.count().max(1)
    }

    /// Found boxes.
    fn boxes(&self) -> Result<Vec<Option<Vec<boxes::Detection>>>, TableError> {
        let one = |entry: Cell<'_>| {
            let [x, y, w, h] = entry.part("bbox")?.vector()?;
            Ok(boxes::Detection {
                class: self.class(entry)?,
                score: entry.part("score")?.number()?,
                x,
                y,
                w,
                h,
            })
        };
        self.found.answers(|cell| cell.each::<_, TableError>(one))
    }

    /// What is true of each image: its id, the image, and what is in it.
    fn truth<T>(
        &self,
        mut read: impl FnMut(u64, Cell<'a>, Cell<'a>) -> Result<T, TableError>,
    ) -> Result<Vec<T>, TableError> {
        let images = self.ids.iter().zip(self.images.cells().zip(self.truth.cells()));
        images.map(|(id, (image, objects))| read(*id, image, objects)).collect()
    }
}

/// A region of many objects; not where nothing is said.
fn is_crowd(entry: Cell<'_>) -> Result<bool, TableError> {
    let cell = entry.part("iscrowd")?;
    if cell.is_null() { Ok(false) } else { cell.flag() }
}

/// Of the object; that of its box where nothing is said.
fn area_of(entry: Cell<'_>, width: f64, height: f64) -> Result<f64, TableError> {
    let cell = entry.part("area")?;
    if cell.is_null() { Ok(width * height) } else { cell.number() }
}

pub(super) fn coco_bbox<'a>(
    input: &Input<'a>,
    kinds: Vec<boxes::Kind>,
) -> Reading<'a, boxes::Params, boxes::State> {
    let pictures = Pictures::of(input)?;
    let object = |entry: Cell<'_>| {
        let [x, y, w, h] = entry.part("bbox")?.vector()?;
        let (area, crowd) = (area_of(entry, w, h)?, is_crowd(entry)?);
        Ok(boxes::TrueBox { class: pictures.class(entry)?, x, y, w, h, area, crowd })
    };
    let truth = pictures.truth(|id, _, objects| {
        Ok(boxes::ImageBoxes { id, boxes: objects.each::<_, TableError>(object)? })
    })?;
    let found = pictures.boxes()?;
    let class_count = pictures.class_count();
    let params = boxes::Params { class_count, detection_count_max: DETECTION_COUNT_MAX, kinds };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn lvis_bbox<'a>(
    input: &Input<'a>,
    kinds: Vec<federated::Kind>,
) -> Reading<'a, federated::Params, federated::State> {
    let pictures = Pictures::of(input)?;
    let mut frequencies = vec![federated::Frequency::Frequent; pictures.class_count() as usize];
    for category in input.setting("categories").list()? {
        let class = pictures.categories.number(category.part("id")?)?;
        let frequency = category.part("frequency")?;
        frequencies[class as usize] = match frequency.text()? {
            "r" => federated::Frequency::Rare,
            "c" => federated::Frequency::Common,
            "f" => federated::Frequency::Frequent,
            other => {
                return Err(frequency.error(format!("`{other}` is no frequency"), "write r, c or f").into());
            }
        };
    }
    let object = |entry: Cell<'_>| {
        let sides: [f64; 4] = entry.part("bbox")?.vector()?;
        let area = area_of(entry, sides[2], sides[3])?;
        Ok(federated::TrueBox { class: pictures.class(entry)?, sides, area })
    };
    let classes = |image: Cell<'_>, part| {
        let cell = image.part(part)?;
        if cell.is_null() { Ok(Vec::new()) } else { cell.each(|id| pictures.categories.number(id)) }
    };
    let truth = pictures.truth(|id, image, objects| {
        let boxes = objects.each::<_, TableError>(object)?;
        let (absent, partial) = (classes(image, "neg")?, classes(image, "nex")?);
        Ok(federated::ImageBoxes { id, boxes, absent, partial })
    })?;
    let found = pictures.boxes()?;
    let params = federated::Params { frequencies, detection_count_max: DETECTION_COUNT_MAX, kinds };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn coco_segm<'a>(
    input: &Input<'a>,
    kinds: Vec<instances::Kind>,
) -> Reading<'a, instances::Params, instances::State> {
    let pictures = Pictures::of(input)?;
    let size = |image: Cell<'_>| Ok::<_, TableError>((image.part("h")?.whole()?, image.part("w")?.whole()?));
    let truth = pictures.truth(|id, image, objects| {
        let (height, width) = size(image)?;
        let object = |entry: Cell<'_>| {
            let mask = mask(entry, height, width)?;
            let area = area_of(entry, mask.area() as f64, 1.0)?;
            let (class, crowd) = (pictures.class(entry)?, is_crowd(entry)?);
            Ok(instances::TrueInstance { class, mask, area, crowd })
        };
        let instances = objects.each::<_, TableError>(object)?;
        Ok(instances::ImageInstances { id, height, width, instances })
    })?;
    let mut found = Vec::new();
    for (image, objects) in pictures.images.cells().zip(pictures.found.cells()) {
        let (height, width) = size(image)?;
        let object = |entry: Cell<'_>| {
            let (class, score) = (pictures.class(entry)?, entry.part("score")?.number()?);
            Ok(instances::Instance { class, score, mask: mask(entry, height, width)? })
        };
        found.push(if objects.is_null() { None } else { Some(objects.each::<_, TableError>(object)?) });
    }
    let class_count = pictures.class_count();
    let params = instances::Params { class_count, detection_count_max: DETECTION_COUNT_MAX, kinds };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}

/// Outlines as lists of x, y, x, y, …, or runs `{counts}`, plain or as COCO's text.
fn mask(entry: Cell<'_>, height: u32, width: u32) -> Result<instances::Mask, TableError> {
    let shape = entry.part("segmentation")?;
    let refused = |error: MetricError| shape.error(error.to_string(), "correct it");
    if shape.is_list() {
        let corners = |outline: Cell<'_>| {
            let numbers = outline.numbers()?;
            if numbers.len() % 2 == 1 {
                return Err(outline.error("half a corner is left over", "write x and y of each corner"));
            }
            Ok(numbers.chunks(2).map(|corner| [corner[0], corner[1]]).collect())
        };
        let outlines: Vec<Vec<[f64; 2]>> = shape.each(corners)?;
        return instances::Mask::from_outlines(height, width, &outlines).map_err(refused);
    }
    let counts = shape.part("counts")?;
    if counts.is_text() {
        return instances::Mask::from_text(height, width, counts.text()?).map_err(refused);
    }
    let runs: Vec<u32> = counts.each(|run| run.whole())?;
    instances::Mask::from_runs(height, width, &runs).map_err(refused)
}

pub(super) fn coco_keypoints<'a>(
    input: &Input<'a>,
    kinds: Vec<poses::Kind>,
) -> Reading<'a, poses::Params, poses::State> {
    let pictures = Pictures::of(input)?;
    let setting = input.setting("sigmas");
    let sigmas = if setting.is_null() { poses::PERSON_SIGMAS.to_vec() } else { setting.numbers()? };
    let points = |entry: Cell<'_>| {
        let cell = entry.part("keypoints")?;
        let numbers = cell.numbers()?;
        if numbers.len() != 3 * sigmas.len() {
            let what = format!("{} numbers for {} points", numbers.len(), sigmas.len());
            return Err(cell.error(what, "write x, y and visibility of each point"));
        }
        Ok(numbers.chunks(3).map(|p| ([p[0], p[1]], p[2] > 0.0)).collect::<Vec<_>>())
    };
    let truth = pictures.truth(|id, _, objects| {
        let object = |entry: Cell<'_>| {
            let around: [f64; 4] = entry.part("bbox")?.vector()?;
            Ok(poses::TruePose {
                class: pictures.class(entry)?,
                points: points(entry)?.into_iter().map(|(point, marked)| marked.then_some(point)).collect(),
                around,
                area: area_of(entry, around[2], around[3])?,
                crowd: is_crowd(entry)?,
            })
        };
        Ok(poses::ImagePoses { id, poses: objects.each::<_, TableError>(object)? })
    })?;
    let object = |entry: Cell<'_>| {
        let points = points(entry)?.into_iter().map(|(point, _)| point).collect();
        Ok(poses::Pose { class: pictures.class(entry)?, score: entry.part("score")?.number()?, points })
    };
    let found = pictures.found.answers(|cell| cell.each::<_, TableError>(object))?;
    let class_count = pictures.class_count();
    let params = poses::Params { class_count, detection_count_max: DETECTION_COUNT_MAX, sigmas, kinds };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}
