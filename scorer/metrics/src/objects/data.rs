use serde::{Deserialize, Serialize};

use crate::{MetricError, detections::check_found};

/// Greatest distance of a true box's corner from 0, in pixels.
pub const PIXELS_MAX: f64 = 1e9;

/// A box that a model found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// In `0..class_count`.
    pub class: u32,
    /// Higher is surer; finite.
    pub score: f64,
    /// Left, upper, right, lower, in pixels; finite. One that ends before it starts overlaps nothing.
    pub corners: [f64; 4],
}

/// A box that is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrueObject {
    /// In `0..class_count`.
    pub class: u32,
    /// Left, upper, right, lower, in pixels, up to [`PIXELS_MAX`] from 0; not ending before it starts.
    pub corners: [f64; 4],
    /// Finding it is neither right nor wrong.
    pub difficult: bool,
}

/// What is true of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageObjects {
    /// Distinct between images; among equal scores the lower id comes first.
    pub id: u64,
    /// In the order in which equal overlaps are decided (the first one wins).
    pub objects: Vec<TrueObject>,
}

pub(super) fn check_image(
    item: usize,
    found: &[Found],
    truth: &[TrueObject],
    class_count: u32,
) -> Result<(), MetricError> {
    for found in found {
        check_found(item, found.class, found.score, class_count)?;
        if found.corners.iter().any(|corner| !corner.is_finite()) {
            let what = format!("a corner of a box of class {} is not finite", found.class);
            return Err(MetricError::NonFinite { item, what });
        }
    }
    for object in truth {
        let [left, upper, right, lower] = object.corners;
        let inside = object.corners.iter().all(|corner| (-PIXELS_MAX..=PIXELS_MAX).contains(corner));
        if object.class >= class_count || !inside || left > right || upper > lower {
            let what = format!(
                "a true box {object:?}; classes are below {class_count}, it does not end before it starts, within {PIXELS_MAX} pixels"
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}

/// Intersection over union; 0 where nothing is shared.
pub(super) fn overlap(a: &[f64; 4], b: &[f64; 4], corners_within: bool) -> f64 {
    let more = if corners_within { 1.0 } else { 0.0 };
    let width = a[2].min(b[2]) - a[0].max(b[0]) + more;
    let height = a[3].min(b[3]) - a[1].max(b[1]) + more;
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let area = |c: &[f64; 4]| (c[2] - c[0] + more) * (c[3] - c[1] + more);
    let shared = width * height;
    shared / (area(a) + area(b) - shared)
}
