//! Object detection where not every class was looked for in every image, as LVIS scores it.
//!
//! Of each image it is said which classes were looked for and not found, and of which classes some objects are not marked; only
//! what is known counts. See `detections` for what is kept and in which order it is read.

mod data;
mod kinds;

use crate::{
    MetricError,
    boxes::Detection,
    detections::{Bounds, Matching, Outcome, Relevant, Tally, Truth},
    items::{check_kind_count, check_length},
};
use data::{check_image, counted, overlap};
use kinds::{AREAS, DETECTIONS_MAX, figure};

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{ImageBoxes, TrueBox};
pub use kinds::{Area, Frequency, Kind, METRICS, parse};

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

impl Params {
    fn bounds(&self) -> Bounds {
        let class_count = u32::try_from(self.frequencies.len()).unwrap_or(u32::MAX);
        let detection_count_max = self.detection_count_max;
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
    /// Lengths that differ; a class that there is not; numbers that are not finite; a true box beyond
    /// [`PIXELS_MAX`](crate::boxes::PIXELS_MAX) or of negative size; more detections, images or true boxes than allowed.
    pub fn update<D: AsRef<[Detection]>>(
        &mut self,
        found: &[Option<D>],
        truth: &[ImageBoxes],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let bounds = self.params.bounds();
        let mut shard = Tally::new(bounds)?;
        for (item, (found, gold)) in found.iter().zip(truth).enumerate() {
            let found = found.as_ref().map_or(&[][..], D::as_ref);
            check_image(item, found, gold, bounds.class_count)?;
            let boxes = gold.boxes.iter().map(|one| (one.class, one)).collect();
            shard.add_image(gold.id, counted(found, gold), boxes, |class, found, truth| {
                matched(gold.partial.contains(&class), found, truth)
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

    /// The values, in the order of the kinds. `None`: no class that counts has a true box of the area range.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.item_count() == 0 {
            return Err(MetricError::Empty);
        }
        let figures: Vec<_> = self.params.kinds.iter().map(|kind| figure(*kind)).collect();
        let counts =
            |place: usize, class: usize| self.params.kinds[place].counts(self.params.frequencies[class]);
        Ok(self.tally.values(&figures, counts))
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
    partial: bool,
    found: &[(u32, f64, &Detection)],
    truth: &[(u32, &TrueBox)],
) -> (Relevant, Vec<Outcome>) {
    let areas: Vec<f64> = found.iter().map(|(_, _, found)| found.w * found.h).collect();
    let mut overlaps = Vec::with_capacity(found.len() * truth.len());
    for (_, _, found) in found {
        overlaps.extend(truth.iter().map(|(_, gold)| overlap(found, gold)));
    }
    let of_truth = |(_, gold): &(u32, &TrueBox)| Truth { area: gold.area, ignored: false, crowd: false };
    let truth: Vec<Truth> = truth.iter().map(of_truth).collect();
    let matching = Matching { ranges: &AREAS, found: &areas, truth: &truth, overlaps: &overlaps, partial };
    (matching.relevant(), matching.outcomes())
}
