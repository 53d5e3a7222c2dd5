//! Signals: how close is an estimated signal, enhanced or separated, to its reference? One signal per item.
//!
//! The state is one sum in decibels per metric of the suite, with counts of the items whose ratio is infinite or undefined:
//! at most 120 bytes, whatever the number and length of the signals.

mod kinds;
mod ratio;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    decibels::Decibels,
    items::{ItemCount, check_kind_count, check_length},
};

pub use kinds::{Kind, METRICS, parse};

/// Most samples of one signal.
pub const SAMPLE_COUNT_MAX: usize = 1 << 26;
/// Largest magnitude of a sample; its square and sums of these are far from overflow.
pub const SAMPLE_MAGNITUDE_MAX: f64 = 1e100;
const STATE_VERSION: u8 = 1;

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

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    items: ItemCount,
    si_sdr: Decibels,
    snr: Decibels,
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

    /// Adds a shard: per reference an estimate of as many samples, or `None` where there is no answer, which is −∞ dB. On an
    /// error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ, samples that are not finite or beyond [`SAMPLE_MAGNITUDE_MAX`], references without a sample or of
    /// more than [`SAMPLE_COUNT_MAX`], more items than a state holds.
    pub fn update<E: AsRef<[f64]>, R: AsRef<[f64]>>(
        &mut self,
        estimates: &[Option<E>],
        references: &[R],
    ) -> Result<(), MetricError> {
        check_length(references.len(), estimates.len())?;
        let mut shard = Sums { items: self.sums.items.plus(references.len() as u64)?, ..self.sums.clone() };
        for (item, (estimate, reference)) in estimates.iter().zip(references).enumerate() {
            let reference = reference.as_ref();
            check_reference(item, reference)?;
            let (si_sdr, snr) = match estimate {
                None => (f64::NEG_INFINITY, f64::NEG_INFINITY),
                Some(estimate) => {
                    let estimate = estimate.as_ref();
                    check_length(reference.len(), estimate.len())?;
                    check_estimate(item, estimate)?;
                    (ratio::si_sdr(estimate, reference), ratio::snr(estimate, reference))
                }
            };
            shard.si_sdr.add(si_sdr);
            shard.snr.add(snr);
        }
        self.sums = shard;
        Ok(())
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
        self.sums.si_sdr.merge(other.sums.si_sdr);
        self.sums.snr.merge(other.sums.snr);
        Ok(())
    }

    /// Items added so far, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.sums.items.get()
    }

    /// The values in dB, in the order of the kinds; they may be infinite. `None` where a metric is undefined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let count = self.sums.items.divisor()?;
        let value = |kind: &Kind| match kind {
            Kind::SiSdr => self.sums.si_sdr.mean(count),
            Kind::Snr => self.sums.snr.mean(count),
        };
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// A versioned serialisation of at most 120 bytes. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &self.sums)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let sums: Sums = bytes::unpack(STATE_VERSION, bytes)?;
        let items = sums.items.get();
        let sound = sums.si_sdr.fits(items) && sums.snr.fits(items);
        if sound { Ok(Self { sums, ..empty }) } else { Err(MetricError::Corrupt) }
    }
}

fn check_reference(item: usize, reference: &[f64]) -> Result<(), MetricError> {
    if !(1..=SAMPLE_COUNT_MAX).contains(&reference.len()) {
        let what =
            format!("the reference has {} samples; allowed are 1 to {SAMPLE_COUNT_MAX}", reference.len());
        return Err(MetricError::OutOfDomain { item, what });
    }
    let strange = |sample: &&f64| sample.is_nan() || sample.abs() > SAMPLE_MAGNITUDE_MAX;
    if let Some(sample) = reference.iter().find(strange) {
        let what = format!("the reference holds {sample}; samples are at most {SAMPLE_MAGNITUDE_MAX:e}");
        return Err(MetricError::OutOfDomain { item, what });
    }
    Ok(())
}

fn check_estimate(item: usize, estimate: &[f64]) -> Result<(), MetricError> {
    if let Some(value) = estimate.iter().position(|sample| !sample.is_finite()) {
        return Err(MetricError::NonFinitePrediction { item, value });
    }
    if let Some(sample) = estimate.iter().find(|sample| sample.abs() > SAMPLE_MAGNITUDE_MAX) {
        let what = format!("the estimate holds {sample}; samples are at most {SAMPLE_MAGNITUDE_MAX:e}");
        return Err(MetricError::AnswerOutOfDomain { item, what });
    }
    Ok(())
}
