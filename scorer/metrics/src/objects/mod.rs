//! Object detection: boxes with class and score, as PASCAL VOC scores them.
//!
//! Unlike COCO there is one overlap, and a detection is compared with the true box it overlaps most, taken or not. See
//! `detections` for what is kept and in which order it is read.

mod data;
mod kinds;

use crate::{
    MetricError,
    detections::{Bounds, Class, Outcome, Tally, interpolated},
    items::{check_kind_count, check_length},
    mean::mean,
};
use data::{check_image, overlap};

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{Found, ImageObjects, PIXELS_MAX, TrueObject};
pub use kinds::{Kind, METRICS, parse};

/// Most detections of one image and class; what is less sure is not looked at.
pub const DETECTIONS_MAX: usize = 4096;

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Classes of boxes lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// Most detections of all images together; 1 to [`DETECTION_COUNT_MAX`].
    pub detection_count_max: u64,
    /// A detection is right if it overlaps a true box by this share or more; above 0 to 1.
    pub overlap_min: f64,
    /// Corners name the pixels within, so that a box from 3 to 3 is one pixel wide.
    pub corners_within: bool,
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
        if !(params.overlap_min > 0.0 && params.overlap_min <= 1.0) {
            let what = format!("a least overlap of {}; allowed is above 0 to 1", params.overlap_min);
            return Err(MetricError::Invalid(what));
        }
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
    /// Lengths that differ; a class outside `0..class_count`; numbers that are not finite; a true box beyond [`PIXELS_MAX`] or
    /// of negative size; more detections, images or true boxes than allowed.
    pub fn update<D: AsRef<[Found]>>(
        &mut self,
        found: &[Option<D>],
        truth: &[ImageObjects],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let mut shard = Tally::new(self.params.bounds())?;
        for (item, (found, gold)) in found.iter().zip(truth).enumerate() {
            let found = found.as_ref().map_or(&[][..], D::as_ref);
            check_image(item, found, &gold.objects, self.params.class_count)?;
            let found = found.iter().map(|found| (found.class, found.score, found)).collect();
            let objects = gold.objects.iter().map(|object| (object.class, object)).collect();
            shard.add_image(gold.id, found, objects, |_, found, truth| {
                let relevant = truth.iter().filter(|(_, object)| !object.difficult).count() as u64;
                ([relevant, 0, 0, 0], outcomes(&self.params, found, truth))
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

    /// The values, in the order of the kinds. `None`: no class has a true box.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.item_count() == 0 {
            return Err(MetricError::Empty);
        }
        let value = |kind: &Kind| mean(self.per_class(*kind).into_iter().flatten());
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// The average precision of each class; `None` for one without a true box.
    pub fn per_class(&self, kind: Kind) -> Vec<Option<f64>> {
        let of_class = |class: &Class| {
            let relevant = class.relevant[0];
            (relevant > 0).then(|| average_precision(kind, precisions(class), relevant))
        };
        self.tally.classes().iter().map(of_class).collect()
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

/// What became of the detections of one image and class, the best first.
fn outcomes(params: &Params, found: &[(u32, f64, &Found)], truth: &[(u32, &TrueObject)]) -> Vec<Outcome> {
    let mut taken = vec![false; truth.len()];
    let of_one = |(rank, (_, _, found)): (usize, &(u32, f64, &Found))| {
        // Of equal overlaps the first object's counts.
        let mut nearest: Option<(usize, f64)> = None;
        for (place, (_, object)) in truth.iter().enumerate() {
            let overlap = overlap(&found.corners, &object.corners, params.corners_within);
            if overlap > nearest.map_or(0.0, |(_, most)| most) {
                nearest = Some((place, overlap));
            }
        }
        match nearest {
            Some((place, overlap)) if overlap >= params.overlap_min => {
                if truth[place].1.difficult {
                    Outcome::new(rank)
                } else if std::mem::replace(&mut taken[place], true) {
                    Outcome::alarm(rank)
                } else {
                    Outcome::hit(rank)
                }
            }
            _ => Outcome::alarm(rank),
        }
    };
    found.iter().enumerate().map(of_one).collect()
}

/// The precision after each right detection.
fn precisions(class: &Class) -> Vec<f64> {
    let (mut hits, mut alarms) = (0.0, 0.0);
    let mut precisions = Vec::new();
    for outcome in class.sorted().iter().map(|kept| kept.outcome) {
        if outcome.is_hit(0, 0) {
            hits += 1.0;
            precisions.push(hits / (hits + alarms));
        } else if outcome.is_alarm(0, 0) {
            alarms += 1.0;
        }
    }
    precisions
}

/// `precisions`: after each right detection. `relevant`: at least 1.
fn average_precision(kind: Kind, precisions: Vec<f64>, relevant: u64) -> f64 {
    let precisions = interpolated(precisions);
    let relevant = relevant as f64;
    match kind {
        Kind::MapArea => {
            let steps = precisions.iter().enumerate();
            steps.map(|(found, p)| ((found + 1) as f64 / relevant - found as f64 / relevant) * p).sum()
        }
        Kind::Map11Point => {
            let at = |step: u32| {
                // `numpy.arange(0, 1.1, 0.1)`, to the bit: 0.3 is a little more than three tenths.
                let recall = f64::from(step) * 0.1;
                let reached = (1..=precisions.len()).find(|found| *found as f64 / relevant >= recall);
                reached.map_or(0.0, |found| precisions[found - 1])
            };
            (0..=10).map(at).sum::<f64>() / 11.0
        }
    }
}
