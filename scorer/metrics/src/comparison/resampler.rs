use std::ops::Range;

use super::{
    ComparisonError, Draw, Sample,
    classes::Confusion,
    ratio::Ratio,
    sample::Item,
    scores::{Ranked, Suite, is_positive},
    values::Values,
};
use crate::{Kind, MetricError, OutcomeForm, Shape, binary};

/// One model's items, ready to be counted anew. Several threads may take replicates of one.
pub struct Resampler<'a> {
    draw: &'a Draw,
    form: Form,
}

enum Form {
    Ratio(Ratio),
    Classes(Confusion),
    Scores(Ranked),
    Values(Values),
}

/// What a comparison knows of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Replicates {
    /// The metric over the items as they are; `None` where it is undefined.
    pub value: Option<f64>,
    /// And over those of each replicate, in their order.
    pub replicates: Vec<Option<f64>>,
}

impl<'a> Resampler<'a> {
    /// Of one model's outcomes.
    ///
    /// # Errors
    /// [`NoIntervals::TooManyItems`](super::NoIntervals); [`MetricError::Incompatible`] for other items than the draw's;
    /// [`MetricError::Corrupt`] for numbers that no item gives.
    pub fn new(draw: &'a Draw, sample: Sample) -> Result<Self, ComparisonError> {
        let (scoring, form) = (sample.scoring().clone(), sample.form());
        let (kind, group_count) = (sample.metric().kind(), draw.group_count());
        let items = sample.into_items()?;
        if !draw.is_of(&items) {
            return Err(MetricError::Incompatible.into());
        }
        let placed = placed(&items);
        let form = match (form, kind, scoring.shape) {
            (OutcomeForm::Ratio, ..) => {
                if items.iter().any(|item| !item.numbers.iter().all(|number| number.is_finite())) {
                    return Err(MetricError::Corrupt.into());
                }
                Form::Ratio(Ratio::of(placed.map(|(place, item)| (place, item.numbers)), group_count))
            }
            (OutcomeForm::Classes, Kind::Classes(kind), Shape::Classes { class_count, .. }) => {
                Form::Classes(Confusion::of(kind, class_count, placed)?)
            }
            (OutcomeForm::Scores, Kind::Binary(kind @ (binary::Kind::LogLoss | binary::Kind::Brier)), _) => {
                let terms = placed.map(|(place, item)| Ok((place, [term(kind, item.numbers)?, 1.0])));
                let terms = terms.collect::<Result<Vec<_>, MetricError>>()?;
                Form::Ratio(Ratio::of(terms.into_iter(), group_count))
            }
            (OutcomeForm::Scores, Kind::Binary(kind), _) => {
                Form::Scores(Ranked::of(Suite::Binary(kind), placed)?)
            }
            (OutcomeForm::Scores, Kind::Pairs(kind), _) => {
                Form::Scores(Ranked::of(Suite::Pairs(kind), placed)?)
            }
            (OutcomeForm::Values, Kind::Values(kind), _) => {
                Form::Values(Values::of(kind, placed, group_count)?)
            }
            _ => return Err(MetricError::Incompatible.into()),
        };
        Ok(Self { draw, form })
    }

    /// The metric over the items as they are: that of every weight 1.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.weighted(&vec![1; self.draw.group_count()])
    }

    /// The metric over some replicates: those of the draw are 0 to its count.
    #[must_use]
    pub fn replicates(&self, range: Range<u32>) -> Vec<Option<f64>> {
        let mut values = Vec::with_capacity(range.len());
        self.draw.each(range, |weights| values.push(self.weighted(weights)));
        values
    }

    fn weighted(&self, weights: &[u8]) -> Option<f64> {
        if weights.iter().all(|weight| *weight == 0) {
            return None;
        }
        let value = match &self.form {
            Form::Ratio(ratio) => ratio.value(weights),
            Form::Classes(confusion) => confusion.value(weights),
            Form::Scores(ranked) => ranked.value(weights),
            Form::Values(values) => values.value(weights),
        };
        value.filter(|value| !value.is_nan())
    }
}

/// Items ascending by group, each with the place of its group.
fn placed(items: &[Item]) -> impl Iterator<Item = (u32, &Item)> + Clone {
    let mut place = 0;
    let mut last = items.first().map(|item| item.group);
    items.iter().map(move |item| {
        place += u32::from(last != Some(item.group));
        last = Some(item.group);
        (place, item)
    })
}

/// What one item adds to the mean of a metric of probabilities; the infinity that is wrong gives what is true none.
fn term(kind: binary::Kind, [score, label]: [f64; 2]) -> Result<f64, MetricError> {
    let positive = is_positive(label)?;
    let p = if score.is_infinite() {
        0.0
    } else if positive {
        score
    } else {
        1.0 - score
    };
    let term = (0.0..=1.0).contains(&p).then(|| binary::term(kind, p)).flatten();
    term.ok_or(MetricError::Corrupt)
}
