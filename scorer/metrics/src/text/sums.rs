use serde::{Deserialize, Serialize};

use super::{TEXT_BYTES_MAX, Unit};
use crate::fixed::FixedSum;

/// Most units of one text. NFKC makes at most 6 code points of a byte, and lower case at most doubles them.
const UNITS_MAX: u64 = 16 * TEXT_BYTES_MAX as u64;

/// The sums of one unit over all items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct UnitSums {
    pub(super) unit: Unit,
    /// Whether `hits` are counted.
    with_hits: bool,
    /// Σ of the fewest edits.
    pub(super) edits: u64,
    /// Units of the references and of the hypotheses.
    pub(super) reference: u64,
    pub(super) hypothesis: u64,
    /// Σ of the units that stay in the alignments of fewest edits and most hits.
    pub(super) hits: u64,
    /// Items with at least one edit.
    pub(super) wrong: u64,
    /// Σ edits / reference units.
    pub(super) rate: FixedSum,
    /// Σ 1 − edits / units of the longer text.
    pub(super) similarity: FixedSum,
}

impl UnitSums {
    pub(super) fn new(unit: Unit, with_hits: bool) -> Self {
        Self {
            unit,
            with_hits,
            edits: 0,
            reference: 0,
            hypothesis: 0,
            hits: 0,
            wrong: 0,
            rate: FixedSum::default(),
            similarity: FixedSum::default(),
        }
    }

    pub(super) fn add(&mut self, reference: &str, hypothesis: &str) {
        let found = self.unit.compare(reference, hypothesis, self.with_hits);
        let edits = found.difference.edits;
        self.edits += edits;
        self.reference += found.reference_units;
        self.hypothesis += found.hypothesis_units;
        self.hits += found.difference.hits;
        self.wrong += u64::from(edits > 0);
        self.rate.add(over(edits, found.reference_units));
        let longer = found.reference_units.max(found.hypothesis_units);
        self.similarity.add(1.0 - over(edits, longer));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.edits += other.edits;
        self.reference += other.reference;
        self.hypothesis += other.hypothesis;
        self.hits += other.hits;
        self.wrong += other.wrong;
        self.rate.merge(other.rate);
        self.similarity.merge(other.similarity);
    }

    /// Whether these can be the sums that `other`, an empty one, became with so many items.
    pub(super) fn fits(&self, empty: &Self, items: u64) -> bool {
        let units_max = items * UNITS_MAX;
        let within = |sum: FixedSum, most: u64| (0.0..=most as f64).contains(&sum.to_f64());
        let (shorter, longer) = (self.reference.min(self.hypothesis), self.reference.max(self.hypothesis));
        let hits_agree = if self.with_hits {
            // No negative number of substitutions, deletions or insertions.
            self.hits <= shorter
                && self.edits + self.hits >= longer
                && self.edits + 2 * self.hits <= shorter + longer
        } else {
            self.hits == 0
        };
        (self.unit, self.with_hits) == (empty.unit, empty.with_hits)
            && self.edits.max(longer) <= units_max
            && hits_agree
            && self.wrong <= items
            && within(self.rate, units_max)
            && within(self.similarity, items)
    }
}

/// A share; what there is of edits where there are no units, as jiwer has it.
pub(super) fn over(edits: u64, units: u64) -> f64 {
    if units == 0 { edits as f64 } else { edits as f64 / units as f64 }
}
