//! Text in images: regions with an outline and a text, as ICDAR 2015 scores them.
//!
//! The regions of an image are matched when its shard is added; only four counts are kept. Outlines are any polygons, concave
//! ones included; areas are exact to rounding (see `polygon`), and an overlap must be strictly more than the least.

mod image;
mod kinds;
mod polygon;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
};
use image::{add_image, check_found, check_truth};

pub use kinds::{Kind, METRICS, Right, parse};
pub use polygon::Point;

/// Greatest distance of a corner from 0, in pixels.
pub const PIXELS_MAX: f64 = 1e9;
/// Most corners of a region.
pub const POINT_COUNT_MAX: usize = 256;
/// Most regions of one image, true or found.
pub const REGION_COUNT_MAX: usize = 10_000;
/// Most bytes of UTF-8 of one text.
pub const TEXT_BYTES_MAX: usize = 4 << 10;
const STATE_VERSION: u8 = 1;

/// A region that a model found and what it read there.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Corners in order; fewer than 3, or an outline that crosses itself, is as if it was not there.
    pub points: Vec<Point>,
    /// Empty where nothing was read.
    pub text: String,
}

/// A region that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrueRegion {
    /// Corners in order; an outline that crosses itself is as if it was not there.
    pub points: Vec<Point>,
    /// What is written there.
    pub text: String,
    /// Not to be read: finding it is neither right nor wrong.
    pub ignored: bool,
}

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// A match overlaps by more than this share (intersection / union); 0 to 1.
    pub overlap_min: f64,
    /// A found region with more than this share of its area in an ignored one is dropped; 0 to 1.
    pub ignored_share_max: f64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// What the values are made of, over all images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionCounts {
    /// Pairs of a true and a found region that overlap.
    pub matched: u64,
    /// Those whose texts agree.
    pub read: u64,
    /// True regions that count.
    pub truth: u64,
    /// Found regions that count.
    pub found: u64,
}

impl RegionCounts {
    fn merge(&mut self, other: &Self) {
        self.matched += other.matched;
        self.read += other.read;
        self.truth += other.truth;
        self.found += other.found;
    }

    fn is_possible(&self, images: u64) -> bool {
        let most = images * REGION_COUNT_MAX as u64;
        self.read <= self.matched
            && self.matched <= self.truth.min(self.found)
            && self.truth.max(self.found) <= most
    }
}

/// The mergeable state of all metrics of a task; under 50 bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    params: Params,
    images: ItemCount,
    counts: RegionCounts,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for shares outside 0 to 1, no metric or more than 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        for share in [params.overlap_min, params.ignored_share_max] {
            if !(0.0..=1.0).contains(&share) {
                return Err(MetricError::Invalid(format!("a share of {share}; allowed are 0 to 1")));
            }
        }
        Ok(Self { params, images: ItemCount::default(), counts: RegionCounts::default() })
    }

    /// Adds a shard of whole images. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`; `None` is an image without an answer: no regions.
    /// - `truth`: `[n]`; true regions are matched in the order given.
    ///
    /// # Errors
    /// Lengths that differ; a corner that is not finite or beyond [`PIXELS_MAX`]; more regions, corners or text than allowed;
    /// more images than a state holds.
    pub fn update<R: AsRef<[Region]>, T: AsRef<[TrueRegion]>>(
        &mut self,
        found: &[Option<R>],
        truth: &[T],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let images = self.images.plus(truth.len() as u64)?;
        let pairs = || found.iter().map(|found| found.as_ref().map_or(&[][..], R::as_ref)).zip(truth);
        for (item, (found, truth)) in pairs().enumerate() {
            check_found(item, found)?;
            check_truth(item, truth.as_ref())?;
        }
        self.images = images;
        let mut overlap = polygon::Overlap::default();
        for (found, truth) in pairs() {
            add_image(&self.params, found, truth.as_ref(), &mut overlap, &mut self.counts);
        }
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more images than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.images = self.images.plus(other.images.get())?;
        self.counts.merge(&other.counts);
        Ok(())
    }

    /// Images added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.images.get()
    }

    /// What the values are made of.
    pub fn counts(&self) -> RegionCounts {
        self.counts
    }

    /// The values, in the order of the kinds. `None`: no true region counts.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.images.divisor()?;
        let RegionCounts { matched, read, truth, found } = self.counts;
        let right = |right: Right| if right == Right::Found { matched } else { read };
        let share = |right: u64, of: u64| if of == 0 { 0.0 } else { right as f64 / of as f64 };
        let value = |kind: &Kind| match *kind {
            Kind::Precision(what) => share(right(what), found),
            Kind::Recall(what) => share(right(what), truth),
            Kind::Hmean(what) => match (share(right(what), found), share(right(what), truth)) {
                (0.0, 0.0) => 0.0,
                (precision, recall) => 2.0 * precision * recall / (precision + recall),
            },
        };
        Ok(self.params.kinds.iter().map(|kind| (truth > 0).then(|| value(kind))).collect())
    }

    /// A versioned serialisation. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(self.images, self.counts))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let (images, counts): (ItemCount, RegionCounts) = bytes::unpack(STATE_VERSION, bytes)?;
        if !counts.is_possible(images.get()) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { images, counts, ..empty })
    }
}
