use serde::{Deserialize, Serialize};

use super::kinds::DETECTIONS_MAX;
use crate::{
    MetricError,
    boxes::{self, Detection, PIXELS_MAX, is_box},
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

impl TrueBox {
    pub(super) fn as_plain(&self) -> boxes::TrueBox {
        let ([x, y, w, h], Self { class, area, .. }) = (self.sides, *self);
        boxes::TrueBox { class, x, y, w, h, area, crowd: false }
    }
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
    boxes::check_found(item, found, class_count)?;
    if let Some(class) = truth.absent.iter().chain(&truth.partial).find(|class| **class >= class_count) {
        let what = format!("class {class} is outside 0..{class_count}");
        return Err(MetricError::OutOfDomain { item, what });
    }
    for gold in &truth.boxes {
        if gold.class >= class_count || !is_box(gold.sides, gold.area) {
            let what = format!(
                "a true box {gold:?}; classes are below {class_count}, sides and area 0 or more, pixels up to {PIXELS_MAX}"
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}

/// The detections that count: the best of the image, of all classes together, and of those the ones whose class is known here.
pub(super) fn counted<'a>(
    found: &'a [Detection],
    truth: &ImageBoxes,
) -> impl Iterator<Item = (u32, f64, &'a Detection)> {
    let mut found: Vec<&Detection> = found.iter().collect();
    // Stable: equal scores keep their positions.
    found.sort_by_key(|found| !key_of(found.score));
    found.truncate(DETECTIONS_MAX);
    let mut known: Vec<u32> =
        truth.boxes.iter().map(|gold| gold.class).chain(truth.absent.iter().copied()).collect();
    known.sort_unstable();
    found.retain(|found| known.binary_search(&found.class).is_ok());
    found.into_iter().map(|found| (found.class, found.score, found))
}
