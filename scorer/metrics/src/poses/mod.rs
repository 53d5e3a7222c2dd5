//! Poses: named points of objects, with class and score, as COCO scores keypoints.
//!
//! A pose is as like a true one as its points are near, allowing for the size of the object and for how surely people mark each
//! point (σ). See `detections` for what is kept and in which order it is read.

mod data;
mod kinds;

use crate::{
    MetricError,
    detections::{self, Bounds, Shard, Suite, Tally, Truth},
    items::check_kind_count,
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

/// The mergeable state of all metrics of a task.
pub type State = detections::State<Params>;

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

impl Suite for Params {
    type Found = Pose;
    type Image = ImagePoses;

    fn bounds(&self) -> Result<Bounds, MetricError> {
        check_kind_count(self.kinds.len())?;
        let count = self.sigmas.len();
        if !(1..=POINT_COUNT_MAX).contains(&count) || !self.sigmas.iter().all(|s| *s > 0.0 && *s <= 1.0) {
            let what =
                format!("{count} points of a pose; allowed are 1 to {POINT_COUNT_MAX}, each σ above 0 to 1");
            return Err(MetricError::Invalid(what));
        }
        let Self { class_count, detection_count_max, .. } = *self;
        Ok(Bounds { class_count, detection_count_max, rank_count: DETECTIONS_MAX })
    }

    fn add(
        &self,
        item: usize,
        found: &[Pose],
        image: &ImagePoses,
        to: &mut Shard,
    ) -> Result<(), MetricError> {
        check_image(item, found, &image.poses, self)?;
        let found = found.iter().map(|found| (found.class, found.score, &found.points[..]));
        let truth = image.poses.iter().map(|pose| (pose.class, pose));
        let mut terms = Vec::with_capacity(self.sigmas.len());
        to.add_image(image.id, found, truth, |matching, _, found, truth| {
            let areas = found.iter().map(|(_, _, points)| extent(points));
            let of_truth = |(_, gold): &(u32, &TruePose)| Truth {
                area: gold.area,
                ignored: gold.crowd || !is_marked(gold),
                crowd: gold.crowd,
            };
            let similarity = |index: usize, place: usize| {
                similarity(found[index].2, truth[place].1, &self.sigmas, &mut terms)
            };
            matching.run(&AREAS, areas, truth.iter().map(of_truth), similarity, false)
        });
        Ok(())
    }

    fn values(&self, tally: &Tally) -> Vec<Option<f64>> {
        let figures: Vec<_> = self.kinds.iter().map(|kind| figure(*kind)).collect();
        tally.values(&figures, |_, _| true)
    }
}
