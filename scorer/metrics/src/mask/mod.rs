//! Metrics of one class per pixel: semantic segmentation.
//!
//! The state holds three pixel counts per class, three more for boundaries where a metric asks for them, and one sum: at
//! most `60·class_count` bytes plus 60, whatever the number and the size of the images. A confusion matrix is not needed:
//! every metric here is a function of the true, the predicted and the common pixels of each class.

mod boundary;
mod metrics;
mod overlap;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    fixed::FixedSum,
    items::{ItemCount, check_kind_count, check_length},
    mean::mean,
};
use boundary::{boundary, boundary_width};
pub use metrics::{METRICS, parse};
use overlap::Overlap;

/// The class of a pixel that has none: in the truth it is not scored, in a prediction it is an answer that fits no class.
pub const VOID: u16 = u16::MAX;
/// Most classes of a task: all numbers but [`VOID`].
pub const CLASS_COUNT_MAX: u32 = 65_535;
/// Most pixels of one map.
pub const MAP_PIXELS_MAX: u64 = 1 << 24;
const STATE_VERSION: u8 = 1;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Mean over classes of the intersection over the union of all images.
    MeanIou(AbsentClass),
    /// Mean over classes of 2·tp / (2·tp + fp + fn) of all images, classes that are nowhere skipped.
    Dice,
    /// The same per image, 1 for a class that is nowhere in it; mean over images and classes.
    DicePerImage,
    /// Right pixels / pixels.
    PixelAccuracy,
    /// Mean recall of the classes in the truth.
    MeanAccuracy,
    /// Mean IoU weighted by the classes' true pixels.
    FrequencyWeightedIou,
    /// Mean IoU of boundaries, classes that are nowhere skipped.
    BoundaryIou,
}

/// What a class that is absent is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsentClass {
    /// Neither in the truth nor predicted: not in the mean.
    Skipped,
    /// Neither in the truth nor predicted: 0.
    Zero,
    /// Not in the truth: not in the mean, even if predicted.
    SkippedUnlessTrue,
}

/// The true classes of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassMap {
    /// Pixels of a row, from 1.
    pub width: u32,
    /// Rows, from 1.
    pub height: u32,
    /// Row-major `[height, width]`: `0..class_count`, or [`VOID`] for a pixel that is not scored.
    pub classes: Vec<u16>,
}

/// What the task fixes and what to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Labels lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    params: Params,
    sums: Sums,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sums {
    items: ItemCount,
    pixels: Overlap,
    /// Only if a metric asks for it.
    boundaries: Option<Overlap>,
    /// Σ over images and classes of Dice.
    dice: FixedSum,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for class counts and metric counts out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        let class_count = params.class_count;
        if !(1..=CLASS_COUNT_MAX).contains(&class_count) {
            let what = format!("class_count is {class_count}; allowed are 1 to {CLASS_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        check_kind_count(params.kinds.len())?;
        let boundaries = params.kinds.contains(&Kind::BoundaryIou);
        let sums = Sums {
            items: ItemCount::default(),
            pixels: Overlap::new(class_count),
            boundaries: boundaries.then(|| Overlap::new(class_count)),
            dice: FixedSum::default(),
        };
        Ok(Self { params, sums })
    }

    /// Adds a shard: per label a map of as many pixels, row-major, or `None` where there is no answer, which misses every
    /// pixel. A predicted class of `class_count` or more is an answer that fits no class. On an error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ; labels outside `0..class_count` that are not [`VOID`]; maps without a pixel or of more than
    /// [`MAP_PIXELS_MAX`]; more items than a state holds.
    pub fn update<P: AsRef<[u16]>>(
        &mut self,
        predictions: &[Option<P>],
        labels: &[ClassMap],
    ) -> Result<(), MetricError> {
        check_length(labels.len(), predictions.len())?;
        let items = self.sums.items.plus(labels.len() as u64)?;
        for (item, (prediction, label)) in predictions.iter().zip(labels).enumerate() {
            check_label(item, label, self.params.class_count)?;
            if let Some(prediction) = prediction {
                check_length(label.classes.len(), prediction.as_ref().len())?;
            }
        }
        self.sums.items = items;
        for (prediction, label) in predictions.iter().zip(labels) {
            self.add(prediction.as_ref().map(AsRef::as_ref), label);
        }
        Ok(())
    }

    fn add(&mut self, prediction: Option<&[u16]>, label: &ClassMap) {
        let Sums { pixels, boundaries, dice, .. } = &mut self.sums;
        let truth = &label.classes;
        let known = |(&predicted, &truth): (&u16, &u16)| {
            let counts = truth != VOID && u32::from(predicted) < self.params.class_count;
            if counts { predicted } else { VOID }
        };
        let mut image = Overlap::new(self.params.class_count);
        match prediction {
            Some(prediction) => {
                let predicted = prediction.iter().zip(truth).map(known);
                image.add(truth.iter().copied().zip(predicted));
            }
            None => image.add(truth.iter().map(|truth| (*truth, VOID))),
        }
        pixels.merge(&image);
        if prediction.is_some() {
            image.dice().for_each(|class| dice.add(class.unwrap_or(1.0)));
        }
        if let Some(boundaries) = boundaries {
            let edges = |classes: &[u16]| {
                boundary(classes, label.width as usize, boundary_width(label.width, label.height))
            };
            let predicted: Vec<u16> = match prediction {
                Some(prediction) => prediction.iter().zip(truth).map(known).collect(),
                None => vec![VOID; truth.len()],
            };
            boundaries.add(edges(truth).into_iter().zip(edges(&predicted)));
        }
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more items than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.sums.items = self.sums.items.plus(other.sums.items.get())?;
        self.sums.pixels.merge(&other.sums.pixels);
        if let (Some(to), Some(from)) = (&mut self.sums.boundaries, &other.sums.boundaries) {
            to.merge(from);
        }
        self.sums.dice.merge(other.sums.dice);
        Ok(())
    }

    /// Images added so far.
    pub fn item_count(&self) -> u64 {
        self.sums.items.get()
    }

    /// The values, in the order of the parameters; `None` where a metric is undefined, as it is if every pixel is void.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let items = self.sums.items.divisor()?;
        let pixels = &self.sums.pixels;
        let value = |kind: &Kind| match kind {
            Kind::MeanIou(AbsentClass::Skipped) => mean(pixels.iou().flatten()),
            Kind::MeanIou(AbsentClass::Zero) => mean(pixels.iou().map(|class| class.unwrap_or(0.0))),
            Kind::MeanIou(AbsentClass::SkippedUnlessTrue) => {
                let of_truth = |(class, in_truth): (Option<f64>, bool)| class.filter(|_| in_truth);
                mean(pixels.iou().zip(pixels.in_truth()).filter_map(of_truth))
            }
            Kind::Dice => mean(pixels.dice().flatten()),
            Kind::DicePerImage => {
                Some(self.sums.dice.to_f64() / (items * f64::from(self.params.class_count)))
            }
            Kind::PixelAccuracy => pixels.accuracy(),
            Kind::MeanAccuracy => mean(pixels.recall().flatten()),
            Kind::FrequencyWeightedIou => pixels.frequency_weighted_iou(),
            Kind::BoundaryIou => mean(self.sums.boundaries.as_ref()?.iou().flatten()),
        };
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// A versioned serialisation of at most `60·class_count + 60` bytes. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &self.sums)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let sums: Sums = bytes::unpack(STATE_VERSION, bytes)?;
        let (items, class_count) = (sums.items.get(), empty.params.class_count);
        let fits = |overlap: &Overlap| overlap.fits(class_count, items * MAP_PIXELS_MAX);
        let dice_max = (items * u64::from(class_count)) as f64;
        let sound = fits(&sums.pixels)
            && sums.boundaries.is_some() == empty.sums.boundaries.is_some()
            && sums.boundaries.as_ref().is_none_or(fits)
            && (0.0..=dice_max).contains(&sums.dice.to_f64());
        if sound { Ok(Self { params: empty.params, sums }) } else { Err(MetricError::Corrupt) }
    }
}

fn check_label(item: usize, label: &ClassMap, class_count: u32) -> Result<(), MetricError> {
    let pixels = u64::from(label.width) * u64::from(label.height);
    if !(1..=MAP_PIXELS_MAX).contains(&pixels) {
        let what = format!(
            "the label has {}×{} pixels; allowed are 1 to {MAP_PIXELS_MAX}",
            label.width, label.height
        );
        return Err(MetricError::OutOfDomain { item, what });
    }
    check_length(pixels as usize, label.classes.len())?;
    let outside = |class: &u16| *class != VOID && u32::from(*class) >= class_count;
    // Looked at to the end: a loop that could stop early would not be vectorised.
    if label.classes.iter().fold(false, |any, class| any | outside(class)) {
        let class = label.classes.iter().find(|class| outside(class)).unwrap_or(&VOID);
        let what = format!("the label holds class {class}; allowed are 0..{class_count} and {VOID} for void");
        return Err(MetricError::OutOfDomain { item, what });
    }
    Ok(())
}
