//! Verification: is this pair the same speaker, face, song? One score per trial, higher for "the same".
//!
//! The state is the list of distinct scores with the number of target and non-target trials at each: 16 bytes per distinct
//! score, at most [`TRIAL_COUNT_MAX`] trials; during a merge both lists and their union are held. Every value is a function
//! of that list, which does not depend on the order of trials, shards or merges. Counts are integers, comparisons of slopes
//! and of error rates are exact; only the last divisions round.

mod curve;
mod kinds;
mod runs;

use crate::{MetricError, error::check_count, keys::key_of};
use curve::Curve;
use runs::{Run, Runs};

pub use kinds::{COST_MAX, Kind, METRICS, parse};

/// Most trials of a task.
pub const TRIAL_COUNT_MAX: u64 = 100_000_000;
/// Most bytes of a serialised state per trial, beyond one for the version and five for the length.
pub const STATE_BYTES_PER_TRIAL_MAX: usize = 20;
const STATE_VERSION: u8 = 1;

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
    runs: Runs,
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
        Ok(Self { params, runs: Runs::default(), trial_count: 0 })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `scores`: `[n]`, any f64 but NaN, infinities included; `None` is a missing score, the worst possible.
    /// - `targets`: `[n]`, true where both sides of the trial are the same.
    ///
    /// # Errors
    /// Lengths that differ, a score that is NaN, more than [`TRIAL_COUNT_MAX`] trials in all.
    pub fn update(&mut self, scores: &[Option<f64>], targets: &[bool]) -> Result<(), MetricError> {
        if scores.len() != targets.len() {
            return Err(MetricError::LengthMismatch { expected: targets.len(), found: scores.len() });
        }
        if let Some(item) = scores.iter().position(|score| score.is_some_and(f64::is_nan)) {
            let what = "the trial's score is NaN; it must be a number or an infinity".to_owned();
            return Err(MetricError::NonFinite { item, what });
        }
        let trial_count = self.trial_count + scores.len() as u64;
        check_count("trials", trial_count, TRIAL_COUNT_MAX)?;
        let (mut of_targets, mut of_others) = (Vec::new(), Vec::new());
        for (score, target) in scores.iter().zip(targets) {
            if *target {
                of_targets.push(key_of(score.unwrap_or(f64::NEG_INFINITY)));
            } else {
                of_others.push(key_of(score.unwrap_or(f64::INFINITY)));
            }
        }
        self.runs.add(of_targets, of_others);
        self.trial_count = trial_count;
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
        self.runs.push(other.runs.whole().into_owned());
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
        let runs = self.runs.whole();
        let curve = Curve::new(&runs);
        Ok(self.params.kinds.iter().map(|kind| kind.value(curve.as_ref()?)).collect())
    }

    /// A versioned serialisation, the same for every sharding: keys as differences, ascending. The parameters are not part
    /// of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut last = 0;
        let differences = |run: &Run| {
            let difference = run.key - last;
            last = run.key;
            (difference, run.targets, run.others)
        };
        let runs: Vec<(u64, u32, u32)> = self.runs.whole().iter().map(differences).collect();
        postcard::to_extend(&runs, vec![STATE_VERSION]).expect("plain integers always serialise")
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let mut state = Self::new(params)?;
        let Some((&STATE_VERSION, body)) = bytes.split_first() else { return Err(MetricError::Corrupt) };
        let (differences, rest): (Vec<(u64, u32, u32)>, _) =
            postcard::take_from_bytes(body).map_err(|_| MetricError::Corrupt)?;
        if !rest.is_empty() {
            return Err(MetricError::Corrupt);
        }
        let (mut list, mut key) = (Vec::with_capacity(differences.len()), 0_u64);
        let keys = key_of(f64::NEG_INFINITY)..=key_of(f64::INFINITY);
        for (difference, targets, others) in differences {
            key = key.checked_add(difference).ok_or(MetricError::Corrupt)?;
            let count = u64::from(targets) + u64::from(others);
            let too_many = state.trial_count + count > TRIAL_COUNT_MAX;
            if too_many || difference == 0 || count == 0 || !keys.contains(&key) || key == !(1 << 63) {
                return Err(MetricError::Corrupt);
            }
            state.trial_count += count;
            list.push(Run { key, targets, others });
        }
        state.runs = Runs::from_sorted(list);
        Ok(state)
    }
}
