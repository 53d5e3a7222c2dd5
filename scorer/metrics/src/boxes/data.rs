use serde::{Deserialize, Serialize};

use crate::MetricError;

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

pub(super) fn check_found(item: usize, found: &[Detection], class_count: u32) -> Result<(), MetricError> {
    for found in found {
        if found.class >= class_count {
            let what = format!("detected class {} is outside 0..{class_count}", found.class);
            return Err(MetricError::OutOfDomain { item, what });
        }
        if !found.score.is_finite() {
            return Err(MetricError::NonFiniteScore { item, class: found.class as usize });
        }
        if [found.x, found.y, found.w, found.h].iter().any(|number| !number.is_finite()) {
            let what = format!("a corner or side of a box of class {} is not finite", found.class);
            return Err(MetricError::NonFinite { item, what });
        }
    }
    Ok(())
}

pub(super) fn check_truth(item: usize, boxes: &[TrueBox], class_count: u32) -> Result<(), MetricError> {
    for gold in boxes {
        let inside =
            [gold.x.abs(), gold.y.abs(), gold.w, gold.h].iter().all(|n| (0.0..=PIXELS_MAX).contains(n));
        if gold.class >= class_count || !inside || !(gold.area >= 0.0 && gold.area.is_finite()) {
            let what = format!(
                "a true box {gold:?}; classes are below {class_count}, sides and area 0 or more, pixels up to {PIXELS_MAX}"
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}
