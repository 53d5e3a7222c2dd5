use crate::{keys::key_of, sides::Entry};

/// The operating points of a list of items: an item is accepted if its score is at least the threshold.
pub(crate) struct Curve<'a> {
    /// Ascending in the score; positives and negatives at each.
    entries: &'a [Entry],
    pub positives: u64,
    pub negatives: u64,
}

/// Items accepted at a threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Point {
    /// Positives.
    pub hits: u64,
    /// Negatives.
    pub alarms: u64,
}

impl Point {
    /// Hits / accepted; at least one is accepted.
    fn precision(self) -> f64 {
        self.hits as f64 / (self.hits + self.alarms) as f64
    }
}

impl<'a> Curve<'a> {
    pub(crate) fn new(entries: &'a [Entry]) -> Self {
        let total = |side: usize| entries.iter().map(|(_, counts)| u64::from(counts[side])).sum();
        Self { entries, positives: total(0), negatives: total(1) }
    }

    /// One point per distinct score downwards, after reject-all; the last accepts all.
    fn points(&self) -> impl Iterator<Item = Point> {
        self.entries.iter().rev().scan(Point::default(), |point, (_, [positives, negatives])| {
            point.hits += u64::from(*positives);
            point.alarms += u64::from(*negatives);
            Some(*point)
        })
    }

    /// The point whose threshold is this.
    pub(super) fn at(&self, threshold: f64) -> Point {
        let first = self.entries.partition_point(|(key, _)| *key < key_of(threshold));
        let accepted = Curve::new(&self.entries[first..]);
        Point { hits: accepted.positives, alarms: accepted.negatives }
    }

    /// The share of (positive, negative) pairs in order, ties half. `None` without a pair.
    pub(crate) fn roc_auc(&self) -> Option<f64> {
        let (mut below, mut twice) = (0, 0_u128);
        for (_, [positives, negatives]) in self.entries {
            let negatives = u64::from(*negatives);
            twice += u128::from(*positives) * u128::from(2 * below + negatives);
            below += negatives;
        }
        let pairs = u128::from(self.positives) * u128::from(self.negatives);
        (pairs > 0).then(|| twice as f64 / (2 * pairs) as f64)
    }

    /// The area under the ROC up to `max_fpr`, in (0, 1), scaled so that chance is 0.5 and perfect is 1 (McClish 1989).
    pub(super) fn partial_auc(&self, max_fpr: f64) -> Option<f64> {
        if self.positives == 0 || self.negatives == 0 {
            return None;
        }
        let (mut area, mut last) = (0.0, (0.0, 0.0));
        for point in self.points() {
            let (fpr, tpr) =
                (point.alarms as f64 / self.negatives as f64, point.hits as f64 / self.positives as f64);
            if fpr > max_fpr {
                let part = (max_fpr - last.0) / (fpr - last.0);
                area += (max_fpr - last.0) * (last.1 + 0.5 * part * (tpr - last.1));
                break;
            }
            area += (fpr - last.0) * f64::midpoint(last.1, tpr);
            last = (fpr, tpr);
        }
        let chance = 0.5 * max_fpr * max_fpr;
        Some(0.5 * (1.0 + (area - chance) / (max_fpr - chance)))
    }

    /// Σ of the steps in recall times the precision there, without interpolation. `None` without a positive.
    pub(super) fn average_precision(&self) -> Option<f64> {
        let (mut hits, mut sum) = (0, 0.0);
        for point in self.points() {
            sum += (point.hits - hits) as f64 * point.precision();
            hits = point.hits;
        }
        (self.positives > 0).then(|| sum / self.positives as f64)
    }

    /// The area under precision over recall, linear between points, from precision 1 at recall 0. `None` without a positive.
    pub(super) fn pr_auc(&self) -> Option<f64> {
        let (mut hits, mut precision, mut sum) = (0, 1.0, 0.0);
        for point in self.points() {
            sum += (point.hits - hits) as f64 * f64::midpoint(precision, point.precision());
            (hits, precision) = (point.hits, point.precision());
        }
        (self.positives > 0).then(|| sum / self.positives as f64)
    }

    /// The greatest F1 of a point.
    pub(super) fn best_f1(&self) -> f64 {
        self.points().map(|point| self.f1(point)).fold(0.0, f64::max)
    }

    /// The harmonic mean of precision and recall; 0 where undefined.
    pub(super) fn f1(&self, point: Point) -> f64 {
        let both = point.hits + point.alarms + self.positives;
        if both == 0 { 0.0 } else { 2.0 * point.hits as f64 / both as f64 }
    }

    /// The greatest recall of a point whose precision is at least this; 0 if none is. `None` without a positive.
    pub(super) fn recall_at_precision(&self, least: f64) -> Option<f64> {
        let precise = self.points().filter(|point| point.precision() >= least);
        let hits = precise.map(|point| point.hits).max().unwrap_or(0);
        (self.positives > 0).then(|| hits as f64 / self.positives as f64)
    }

    /// Matthews correlation; 0 where the denominator is 0.
    pub(super) fn mcc(&self, point: Point) -> f64 {
        let Point { hits, alarms } = point;
        let (misses, passes) = (self.positives - hits, self.negatives - alarms);
        let product = |a: u64, b: u64| i128::from(a) * i128::from(b);
        let covariance = product(hits, passes) - product(alarms, misses);
        let of_predictions = product(hits + alarms, misses + passes) as f64;
        let of_truth = product(self.positives, self.negatives) as f64;
        let denominator = of_predictions.sqrt() * of_truth.sqrt();
        if denominator == 0.0 { 0.0 } else { covariance as f64 / denominator }
    }
}
