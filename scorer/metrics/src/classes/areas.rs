use super::place::Score;
use crate::{
    MetricError,
    binary::curve::Curve,
    error::check_count,
    sides::{Entry, Sides},
    tally::settled,
};

/// Most classes of a task that asks for an area under the ROC curve.
pub const AREA_CLASS_COUNT_MAX: u32 = 256;
/// Most scores that such a task keeps: items times classes.
pub const AREA_SCORE_COUNT_MAX: u64 = 240_000_000;
/// Most bytes of a serialised state per such score: a step of 9, a count that takes no more bytes than it counts, and the zero of
/// the side that is not used. Steps sum up to less than 2^64, so that at most one of a list takes a tenth.
pub const AREA_BYTES_PER_SCORE_MAX: usize = 11;
/// Most bytes of a serialised state per list of such scores, of which there are as many as pairs of classes: that tenth, and its
/// length.
pub const AREA_BYTES_PER_LIST_MAX: usize = 6;

/// All scores, apart by the class that they are for and by the true class: what areas under the ROC curve are made of.
#[derive(Debug, Clone)]
pub(super) struct Areas {
    class_count: usize,
    /// `[class_count, class_count]`: scored, true. Only the first of both sides is used.
    lists: Vec<Sides>,
}

/// As they are written: the steps of each list.
pub(super) type Written = Vec<Vec<Entry>>;

impl Areas {
    pub(super) fn new(class_count: u32) -> Self {
        let class_count = class_count as usize;
        Self { class_count, lists: vec![Sides::default(); class_count * class_count] }
    }

    /// Refuses more items than fit.
    pub(super) fn check(&self, item_count: u64) -> Result<(), MetricError> {
        let scores = item_count.saturating_mul(self.class_count as u64);
        check_count("scores under a curve", scores, AREA_SCORE_COUNT_MAX)
    }

    pub(super) fn add<T: Score>(&mut self, row: &[T], label: usize) {
        for (lists, score) in self.lists.chunks_exact_mut(self.class_count).zip(row) {
            lists[label].push(true, (*score).into());
        }
    }

    /// Adds an item without scores: below all for its class, above all for every other.
    pub(super) fn add_unanswered(&mut self, label: usize) {
        for (class, lists) in self.lists.chunks_exact_mut(self.class_count).enumerate() {
            lists[label].push(true, if class == label { f64::NEG_INFINITY } else { f64::INFINITY });
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.lists.iter_mut().zip(&other.lists).for_each(|(to, from)| to.merge(from));
    }

    /// Of one class against all others. `None` for a class that is the truth of no item or of all.
    pub(super) fn against_all(&self, class: usize) -> Option<f64> {
        let others = (0..self.class_count).filter(|other| *other != class);
        area(&self.list(class, class), others.flat_map(|other| self.list(class, other)))
    }

    /// The mean of both areas of each two classes. `None` if a class is the truth of no item.
    pub(super) fn against_each(&self) -> Option<f64> {
        let mut sum = 0.0;
        for class in 0..self.class_count {
            let own = self.list(class, class);
            for other in (0..self.class_count).filter(|other| *other != class) {
                sum += area(&own, self.list(class, other).into_iter())?;
            }
        }
        Some(sum / (self.class_count * (self.class_count - 1)) as f64)
    }

    fn list(&self, scored: usize, label: usize) -> Vec<Entry> {
        self.lists[scored * self.class_count + label].whole().into_owned()
    }

    pub(super) fn steps(&self) -> Written {
        self.lists.iter().map(Sides::steps).collect()
    }

    /// What [`Areas::steps`] wrote; `support`: items per true class.
    ///
    /// # Errors
    /// [`MetricError::Corrupt`] for lists that do not have a finite or missing score for each item and class.
    pub(super) fn from_steps(written: Written, support: &[u64]) -> Result<Self, MetricError> {
        let class_count = support.len();
        if written.len() != class_count * class_count {
            return Err(MetricError::Corrupt);
        }
        let mut lists = Vec::with_capacity(written.len());
        for (index, steps) in written.into_iter().enumerate() {
            let (class, label) = (index / class_count, index % class_count);
            let missing = if class == label { f64::NEG_INFINITY } else { f64::INFINITY };
            let mut count = 0;
            lists.push(Sides::from_steps(steps, |key, [here, none]| {
                count += u64::from(here);
                none == 0 && (crate::keys::is_finite(key) || key == crate::keys::key_of(missing))
            })?);
            if count != support[label] {
                return Err(MetricError::Corrupt);
            }
        }
        let areas = Self { class_count, lists };
        areas.check(support.iter().fold(0, |sum, count| sum.saturating_add(*count)))?;
        Ok(areas)
    }
}

/// The area under the ROC curve of the first against the second.
fn area(own: &[Entry], others: impl Iterator<Item = Entry>) -> Option<f64> {
    let others = others.map(|(key, [count, _])| (key, [0, count]));
    Curve::new(&settled(own.iter().copied().chain(others).collect())).roc_auc()
}
