//! Object detection: boxes with class and score, as PASCAL VOC scores them.
//!
//! Unlike COCO there is one overlap, and a detection is compared with the true box it overlaps most, taken or not. See
//! `detections` for what is kept and in which order it is read.

mod data;
mod kinds;

use crate::{
    MetricError,
    detections::{self, Bounds, Class, Outcome, Shard, Suite, Tally, interpolated},
    items::check_kind_count,
    mean::mean,
};
use data::{check_image, overlap};

pub use crate::detections::{CLASS_COUNT_MAX, DETECTION_COUNT_MAX, TRUTH_COUNT_MAX};
pub use data::{Found, ImageObjects, PIXELS_MAX, TrueObject};
pub use kinds::{Kind, METRICS, parse};

/// Most detections of one image and class; what is less sure is not looked at.
pub const DETECTIONS_MAX: usize = 4096;

/// The mergeable state of all metrics of a task.
pub type State = detections::State<Params>;

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

impl Suite for Params {
    type Found = Found;
    type Image = ImageObjects;

    fn bounds(&self) -> Result<Bounds, MetricError> {
        check_kind_count(self.kinds.len())?;
        if !(self.overlap_min > 0.0 && self.overlap_min <= 1.0) {
            let what = format!("a least overlap of {}; allowed is above 0 to 1", self.overlap_min);
            return Err(MetricError::Invalid(what));
        }
        let Self { class_count, detection_count_max, .. } = *self;
        Ok(Bounds { class_count, detection_count_max, rank_count: DETECTIONS_MAX })
    }

    fn add(
        &self,
        item: usize,
        found: &[Found],
        image: &ImageObjects,
        to: &mut Shard,
    ) -> Result<(), MetricError> {
        check_image(item, found, &image.objects, self.class_count)?;
        let found = found.iter().map(|found| (found.class, found.score, found));
        let truth = image.objects.iter().map(|object| (object.class, object));
        to.add_image(image.id, found, truth, |matching, _, found, truth| {
            matching.outcomes.extend(outcomes(self, found, truth));
            let relevant = truth.iter().filter(|(_, object)| !object.difficult).count() as u64;
            [relevant, 0, 0, 0]
        });
        Ok(())
    }

    fn values(&self, tally: &Tally) -> Vec<Option<f64>> {
        let value = |kind: &Kind| mean(per_class(tally, *kind).into_iter().flatten());
        self.kinds.iter().map(value).collect()
    }
}

impl State {
    /// The average precision of each class; `None` for one without a true box.
    pub fn per_class(&self, kind: Kind) -> Vec<Option<f64>> {
        per_class(&self.tally, kind)
    }
}

fn per_class(tally: &Tally, kind: Kind) -> Vec<Option<f64>> {
    let of_class = |class: &Class| {
        let relevant = class.relevant[0];
        (relevant > 0).then(|| average_precision(kind, precisions(class), relevant))
    };
    tally.classes().iter().map(of_class).collect()
}

/// What became of the detections of one image and class, the best first.
fn outcomes(
    params: &Params,
    found: &[(u32, f64, &Found)],
    truth: &[(u32, &TrueObject)],
) -> impl Iterator<Item = Outcome> {
    let mut taken = vec![false; truth.len()];
    let of_one = move |(rank, (_, _, found)): (usize, &(u32, f64, &Found))| {
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
    found.iter().enumerate().map(of_one)
}

/// The precision after each right detection.
fn precisions(class: &Class) -> Vec<f64> {
    let (mut hits, mut alarms) = (0.0, 0.0);
    let mut precisions = Vec::new();
    for outcome in class.sorted().iter().map(|kept| kept.outcome) {
        if outcome.hits(0) & 1 == 1 {
            hits += 1.0;
            precisions.push(hits / (hits + alarms));
        } else if outcome.alarms(0) & 1 == 1 {
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
