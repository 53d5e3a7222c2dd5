//! Sound events: which sounds are heard in a recording and when, as sed_eval counts them.
//!
//! The events of a recording are compared when its shard is added; per class three counts are kept, by segment, by event and by
//! onset, whatever the number of recordings.

mod data;
mod kinds;
mod matching;
mod segments;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
    mean::mean,
};
use data::check_recording;
use matching::add_events;
use segments::add_segments;

pub use data::{Event, Recording};
pub use kinds::{Kind, METRICS, Measure, Mode, parse};

/// Most classes of a task.
pub const CLASS_COUNT_MAX: u32 = 1000;
/// Longest recording, in seconds: 27 hours.
pub const SECONDS_MAX: f64 = 1e5;
/// Most events of one recording, true or found.
pub const EVENT_COUNT_MAX: usize = 4096;
/// Shortest segment, in seconds.
pub const RESOLUTION_MIN: f64 = 1e-3;
const STATE_VERSION: u8 = 1;
const MODES: [Mode; 3] = [Mode::Segment, Mode::Event, Mode::Onset];

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Classes of events lie in `0..class_count`; 1 to [`CLASS_COUNT_MAX`].
    pub class_count: u32,
    /// Length of a segment, in seconds; [`RESOLUTION_MIN`] to [`SECONDS_MAX`].
    pub resolution: f64,
    /// How far off a start and an end may be, in seconds; 0 to [`SECONDS_MAX`].
    pub collar: f64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// Segments or events of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OfClass {
    truth: u64,
    found: u64,
    right: u64,
}

/// What one mode counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    /// Neither right nor missing nor too much: one class was found where another is true.
    substituted: u64,
    classes: Vec<OfClass>,
}

impl Counts {
    fn merge(&mut self, other: &Self) {
        self.substituted += other.substituted;
        for (class, more) in self.classes.iter_mut().zip(&other.classes) {
            class.truth += more.truth;
            class.found += more.found;
            class.right += more.right;
        }
    }

    fn total(&self) -> OfClass {
        self.classes.iter().fold(OfClass::default(), |sum, class| OfClass {
            truth: sum.truth + class.truth,
            found: sum.found + class.found,
            right: sum.right + class.right,
        })
    }

    /// Whether numbers that came from outside are counts of so many recordings.
    fn is_possible(&self, items: u64, of_recording: u64) -> bool {
        let most = items.saturating_mul(of_recording);
        let consistent = |class: &OfClass| {
            class.right <= class.truth.min(class.found) && class.truth.max(class.found) <= most
        };
        self.classes.iter().all(consistent) && {
            let OfClass { truth, found, right } = self.total();
            self.substituted <= truth.min(found) - right
        }
    }
}

impl OfClass {
    fn precision(self) -> Option<f64> {
        (self.found > 0).then(|| self.right as f64 / self.found as f64)
    }

    fn recall(self) -> Option<f64> {
        (self.truth > 0).then(|| self.right as f64 / self.truth as f64)
    }

    fn f1(self) -> Option<f64> {
        let (precision, recall) = (self.precision()?, self.recall()?);
        Some(if self.right == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) })
    }
}

/// The mergeable state of all metrics of a task; at most 100 bytes per class.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    params: Params,
    items: ItemCount,
    /// In the order of [`MODES`].
    counts: Vec<Counts>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for figures out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let Params { class_count, resolution, collar, .. } = params;
        if !(1..=CLASS_COUNT_MAX).contains(&class_count) {
            let what = format!("class_count is {class_count}; allowed are 1 to {CLASS_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        if !(RESOLUTION_MIN..=SECONDS_MAX).contains(&resolution) || !(0.0..=SECONDS_MAX).contains(&collar) {
            let what = format!(
                "segments of {resolution} s and a collar of {collar} s; allowed are {RESOLUTION_MIN} and 0 to {SECONDS_MAX}"
            );
            return Err(MetricError::Invalid(what));
        }
        let none = Counts { substituted: 0, classes: vec![OfClass::default(); class_count as usize] };
        Ok(Self { params, items: ItemCount::default(), counts: vec![none; MODES.len()] })
    }

    /// Adds a shard of whole recordings. On an error the state is unchanged.
    ///
    /// - `found`: `[n]`; `None` is a recording without an answer: no events.
    /// - `truth`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ; a class outside `0..class_count`; numbers that are not finite; a true event that ends before it
    /// starts or lies outside 0 to [`SECONDS_MAX`]; more events or recordings than allowed.
    pub fn update<E: AsRef<[Event]>>(
        &mut self,
        found: &[Option<E>],
        truth: &[Recording],
    ) -> Result<(), MetricError> {
        check_length(truth.len(), found.len())?;
        let items = self.items.plus(truth.len() as u64)?;
        let pairs = || found.iter().map(|found| found.as_ref().map_or(&[][..], E::as_ref)).zip(truth);
        for (item, (found, truth)) in pairs().enumerate() {
            check_recording(item, found, truth, self.params.class_count)?;
        }
        self.items = items;
        let Params { resolution, collar, .. } = self.params;
        for (found, truth) in pairs() {
            for (mode, counts) in MODES.iter().zip(&mut self.counts) {
                match mode {
                    Mode::Segment => add_segments(truth, found, resolution, counts),
                    Mode::Event => add_events(&truth.events, found, collar, true, counts),
                    Mode::Onset => add_events(&truth.events, found, collar, false, counts),
                }
            }
        }
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more recordings than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.items = self.items.plus(other.items.get())?;
        self.counts.iter_mut().zip(&other.counts).for_each(|(to, from)| to.merge(from));
        Ok(())
    }

    /// Recordings added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.items.get()
    }

    /// The values, in the order of the kinds; `None` where a metric is undefined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.items.divisor()?;
        let value = |kind: &Kind| {
            let counts = &self.counts[kind.mode as usize];
            let total = counts.total();
            match kind.measure {
                Measure::F1 => total.f1(),
                Measure::Precision => total.precision(),
                Measure::Recall => total.recall(),
                Measure::ErrorRate => {
                    let errors = total.truth + total.found - 2 * total.right - counts.substituted;
                    (total.truth > 0).then(|| errors as f64 / total.truth as f64)
                }
                Measure::MacroF1 => mean(counts.classes.iter().filter_map(|class| class.f1())),
            }
        };
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// A versioned serialisation. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(self.items, &self.counts))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let (items, counts): (ItemCount, Vec<Counts>) = bytes::unpack(STATE_VERSION, bytes)?;
        let class_count = empty.params.class_count as usize;
        // Of one class; 67 million recordings of 10⁸ segments and 1000 classes are below 2⁶³.
        let segments = (SECONDS_MAX / empty.params.resolution).ceil() as u64;
        let most = segments.max(EVENT_COUNT_MAX as u64);
        let fits =
            |counts: &Counts| counts.classes.len() == class_count && counts.is_possible(items.get(), most);
        if counts.len() != MODES.len() || !counts.iter().all(fits) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { items, counts, ..empty })
    }
}
