//! Yes or no: one score per item, higher for yes.
//!
//! The state is the list of distinct scores with the number of positives and negatives at each (see [`crate::sides`]), and two
//! fixed-point sums. Of 6 million f32 scores it takes 24 MB, and 160 MB while values are computed. Every value is a function of these, which no order of items, shards or merges changes. Counts and
//! areas of pairs are integers; only the last divisions round.

pub(crate) mod curve;
mod kinds;

use crate::{
    MetricError, bytes,
    fixed::FixedSum,
    items::{ItemCount, check_kind_count, check_length},
    keys::{is_finite, key_of},
    scores::with_scores,
    sides::{Entry, Sides},
};
use curve::Curve;

pub use crate::scores::Scores;
pub use kinds::{Kind, METRICS, parse};

/// Most bytes of a serialised state per item, beyond [`STATE_BYTES_BESIDES_MAX`].
pub const STATE_BYTES_PER_ITEM_MAX: usize = 20;
/// See [`STATE_BYTES_PER_ITEM_MAX`].
pub const STATE_BYTES_BESIDES_MAX: usize = 60;
const STATE_VERSION: u8 = 1;
/// The largest term of log loss, in nats.
const LOG_LOSS_MAX: f64 = 36.05;

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    items: ItemCount,
    /// Positives and negatives at each score. A missing score of a positive is −∞, of a negative +∞.
    sides: Sides,
    /// Of log loss and Brier score; 0 unless a metric needs probabilities.
    sums: [FixedSum; 2],
}

/// A metric over counted scores, of the first side the positives; `None` where it is undefined, and for means over items.
pub(crate) fn value_of(kind: Kind, entries: &[Entry]) -> Option<f64> {
    if kind.needs_probabilities() { None } else { kind.value(&Curve::new(entries), [f64::NAN; 2]) }
}

/// What a metric that is a mean over items says of one, `p` being the probability that was given to what is true.
pub(crate) fn term(kind: Kind, p: f64) -> Option<f64> {
    match kind {
        Kind::LogLoss => Some(log_loss(p)),
        Kind::Brier => Some(square_error(p)),
        _ => None,
    }
}

fn log_loss(p: f64) -> f64 {
    // libm, not the system's: the same bits on every worker.
    -libm::log(p.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

fn square_error(p: f64) -> f64 {
    (1.0 - p) * (1.0 - p)
}

/// As a state is written.
type Written = (ItemCount, [FixedSum; 2], Vec<Entry>);

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a rate or precision outside (0, 1), a threshold that is not finite, or a number of metrics
    /// other than 1 to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        if let Some(kind) = params.kinds.iter().find(|kind| !kind.is_valid()) {
            return Err(MetricError::Invalid(format!(
                "{kind:?}: a rate must lie between 0 and 1, a threshold must be finite"
            )));
        }
        Ok(Self { params, items: ItemCount::default(), sides: Sides::default(), sums: <_>::default() })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `scores`: `[n]`, finite, in 0..=1 where a metric needs probabilities; `None` is a missing score, the worst possible.
    /// - `labels`: `[n]`, true for a positive.
    ///
    /// # Errors
    /// Lengths that differ, scores out of range, more than [`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX) items in all.
    pub fn update<'a>(&mut self, scores: impl Into<Scores<'a>>, labels: &[bool]) -> Result<(), MetricError> {
        with_scores!(scores.into(), scores => self.update_each(scores, labels))
    }

    fn update_each(
        &mut self,
        scores: impl ExactSizeIterator<Item = Option<f64>> + Clone,
        labels: &[bool],
    ) -> Result<(), MetricError> {
        check_length(labels.len(), scores.len())?;
        let of_probabilities = self.params.kinds.iter().any(|kind| kind.needs_probabilities());
        for (item, score) in scores.clone().enumerate() {
            let Some(score) = score else { continue };
            if !score.is_finite() {
                return Err(MetricError::NonFinite { item, what: "the score is not finite".to_owned() });
            }
            if of_probabilities && !(0.0..=1.0).contains(&score) {
                let what = format!("the score is {score}; a probability lies in 0 to 1");
                return Err(MetricError::AnswerOutOfDomain { item, what });
            }
        }
        self.items = self.items.plus(labels.len() as u64)?;
        let positive_count = labels.iter().filter(|label| **label).count();
        let missing = |label| if label { f64::NEG_INFINITY } else { f64::INFINITY };
        self.sides.reserve([positive_count, labels.len() - positive_count]);
        for (score, &label) in scores.clone().zip(labels) {
            self.sides.push(label, score.unwrap_or(missing(label)));
        }
        self.sides.close();
        if of_probabilities {
            let of_truth = |score: Option<f64>, label| score.map_or(0.0, |p| if label { p } else { 1.0 - p });
            scores.zip(labels).for_each(|(score, label)| self.add_probability(of_truth(score, *label)));
        }
        Ok(())
    }

    /// `p`: the probability that was given to what is true.
    fn add_probability(&mut self, p: f64) {
        self.sums[0].add(log_loss(p));
        self.sums[1].add(square_error(p));
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.items = self.items.plus(other.items.get())?;
        self.sides.merge(&other.sides);
        self.sums.iter_mut().zip(other.sums).for_each(|(to, from)| to.merge(from));
        Ok(())
    }

    /// Items added, those without a score included.
    pub fn item_count(&self) -> u64 {
        self.items.get()
    }

    /// The values, in the order of the kinds. `None`: undefined, for want of positives or of negatives.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let items = self.items.divisor()?;
        let entries = self.sides.whole();
        let curve = Curve::new(&entries);
        let means = self.sums.map(|sum| sum.to_f64() / items);
        Ok(self.params.kinds.iter().map(|kind| kind.value(&curve, means)).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let written: Written = (self.items, self.sums, self.sides.steps());
        bytes::pack(STATE_VERSION, &written)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let (items, sums, steps): Written = bytes::unpack(STATE_VERSION, bytes)?;
        let mut counted = 0;
        let sides = Sides::from_steps(steps, |key, [positives, negatives]| {
            counted += u64::from(positives) + u64::from(negatives);
            is_finite(key)
                || key == key_of(f64::NEG_INFINITY) && negatives == 0
                || key == key_of(f64::INFINITY) && positives == 0
        })?;
        let possible = |sum: FixedSum, max: f64| (0.0..=max * counted as f64).contains(&sum.to_f64());
        if counted != items.get() || !possible(sums[0], LOG_LOSS_MAX) || !possible(sums[1], 1.0) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { items, sides, sums, ..state })
    }
}
