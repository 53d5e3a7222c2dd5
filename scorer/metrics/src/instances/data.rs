use serde::{Deserialize, Serialize};

use super::mask::{Mask, SIDE_MAX, check_sides};
use crate::{MetricError, detections::check_found};

/// An object that a model found.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// In `0..class_count`.
    pub class: u32,
    /// Higher is surer; finite.
    pub score: f64,
    /// Of the size of the image. May be empty: it overlaps nothing.
    pub mask: Mask,
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrueInstance {
    /// In `0..class_count`.
    pub class: u32,
    /// Of the size of the image.
    pub mask: Mask,
    /// In square pixels, 0 or more: decides whether it is small, medium or large.
    pub area: f64,
    /// A region of many objects: detections in it are neither right nor wrong.
    pub crowd: bool,
}

/// What is true of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageInstances {
    /// Distinct between images; among equal scores the lower id comes first.
    pub id: u64,
    /// Pixels downwards, 1 to [`SIDE_MAX`].
    pub height: u32,
    /// Pixels across, 1 to [`SIDE_MAX`].
    pub width: u32,
    /// In the order in which equal overlaps are decided (the later one wins).
    pub instances: Vec<TrueInstance>,
}

pub(super) fn check_image(
    item: usize,
    found: &[Instance],
    truth: &ImageInstances,
    class_count: u32,
) -> Result<(), MetricError> {
    let (height, width) = (truth.height, truth.width);
    if check_sides(height, width).is_err() {
        let what = format!("an image of {height} by {width}; sides are 1 to {SIDE_MAX} pixels");
        return Err(MetricError::OutOfDomain { item, what });
    }
    let fits = |mask: &Mask| mask.height() == height && mask.width() == width;
    for found in found {
        check_found(item, found.class, found.score, class_count)?;
        if !fits(&found.mask) {
            let what = format!("a mask of another size than the image's {height} by {width}");
            return Err(MetricError::AnswerOutOfDomain { item, what });
        }
    }
    for gold in &truth.instances {
        let has_area = gold.area >= 0.0 && gold.area.is_finite();
        if gold.class >= class_count || !has_area || !fits(&gold.mask) {
            let what = format!(
                "a true object of class {} and area {}; classes are below {class_count}, areas 0 or more, masks {height} by {width}",
                gold.class, gold.area
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}
