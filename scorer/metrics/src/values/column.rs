use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Kind, VALUE_MAX, moments::Moments, ranks::Ranks};
use crate::exact::ExactSum;

/// All that is kept of one value of the items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    moments: Moments,
    /// One for each of the task's metrics that are means of a term, in their order.
    terms: Vec<ExactSum>,
    /// Largest error so far.
    error_max: f64,
    /// Least and greatest truth; `None` before the first item.
    truth: Option<(f64, f64)>,
    /// The truth of items without an answer, in any order.
    missing: Vec<f64>,
    /// (truth, prediction) of all other items in any order, if a metric asks for it.
    pairs: Vec<(f64, f64)>,
}

impl Column {
    pub(super) fn new(kinds: &[Kind]) -> Self {
        let terms = kinds.iter().filter(|kind| kind.is_mean_of_terms());
        Self {
            moments: Moments::default(),
            terms: terms.map(|_| ExactSum::default()).collect(),
            error_max: 0.0,
            truth: None,
            missing: vec![],
            pairs: vec![],
        }
    }

    /// Adds an item of which the value was predicted.
    pub(super) fn add(&mut self, kinds: &[Kind], truth: f64, predicted: f64) {
        self.widen((truth, truth));
        self.moments.add(truth, predicted);
        let terms = kinds.iter().filter_map(|kind| kind.term(truth, predicted));
        self.terms.iter_mut().zip(terms).for_each(|(sum, term)| sum.add(term));
        self.error_max = self.error_max.max((truth - predicted).abs());
        if kinds.iter().any(|kind| kind.needs_pairs()) {
            self.pairs.push((truth, predicted));
        }
    }

    /// Adds an item without an answer.
    pub(super) fn add_unanswered(&mut self, truth: f64) {
        self.widen((truth, truth));
        self.missing.push(truth);
    }

    fn widen(&mut self, (low, high): (f64, f64)) {
        let (least, greatest) = self.truth.unwrap_or((low, high));
        self.truth = Some((least.min(low), greatest.max(high)));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.moments.merge(&other.moments);
        self.terms.iter_mut().zip(&other.terms).for_each(|(to, from)| to.merge(from));
        self.error_max = self.error_max.max(other.error_max);
        if let Some(range) = other.truth {
            self.widen(range);
        }
        self.missing.extend(&other.missing);
        self.pairs.extend(&other.pairs);
    }

    /// Items without an answer.
    pub(super) fn missing_count(&self) -> u64 {
        self.missing.len() as u64
    }

    /// Puts the lists into their one order.
    pub(super) fn sort(&mut self) {
        self.missing.sort_unstable_by(f64::total_cmp);
        self.pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }

    /// Whether this can be a column of so many items, with values that pass `usable`.
    pub(super) fn fits(&self, kinds: &[Kind], items: u64, usable: impl Fn(f64) -> bool) -> bool {
        let keeps_pairs = kinds.iter().any(|kind| kind.needs_pairs());
        let answered = items.checked_sub(self.missing_count());
        let range = self.truth.map_or(items == 0, |(low, high)| items > 0 && low <= high);
        let mut values = self.missing.iter().copied().chain(self.truth.iter().flat_map(|(a, b)| [*a, *b]));
        self.terms.len() == kinds.iter().filter(|kind| kind.is_mean_of_terms()).count()
            && answered.is_some_and(|count| self.pairs.len() as u64 == if keeps_pairs { count } else { 0 })
            && range
            && (0.0..=2.0 * VALUE_MAX).contains(&self.error_max)
            && values.all(&usable)
            && self.pairs.iter().all(|(truth, predicted)| usable(*truth) && usable(*predicted))
    }

    /// The values of the metrics over `items` items; `None` where one is undefined.
    pub(super) fn values(&self, kinds: &[Kind], items: u64) -> Vec<Option<f64>> {
        let Some(column) = self.completed(kinds) else { return vec![None; kinds.len()] };
        let spread = column.moments.spread(items);
        let needs_ranks = kinds.iter().any(|kind| matches!(kind, Kind::Spearman | Kind::KendallB));
        let ranks = needs_ranks.then(|| Ranks::of(&column.pairs));
        let mut sums = column.terms.iter();
        let value = |kind: &Kind| match kind {
            Kind::Mae | Kind::Mape | Kind::Smape | Kind::Pinball(_) => Some(sums.next()?.over(items)),
            Kind::Rmsle => Some(sums.next()?.over(items).sqrt()),
            Kind::Mse => Some(spread.mse()),
            Kind::Rmse => Some(spread.mse().sqrt()),
            Kind::R2 => spread.r2(),
            Kind::ExplainedVariance => spread.explained_variance(),
            Kind::Pearson => spread.pearson(),
            Kind::Ccc => spread.ccc(),
            Kind::MaxError => Some(column.error_max),
            Kind::MedianAe => median_error(&column.pairs),
            Kind::Spearman => ranks.as_ref()?.spearman(),
            Kind::KendallB => ranks.as_ref()?.kendall_b(),
        };
        kinds.iter().map(value).collect()
    }

    /// With every missing value predicted as the end of the truth's range that is farther from it. `None` if there are
    /// missing values and the truth is constant, so that no end is wrong.
    fn completed(&self, kinds: &[Kind]) -> Option<Cow<'_, Self>> {
        if self.missing.is_empty() {
            return Some(Cow::Borrowed(self));
        }
        let (low, high) = self.truth.filter(|(low, high)| low < high)?;
        let mut column = self.clone();
        for truth in std::mem::take(&mut column.missing) {
            let farther = if truth - low >= high - truth { low } else { high };
            column.add(kinds, truth, farther);
        }
        Some(Cow::Owned(column))
    }
}

/// The middle error, or the mean of the two in the middle.
fn median_error(pairs: &[(f64, f64)]) -> Option<f64> {
    let mut errors: Vec<f64> = pairs.iter().map(|(truth, predicted)| (truth - predicted).abs()).collect();
    errors.sort_unstable_by(f64::total_cmp);
    let upper = errors.get(errors.len() / 2)?;
    let lower = errors.get((errors.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}
