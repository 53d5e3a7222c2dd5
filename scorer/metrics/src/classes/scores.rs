use serde::{Deserialize, Serialize};

use super::{
    kind_of,
    place::{Place, Score},
};
use crate::{ClassesKind, Metric, TieRule, fixed::FixedSum};

const BIN_COUNT: usize = 15;

/// Sums that need a score per class. Each is kept only if a metric asks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ScoreSums {
    /// Parallel to the task's top-k metrics, in their order.
    top_k: Vec<TopK>,
    /// Parallel to the task's log-loss metrics: epsilon bits and sum.
    log_loss: Vec<(u64, FixedSum)>,
    brier: Option<FixedSum>,
    calibration: Option<Vec<Bin>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct TopK {
    k: u32,
    rule: TieRule,
    hits: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Bin {
    items: u64,
    hits: u64,
    confidence: FixedSum,
}

impl ScoreSums {
    pub(super) fn new(metrics: &[Metric]) -> Self {
        let mut sums = Self { top_k: vec![], log_loss: vec![], brier: None, calibration: None };
        for metric in metrics {
            match kind_of(metric) {
                ClassesKind::TopK(k, rule) => sums.top_k.push(TopK { k, rule, hits: 0 }),
                ClassesKind::LogLoss(epsilon) => sums.log_loss.push((epsilon.to_bits(), FixedSum::default())),
                ClassesKind::Brier => sums.brier = Some(FixedSum::default()),
                ClassesKind::Ece15 => sums.calibration = Some(vec![Bin::default(); BIN_COUNT]),
                _ => {}
            }
        }
        sums
    }

    /// Adds one item's scores; returns the predicted class, the lowest index among the highest scores.
    pub(super) fn add<T: Score>(&mut self, row: &[T], label: usize) -> u32 {
        let (place, truth) = (Place::of(row, label), row[label].into());
        for top in &mut self.top_k {
            top.hits += u64::from(place.rank(top.rule) < top.k);
        }
        for (epsilon, sum) in &mut self.log_loss {
            let epsilon = f64::from_bits(*epsilon);
            // libm, not the system's: the same bits on every worker.
            sum.add(-libm::log(truth.clamp(epsilon, 1.0 - epsilon)));
        }
        if let Some(sum) = &mut self.brier {
            let square = |(c, p): (usize, &T)| ((*p).into() - f64::from(u8::from(c == label))).powi(2);
            sum.add(row.iter().enumerate().map(square).sum());
        }
        if let Some(bins) = &mut self.calibration
            && let Some(bin) = bin_of(place.max)
        {
            bins[bin].items += 1;
            bins[bin].hits += u64::from(place.argmax == label);
            bins[bin].confidence.add(place.max);
        }
        place.argmax as u32
    }

    /// Adds an item without scores: no hit, and what full confidence in a wrong class costs.
    pub(super) fn add_unanswered(&mut self) {
        for (epsilon, sum) in &mut self.log_loss {
            sum.add(-libm::log(f64::from_bits(*epsilon)));
        }
        if let Some(sum) = &mut self.brier {
            sum.add(2.0);
        }
        if let Some(bin) = self.calibration.as_mut().and_then(|bins| bins.last_mut()) {
            bin.items += 1;
            bin.confidence.add(1.0);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.top_k.iter_mut().zip(&other.top_k).for_each(|(to, from)| to.hits += from.hits);
        self.log_loss.iter_mut().zip(&other.log_loss).for_each(|(to, from)| to.1.merge(from.1));
        if let (Some(to), Some(from)) = (&mut self.brier, other.brier) {
            to.merge(from);
        }
        if let (Some(to), Some(from)) = (&mut self.calibration, &other.calibration) {
            for (to, from) in to.iter_mut().zip(from) {
                to.items += from.items;
                to.hits += from.hits;
                to.confidence.merge(from.confidence);
            }
        }
    }

    pub(super) fn same_shape(&self, other: &Self) -> bool {
        let shape = |s: &Self| {
            let top: Vec<_> = s.top_k.iter().map(|t| (t.k, t.rule)).collect();
            let logs: Vec<_> = s.log_loss.iter().map(|l| l.0).collect();
            (top, logs, s.brier.is_some(), s.calibration.as_ref().map(Vec::len))
        };
        shape(self) == shape(other)
    }

    /// `None` for metrics that are not made of scores.
    pub(super) fn value(&self, metric: &Metric, item_count: u64) -> Option<f64> {
        let items = item_count as f64;
        match kind_of(metric) {
            ClassesKind::TopK(k, rule) => {
                let top = self.top_k.iter().find(|t| t.k == k && t.rule == rule)?;
                Some(top.hits as f64 / items)
            }
            ClassesKind::LogLoss(epsilon) => {
                let (_, sum) = self.log_loss.iter().find(|(bits, _)| *bits == epsilon.to_bits())?;
                Some(sum.to_f64() / items)
            }
            ClassesKind::Brier => Some(self.brier?.to_f64() / items),
            ClassesKind::Ece15 => {
                let gap = |bin: &Bin| (bin.hits as f64 - bin.confidence.to_f64()).abs();
                Some(self.calibration.as_ref()?.iter().map(gap).sum::<f64>() / items)
            }
            _ => None,
        }
    }
}

/// The bin (lo, hi] of a confidence, with the edges of `numpy.linspace(0, 1, 16)`. None for 0, as in Guo's code.
fn bin_of(confidence: f64) -> Option<usize> {
    let step = 1.0 / BIN_COUNT as f64;
    let edge = |i: usize| if i == BIN_COUNT { 1.0 } else { i as f64 * step };
    (0..BIN_COUNT).find(|&i| confidence > edge(i) && confidence <= edge(i + 1))
}
