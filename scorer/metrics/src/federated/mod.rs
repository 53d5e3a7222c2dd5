//! Object detection where not every class was looked for in every image, as LVIS scores it.
//!
//! Of each image it is said which classes were looked for and not found, and of which classes some objects are not marked; only
//! what is known counts. See `detections` for what is kept and in which order it is read.

mod data;
mod kinds;

use crate::{
    MetricError,
    boxes::{self, AREAS, Detection, overlap},
    detections::{self, Bounds, Shard, Suite, Tally, Truth},
    items::check_kind_count,
};
use data::{check_image, counted};
use kinds::{DETECTIONS_MAX, figure};

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{ImageBoxes, TrueBox};
pub use kinds::{Area, Frequency, Kind, METRICS, parse};

/// The mergeable state of all metrics of a task.
pub type State = detections::State<Params>;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Of each class; 1 to [`CLASS_COUNT_MAX`] of them.
    pub frequencies: Vec<Frequency>,
    /// Most detections of all images together, after the best 300 per image are taken; 1 to [`DETECTION_COUNT_MAX`].
    pub detection_count_max: u64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

impl Suite for Params {
    type Found = Detection;
    type Image = ImageBoxes;

    fn bounds(&self) -> Result<Bounds, MetricError> {
        check_kind_count(self.kinds.len())?;
        let class_count = u32::try_from(self.frequencies.len()).unwrap_or(u32::MAX);
        let detection_count_max = self.detection_count_max;
        Ok(Bounds { class_count, detection_count_max, rank_count: DETECTIONS_MAX })
    }

    fn add(
        &self,
        item: usize,
        found: &[Detection],
        image: &ImageBoxes,
        to: &mut Shard,
    ) -> Result<(), MetricError> {
        check_image(item, found, image, self.frequencies.len() as u32)?;
        let truth = image.boxes.iter().map(|gold| (gold.class, gold.as_plain()));
        to.add_image(image.id, counted(found, image), truth, |matching, class, found, truth| {
            let areas = found.iter().map(|(_, _, found)| found.w * found.h);
            let of_truth =
                |(_, gold): &(u32, boxes::TrueBox)| Truth { area: gold.area, ignored: false, crowd: false };
            let overlap = |index: usize, place: usize| overlap(found[index].2, &truth[place].1);
            let partial = image.partial.contains(&class);
            matching.run(&AREAS, areas, truth.iter().map(of_truth), overlap, partial)
        });
        Ok(())
    }

    fn values(&self, tally: &Tally) -> Vec<Option<f64>> {
        let figures: Vec<_> = self.kinds.iter().map(|kind| figure(*kind)).collect();
        tally.values(&figures, |place, class| self.kinds[place].counts(self.frequencies[class]))
    }
}
