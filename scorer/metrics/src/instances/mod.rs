//! Instance segmentation: objects with class, score and mask, as COCO scores them; every value equals pycocotools' to the bit.
//!
//! Masks are compared as runs of pixels, never as pictures; outlines become masks by pycocotools' own rule. See `detections` for
//! what is kept and in which order it is read.

mod data;
mod kinds;
mod mask;
mod outline;

use crate::{
    MetricError,
    boxes::{AREAS, DETECTIONS_MAX},
    detections::{self, Bounds, Shard, Suite, Tally, Truth},
    items::check_kind_count,
};
use data::check_image;

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{ImageInstances, Instance, TrueInstance};
pub use kinds::{Area, Kind, METRICS, parse};
pub use mask::{Mask, SIDE_MAX};
pub use outline::{BOUNDARY_STEPS_MAX, CORNER_COUNT_MAX, CORNER_MAX};

/// The mergeable state of all metrics of a task.
pub type State = detections::State<Params>;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Classes of objects lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// Most detections of all images together, after the best 100 per image and class are taken; 1 to
    /// [`DETECTION_COUNT_MAX`].
    pub detection_count_max: u64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

impl Suite for Params {
    type Found = Instance;
    type Image = ImageInstances;

    fn bounds(&self) -> Result<Bounds, MetricError> {
        check_kind_count(self.kinds.len())?;
        let Self { class_count, detection_count_max, .. } = *self;
        Ok(Bounds { class_count, detection_count_max, rank_count: DETECTIONS_MAX })
    }

    fn add(
        &self,
        item: usize,
        found: &[Instance],
        image: &ImageInstances,
        to: &mut Shard,
    ) -> Result<(), MetricError> {
        check_image(item, found, image, self.class_count)?;
        let found = found.iter().map(|found| (found.class, found.score, Measured::new(&found.mask)));
        let truth = image.instances.iter().map(|gold| (gold.class, (gold, Measured::new(&gold.mask))));
        to.add_image(image.id, found, truth, |matching, _, found, truth| {
            let areas = found.iter().map(|(_, _, found)| found.area as f64);
            let of_truth = |(_, (gold, _)): &(u32, (&TrueInstance, Measured<'_>))| Truth {
                area: gold.area,
                ignored: gold.crowd,
                crowd: gold.crowd,
            };
            let overlap = |index: usize, place: usize| {
                let (gold, measured) = &truth[place].1;
                found[index].2.overlap(measured, gold.crowd)
            };
            matching.run(&AREAS, areas, truth.iter().map(of_truth), overlap, false)
        });
        Ok(())
    }

    fn values(&self, tally: &Tally) -> Vec<Option<f64>> {
        let figures: Vec<_> = self.kinds.iter().map(|kind| kind.figure()).collect();
        tally.values(&figures, |_, _| true)
    }
}

impl State {
    /// A kind for each class alone; `None` for one without a true object of the area range.
    pub fn per_class(&self, kind: Kind) -> Vec<Option<f64>> {
        self.tally.per_class(&kind.figure())
    }
}

/// A mask with what is asked of it again and again.
struct Measured<'a> {
    mask: &'a Mask,
    area: u64,
    around: [u32; 4],
}

impl<'a> Measured<'a> {
    fn new(mask: &'a Mask) -> Self {
        Self { mask, area: mask.area(), around: mask.bounding_box() }
    }

    /// Intersection over union; for a crowd, over the detection's area. 0 where nothing is shared.
    fn overlap(&self, gold: &Self, is_crowd: bool) -> f64 {
        let shared = if is_apart(&self.around, &gold.around) { 0 } else { self.mask.shared(gold.mask) };
        let all = if is_crowd { self.area } else { self.area + gold.area - shared };
        if shared == 0 { 0.0 } else { shared as f64 / all as f64 }
    }
}

/// Whether two boxes (left, upper, width, height) share no pixel.
fn is_apart(a: &[u32; 4], b: &[u32; 4]) -> bool {
    (0..2).any(|axis| a[axis] + a[axis + 2] <= b[axis] || b[axis] + b[axis + 2] <= a[axis])
}
