//! Temporal localisation: time segments with class and score in videos, as ActivityNet scores them.
//!
//! The segments of a video are matched with its true segments when its shard is added, per class and overlap. What is kept of
//! one is its score, its video, its rank there and where it was right: 24 bytes. Values sort the segments of each class by
//! (score descending, video id, position in the video), an order that no sharding changes.

mod curve;
mod data;
mod kinds;
mod video;

use crate::{
    MetricError,
    error::check_count,
    keys::{is_finite, key_of},
};
use curve::average_precision;
use data::{check_found, check_truth};
use video::hits;

pub use data::{SECONDS_MAX, Segment, TrueSegment, VideoSegments};
pub use kinds::{Grid, Kind, METRICS, parse};

/// Most classes of a task.
pub const CLASS_COUNT_MAX: u32 = 10_000;
/// Most found segments that a state may be told to keep: 2.4 GB of them.
pub const SEGMENT_COUNT_MAX: u64 = 100_000_000;
/// Most videos, and most true segments per class, of a task.
pub const TRUTH_COUNT_MAX: u64 = 1_000_000_000;
/// Most different overlaps that the metrics of a task look at.
pub const LEVEL_COUNT_MAX: usize = 32;
/// Most bytes of a serialised state per found segment, and per class, beyond 16.
pub const STATE_BYTES_PER_SEGMENT_MAX: usize = 30;
/// See [`STATE_BYTES_PER_SEGMENT_MAX`].
pub const STATE_BYTES_PER_CLASS_MAX: usize = 15;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Classes of segments lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// Most found segments of all videos together; 1 to [`SEGMENT_COUNT_MAX`]. A task that bounds the segments of an answer
    /// knows it beforehand.
    pub segment_count_max: u64,
    /// In the order of the values.
    pub kinds: Vec<Kind>,
}

/// A found segment as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    /// See [`crate::keys`].
    key: u64,
    video: u64,
    /// In its video and class, from 0.
    rank: u32,
    /// One bit per level.
    hits: u32,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    /// Every overlap that a kind looks at, in hundredths, ascending.
    levels: Vec<u8>,
    video_count: u64,
    segment_count: u64,
    classes: Vec<Class>,
}

#[derive(Debug, Clone, Default)]
struct Class {
    relevant: u64,
    kept: Vec<Kept>,
}

impl Class {
    fn sorted(&self) -> Vec<Kept> {
        let mut kept = self.kept.clone();
        kept.sort_unstable_by(|a, b| {
            b.key.cmp(&a.key).then((a.video, a.rank, a.hits).cmp(&(b.video, b.rank, b.hits)))
        });
        kept
    }
}

/// A class as it is written: true segments, and (key, video, rank, hits) in canonical order.
type Written = (u64, Vec<(u64, u64, u32, u32)>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a `class_count` or `segment_count_max` out of range, a grid that is none, or more than
    /// [`LEVEL_COUNT_MAX`] different overlaps.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        let Params { class_count, segment_count_max, .. } = params;
        if !(1..=CLASS_COUNT_MAX).contains(&class_count) {
            return Err(MetricError::Invalid(format!(
                "class_count is {class_count}; allowed are 1 to {CLASS_COUNT_MAX}"
            )));
        }
        if !(1..=SEGMENT_COUNT_MAX).contains(&segment_count_max) {
            return Err(MetricError::Invalid(format!(
                "segment_count_max is {segment_count_max}; allowed are 1 to {SEGMENT_COUNT_MAX}"
            )));
        }
        if let Some(kind) = params.kinds.iter().find(|kind| !kind.grid().is_valid()) {
            return Err(MetricError::Invalid(format!(
                "{kind:?}: overlaps are 1 to 100 hundredths, the last a whole number of steps after the first"
            )));
        }
        let mut levels: Vec<u8> = params.kinds.iter().flat_map(|kind| kind.grid().levels()).collect();
        levels.sort_unstable();
        levels.dedup();
        if levels.len() > LEVEL_COUNT_MAX {
            let found = levels.len();
            return Err(MetricError::Invalid(format!(
                "the metrics look at {found} overlaps; allowed are {LEVEL_COUNT_MAX}"
            )));
        }
        let classes = vec![Class::default(); class_count as usize];
        Ok(Self { params, levels, video_count: 0, segment_count: 0, classes })
    }

    /// Adds a shard of whole videos. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`, in any order; among equal scores of one video the earlier comes first. `None` is a video without an
    ///   answer: no segments.
    /// - `truth`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ, a class outside `0..class_count`, numbers that are not finite, a true segment beyond
    /// [`SECONDS_MAX`] or without duration, more segments or videos than allowed.
    pub fn update<S: AsRef<[Segment]>>(
        &mut self,
        found: &[Option<S>],
        truth: &[VideoSegments],
    ) -> Result<(), MetricError> {
        if found.len() != truth.len() {
            return Err(MetricError::LengthMismatch { expected: truth.len(), found: found.len() });
        }
        let mut shard = Self::new(self.params.clone())?;
        let levels: Vec<f64> = self.levels.iter().map(|level| f64::from(*level) / 100.0).collect();
        for (item, (found, gold)) in found.iter().zip(truth).enumerate() {
            let found = found.as_ref().map_or(&[][..], S::as_ref);
            check_found(item, found, self.params.class_count)?;
            check_truth(item, &gold.segments, self.params.class_count)?;
            shard.add_video(found, gold, &levels);
        }
        self.merge(&shard)
    }

    fn add_video(&mut self, found: &[Segment], gold: &VideoSegments, levels: &[f64]) {
        self.video_count += 1;
        self.segment_count += found.len() as u64;
        let (mut found, mut truth) = (found.to_vec(), gold.segments.clone());
        // Stable: equal scores keep their positions. Finite, so that keys order them.
        found.sort_by_key(|found| (found.class, !key_of(found.score)));
        truth.sort_by_key(|gold| gold.class);
        for gold in &truth {
            self.classes[gold.class as usize].relevant += 1;
        }
        for of_class in found.chunk_by(|a, b| a.class == b.class) {
            let class = of_class[0].class;
            let start = truth.partition_point(|gold| gold.class < class);
            let end = truth.partition_point(|gold| gold.class <= class);
            let hits = hits(of_class, &truth[start..end], levels);
            let ranked = of_class.iter().zip(hits).zip(0..);
            self.classes[class as usize].kept.extend(ranked.map(|((found, hits), rank)| Kept {
                key: key_of(found.score),
                video: gold.id,
                rank,
                hits,
            }));
        }
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        let of_classes = |state: &Self| state.classes.iter().map(|class| class.relevant).max().unwrap_or(0);
        check_count("segments", self.segment_count + other.segment_count, self.params.segment_count_max)?;
        check_count("videos", self.video_count + other.video_count, TRUTH_COUNT_MAX)?;
        check_count("true segments of a class", of_classes(self) + of_classes(other), TRUTH_COUNT_MAX)?;
        self.video_count += other.video_count;
        self.segment_count += other.segment_count;
        for (class, more) in self.classes.iter_mut().zip(&other.classes) {
            class.relevant += more.relevant;
            class.kept.extend_from_slice(&more.kept);
        }
        Ok(())
    }

    /// Videos added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.video_count
    }

    /// The values, in the order of the kinds. `None`: no class has a true segment.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.video_count == 0 {
            return Err(MetricError::Empty);
        }
        let mut sums = vec![0.0; self.levels.len()];
        let mut class_count = 0.0;
        for class in self.classes.iter().filter(|class| class.relevant > 0) {
            let kept = class.sorted();
            class_count += 1.0;
            for (bit, sum) in sums.iter_mut().enumerate() {
                *sum += average_precision(&kept, bit, class.relevant);
            }
        }
        let value = |kind: &Kind| {
            let of_level =
                |level| self.levels.binary_search(&level).map_or(0.0, |place| sums[place] / class_count);
            let (sum, count) = kind
                .grid()
                .levels()
                .map(of_level)
                .fold((0.0, 0.0), |(sum, count), map| (sum + map, count + 1.0));
            (class_count > 0.0).then(|| sum / count)
        };
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = |class: &Class| -> Written {
            let kept = class.sorted().into_iter().map(|kept| (kept.key, kept.video, kept.rank, kept.hits));
            (class.relevant, kept.collect())
        };
        let classes: Vec<Written> = self.classes.iter().map(written).collect();
        postcard::to_extend(&(self.video_count, classes), vec![STATE_VERSION])
            .expect("plain integers always serialise")
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let mut state = Self::new(params)?;
        let Some((&STATE_VERSION, body)) = bytes.split_first() else { return Err(MetricError::Corrupt) };
        let ((video_count, classes), rest): ((u64, Vec<Written>), _) =
            postcard::take_from_bytes(body).map_err(|_| MetricError::Corrupt)?;
        if !rest.is_empty() || classes.len() != state.classes.len() || video_count > TRUTH_COUNT_MAX {
            return Err(MetricError::Corrupt);
        }
        state.video_count = video_count;
        let every = ((1_u64 << state.levels.len()) - 1) as u32;
        for (class, (relevant, written)) in state.classes.iter_mut().zip(classes) {
            state.segment_count += written.len() as u64;
            class.relevant = relevant;
            let kept = written.into_iter().map(|(key, video, rank, hits)| Kept { key, video, rank, hits });
            class.kept = kept.collect();
            let possible = class.kept.iter().all(|kept| is_finite(kept.key) && kept.hits & !every == 0);
            if !possible || relevant > TRUTH_COUNT_MAX {
                return Err(MetricError::Corrupt);
            }
        }
        let allowed = state.params.segment_count_max;
        if state.segment_count > allowed { Err(MetricError::Corrupt) } else { Ok(state) }
    }
}
