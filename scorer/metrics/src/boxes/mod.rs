//! Object detection: boxes with class and score, as COCO scores them; every value equals pycocotools' to the bit.
//!
//! See `detections` for what is kept and in which order it is read.

mod data;
mod kinds;

use crate::{
    MetricError,
    detections::{self, Bounds, Shard, Suite, Tally, Truth},
    items::check_kind_count,
};
use data::check_truth;
pub(crate) use data::{check_found, is_box, overlap};
pub(crate) use kinds::{AREAS, DETECTIONS_MAX};

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{Detection, ImageBoxes, PIXELS_MAX, TrueBox};
pub use kinds::{Area, Kind, METRICS, parse};

/// Most bytes of a serialised state per detection, and per class, beyond 16.
pub const STATE_BYTES_PER_DETECTION_MAX: usize = 40;
/// See [`STATE_BYTES_PER_DETECTION_MAX`].
pub const STATE_BYTES_PER_CLASS_MAX: usize = 30;

/// The mergeable state of all metrics of a task.
pub type State = detections::State<Params>;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Classes of boxes lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// Most detections of all images together, after the best 100 per image and class are taken; 1 to
    /// [`DETECTION_COUNT_MAX`]. A task that bounds the boxes of an answer knows it beforehand.
    pub detection_count_max: u64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

impl Suite for Params {
    type Found = Detection;
    type Image = ImageBoxes;

    fn bounds(&self) -> Result<Bounds, MetricError> {
        check_kind_count(self.kinds.len())?;
        let Self { class_count, detection_count_max, .. } = *self;
        Ok(Bounds { class_count, detection_count_max, rank_count: DETECTIONS_MAX })
    }

    fn add(
        &self,
        item: usize,
        found: &[Detection],
        image: &ImageBoxes,
        to: &mut Shard,
    ) -> Result<(), MetricError> {
        check_found(item, found, self.class_count)?;
        check_truth(item, &image.boxes, self.class_count)?;
        let found = found.iter().map(|found| (found.class, found.score, found));
        let truth = image.boxes.iter().map(|gold| (gold.class, gold));
        to.add_image(image.id, found, truth, |matching, _, found, truth| {
            let areas = found.iter().map(|(_, _, found)| found.w * found.h);
            let of_truth = |(_, gold): &(u32, &TrueBox)| Truth {
                area: gold.area,
                ignored: gold.crowd,
                crowd: gold.crowd,
            };
            let overlap = |index: usize, place: usize| overlap(found[index].2, truth[place].1);
            matching.run(&AREAS, areas, truth.iter().map(of_truth), overlap, false)
        });
        Ok(())
    }

    fn values(&self, tally: &Tally) -> Vec<Option<f64>> {
        let figures: Vec<_> = self.kinds.iter().map(|kind| kind.figure()).collect();
        tally.values(&figures, |_, _| true)
    }
}
