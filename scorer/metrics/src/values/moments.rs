use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use crate::exact::{ExactSum, UNIT_BITS, ratio};

/// The exact sums of two columns, their squares and their product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Moments {
    truth: ExactSum,
    predicted: ExactSum,
    truth_squares: ExactSum,
    predicted_squares: ExactSum,
    products: ExactSum,
}

/// n² times the second moments, as integers of one unit; nothing is rounded, so nothing cancels.
pub(super) struct Spread {
    count: BigInt,
    /// n²·variance of the truth.
    truth: BigInt,
    /// n²·variance of the prediction.
    predicted: BigInt,
    /// n²·covariance.
    covariance: BigInt,
    /// n·Σ (truth − predicted)².
    errors: BigInt,
    /// (Σ truth − predicted)².
    bias: BigInt,
}

impl Moments {
    pub(super) fn add(&mut self, truth: f64, predicted: f64) {
        self.truth.add(truth);
        self.predicted.add(predicted);
        self.truth_squares.add_product(truth, truth);
        self.predicted_squares.add_product(predicted, predicted);
        self.products.add_product(truth, predicted);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.truth.merge(&other.truth);
        self.predicted.merge(&other.predicted);
        self.truth_squares.merge(&other.truth_squares);
        self.predicted_squares.merge(&other.predicted_squares);
        self.products.merge(&other.products);
    }

    pub(super) fn spread(&self, count: u64) -> Spread {
        let count = BigInt::from(count);
        let [truth, predicted] = [&self.truth, &self.predicted].map(ExactSum::to_integer);
        let scaled = |sum: &ExactSum| (&count * sum.to_integer()) << UNIT_BITS;
        let [truth_squares, predicted_squares, products] =
            [&self.truth_squares, &self.predicted_squares, &self.products].map(scaled);
        let difference = &truth - &predicted;
        Spread {
            truth: &truth_squares - &truth * &truth,
            predicted: &predicted_squares - &predicted * &predicted,
            covariance: &products - &truth * &predicted,
            errors: truth_squares + predicted_squares - (products << 1),
            bias: &difference * &difference,
            count,
        }
    }
}

impl Spread {
    /// Mean of (truth − predicted)².
    pub(super) fn mse(&self) -> f64 {
        ratio(&self.errors, &((&self.count * &self.count) << (2 * UNIT_BITS)))
    }

    /// 1 − Σ (truth − predicted)² / Σ (truth − mean)²; for a constant truth 1 if nothing is wrong, else 0; `None` for fewer
    /// than two items.
    pub(super) fn r2(&self) -> Option<f64> {
        self.explained(&self.errors)
    }

    /// The same with the mean error taken off the errors.
    pub(super) fn explained_variance(&self) -> Option<f64> {
        self.explained(&(&self.errors - &self.bias))
    }

    fn explained(&self, left: &BigInt) -> Option<f64> {
        if self.count < BigInt::from(2) {
            return None;
        }
        if self.truth == BigInt::ZERO {
            return Some(if *left == BigInt::ZERO { 1.0 } else { 0.0 });
        }
        Some(ratio(&(&self.truth - left), &self.truth))
    }

    /// Pearson's correlation; `None` where either side is constant.
    pub(super) fn pearson(&self) -> Option<f64> {
        let variances = &self.truth * &self.predicted;
        if variances == BigInt::ZERO {
            return None;
        }
        let magnitude = ratio(&(&self.covariance * &self.covariance), &variances).sqrt();
        Some(if self.covariance < BigInt::ZERO { -magnitude } else { magnitude })
    }

    /// Lin's concordance correlation, with variances over n; `None` where both sides are one and the same constant.
    pub(super) fn ccc(&self) -> Option<f64> {
        let denominator = &self.truth + &self.predicted + &self.bias;
        (denominator != BigInt::ZERO).then(|| ratio(&(&self.covariance << 1), &denominator))
    }
}
