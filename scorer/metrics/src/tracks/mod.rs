//! Tracking: boxes with a track number in each frame of a sequence. Is every object found, and does it keep one track?
//!
//! The state is five numbers of boxes, at most 60 bytes. A sequence is followed from its first frame to its last, so it stays
//! whole in one shard.

mod assignment;
mod counts;
mod kinds;
mod sequence;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
};
use counts::Counts;

pub use kinds::{Kind, METRICS, parse};

/// Most boxes of one frame, true ones and those of the answer each.
pub const FRAME_BOX_COUNT_MAX: usize = 1000;
/// Most tracks of one sequence, true ones and those of the answer each.
pub const TRACK_COUNT_MAX: usize = 2000;
/// Most boxes of a task, true ones and those of the answers each.
pub const BOX_COUNT_MAX: u64 = 1 << 40;
/// Largest magnitude of a box's numbers, in pixels.
pub const BOUND_MAX: f64 = 1e6;
const STATE_VERSION: u8 = 1;

/// One box of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackBox {
    /// The object, or the track that an answer gives it; once in a frame.
    pub track: u32,
    /// x and y of a corner, width and height, in pixels; magnitudes up to [`BOUND_MAX`], sizes not negative.
    pub bounds: [f64; 4],
}

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    params: Params,
    sums: Sums,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    items: ItemCount,
    counts: Counts,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a number of metrics other than 1 to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        Ok(Self { params, sums: Sums::default() })
    }

    /// Adds a shard of whole sequences, each a list of frames and each frame a list of boxes; an answer has as many frames as
    /// the truth, and `None` is one without a box. On an error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ; a track twice in a frame; bounds that are not finite, beyond [`BOUND_MAX`], or sizes below 0; more
    /// boxes or tracks than the limits say.
    pub fn update(
        &mut self,
        answers: &[Option<Vec<Vec<TrackBox>>>],
        truth: &[Vec<Vec<TrackBox>>],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), answers.len())?;
        for (item, (answer, truth)) in answers.iter().zip(truth).enumerate() {
            check(truth, "true").map_err(|(_, what)| MetricError::OutOfDomain { item, what })?;
            let Some(answer) = answer else { continue };
            check_length(truth.len(), answer.len())?;
            check(answer, "answered").map_err(|(strange, what)| match strange {
                Strange::Repeated => MetricError::DuplicatePrediction { item, what },
                Strange::NonFinite => MetricError::NonFinite { item, what },
                Strange::Outside => MetricError::AnswerOutOfDomain { item, what },
            })?;
        }
        let mut shard = Sums { items: ItemCount::default().plus(truth.len() as u64)?, ..Sums::default() };
        for (answer, truth) in answers.iter().zip(truth) {
            let counts = match answer {
                Some(answer) => sequence::follow(truth, answer),
                None => Counts {
                    objects: truth.iter().map(|frame| frame.len() as u64).sum(),
                    ..Counts::default()
                },
            };
            shard.counts = shard.counts.plus(counts);
        }
        self.add(shard)
    }

    fn add(&mut self, other: Sums) -> Result<(), MetricError> {
        let counts = self.sums.counts.plus(other.counts);
        if !counts.is_possible(BOX_COUNT_MAX) {
            return Err(MetricError::Invalid(format!(
                "a task has at most {BOX_COUNT_MAX} boxes: publish less"
            )));
        }
        self.sums = Sums { items: self.sums.items.plus(other.items.get())?, counts };
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more items or boxes than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.add(other.sums)
    }

    /// Sequences added so far, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.sums.items.get()
    }

    /// The values, in the order of the kinds. `None`: there is no box to divide by.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.sums.items.divisor()?;
        Ok(self.params.kinds.iter().map(|kind| kind.value(self.sums.counts)).collect())
    }

    /// A versioned serialisation of at most 60 bytes. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &self.sums)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let sums: Sums = bytes::unpack(STATE_VERSION, bytes)?;
        if sums.counts.is_possible(BOX_COUNT_MAX) {
            Ok(Self { sums, ..empty })
        } else {
            Err(MetricError::Corrupt)
        }
    }
}

/// What is wrong with a sequence.
#[derive(Debug, Clone, Copy)]
enum Strange {
    Repeated,
    NonFinite,
    Outside,
}

fn check(frames: &[Vec<TrackBox>], whose: &str) -> Result<(), (Strange, String)> {
    let mut tracks = BTreeSet::new();
    for (number, frame) in frames.iter().enumerate() {
        let outside = |what: String| Err((Strange::Outside, format!("frame {number}: {what}")));
        if frame.len() > FRAME_BOX_COUNT_MAX {
            return outside(format!("{} {whose} boxes; allowed are {FRAME_BOX_COUNT_MAX}", frame.len()));
        }
        let mut here: Vec<u32> = frame.iter().map(|one| one.track).collect();
        here.sort_unstable();
        if let Some([twice, ..]) = here.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err((Strange::Repeated, format!("frame {number}: {whose} track {twice} is there twice")));
        }
        for TrackBox { track, bounds } in frame {
            if bounds.iter().any(|bound| !bound.is_finite()) {
                return Err((
                    Strange::NonFinite,
                    format!("frame {number}: {whose} track {track} is not finite"),
                ));
            }
            if bounds.iter().any(|bound| bound.abs() > BOUND_MAX) || bounds[2] < 0.0 || bounds[3] < 0.0 {
                return outside(format!(
                    "{whose} track {track} is {bounds:?}; magnitudes are at most {BOUND_MAX}, sizes not negative"
                ));
            }
        }
        tracks.extend(here);
    }
    if tracks.len() > TRACK_COUNT_MAX {
        let what = format!("{} {whose} tracks; a sequence has at most {TRACK_COUNT_MAX}", tracks.len());
        return Err((Strange::Outside, what));
    }
    Ok(())
}
