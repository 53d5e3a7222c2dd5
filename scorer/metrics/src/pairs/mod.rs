//! Verification: is this pair the same speaker, face, song? One score per trial, higher for "the same".
//!
//! The state is the list of distinct scores with the number of target and non-target trials at each (see [`crate::sides`]), of at
//! most [`TRIAL_COUNT_MAX`] trials. Every value is a function
//! of that list, which does not depend on the order of trials, shards or merges. Counts are integers, comparisons of slopes
//! and of error rates are exact; only the last divisions round.

mod curve;
mod kinds;

use crate::{
    MetricError, bytes,
    error::check_count,
    items::check_length,
    keys::{is_finite, key_of},
    scores::with_scores,
    sides::{Entry, Sides},
};
use curve::Curve;

pub use crate::scores::Scores;
pub use kinds::{COST_MAX, Kind, METRICS, parse};

/// Most trials of a task.
pub const TRIAL_COUNT_MAX: u64 = 100_000_000;
/// Most bytes of a serialised state per trial, beyond one for the version and five for the length.
pub const STATE_BYTES_PER_TRIAL_MAX: usize = 20;
const STATE_VERSION: u8 = 1;

/// A metric over counted scores, of the first side the targets; `None` where it is undefined or infinite.
pub(crate) fn value_of(kind: Kind, entries: &[Entry]) -> Option<f64> {
    kind.value(&Curve::new(entries)?)
}

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// In the order of the values.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    /// Targets and others.
    sides: Sides,
    trial_count: u64,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a prior or a false accept rate outside (0, 1), or a cost outside 1 to [`COST_MAX`].
    pub fn new(params: Params) -> Result<Self, MetricError> {
        for kind in &params.kinds {
            let (rate, costs) = match *kind {
                Kind::MinDcf { miss, alarm, prior } => (prior, [miss, alarm]),
                Kind::ActDcf(rate)
                | Kind::TarStrict(rate)
                | Kind::TarInterp(rate)
                | Kind::FrrStrict(rate) => (rate, [1, 1]),
                _ => continue,
            };
            if !(rate > 0.0 && rate < 1.0) || costs.iter().any(|cost| !(1..=COST_MAX).contains(cost)) {
                return Err(MetricError::Invalid(format!(
                    "{kind:?}: a prior or rate must lie between 0 and 1, a cost in 1 to {COST_MAX}"
                )));
            }
        }
        Ok(Self { params, sides: Sides::default(), trial_count: 0 })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `scores`: `[n]`, any f64 but NaN, infinities included; `None` is a missing score, the worst possible.
    /// - `targets`: `[n]`, true where both sides of the trial are the same.
    ///
    /// # Errors
    /// Lengths that differ, a score that is NaN, more than [`TRIAL_COUNT_MAX`] trials in all.
    pub fn update<'a>(&mut self, scores: impl Into<Scores<'a>>, targets: &[bool]) -> Result<(), MetricError> {
        with_scores!(scores.into(), scores => self.update_each(scores, targets))
    }

    fn update_each(
        &mut self,
        scores: impl ExactSizeIterator<Item = Option<f64>> + Clone,
        targets: &[bool],
    ) -> Result<(), MetricError> {
        check_length(targets.len(), scores.len())?;
        if let Some(item) = scores.clone().position(|score| score.is_some_and(f64::is_nan)) {
            let what = "the trial's score is NaN; it must be a number or an infinity".to_owned();
            return Err(MetricError::NonFinite { item, what });
        }
        let trial_count = self.trial_count + scores.len() as u64;
        check_count("trials", trial_count, TRIAL_COUNT_MAX)?;
        self.trial_count = trial_count;
        let target_count = targets.iter().filter(|target| **target).count();
        let missing = |target| if target { f64::NEG_INFINITY } else { f64::INFINITY };
        self.sides.reserve([target_count, targets.len() - target_count]);
        for (score, &target) in scores.zip(targets) {
            self.sides.push(target, score.unwrap_or(missing(target)));
        }
        self.sides.close();
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        let trial_count = self.trial_count + other.trial_count;
        check_count("trials", trial_count, TRIAL_COUNT_MAX)?;
        self.trial_count = trial_count;
        self.sides.merge(&other.sides);
        Ok(())
    }

    /// Trials added, those without a score included.
    pub fn item_count(&self) -> u64 {
        self.trial_count
    }

    /// The values, in the order of the kinds. `None`: undefined, for want of targets or of non-targets, or infinite.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.trial_count == 0 {
            return Err(MetricError::Empty);
        }
        let entries = self.sides.whole();
        let curve = Curve::new(&entries);
        Ok(self.params.kinds.iter().map(|kind| kind.value(curve.as_ref()?)).collect())
    }

    /// A versioned serialisation, the same for every sharding: keys as differences, ascending. The parameters are not part
    /// of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &self.sides.steps())
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let steps: Vec<Entry> = bytes::unpack(STATE_VERSION, bytes)?;
        let ends = [f64::NEG_INFINITY, f64::INFINITY].map(key_of);
        let mut trial_count = 0;
        let sides = Sides::from_steps(steps, |key, [targets, others]| {
            trial_count += u64::from(targets) + u64::from(others);
            trial_count <= TRIAL_COUNT_MAX && (is_finite(key) || ends.contains(&key))
        })?;
        Ok(Self { sides, trial_count, ..state })
    }
}
