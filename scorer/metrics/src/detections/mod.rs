//! What all average precision over detections shares: the state, matching, the kept outcomes, the curves.
//!
//! A [`Suite`] measures overlaps and says what is ignored and what is computed; [`State`] is the rest. The detections of an image
//! are matched when its shard is added, per class, area range and overlap. What is kept of one is its score, its image and what
//! became of it: 32 bytes. Values sort the detections of each class by (score descending, image id, position in the image), an
//! order that no sharding changes; they take 8 KB more per class and area range.

mod curve;
mod matching;
mod tally;

use crate::{MetricError, items::check_length};
pub(crate) use curve::{Figure, What, interpolated, pairwise_sum};
pub(crate) use matching::{AREA_COUNT, Outcome, THRESHOLDS, Truth};
pub use matching::{Matching, Relevant};
pub use tally::{Bounds, CLASS_COUNT_MAX, DETECTION_COUNT_MAX, Shard, TRUTH_COUNT_MAX, Tally};
pub(crate) use tally::{Class, check_found};

/// What a suite of detections has of its own; its parameters are what has it.
pub trait Suite: Clone + PartialEq {
    /// What a model finds, once.
    type Found;
    /// What is true of an image.
    type Image;

    /// # Errors
    /// [`MetricError::Invalid`] for parameters of its own out of range.
    fn bounds(&self) -> Result<Bounds, MetricError>;

    /// Checks an image and adds it. `item` is its position in the update.
    fn add(
        &self,
        item: usize,
        found: &[Self::Found],
        image: &Self::Image,
        to: &mut Shard,
    ) -> Result<(), MetricError>;

    /// The values, in the order of the kinds.
    fn values(&self, tally: &Tally) -> Vec<Option<f64>>;
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State<S> {
    pub(crate) params: S,
    pub(crate) tally: Tally,
}

impl<S: Suite> State<S> {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for figures out of range.
    pub fn new(params: S) -> Result<Self, MetricError> {
        let tally = Tally::new(params.bounds()?)?;
        Ok(Self { params, tally })
    }

    /// Adds a shard of whole images. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`, in any order; among equal scores of one image the earlier comes first. `None` is an image without an
    ///   answer: nothing is found.
    /// - `truth`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ; a class that there is not; numbers that are not finite; what is found or true outside its limits;
    /// more detections, images or true objects than allowed.
    pub fn update<D: AsRef<[S::Found]>>(
        &mut self,
        found: &[Option<D>],
        truth: &[S::Image],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let mut shard = Shard::new(self.params.bounds()?)?;
        for (item, (found, image)) in found.iter().zip(truth).enumerate() {
            self.params.add(item, found.as_ref().map_or(&[][..], D::as_ref), image, &mut shard)?;
        }
        self.tally.merge(&shard.into_tally())
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

    /// The values, in the order of the kinds. `None`: no class that counts has a true object, of the area range if there is one.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.item_count() == 0 { Err(MetricError::Empty) } else { Ok(self.params.values(&self.tally)) }
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.tally.to_bytes()
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: S, bytes: &[u8]) -> Result<Self, MetricError> {
        let tally = Tally::from_bytes(params.bounds()?, bytes)?;
        Ok(Self { params, tally })
    }
}
