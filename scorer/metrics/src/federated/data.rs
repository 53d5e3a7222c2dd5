use serde::{Deserialize, Serialize};

use super::kinds::DETECTIONS_MAX;
use crate::{
    MetricError,
    boxes::{Detection, PIXELS_MAX},
    detections::check_found,
    keys::key_of,
};

/// A box that is there, in pixels of the original image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrueBox {
    /// In `0..class_count`.
    pub class: u32,
    /// Left, upper, width and height; sides 0 or more, all up to [`PIXELS_MAX`] from 0.
    pub sides: [f64; 4],
    /// Of the object, not of its box, in square pixels, 0 or more: decides whether it is small, medium or large.
    pub area: f64,
}

/// What is known of an image. Of a class that is neither among its boxes nor absent nothing is known: detections of it count
/// neither way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageBoxes {
    /// Distinct between images; among equal scores the lower id comes first.
    pub id: u64,
    /// In the order in which equal overlaps are decided (the later one wins).
    pub boxes: Vec<TrueBox>,
    /// Classes of which there is no object; each in `0..class_count`.
    pub absent: Vec<u32>,
    /// Classes of which some objects are not marked: what finds none counts neither way. Each in `0..class_count`.
    pub partial: Vec<u32>,
}

pub(super) fn check_image(
    item: usize,
    found: &[Detection],
    truth: &ImageBoxes,
    class_count: u32,
) -> Result<(), MetricError> {
    for found in found {
        check_found(item, found.class, found.score, class_count)?;
        if [found.x, found.y, found.w, found.h].iter().any(|number| !number.is_finite()) {
            let what = format!("a corner or side of a box of class {} is not finite", found.class);
            return Err(MetricError::NonFinite { item, what });
        }
    }
    if let Some(class) = truth.absent.iter().chain(&truth.partial).find(|class| **class >= class_count) {
        let what = format!("class {class} is outside 0..{class_count}");
        return Err(MetricError::OutOfDomain { item, what });
    }
    for gold in &truth.boxes {
        let [x, y, w, h] = gold.sides;
        let inside = [x.abs(), y.abs(), w, h].iter().all(|number| (0.0..=PIXELS_MAX).contains(number));
        if gold.class >= class_count || !inside || !(gold.area >= 0.0 && gold.area.is_finite()) {
            let what = format!(
                "a true box {gold:?}; classes are below {class_count}, sides and area 0 or more, pixels up to {PIXELS_MAX}"
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}

/// The detections that count: the best of the image, of all classes together, and of those the ones whose class is known here.
pub(super) fn counted<'a>(found: &'a [Detection], truth: &ImageBoxes) -> Vec<(u32, f64, &'a Detection)> {
    let mut found: Vec<&Detection> = found.iter().collect();
    // Stable: equal scores keep their positions.
    found.sort_by_key(|found| !key_of(found.score));
    found.truncate(DETECTIONS_MAX);
    let mut known: Vec<u32> =
        truth.boxes.iter().map(|gold| gold.class).chain(truth.absent.iter().copied()).collect();
    known.sort_unstable();
    found.retain(|found| known.binary_search(&found.class).is_ok());
    found.into_iter().map(|found| (found.class, found.score, found)).collect()
}

/// Intersection over union; 0 where nothing is shared.
pub(super) fn overlap(found: &Detection, gold: &TrueBox) -> f64 {
    let [x, y, w, h] = gold.sides;
    let width = (found.w + found.x).min(w + x) - found.x.max(x);
    let height = (found.h + found.y).min(h + y) - found.y.max(y);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let shared = width * height;
    shared / (found.w * found.h + w * h - shared)
}
