//! Poses: named points of objects, with class and score, as COCO scores keypoints.
//!
//! A pose is as like a true one as its points are near, allowing for the size of the object and for how surely people mark each
//! point (σ). See `detections` for what is kept and in which order it is read.

mod data;
mod kinds;

use crate::{
    MetricError,
    detections::{Bounds, Matching, Outcome, Relevant, Tally, Truth},
    items::{check_kind_count, check_length},
};
use data::{check_image, extent, is_marked, similarity};
use kinds::{AREAS, DETECTIONS_MAX, figure};

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{ImagePoses, PIXELS_MAX, Pose, TruePose};
pub use kinds::{Area, Kind, METRICS, parse};

/// Most points of a pose.
pub const POINT_COUNT_MAX: usize = 1000;

/// σ of COCO's 17 points of a person: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
pub const PERSON_SIGMAS: [f64; 17] = [
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087,
    0.089, 0.089,
];

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Classes of poses lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// Most poses of all images together, after the best 20 per image and class are taken; 1 to [`DETECTION_COUNT_MAX`].
    pub detection_count_max: u64,
    /// One per point of a pose, above 0 to 1, relative to the square root of the area; 1 to [`POINT_COUNT_MAX`].
    pub sigmas: Vec<f64>,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

impl Params {
    fn bounds(&self) -> Bounds {
        let Self { class_count, detection_count_max, .. } = *self;
        Bounds { class_count, detection_count_max, rank_count: DETECTIONS_MAX }
    }
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    tally: Tally,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for figures out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let count = params.sigmas.len();
        if !(1..=POINT_COUNT_MAX).contains(&count) || !params.sigmas.iter().all(|s| *s > 0.0 && *s <= 1.0) {
            let what =
                format!("{count} points of a pose; allowed are 1 to {POINT_COUNT_MAX}, each σ above 0 to 1");
            return Err(MetricError::Invalid(what));
        }
        let tally = Tally::new(params.bounds())?;
        Ok(Self { params, tally })
    }

    /// Adds a shard of whole images. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`, in any order; among equal scores of one image the earlier comes first. `None` is an image without an
    ///   answer: no poses.
    /// - `truth`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ; a class outside `0..class_count`; another number of points than σ; numbers that are not finite; a
    /// true pose beyond [`PIXELS_MAX`]; more poses, images or true poses than allowed.
    pub fn update<D: AsRef<[Pose]>>(
        &mut self,
        found: &[Option<D>],
        truth: &[ImagePoses],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let mut shard = Tally::new(self.params.bounds())?;
        for (item, (found, gold)) in found.iter().zip(truth).enumerate() {
            let found = found.as_ref().map_or(&[][..], D::as_ref);
            check_image(item, found, &gold.poses, &self.params)?;
            let found = found.iter().map(|found| (found.class, found.score, &found.points[..])).collect();
            let poses = gold.poses.iter().map(|pose| (pose.class, pose)).collect();
            shard.add_image(gold.id, found, poses, |_, found, truth| {
                matched(&self.params.sigmas, found, truth)
            });
        }
        self.tally.merge(&shard)
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more than a task may have.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.tally.merge(&other.tally)
    }

    /// Images added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.tally.image_count()
    }

    /// The values, in the order of the kinds. `None`: no class has a true pose of the area range.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.item_count() == 0 {
            return Err(MetricError::Empty);
        }
        let figures: Vec<_> = self.params.kinds.iter().map(|kind| figure(*kind)).collect();
        Ok(self.tally.values(&figures, |_, _| true))
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.tally.to_bytes()
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let Self { params, .. } = Self::new(params)?;
        let tally = Tally::from_bytes(params.bounds(), bytes)?;
        Ok(Self { params, tally })
    }
}

fn matched(
    sigmas: &[f64],
    found: &[(u32, f64, &[[f64; 2]])],
    truth: &[(u32, &TruePose)],
) -> (Relevant, Vec<Outcome>) {
    let areas: Vec<f64> = found.iter().map(|(_, _, points)| extent(points)).collect();
    let mut terms = Vec::with_capacity(sigmas.len());
    let mut overlaps = Vec::with_capacity(found.len() * truth.len());
    for (_, _, points) in found {
        overlaps.extend(truth.iter().map(|(_, gold)| similarity(points, gold, sigmas, &mut terms)));
    }
    let of_truth = |(_, gold): &(u32, &TruePose)| Truth {
        area: gold.area,
        ignored: gold.crowd || !is_marked(gold),
        crowd: gold.crowd,
    };
    let truth: Vec<Truth> = truth.iter().map(of_truth).collect();
    let matching =
        Matching { ranges: &AREAS, found: &areas, truth: &truth, overlaps: &overlaps, partial: false };
    (matching.relevant(), matching.outcomes())
}
