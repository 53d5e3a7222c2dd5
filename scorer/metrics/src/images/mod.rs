//! Images: how close is a restored or compressed image of 8 bits a channel to its reference?
//!
//! The state is a few sums of one bounded term per image: at most 120 bytes plus 20 per metric, whatever the number and the
//! size of the images.

mod kinds;
mod similarity;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    decibels::{Decibels, decibels},
    fixed::FixedSum,
    items::{ItemCount, check_kind_count, check_length},
};

pub use kinds::{Kind, METRICS, parse};
pub use similarity::Window;

/// Most values of one image: height times width times channels.
pub const IMAGE_VALUES_MAX: u64 = 1 << 26;
/// Most channels of one image.
pub const CHANNEL_COUNT_MAX: u32 = 4;
/// The square of the largest difference.
const ERROR_MAX: f64 = 255.0 * 255.0;
const CAP_DB: f64 = 100.0;
const STATE_VERSION: u8 = 1;

/// A true image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Pixels of a row, from 1.
    pub width: u32,
    /// Rows, from 1.
    pub height: u32,
    /// Values of a pixel, 1 to [`CHANNEL_COUNT_MAX`].
    pub channel_count: u32,
    /// Row-major `[height, width, channel_count]`, 0 to 255.
    pub values: Vec<u8>,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    items: ItemCount,
    psnr: Decibels,
    /// Per metric the sum of its terms, each at most 65025 in magnitude: 2^26 of them stay below 2^43, and a sum holds 2^46.
    terms: Vec<FixedSum>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a number of metrics other than 1 to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let terms = vec![FixedSum::default(); params.kinds.len()];
        Ok(Self { params, sums: Sums { items: ItemCount::default(), psnr: Decibels::default(), terms } })
    }

    /// Adds a shard: per reference an image of as many values in the same order, or `None` where there is no answer, which
    /// has the worst value of each metric. On an error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ; references with an edge of 0, or less than a metric's window, without a channel or with more than
    /// [`CHANNEL_COUNT_MAX`], of more values than [`IMAGE_VALUES_MAX`]; more items than a state holds.
    pub fn update<P: AsRef<[u8]>>(
        &mut self,
        predictions: &[Option<P>],
        references: &[Image],
    ) -> Result<(), MetricError> {
        check_length(references.len(), predictions.len())?;
        let items = self.sums.items.plus(references.len() as u64)?;
        for (item, (prediction, reference)) in predictions.iter().zip(references).enumerate() {
            self.check_reference(item, reference)?;
            if let Some(prediction) = prediction {
                check_length(reference.values.len(), prediction.as_ref().len())?;
            }
        }
        self.sums.items = items;
        for (prediction, reference) in predictions.iter().zip(references) {
            self.add(prediction.as_ref().map(AsRef::as_ref), reference);
        }
        Ok(())
    }

    fn check_reference(&self, item: usize, reference: &Image) -> Result<(), MetricError> {
        let Image { width, height, channel_count, ref values } = *reference;
        let ssim_width = |kind: &Kind| if let Kind::Ssim(window) = kind { window.width() } else { 1 };
        let least = self.params.kinds.iter().map(ssim_width).max().unwrap_or(1);
        // Saturating: three factors of 32 bits may not fit.
        let count = (u64::from(width) * u64::from(height)).saturating_mul(u64::from(channel_count));
        if (width.min(height) as usize) < least
            || !(1..=CHANNEL_COUNT_MAX).contains(&channel_count)
            || count > IMAGE_VALUES_MAX
        {
            let what = format!(
                "the reference is {width}×{height}×{channel_count}; allowed are edges from {least}, 1 to \
                 {CHANNEL_COUNT_MAX} channels, and {IMAGE_VALUES_MAX} values"
            );
            return Err(MetricError::OutOfDomain { item, what });
        }
        check_length(count as usize, values.len())
    }

    fn add(&mut self, prediction: Option<&[u8]>, reference: &Image) {
        let error =
            prediction.map_or(ERROR_MAX, |prediction| mean_squared_error(prediction, &reference.values));
        let psnr = decibels(ERROR_MAX, error);
        self.sums.psnr.add(psnr);
        for (sum, kind) in self.sums.terms.iter_mut().zip(&self.params.kinds) {
            sum.add(match kind {
                Kind::Mse => error,
                Kind::Psnr => 0.0,
                Kind::PsnrCapped => psnr.min(CAP_DB),
                Kind::Ssim(window) => {
                    prediction.map_or(-1.0, |prediction| similarity(prediction, reference, *window))
                }
            });
        }
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
        self.sums.psnr.merge(other.sums.psnr);
        self.sums.terms.iter_mut().zip(&other.sums.terms).for_each(|(to, from)| to.merge(*from));
        Ok(())
    }

    /// Images added so far, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.sums.items.get()
    }

    /// The values, in the order of the kinds; none is undefined, and [`Kind::Psnr`] may be infinite.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let count = self.sums.items.divisor()?;
        let value = |(kind, sum): (&Kind, &FixedSum)| match kind {
            Kind::Psnr => self.sums.psnr.mean(count),
            _ => Some(sum.to_f64() / count),
        };
        Ok(self.params.kinds.iter().zip(&self.sums.terms).map(value).collect())
    }

    /// A versioned serialisation. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &self.sums)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let sums: Sums = bytes::unpack(STATE_VERSION, bytes)?;
        let items = sums.items.get();
        let possible = |(kind, sum): (&Kind, &FixedSum)| {
            let (least, most) = match kind {
                Kind::Mse => (0.0, ERROR_MAX),
                Kind::Psnr => (0.0, 0.0),
                Kind::PsnrCapped => (0.0, CAP_DB),
                Kind::Ssim(_) => (-1.0, 1.0),
            };
            (least * items as f64..=most * items as f64).contains(&sum.to_f64())
        };
        let sound = sums.terms.len() == empty.params.kinds.len()
            && sums.psnr.fits(items)
            && empty.params.kinds.iter().zip(&sums.terms).all(possible);
        if sound { Ok(Self { sums, ..empty }) } else { Err(MetricError::Corrupt) }
    }
}

fn mean_squared_error(a: &[u8], b: &[u8]) -> f64 {
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(u32::from(a.abs_diff(*b)).pow(2))).sum();
    sum as f64 / a.len() as f64
}

/// Mean over the channels.
fn similarity(prediction: &[u8], reference: &Image, window: Window) -> f64 {
    let channels = reference.channel_count as usize;
    let plane = |values: &[u8], channel: usize| -> Vec<f64> {
        values.iter().skip(channel).step_by(channels).map(|value| f64::from(*value)).collect()
    };
    let of = |channel| {
        let (a, b) = (plane(&reference.values, channel), plane(prediction, channel));
        similarity::ssim(&a, &b, reference.width as usize, window)
    };
    (0..channels).map(of).sum::<f64>() / channels as f64
}
