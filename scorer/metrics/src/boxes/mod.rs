//! Object detection: boxes with class and score, as COCO scores them; every value equals pycocotools' to the bit.
//!
//! The detections of an image are matched with its true boxes when its shard is added, per class, area range and overlap.
//! What is kept of one is its score, its image and what became of it: 32 bytes. Values sort the detections of each class by
//! (score descending, image id, position in the image), an order that no sharding changes; they take 8 KB more per class and
//! area range.

mod curve;
mod data;
mod image;
mod kinds;

use crate::{
    MetricError,
    error::check_count,
    keys::{is_finite, key_of},
};
use curve::{Curves, Relevant, THRESHOLDS, mean};
use data::{check_found, check_truth};
use image::{DETECTIONS_MAX, Outcome, outcomes, relevant};

pub use data::{Detection, ImageBoxes, PIXELS_MAX, TrueBox};
pub use kinds::{Area, Kind, METRICS, parse};

/// Most classes of a task.
pub const CLASS_COUNT_MAX: u32 = 10_000;
/// Most detections that a state may be told to keep: 3.2 GB of them.
pub const DETECTION_COUNT_MAX: u64 = 100_000_000;
/// Most images, and most true boxes per class, of a task.
pub const TRUTH_COUNT_MAX: u64 = 1_000_000_000;
/// Most bytes of a serialised state per detection, and per class, beyond 16.
pub const STATE_BYTES_PER_DETECTION_MAX: usize = 40;
/// See [`STATE_BYTES_PER_DETECTION_MAX`].
pub const STATE_BYTES_PER_CLASS_MAX: usize = 30;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Classes of boxes lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// Most detections of all images together, after the best 100 per image and class are taken; 1 to
    /// [`DETECTION_COUNT_MAX`]. A task that bounds the boxes of an answer knows it beforehand.
    pub detection_count_max: u64,
    /// In the order of the values.
    pub kinds: Vec<Kind>,
}

/// A detection as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    /// See [`crate::keys`].
    key: u64,
    image: u64,
    outcome: Outcome,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    image_count: u64,
    detection_count: u64,
    classes: Vec<Class>,
}

#[derive(Debug, Clone, Default)]
struct Class {
    relevant: Relevant,
    kept: Vec<Kept>,
}

impl Class {
    fn sorted(&self) -> Vec<Kept> {
        let mut kept = self.kept.clone();
        kept.sort_unstable_by(|a, b| b.key.cmp(&a.key).then((a.image, a.outcome).cmp(&(b.image, b.outcome))));
        kept
    }
}

/// A class as it is written: true boxes per area range, and (key, image, outcome) in canonical order.
type Written = (Relevant, Vec<(u64, u64, [u32; 4])>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a `class_count` or `detection_count_max` out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        let Params { class_count, detection_count_max, .. } = params;
        if !(1..=CLASS_COUNT_MAX).contains(&class_count) {
            return Err(MetricError::Invalid(format!(
                "class_count is {class_count}; allowed are 1 to {CLASS_COUNT_MAX}"
            )));
        }
        if !(1..=DETECTION_COUNT_MAX).contains(&detection_count_max) {
            return Err(MetricError::Invalid(format!(
                "detection_count_max is {detection_count_max}; allowed are 1 to {DETECTION_COUNT_MAX}"
            )));
        }
        let classes = vec![Class::default(); class_count as usize];
        Ok(Self { params, image_count: 0, detection_count: 0, classes })
    }

    /// Adds a shard of whole images. On an error the state is unchanged.
    ///
    /// - `detections`: `[n]`, in any order; among equal scores of one image the earlier comes first. `None` is an image
    ///   without an answer: no detections.
    /// - `truth`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ, a class outside `0..class_count`, numbers that are not finite, a true box beyond
    /// [`PIXELS_MAX`] or of negative size, more detections, images or true boxes than allowed.
    pub fn update<D: AsRef<[Detection]>>(
        &mut self,
        detections: &[Option<D>],
        truth: &[ImageBoxes],
    ) -> Result<(), MetricError> {
        if detections.len() != truth.len() {
            return Err(MetricError::LengthMismatch { expected: truth.len(), found: detections.len() });
        }
        let mut shard = Self::new(self.params.clone())?;
        for (item, (found, gold)) in detections.iter().zip(truth).enumerate() {
            let found = found.as_ref().map_or(&[][..], D::as_ref);
            check_found(item, found, self.params.class_count)?;
            check_truth(item, &gold.boxes, self.params.class_count)?;
            shard.add_image(found, gold);
        }
        self.merge(&shard)
    }

    fn add_image(&mut self, found: &[Detection], gold: &ImageBoxes) {
        self.image_count += 1;
        let (mut found, mut boxes) = (found.to_vec(), gold.boxes.clone());
        // Stable: equal scores keep their positions. Finite, so that keys order them.
        found.sort_by_key(|found| (found.class, !key_of(found.score)));
        boxes.sort_by_key(|gold| gold.class);
        for of_class in boxes.chunk_by(|a, b| a.class == b.class) {
            let counts = &mut self.classes[of_class[0].class as usize].relevant;
            counts.iter_mut().zip(relevant(of_class)).for_each(|(count, more)| *count += more);
        }
        let mut kept = Vec::new();
        for of_class in found.chunk_by(|a, b| a.class == b.class) {
            let class = of_class[0].class;
            let start = boxes.partition_point(|gold| gold.class < class);
            let end = boxes.partition_point(|gold| gold.class <= class);
            let best = &of_class[..of_class.len().min(DETECTIONS_MAX)];
            kept.clear();
            outcomes(best, &boxes[start..end], &mut kept);
            let rows = best.iter().zip(&kept);
            self.detection_count += best.len() as u64;
            self.classes[class as usize].kept.extend(rows.map(|(found, outcome)| Kept {
                key: key_of(found.score),
                image: gold.id,
                outcome: *outcome,
            }));
        }
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        let of_classes =
            |state: &Self| state.classes.iter().map(|class| class.relevant[0]).max().unwrap_or(0);
        check_count(
            "detections",
            self.detection_count + other.detection_count,
            self.params.detection_count_max,
        )?;
        check_count("images", self.image_count + other.image_count, TRUTH_COUNT_MAX)?;
        check_count("true boxes of a class", of_classes(self) + of_classes(other), TRUTH_COUNT_MAX)?;
        self.image_count += other.image_count;
        self.detection_count += other.detection_count;
        for (class, more) in self.classes.iter_mut().zip(&other.classes) {
            class.relevant.iter_mut().zip(more.relevant).for_each(|(count, more)| *count += more);
            class.kept.extend_from_slice(&more.kept);
        }
        Ok(())
    }

    /// Images added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.image_count
    }

    /// The values, in the order of the kinds. `None`: no class has a true box of the area range.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.image_count == 0 {
            return Err(MetricError::Empty);
        }
        // Per class, every pair of area range and rank that a kind needs.
        let mut needs: Vec<(usize, usize)> =
            self.params.kinds.iter().map(|kind| (kind.area(), kind.rank_max())).collect();
        needs.sort_unstable();
        needs.dedup();
        let mut curves: Vec<Vec<Curves>> = needs.iter().map(|_| Vec::new()).collect();
        for class in self.classes.iter().filter(|class| class.relevant[0] > 0) {
            let kept = class.sorted();
            for (&(area, rank_max), to) in needs.iter().zip(&mut curves) {
                if class.relevant[area] > 0 {
                    to.push(Curves::new(&kept, area, class.relevant[area], rank_max));
                }
            }
        }
        let value = |kind: &Kind| {
            let place =
                needs.binary_search(&(kind.area(), kind.rank_max())).expect("every kind's need is there");
            value(*kind, &curves[place])
        };
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = |class: &Class| -> Written {
            let kept = class.sorted().into_iter().map(|kept| (kept.key, kept.image, kept.outcome.0));
            (class.relevant, kept.collect())
        };
        let classes: Vec<Written> = self.classes.iter().map(written).collect();
        postcard::to_extend(&(self.image_count, classes), vec![STATE_VERSION])
            .expect("plain integers always serialise")
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let mut state = Self::new(params)?;
        let Some((&STATE_VERSION, body)) = bytes.split_first() else { return Err(MetricError::Corrupt) };
        let ((image_count, classes), rest): ((u64, Vec<Written>), _) =
            postcard::take_from_bytes(body).map_err(|_| MetricError::Corrupt)?;
        if !rest.is_empty() || classes.len() != state.classes.len() || image_count > TRUTH_COUNT_MAX {
            return Err(MetricError::Corrupt);
        }
        state.image_count = image_count;
        for (class, (relevant, written)) in state.classes.iter_mut().zip(classes) {
            state.detection_count += written.len() as u64;
            class.relevant = relevant;
            class.kept = written
                .into_iter()
                .map(|(key, image, bits)| Kept { key, image, outcome: Outcome(bits) })
                .collect();
            let possible = class.kept.iter().all(|kept| is_finite(kept.key) && kept.outcome.is_possible());
            // The first range holds the others.
            if !possible
                || relevant[0] > TRUTH_COUNT_MAX
                || relevant[1..].iter().any(|part| *part > relevant[0])
            {
                return Err(MetricError::Corrupt);
            }
        }
        let allowed = state.params.detection_count_max;
        if state.detection_count > allowed { Err(MetricError::Corrupt) } else { Ok(state) }
    }
}

/// The mean of a kind over thresholds, recalls and classes, in the order in which pycocotools adds.
fn value(kind: Kind, classes: &[Curves]) -> Option<f64> {
    let precisions = |levels: std::ops::Range<usize>| {
        let at =
            |level: usize, recall: usize| classes.iter().map(move |class| class.precision[level][recall]);
        let recalls = 0..classes.first().map_or(0, |class| class.precision[0].len());
        let of_level = |level| recalls.clone().flat_map(move |recall| at(level, recall));
        mean(&levels.flat_map(of_level).collect::<Vec<_>>())
    };
    match kind {
        Kind::Ap(_) => precisions(0..THRESHOLDS),
        Kind::Ap50 => precisions(0..1),
        Kind::Ap75 => precisions(5..6),
        Kind::Ar1 | Kind::Ar10 | Kind::Ar100(_) => {
            let of_level = |level: usize| classes.iter().map(move |class| class.recall[level]);
            mean(&(0..THRESHOLDS).flat_map(of_level).collect::<Vec<_>>())
        }
    }
}
