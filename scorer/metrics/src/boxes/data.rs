use serde::{Deserialize, Serialize};

use crate::{MetricError, detections};

/// Greatest distance from 0 of a true box's corner, and greatest width and height, in pixels.
pub const PIXELS_MAX: f64 = 1e9;

/// A box that a model found. All numbers are finite; coordinates are pixels of the original image. Width and height may
/// be 0 or less: such a box overlaps nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// In `0..class_count`.
    pub class: u32,
    /// Higher is surer.
    pub score: f64,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A box that is there, in pixels of the original image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrueBox {
    /// In `0..class_count`.
    pub class: u32,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width, 0 to [`PIXELS_MAX`].
    pub w: f64,
    /// Height, 0 to [`PIXELS_MAX`].
    pub h: f64,
    /// Of the object, not of its box, in square pixels: decides whether it is small, medium or large.
    pub area: f64,
    /// A region of many objects: detections in it are neither right nor wrong.
    pub crowd: bool,
}

/// What is true of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageBoxes {
    /// Distinct between images; among equal scores the lower id comes first.
    pub id: u64,
    /// In the order in which equal overlaps are decided (the later one wins).
    pub boxes: Vec<TrueBox>,
}

pub(crate) fn check_found(item: usize, found: &[Detection], class_count: u32) -> Result<(), MetricError> {
    for found in found {
        detections::check_found(item, found.class, found.score, class_count)?;
        if [found.x, found.y, found.w, found.h].iter().any(|number| !number.is_finite()) {
            let what = format!("a corner or side of a box of class {} is not finite", found.class);
            return Err(MetricError::NonFinite { item, what });
        }
    }
    Ok(())
}

pub(super) fn check_truth(item: usize, boxes: &[TrueBox], class_count: u32) -> Result<(), MetricError> {
    for gold in boxes {
        if gold.class >= class_count || !is_box([gold.x, gold.y, gold.w, gold.h], gold.area) {
            let what = format!(
                "a true box {gold:?}; classes are below {class_count}, sides and area 0 or more, pixels up to {PIXELS_MAX}"
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}

/// Whether left, upper, width and height, and the area of an object, are what a true box may have.
pub(crate) fn is_box([x, y, w, h]: [f64; 4], area: f64) -> bool {
    let near = [x.abs(), y.abs(), w, h].iter().all(|number| (0.0..=PIXELS_MAX).contains(number));
    near && area >= 0.0 && area.is_finite()
}

/// Intersection over union; for a crowd, over the detection's area. 0 where nothing is shared.
pub(crate) fn overlap(found: &Detection, gold: &TrueBox) -> f64 {
    let width = (found.w + found.x).min(gold.w + gold.x) - found.x.max(gold.x);
    let height = (found.h + found.y).min(gold.h + gold.y) - found.y.max(gold.y);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let shared = width * height;
    let all = if gold.crowd { found.w * found.h } else { found.w * found.h + gold.w * gold.h - shared };
    shared / all
}
