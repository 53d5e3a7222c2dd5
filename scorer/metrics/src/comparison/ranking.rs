use super::{NoIntervals, Replicates};
use crate::Direction;

/// Most models of a comparison: every pair of them is compared in every replicate.
pub const MODEL_COUNT_MAX: usize = 1000;
/// Of 100 replicates so many lie within what is said.
const COVERED_PERCENT: usize = 95;

/// The models against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// c*: by so many standard errors must a model lead another to beat it.
    pub critical: f64,
    /// Replicates that count.
    pub replicate_count: usize,
    /// In the models' order; `None` for one whose value is undefined or not finite, which never ranks.
    pub standings: Vec<Option<Standing>>,
}

/// Where a model stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// 1 + how many beat it.
    pub rank_low: u32,
    /// How many rank, less those that it beats.
    pub rank_high: u32,
    /// Its value: 95 of 100 replicates lie between these.
    pub interval: (f64, f64),
}

/// The ranks of models with simultaneous intervals: with a probability of 95 % no model is said to beat one that is as good.
///
/// For every pair, Δ is the difference of values, its better side up, and se the standard deviation of Δ* over the replicates. c* is the
/// 95 % quantile of max |Δ* − Δ| / se over all pairs; i beats j iff Δ > c*·se.
///
/// - se = 0: the pair is left out of the maximum, for it never strays. Then Δ = 0 (one model twice) beats nothing, and Δ > 0 does: the
///   difference is the same in every group.
/// - A replicate in which no model has a finite value is left out; beyond one in twenty there are no intervals.
/// - A model that alone has none counts in that replicate as the worst finite one, and an infinitely good value as the
///   best: what it lacks widens its own interval, and takes nobody else's away.
///
/// # Errors
/// Why there are no intervals.
///
/// # Panics
/// If models have different numbers of replicates.
pub fn rank(direction: Direction, models: &[Replicates]) -> Result<Ranking, NoIntervals> {
    if models.len() > MODEL_COUNT_MAX {
        return Err(NoIntervals::TooManyModels { found: models.len() });
    }
    let sign = if direction == Direction::HigherIsBetter { 1.0 } else { -1.0 };
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite()).map(|value| sign * value);
    let ranked: Vec<(usize, f64)> = models
        .iter()
        .map(|model| finite(model.value))
        .enumerate()
        .filter_map(|(i, v)| Some((i, v?)))
        .collect();
    let values: Vec<f64> = ranked.iter().map(|(_, value)| *value).collect();
    let columns: Vec<_> = ranked.iter().map(|(model, _)| &models[*model].replicates[..]).collect();
    let drawn = completed(sign, &columns)?;
    let pairs = Pairs::of(&values, &drawn);
    let replicate_count = drawn.first().map_or(0, Vec::len);
    let critical = pairs.critical(&values, &drawn);
    let mut standings = vec![None; models.len()];
    let beaten = pairs.beaten(critical, &values);
    for (place, (model, _)) in ranked.iter().enumerate() {
        let (beats, beaten_by) = beaten[place];
        standings[*model] = Some(Standing {
            rank_low: 1 + beaten_by,
            rank_high: ranked.len() as u32 - beats,
            interval: interval(sign, &drawn[place]),
        });
    }
    Ok(Ranking { critical, replicate_count, standings })
}

/// Of each model its values, the better the larger, in the replicates that count: finite ones.
fn completed(sign: f64, columns: &[&[Option<f64>]]) -> Result<Vec<Vec<f64>>, NoIntervals> {
    let all = columns.first().map_or(0, |column| column.len());
    assert!(columns.iter().all(|column| column.len() == all), "every model has the same replicates");
    let mut drawn = vec![Vec::with_capacity(all); columns.len()];
    for replicate in 0..all {
        let value = |column: &&[Option<f64>]| column[replicate].map(|value| sign * value);
        let finite = || columns.iter().filter_map(value).filter(|value| value.is_finite());
        let (worst, best) = (finite().reduce(f64::min), finite().reduce(f64::max));
        if let Some((worst, best)) = worst.zip(best) {
            for (column, drawn) in columns.iter().zip(&mut drawn) {
                drawn.push(value(column).map_or(worst, |value| value.clamp(worst, best)));
            }
        }
    }
    let undefined = all - drawn.first().map_or(0, Vec::len);
    if undefined * 20 > all { Err(NoIntervals::Undefined { undefined, all }) } else { Ok(drawn) }
}

/// The standard error of every difference, of the earlier model first.
struct Pairs(Vec<(usize, usize, f64)>);

impl Pairs {
    fn of(values: &[f64], drawn: &[Vec<f64>]) -> Self {
        let pairs = (0..values.len()).flat_map(|i| (i + 1..values.len()).map(move |j| (i, j)));
        Self(pairs.map(|(i, j)| (i, j, deviation(&drawn[i], &drawn[j]))).collect())
    }

    /// c*; 0 if no pair strays.
    fn critical(&self, values: &[f64], drawn: &[Vec<f64>]) -> f64 {
        let mut largest = vec![0.0; drawn.first().map_or(0, Vec::len)];
        for (i, j, error) in self.0.iter().filter(|pair| pair.2 > 0.0) {
            let difference = values[*i] - values[*j];
            for (largest, (a, b)) in largest.iter_mut().zip(drawn[*i].iter().zip(&drawn[*j])) {
                *largest = f64::max(*largest, (a - b - difference).abs() / error);
            }
        }
        largest.sort_unstable_by(f64::total_cmp);
        quantile(&largest, COVERED_PERCENT * 10).unwrap_or(0.0)
    }

    /// Of each model how many it beats, and how many beat it.
    fn beaten(&self, critical: f64, values: &[f64]) -> Vec<(u32, u32)> {
        let mut beaten = vec![(0, 0); values.len()];
        for (i, j, error) in &self.0 {
            let difference = values[*i] - values[*j];
            if difference.abs() > critical * error {
                let (better, worse) = if difference > 0.0 { (*i, *j) } else { (*j, *i) };
                beaten[better].0 += 1;
                beaten[worse].1 += 1;
            }
        }
        beaten
    }
}

/// The standard deviation of a difference, of as many less one.
fn deviation(a: &[f64], b: &[f64]) -> f64 {
    let differences = || a.iter().zip(b).map(|(a, b)| a - b);
    let count = a.len() as f64;
    let mean = differences().sum::<f64>() / count;
    (differences().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
}

/// The least of ascending numbers that so many in a thousand do not exceed.
fn quantile(ascending: &[f64], per_mille: usize) -> Option<f64> {
    let place = (ascending.len() * per_mille).div_ceil(1000);
    ascending.get(place.checked_sub(1)?).copied()
}

fn interval(sign: f64, drawn: &[f64]) -> (f64, f64) {
    let mut ascending: Vec<f64> = drawn.iter().map(|value| sign * value).collect();
    ascending.sort_unstable_by(f64::total_cmp);
    let outside = (100 - COVERED_PERCENT) * 10 / 2;
    let end = |per_mille| quantile(&ascending, per_mille).unwrap_or(f64::NAN);
    (end(outside), end(1000 - outside))
}
