use serde::{Deserialize, Serialize};

use super::ranked::Sorted;
use crate::fixed::FixedSum;

/// Sums over items of how well each one's classes are ordered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RowSums {
    /// Σ label-ranking average precision, and the same times the item's labels.
    pub(super) lrap: FixedSum,
    pub(super) lrap_of_labels: FixedSum,
    /// Σ share of (label, other) pairs that are not in order.
    pub(super) ranking_loss: FixedSum,
    /// Σ classes down to the lowest label.
    pub(super) coverage: u64,
    /// Items whose first class is a label.
    pub(super) hits: u64,
}

impl RowSums {
    /// Adds an item: its classes by score, and whether the first of its highest is a label.
    pub(super) fn add(&mut self, row: &Sorted, hit: bool) {
        let (labels, others) = (row.positives(), row.negatives());
        let (mut above, mut labels_above, mut depth, mut disorder, mut precisions) = (0, 0, 0, 0, 0.0);
        for group in row.groups() {
            above += group.positive + group.negative;
            labels_above += group.positive;
            disorder += group.positive * (above - labels_above);
            if group.positive > 0 {
                depth = above;
                precisions += group.positive as f64 * (labels_above as f64 / above as f64);
            }
        }
        // Nothing can be out of order where every class is a label or none is.
        let one_sided = labels == 0 || others == 0;
        let lrap = if one_sided { 1.0 } else { precisions / labels as f64 };
        self.lrap.add(lrap);
        self.lrap_of_labels.add(lrap * labels as f64);
        if !one_sided {
            self.ranking_loss.add(disorder as f64 / (labels * others) as f64);
        }
        self.coverage += depth;
        self.hits += u64::from(hit);
    }

    /// Adds an item without an answer: the worst of everything.
    pub(super) fn add_unanswered(&mut self, class_count: u32) {
        self.ranking_loss.add(1.0);
        self.coverage += u64::from(class_count);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.lrap.merge(other.lrap);
        self.lrap_of_labels.merge(other.lrap_of_labels);
        self.ranking_loss.merge(other.ranking_loss);
        self.coverage += other.coverage;
        self.hits += other.hits;
    }

    /// Whether these can be the sums of so many items and cells.
    pub(super) fn fits(&self, items: u64, cells: u64) -> bool {
        let within = |sum: FixedSum, most: u64| (0.0..=most as f64).contains(&sum.to_f64());
        within(self.lrap, items)
            && within(self.lrap_of_labels, cells)
            && within(self.ranking_loss, items)
            && self.coverage <= cells
            && self.hits <= items
    }
}
