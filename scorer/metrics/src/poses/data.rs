use serde::{Deserialize, Serialize};

use super::Params;
use crate::{
    MetricError,
    detections::{check_found, pairwise_sum},
};

/// Greatest distance of a true point or box from 0, in pixels.
pub const PIXELS_MAX: f64 = 1e9;

/// A pose that a model found.
#[derive(Debug, Clone, PartialEq)]
pub struct Pose {
    /// In `0..class_count`.
    pub class: u32,
    /// Higher is surer; finite.
    pub score: f64,
    /// x and y of every point of a pose, in pixels; finite.
    pub points: Vec<[f64; 2]>,
}

/// A pose that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruePose {
    /// In `0..class_count`.
    pub class: u32,
    /// x and y of every point of a pose, in pixels; `None` is one that is not marked.
    pub points: Vec<Option<[f64; 2]>>,
    /// Left, upper, width and height of the box around, in pixels: where no point is marked, the distance from the box twice as
    /// large decides.
    pub around: [f64; 4],
    /// Of the object, in square pixels, 0 or more: how far off a point may be, and whether the pose is medium or large.
    pub area: f64,
    /// A region of many: poses in it are neither right nor wrong, any number of them.
    pub crowd: bool,
}

/// What is true of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImagePoses {
    /// Distinct between images; among equal scores the lower id comes first.
    pub id: u64,
    /// In the order in which equal similarities are decided (the later one wins).
    pub poses: Vec<TruePose>,
}

pub(super) fn check_image(
    item: usize,
    found: &[Pose],
    truth: &[TruePose],
    params: &Params,
) -> Result<(), MetricError> {
    let count = params.sigmas.len();
    for found in found {
        check_found(item, found.class, found.score, params.class_count)?;
        if found.points.len() != count {
            let what = format!("a pose of {} points; there are {count}", found.points.len());
            return Err(MetricError::AnswerOutOfDomain { item, what });
        }
        if found.points.iter().flatten().any(|number| !number.is_finite()) {
            let what = format!("a point of a pose of class {} is not finite", found.class);
            return Err(MetricError::NonFinite { item, what });
        }
    }
    for gold in truth {
        let near = |number: &f64| (-PIXELS_MAX..=PIXELS_MAX).contains(number);
        let inside = gold.points.iter().flatten().flatten().chain(&gold.around).all(near);
        let has_area = gold.area >= 0.0 && gold.area.is_finite();
        if gold.class >= params.class_count || gold.points.len() != count || !inside || !has_area {
            let what = format!(
                "a true pose {gold:?}; classes are below {}, points {count}, pixels up to {PIXELS_MAX}, areas 0 or more",
                params.class_count
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
    }
    Ok(())
}

/// The area of the box around the points of a found pose, in square pixels.
pub(super) fn extent(points: &[[f64; 2]]) -> f64 {
    let side = |axis: usize| {
        let ends = points.iter().map(|point| point[axis]);
        let (least, greatest) = ends
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), x| (least.min(x), greatest.max(x)));
        greatest - least
    };
    side(0) * side(1)
}

/// Object keypoint similarity, 0 to 1. `terms` is a list to work in.
pub(super) fn similarity(found: &[[f64; 2]], truth: &TruePose, sigmas: &[f64], terms: &mut Vec<f64>) -> f64 {
    terms.clear();
    let term = |dx: f64, dy: f64, sigma: f64| {
        let variance = (sigma * 2.0) * (sigma * 2.0);
        libm::exp(-((dx * dx + dy * dy) / variance / (truth.area + f64::EPSILON) / 2.0))
    };
    if is_marked(truth) {
        let marked = found.iter().zip(&truth.points).zip(sigmas);
        terms.extend(marked.filter_map(|((found, gold), sigma)| {
            let gold = (*gold)?;
            Some(term(found[0] - gold[0], found[1] - gold[1], *sigma))
        }));
    } else {
        let [left, upper, width, height] = truth.around;
        let beyond = |x: f64, start: f64, side: f64| {
            let (least, greatest) = (start - side, start + side * 2.0);
            (least - x).max(0.0) + (x - greatest).max(0.0)
        };
        let all = found.iter().zip(sigmas);
        terms.extend(all.map(|(point, sigma)| {
            term(beyond(point[0], left, width), beyond(point[1], upper, height), *sigma)
        }));
    }
    pairwise_sum(terms) / terms.len() as f64
}

pub(super) fn is_marked(truth: &TruePose) -> bool {
    truth.points.iter().any(Option::is_some)
}
