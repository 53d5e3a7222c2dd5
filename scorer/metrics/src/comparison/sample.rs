use super::NoIntervals;
use crate::{Kind, Metric, MetricError, OutcomeForm, Outcomes, Scoring, values};

/// Most items of a comparison: 100 MB of outcomes of a model, and 240 MB while its replicates are reckoned.
pub const COMPARED_ITEM_COUNT_MAX: usize = 1 << 22;

/// The outcomes of one model on all items, gathered from those of any units of work in any order.
#[derive(Clone)]
pub struct Sample {
    /// Of one metric.
    scoring: Scoring,
    form: OutcomeForm,
    items: Vec<Item>,
    /// Whether there were more than can be compared.
    is_full: bool,
}

/// The outcome of one item.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub group: u64,
    /// See [`OutcomeForm`].
    pub numbers: [f64; 2],
}

impl Sample {
    /// Nothing yet, of the first metric.
    ///
    /// # Errors
    /// [`NoIntervals::Metric`] if that has no outcomes of single items, or cannot be reckoned over items drawn anew.
    pub fn new(scoring: &Scoring) -> Result<Self, NoIntervals> {
        let outcomes = Outcomes::new(scoring).ok_or(NoIntervals::Metric)?;
        let (scoring, form) = (outcomes.scoring().clone(), outcomes.form());
        if scoring.metrics[0].kind() == Kind::Values(values::Kind::MaxError) {
            return Err(NoIntervals::Metric);
        }
        Ok(Self { scoring, form, items: Vec::new(), is_full: false })
    }

    /// Adds the outcomes of a unit of work. Beyond [`COMPARED_ITEM_COUNT_MAX`] none are kept at all.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for outcomes of another scoring.
    pub fn add(&mut self, outcomes: &Outcomes) -> Result<(), MetricError> {
        if *outcomes.scoring() != self.scoring {
            return Err(MetricError::Incompatible);
        }
        let (numbers, groups) = (outcomes.items(), outcomes.groups());
        let kept = self.items.len() + numbers.map_or(0, <[_]>::len);
        self.is_full |= numbers.is_none() || kept > COMPARED_ITEM_COUNT_MAX;
        if self.is_full {
            self.items = Vec::new();
            return Ok(());
        }
        let items = groups.into_iter().flatten().zip(numbers.into_iter().flatten());
        self.items.extend(items.map(|(group, numbers)| Item { group: *group, numbers: *numbers }));
        Ok(())
    }

    /// The metric.
    #[must_use]
    pub fn metric(&self) -> &Metric {
        &self.scoring.metrics[0]
    }

    pub(super) fn scoring(&self) -> &Scoring {
        &self.scoring
    }

    pub(super) fn form(&self) -> OutcomeForm {
        self.form
    }

    pub(super) fn items(&self) -> Result<&[Item], NoIntervals> {
        if self.is_full { Err(NoIntervals::TooManyItems) } else { Ok(&self.items) }
    }

    /// The items in their one order: by group, and within a group by their numbers.
    pub(super) fn into_items(mut self) -> Result<Vec<Item>, NoIntervals> {
        self.items()?;
        self.items.sort_unstable_by_key(|item| (item.group, item.numbers.map(f64::to_bits)));
        Ok(self.items)
    }
}

/// Says how many, never which: outcomes are hidden data, and debug output ends in logs.
impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sample({:?}, {} items)", self.metric(), self.items.len())
    }
}
