use serde::{Deserialize, Serialize};

use crate::MetricError;

/// Greatest distance from 0 of a true segment's ends, in seconds.
pub const SECONDS_MAX: f64 = 1e9;

/// A segment that a model found. All numbers are finite. One that ends before it starts overlaps nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// In `0..class_count`.
    pub class: u32,
    /// Higher is surer.
    pub score: f64,
    /// In seconds from the start of the video.
    pub start: f64,
    /// In seconds from the start of the video.
    pub end: f64,
}

/// A segment that is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrueSegment {
    /// In `0..class_count`.
    pub class: u32,
    /// In seconds from the start of the video.
    pub start: f64,
    /// After `start`.
    pub end: f64,
}

/// What is true of a video.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VideoSegments {
    /// Distinct between videos; among equal scores the lower id comes first.
    pub id: u64,
    /// In the order in which equal overlaps are decided (the later one wins).
    pub segments: Vec<TrueSegment>,
}

pub(super) fn check_found(item: usize, found: &[Segment], class_count: u32) -> Result<(), MetricError> {
    for found in found {
        if found.class >= class_count {
            let what = format!("detected class {} is outside 0..{class_count}", found.class);
            return Err(MetricError::OutOfDomain { item, what });
        }
        if !found.score.is_finite() {
            return Err(MetricError::NonFiniteScore { item, class: found.class as usize });
        }
        if !found.start.is_finite() || !found.end.is_finite() {
            let what = format!("an end of a segment of class {} is not finite", found.class);
            return Err(MetricError::NonFinite { item, what });
        }
    }
    Ok(())
}

pub(super) fn check_truth(item: usize, truth: &[TrueSegment], class_count: u32) -> Result<(), MetricError> {
    for gold in truth {
        let inside = gold.start >= -SECONDS_MAX && gold.start < gold.end && gold.end <= SECONDS_MAX;
        if gold.class >= class_count || !inside {
            let what = format!(
                "a true segment {gold:?}; classes are below {class_count}, it ends after it starts, within {SECONDS_MAX} s"
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}
