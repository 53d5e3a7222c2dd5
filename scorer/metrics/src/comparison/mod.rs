//! The final ranking: which of several models is better than which, by the paired Poisson bootstrap.
//!
//! A replicate is a test set drawn anew: every group of items (a person, a recording; an item that is in no group is one of its own)
//! stands in it w times, w being a Poisson number of mean 1. The metric of a model over a replicate is the suite's own, over items
//! counted w times. All models have the same weights, so the error of a *difference* is that of a paired comparison.
//!
//! **Weights.** `w(group, r) = PoissonInv(u32(H(seed ‖ group ‖ r)))`, where `group` is the key of [`Outcomes`](crate::Outcomes) and r
//! counts from 0. H is SHA-256 over what does not change, the seed and the group, and SplitMix64 over r: a hash of all three, so
//! that a weight depends on nothing else, and whoever knows the seed can reckon it; one SHA-256 for each replicate would be two thousand
//! for an item. Nothing rests on the weights being secret: the seed is made when no model can be changed any more. All of it:
//!
//! ```python
//! import hashlib, math
//! from fractions import Fraction
//!
//! E = sum(Fraction(1, math.factorial(j)) for j in range(60))
//! POISSON = [round(2**32 / E * sum(Fraction(1, math.factorial(j)) for j in range(k + 1))) for k in range(12)]
//! MASK = 2**64 - 1
//!
//! def weight(seed, group, r):  # 32 bytes, u64, u32
//!     key = hashlib.sha256(seed + group.to_bytes(8, "little")).digest()[:8]
//!     x = (int.from_bytes(key, "little") + (r + 1) * 0x9E3779B97F4A7C15) & MASK
//!     x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & MASK
//!     x = ((x ^ x >> 27) * 0x94D049BB133111EB) & MASK
//!     uniform = (x ^ x >> 31) >> 32
//!     return sum(uniform >= step for step in POISSON)
//! ```
//!
//! **The same bits, however it is done.** A model's replicates are functions of its items as a multiset. Counts and ranks are integers;
//! numbers to be averaged are rounded once each, to 2^-90 of the largest, and are integers from there on; variances and covariances are summed
//! in f64 in one order, by group and number. So neither shards, nor their order, nor how many models or replicates are reckoned at
//! once changes a bit.
//!
//! **Memory.** 24 bytes an item while the outcomes of one model come in, at most 56 while its replicates are reckoned, and then 8 for each
//! replicate; 24 bytes a group for all models, and one more for each thread that draws. Weights are made again for each replicate of each model,
//! never kept.
//!
//! What is not reckoned here: the largest error ([`crate::values::Kind::MaxError`]), because the bootstrap of a maximum is known to be
//! wrong (Bickel and Freedman 1981), and metrics that are no functions of two numbers of each item ([`crate::OutcomeForm`]).

mod classes;
mod draw;
mod ranking;
mod ratio;
mod resampler;
mod sample;
mod scores;
mod values;
mod weights;

pub use draw::{Draw, GROUP_COUNT_MIN, REPLICATE_COUNT_MAX, REPLICATE_COUNT_MIN};
pub use ranking::{MODEL_COUNT_MAX, Ranking, Standing, rank};
pub use resampler::{Replicates, Resampler};
pub use sample::{COMPARED_ITEM_COUNT_MAX, Sample};

/// Why a comparison stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    /// There is nothing to say.
    #[error(transparent)]
    NoIntervals(#[from] NoIntervals),
    /// What was given is no comparison.
    #[error(transparent)]
    Outcomes(#[from] crate::MetricError),
}

/// Why there are no intervals. A state of affairs, and no mistake of anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoIntervals {
    /// See the module.
    #[error("the metric cannot be reckoned over items drawn anew")]
    Metric,
    /// The outcomes of one unit of work were too many to be kept, or those of all are.
    #[error("there are more items than can be compared; allowed are {COMPARED_ITEM_COUNT_MAX}")]
    TooManyItems,
    /// So few that what is drawn of them says little of what could have been.
    #[error("{found} groups of items; intervals need {GROUP_COUNT_MIN} or more")]
    TooFewGroups {
        /// How many there are.
        found: usize,
    },
    /// The metric is undefined for all models in too many replicates: a class that it needs is too rare.
    #[error("the metric is undefined in {undefined} of {all} replicates; one in twenty may be")]
    Undefined {
        /// For how many.
        undefined: usize,
        /// Of how many.
        all: usize,
    },
    /// More than [`MODEL_COUNT_MAX`].
    #[error("{found} models; allowed are {MODEL_COUNT_MAX}")]
    TooManyModels {
        /// How many there are.
        found: usize,
    },
}
