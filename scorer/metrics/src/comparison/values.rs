use super::{ratio::Ratio, sample::Item};
use crate::{
    MetricError,
    values::{Kind, Orders, VALUE_MAX},
};

/// Predicted and true values, prepared for one metric.
pub(super) enum Values {
    /// Nothing is wrong enough for what has no answer: undefined, as its state says.
    Undefined,
    Mean(Ratio),
    /// The root of one.
    RootMean(Ratio),
    Moments(Moments),
    /// Errors, ascending, each with the place of its group.
    Median(Vec<(f64, u32)>),
    Ranks {
        kind: Kind,
        orders: Orders,
        places: Vec<u32>,
    },
}

/// A pair of truth and prediction with the place of its group.
type Pair = (u32, f64, f64);

impl Values {
    /// # Errors
    /// [`MetricError::Corrupt`] for numbers that the suite refuses.
    pub fn of<'a>(
        kind: Kind,
        items: impl Iterator<Item = (u32, &'a Item)> + Clone,
        group_count: usize,
    ) -> Result<Self, MetricError> {
        let Some(pairs) = completed(kind, items)? else { return Ok(Self::Undefined) };
        let mean = |of: &dyn Fn(f64, f64) -> f64| {
            Ratio::of(
                pairs.iter().map(|(place, truth, predicted)| (*place, [of(*truth, *predicted), 1.0])),
                group_count,
            )
        };
        let square = |truth: f64, predicted: f64| (truth - predicted) * (truth - predicted);
        let term = |truth, predicted| kind.term(truth, predicted).unwrap_or(0.0);
        Ok(match kind {
            Kind::Mae | Kind::Mape | Kind::Smape | Kind::Pinball(_) => Self::Mean(mean(&term)),
            Kind::Rmsle => Self::RootMean(mean(&term)),
            Kind::Mse => Self::Mean(mean(&square)),
            Kind::Rmse => Self::RootMean(mean(&square)),
            Kind::R2 | Kind::ExplainedVariance | Kind::Pearson | Kind::Ccc => {
                Self::Moments(Moments { kind, pairs })
            }
            Kind::MedianAe => {
                let mut errors: Vec<(f64, u32)> = pairs
                    .iter()
                    .map(|(place, truth, predicted)| ((truth - predicted).abs(), *place))
                    .collect();
                errors.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                Self::Median(errors)
            }
            Kind::Spearman | Kind::KendallB => {
                let values: Vec<(f64, f64)> =
                    pairs.iter().map(|(_, truth, predicted)| (*truth, *predicted)).collect();
                let places = pairs.iter().map(|(place, ..)| *place).collect();
                Self::Ranks { kind, orders: Orders::of(&values), places }
            }
            // No sample is made of it.
            Kind::MaxError => return Err(MetricError::Incompatible),
        })
    }

    pub fn value(&self, weights: &[u8]) -> Option<f64> {
        match self {
            Self::Undefined => None,
            Self::Mean(mean) => mean.value(weights),
            Self::RootMean(mean) => mean.value(weights).map(f64::sqrt),
            Self::Moments(moments) => moments.value(weights),
            Self::Median(errors) => median(errors, weights),
            Self::Ranks { kind, orders, places } => {
                let ranks = orders.ranks(|item| u32::from(weights[places[item as usize] as usize]));
                if *kind == Kind::Spearman { ranks.spearman() } else { ranks.kendall_b() }
            }
        }
    }
}

/// All pairs, in the order of the items. What has no answer is predicted as that end of the truth's range that is farther
/// from its truth: of the range of all items, so that an item is the same in every replicate. `None` if something has no answer and
/// no end is wrong.
fn completed<'a>(
    kind: Kind,
    items: impl Iterator<Item = (u32, &'a Item)> + Clone,
) -> Result<Option<Vec<Pair>>, MetricError> {
    let usable = |value: f64| value.abs() <= VALUE_MAX && (value > -1.0 || kind != Kind::Rmsle);
    let range = |(low, high): (f64, f64), truth: f64| (low.min(truth), high.max(truth));
    let truths = items.clone().map(|(_, item)| item.numbers[1]);
    let (low, high) = truths.fold((f64::INFINITY, f64::NEG_INFINITY), range);
    let mut pairs = Vec::new();
    for (place, item) in items {
        // −0.0 becomes 0.0, as in the state.
        let [predicted, truth] = item.numbers.map(|number| number + 0.0);
        let farther = if truth - low >= high - truth { low } else { high };
        if predicted.is_nan() && low >= high {
            return Ok(None);
        }
        let predicted = if predicted.is_nan() { farther } else { predicted };
        if !usable(truth) || !usable(predicted) {
            return Err(MetricError::Corrupt);
        }
        pairs.push((place, truth, predicted));
    }
    Ok(Some(pairs))
}

/// The middle error, or the mean of the two in the middle.
fn median(errors: &[(f64, u32)], weights: &[u8]) -> Option<f64> {
    let times = |place: u32| u64::from(weights[place as usize]);
    let count: u64 = errors.iter().map(|(_, place)| times(*place)).sum();
    let (first, second) = (count.checked_sub(1)? / 2, count / 2);
    let (mut before, mut lower) = (0, None);
    for (error, place) in errors {
        before += times(*place);
        if before > first {
            lower.get_or_insert(*error);
        }
        if before > second {
            return lower.map(|lower| f64::midpoint(lower, *error));
        }
    }
    None
}

/// What is made of variances and a covariance: in f64, in the one order of the items, around the means of each replicate, so that
/// neither a large common offset nor a single wild answer costs the others their digits.
pub(super) struct Moments {
    kind: Kind,
    pairs: Vec<Pair>,
}

/// A weighted sum of squares, or 0 where all is one value, whatever rounding makes of that.
#[derive(Default)]
struct Squares {
    sum: f64,
    first: Option<f64>,
    varies: bool,
}

impl Squares {
    fn add(&mut self, times: f64, value: f64, mean: f64) {
        self.varies |= value.total_cmp(self.first.get_or_insert(value)).is_ne();
        self.sum += times * (value - mean) * (value - mean);
    }

    fn sum(&self) -> f64 {
        if self.varies { self.sum } else { 0.0 }
    }
}

impl Moments {
    fn drawn(&self, weights: &[u8]) -> impl Iterator<Item = (f64, f64, f64)> {
        let times = |place: u32| f64::from(weights[place as usize]);
        let drawn =
            self.pairs.iter().map(move |(place, truth, predicted)| (times(*place), *truth, *predicted));
        drawn.filter(|(times, ..)| *times > 0.0)
    }

    fn value(&self, weights: &[u8]) -> Option<f64> {
        let (mut count, mut truth_mean, mut predicted_mean) = (0.0, 0.0, 0.0);
        for (times, truth, predicted) in self.drawn(weights) {
            count += times;
            truth_mean += times * truth;
            predicted_mean += times * predicted;
        }
        (truth_mean, predicted_mean) = (truth_mean / count, predicted_mean / count);
        let bias = truth_mean - predicted_mean;
        let (mut truths, mut predictions, mut errors) = <(Squares, Squares, Squares)>::default();
        let (mut covariance, mut square_errors) = (0.0, 0.0);
        for (times, truth, predicted) in self.drawn(weights) {
            let error = truth - predicted;
            truths.add(times, truth, truth_mean);
            predictions.add(times, predicted, predicted_mean);
            errors.add(times, error, bias);
            covariance += times * (truth - truth_mean) * (predicted - predicted_mean);
            square_errors += times * error * error;
        }
        let (truths, predictions) = (truths.sum(), predictions.sum());
        let explained = |left: f64| {
            if truths == 0.0 { f64::from(u8::from(left == 0.0)) } else { 1.0 - left / truths }
        };
        match self.kind {
            Kind::R2 => (count >= 2.0).then(|| explained(square_errors)),
            Kind::ExplainedVariance => (count >= 2.0).then(|| explained(errors.sum())),
            Kind::Pearson => (truths > 0.0 && predictions > 0.0)
                .then(|| (covariance / (truths.sqrt() * predictions.sqrt())).clamp(-1.0, 1.0)),
            _ => {
                let denominator = truths + predictions + count * bias * bias;
                (denominator > 0.0).then(|| 2.0 * covariance / denominator)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_of_a_choice_is_that_of_its_items() {
        let errors = [(1.0, 0), (2.0, 1), (5.0, 2), (9.0, 0)];
        assert_eq!(median(&errors, &[1, 1, 1]), Some(3.5));
        assert_eq!(median(&errors, &[0, 3, 2]), Some(2.0));
        assert_eq!(median(&errors, &[1, 0, 0]), Some(5.0));
        assert_eq!(median(&errors, &[0, 2, 2]), Some(3.5));
        assert_eq!(median(&errors, &[0, 0, 0]), None);
    }
}
