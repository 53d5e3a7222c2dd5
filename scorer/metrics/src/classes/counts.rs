use serde::{Deserialize, Serialize};

use crate::{Average, ClassesKind, KappaWeights};

/// Integer counts of hard predictions: all that accuracy, precision, recall, F, MCC and kappa need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Items per true class.
    support: Vec<u64>,
    /// Items per predicted class.
    predicted: Vec<u64>,
    /// Items predicted right, per class.
    hits: Vec<u64>,
    /// Items without a prediction.
    missing: u64,
    /// Σ |label − prediction| and Σ (label − prediction)² over items with a prediction.
    distance: u128,
    distance_squared: u128,
}

impl Counts {
    pub(crate) fn new(class_count: u32) -> Self {
        let zeros = vec![0; class_count as usize];
        let (support, predicted, hits) = (zeros.clone(), zeros.clone(), zeros);
        Self { support, predicted, hits, missing: 0, distance: 0, distance_squared: 0 }
    }

    /// Adds items whose labels and predictions lie in `0..class_count`.
    pub(super) fn add_all(&mut self, labels: &[u32], predictions: &[Option<u32>]) {
        // So many squares of distances below 2^20 fit a u64, which is several times as fast as a u128.
        const BLOCK: usize = 1 << 20;
        for (labels, predictions) in labels.chunks(BLOCK).zip(predictions.chunks(BLOCK)) {
            let (mut distances, mut squares) = (0_u64, 0_u64);
            for (&label, &prediction) in labels.iter().zip(predictions) {
                self.support[label as usize] += 1;
                let Some(prediction) = prediction else {
                    self.missing += 1;
                    continue;
                };
                self.predicted[prediction as usize] += 1;
                self.hits[label as usize] += u64::from(prediction == label);
                let distance = u64::from(label.abs_diff(prediction));
                distances += distance;
                squares += distance * distance;
            }
            self.distance += u128::from(distances);
            self.distance_squared += u128::from(squares);
        }
    }

    /// Adds items of label, prediction and how many times each counts, at most 2^27 in all.
    pub(crate) fn add_times(&mut self, items: impl Iterator<Item = (u32, Option<u32>, u64)>) {
        // As above: 2^27 squares below 2^34 fit a u64.
        let (mut distances, mut squares) = (0_u64, 0_u64);
        for (label, prediction, times) in items {
            self.support[label as usize] += times;
            let Some(prediction) = prediction else {
                self.missing += times;
                continue;
            };
            self.predicted[prediction as usize] += times;
            self.hits[label as usize] += times * u64::from(prediction == label);
            let distance = u64::from(label.abs_diff(prediction));
            distances += times * distance;
            squares += times * distance * distance;
        }
        self.distance += u128::from(distances);
        self.distance_squared += u128::from(squares);
    }

    /// Adds one of them.
    pub(super) fn add(&mut self, label: u32, prediction: Option<u32>) {
        self.add_all(&[label], &[prediction]);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let add = |to: &mut [u64], from: &[u64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.support, &other.support);
        add(&mut self.predicted, &other.predicted);
        add(&mut self.hits, &other.hits);
        self.missing += other.missing;
        self.distance += other.distance;
        self.distance_squared += other.distance_squared;
    }

    pub(super) fn same_shape(&self, other: &Self) -> bool {
        let shape = |c: &Self| (c.support.len(), c.predicted.len(), c.hits.len());
        shape(self) == shape(other)
    }

    /// Items per true class.
    pub(super) fn support(&self) -> &[u64] {
        &self.support
    }

    pub(super) fn item_count(&self) -> u64 {
        self.support.iter().sum()
    }

    /// `None` for metrics that hard predictions do not give, and for undefined values.
    pub(crate) fn value(&self, kind: ClassesKind) -> Option<f64> {
        let hits: u64 = self.hits.iter().sum();
        match kind {
            ClassesKind::Accuracy => ratio(hits, self.item_count()),
            ClassesKind::BalancedAccuracy => {
                mean((0..self.support.len()).filter_map(|c| ratio(self.hits[c], self.support[c])))
            }
            ClassesKind::Precision(average) => self.average(average, |tp, _, fp| ratio(tp, tp + fp)),
            ClassesKind::Recall(average) => self.average(average, |tp, missed, _| ratio(tp, tp + missed)),
            ClassesKind::FBeta(beta, average) => {
                self.average(average, |tp, missed, fp| f_beta(beta, tp, missed, fp))
            }
            ClassesKind::Jaccard => {
                self.average(Average::Macro, |tp, missed, fp| ratio(tp, tp + missed + fp))
            }
            ClassesKind::Mcc => Some(self.mcc(hits)),
            ClassesKind::Kappa(weights) => self.kappa(weights, hits),
            ClassesKind::TopK(..)
            | ClassesKind::LogLoss(_)
            | ClassesKind::Brier
            | ClassesKind::Ece15
            | ClassesKind::RocAuc(_) => None,
        }
    }

    /// Averages `value(tp, fn, fp)`, which is `None` where a class leaves it undefined.
    fn average(&self, average: Average, value: impl Fn(u64, u64, u64) -> Option<f64>) -> Option<f64> {
        let of_class = |c: usize| {
            let tp = self.hits[c];
            value(tp, self.support[c] - tp, self.predicted[c] - tp)
        };
        let classes = 0..self.support.len();
        match average {
            Average::Micro => {
                let tp: u64 = self.hits.iter().sum();
                let predicted: u64 = self.predicted.iter().sum();
                value(tp, self.item_count() - tp, predicted - tp).or(Some(0.0))
            }
            Average::Macro => mean(classes.map(|c| of_class(c).unwrap_or(0.0))),
            Average::MacroSkipUndefined => mean(classes.filter_map(of_class)),
            Average::Weighted => {
                let sum: f64 = classes.map(|c| of_class(c).unwrap_or(0.0) * self.support[c] as f64).sum();
                Some(sum / self.item_count() as f64)
            }
        }
    }

    /// Gorodkin's R_K. A missing prediction is a class of its own that is never true.
    fn mcc(&self, hits: u64) -> f64 {
        let total = u128::from(self.item_count());
        let dot = |a: &[u64], b: &[u64]| -> u128 {
            a.iter().zip(b).map(|(a, b)| u128::from(*a) * u128::from(*b)).sum()
        };
        let missing = u128::from(self.missing);
        let covariance = (u128::from(hits) * total) as f64 - dot(&self.support, &self.predicted) as f64;
        let of_predictions = total * total - dot(&self.predicted, &self.predicted) - missing * missing;
        let of_truth = total * total - dot(&self.support, &self.support);
        let denominator = (of_predictions as f64).sqrt() * (of_truth as f64).sqrt();
        if denominator == 0.0 { 0.0 } else { covariance / denominator }
    }

    fn kappa(&self, weights: KappaWeights, hits: u64) -> Option<f64> {
        let total = self.item_count() as f64;
        let (observed, expected) = match weights {
            KappaWeights::None => {
                let both = |(s, p): (&u64, &u64)| u128::from(*s) * u128::from(*p);
                let agree: u128 = self.support.iter().zip(&self.predicted).map(both).sum();
                (total - hits as f64, total - agree as f64 / total)
            }
            _ if self.missing > 0 => return None,
            KappaWeights::Linear => (self.distance as f64, self.expected_distance() / total),
            KappaWeights::Quadratic => (self.distance_squared as f64, self.expected_square() / total),
        };
        (expected != 0.0).then(|| 1.0 - observed / expected)
    }

    /// Σ_ij |i − j|·support_i·predicted_j in one pass over the classes: |i − j| counts the cuts between i and j.
    fn expected_distance(&self) -> f64 {
        let (truth, predictions) = (self.item_count(), self.predicted.iter().sum::<u64>());
        let (mut truth_below, mut predictions_below, mut sum) = (0_u64, 0_u64, 0.0);
        for c in 0..self.support.len() {
            truth_below += self.support[c];
            predictions_below += self.predicted[c];
            sum += truth_below as f64 * (predictions - predictions_below) as f64;
            sum += predictions_below as f64 * (truth - truth_below) as f64;
        }
        sum
    }

    /// Σ_ij (i − j)²·support_i·predicted_j, from the moments of the margins, in integers.
    fn expected_square(&self) -> f64 {
        let moments = |counts: &[u64]| {
            counts.iter().zip(0_u128..).fold((0_u128, 0_u128, 0_u128), |(zero, one, two), (&count, class)| {
                let count = u128::from(count);
                (zero + count, one + class * count, two + class * class * count)
            })
        };
        let ((s0, s1, s2), (p0, p1, p2)) = (moments(&self.support), moments(&self.predicted));
        (s2 * p0 + p2 * s0 - 2 * s1 * p1) as f64
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn f_beta(beta: f64, tp: u64, missed: u64, fp: u64) -> Option<f64> {
    let square = beta * beta;
    let denominator = (1.0 + square) * tp as f64 + square * missed as f64 + fp as f64;
    (denominator > 0.0).then(|| (1.0 + square) * tp as f64 / denominator)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}
