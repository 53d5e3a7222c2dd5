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
    detections::{Bounds, Matching, Outcome, Relevant, Tally, Truth},
    items::{check_kind_count, check_length},
};
use data::check_image;
use kinds::{AREAS, DETECTIONS_MAX, figure};

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{ImageInstances, Instance, TrueInstance};
pub use kinds::{Area, Kind, METRICS, parse};
pub use mask::{Mask, SIDE_MAX};
pub use outline::{BOUNDARY_STEPS_MAX, CORNER_COUNT_MAX, CORNER_MAX};

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
        let tally = Tally::new(params.bounds())?;
        Ok(Self { params, tally })
    }

    /// Adds a shard of whole images. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`, in any order; among equal scores of one image the earlier comes first. `None` is an image without an
    ///   answer: no detections.
    /// - `truth`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ; a class outside `0..class_count`; a score or an area that is not finite; a mask of another size than
    /// its image; more detections, images or true objects than allowed.
    pub fn update<D: AsRef<[Instance]>>(
        &mut self,
        found: &[Option<D>],
        truth: &[ImageInstances],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let mut shard = Tally::new(self.params.bounds())?;
        for (item, (found, gold)) in found.iter().zip(truth).enumerate() {
            let found = found.as_ref().map_or(&[][..], D::as_ref);
            check_image(item, found, gold, self.params.class_count)?;
            let found = found.iter().map(|found| (found.class, found.score, &found.mask)).collect();
            let instances = gold.instances.iter().map(|instance| (instance.class, instance)).collect();
            shard.add_image(gold.id, found, instances, |_, found, truth| matched(found, truth));
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

    /// The values, in the order of the kinds. `None`: no class has a true object of the area range.
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

    /// A kind for each class alone; `None` for one without a true object of the area range.
    pub fn per_class(&self, kind: Kind) -> Vec<Option<f64>> {
        self.tally.per_class(&figure(kind))
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

fn matched(found: &[(u32, f64, &Mask)], truth: &[(u32, &TrueInstance)]) -> (Relevant, Vec<Outcome>) {
    let measured = |mask: &Mask| (mask.area(), mask.bounding_box());
    let gold: Vec<_> = truth.iter().map(|(_, gold)| measured(&gold.mask)).collect();
    let mut areas = Vec::with_capacity(found.len());
    let mut overlaps = Vec::with_capacity(found.len() * truth.len());
    for (_, _, mask) in found {
        let (area, around) = measured(mask);
        areas.push(area as f64);
        overlaps.extend(truth.iter().zip(&gold).map(|((_, instance), (gold_area, gold_around))| {
            let shared = if is_apart(&around, gold_around) { 0 } else { mask.shared(&instance.mask) };
            let all = if instance.crowd { area } else { area + gold_area - shared };
            if shared == 0 { 0.0 } else { shared as f64 / all as f64 }
        }));
    }
    let truth: Vec<Truth> = truth
        .iter()
        .map(|(_, gold)| Truth { area: gold.area, ignored: gold.crowd, crowd: gold.crowd })
        .collect();
    let matching =
        Matching { ranges: &AREAS, found: &areas, truth: &truth, overlaps: &overlaps, partial: false };
    (matching.relevant(), matching.outcomes())
}

/// Whether two boxes (left, upper, width, height) share no pixel.
fn is_apart(a: &[u32; 4], b: &[u32; 4]) -> bool {
    (0..2).any(|axis| a[axis] + a[axis + 2] <= b[axis] || b[axis] + b[axis + 2] <= a[axis])
}
