//! Who beats whom.

use egret_metrics::{
    Direction,
    comparison::{MODEL_COUNT_MAX, NoIntervals, Replicates, rank},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{SEED, right};

const HIGHER: Direction = Direction::HigherIsBetter;

fn model(value: f64, replicates: impl IntoIterator<Item = f64>) -> Replicates {
    Replicates { value: Some(value), replicates: replicates.into_iter().map(Some).collect() }
}

/// Lowest and highest rank of each model.
fn ranks(direction: Direction, models: &[Replicates]) -> Vec<Option<(u32, u32)>> {
    let ranking = rank(direction, models).unwrap();
    ranking
        .standings
        .iter()
        .map(|standing| standing.map(|standing| (standing.rank_low, standing.rank_high)))
        .collect()
}

#[test]
fn one_model_twice_ties_and_a_clearly_better_one_is_first() {
    let mut random = SmallRng::seed_from_u64(6);
    let mut draw = |share: f64| -> Vec<bool> { (0..500).map(|_| random.random_bool(share)).collect() };
    let (good, fair) = (draw(0.9), draw(0.6));
    let near: Vec<bool> = fair.iter().enumerate().map(|(item, right)| *right ^ (item % 100 == 0)).collect();
    let models = right(&SEED, 2000, &[fair.clone(), good, fair, near]);
    assert_eq!(models[0], models[2], "the same weights for every model");
    assert_eq!(ranks(HIGHER, &models), [Some((2, 4)), Some((1, 1)), Some((2, 4)), Some((2, 4))]);
    // Of errors the fewest are best.
    assert_eq!(
        ranks(Direction::LowerIsBetter, &models),
        [Some((1, 3)), Some((4, 4)), Some((1, 3)), Some((1, 3))]
    );
    assert_eq!(ranks(HIGHER, &models[..1]), [Some((1, 1))]);
    assert_eq!(ranks(HIGHER, &[]), []);
}

/// By hand: the differences stray by 0.1 around 0.3, so se = 0.1·√(4/3), and the largest stray of each replicate is the same.
#[test]
fn the_critical_value_is_the_quantile_of_the_largest_stray() {
    let models = [model(0.8, [0.9, 0.7, 0.9, 0.7]), model(0.5, [0.5; 4])];
    let ranking = rank(HIGHER, &models).unwrap();
    assert!((ranking.critical - 0.75_f64.sqrt()).abs() < 1e-12, "{}", ranking.critical);
    assert_eq!(ranking.replicate_count, 4);
    assert_eq!(ranks(HIGHER, &models), [Some((1, 1)), Some((2, 2))]);
    let interval = ranking.standings[0].unwrap().interval;
    assert_eq!(interval, (0.7, 0.9));
    // A lead of exactly the stray is none.
    let models = [model(0.5, [0.75, 0.25, 0.75, 0.25]), model(0.25, [0.25; 4])];
    assert_eq!(ranks(HIGHER, &models), [Some((1, 2)), Some((1, 2))]);
}

/// Of 100 replicates 95 do not exceed the quantile: the 95th largest stray counts, and the five above do not.
#[test]
fn five_of_a_hundred_replicates_lie_beyond() {
    let strays = |large: usize| {
        (0..100).map(move |r| if r < large { 1.0 } else { 0.1 } * if r % 2 == 0 { 1.0 } else { -1.0 })
    };
    let critical = |large| {
        let models = [model(0.0, strays(large)), model(0.0, [0.0; 100])];
        rank(HIGHER, &models).unwrap().critical
    };
    assert!(critical(5) < 1.0 && critical(6) > 1.0, "{} {}", critical(5), critical(6));
}

#[test]
fn a_lead_that_never_strays_is_a_lead() {
    let models = [model(0.5, [0.5; 30]), model(0.75, [0.75; 30]), model(0.5, [0.5; 30])];
    assert_eq!(ranks(HIGHER, &models), [Some((2, 3)), Some((1, 1)), Some((2, 3))]);
    assert_eq!(rank(HIGHER, &models).unwrap().critical.to_bits(), 0);
}

#[test]
fn what_is_undefined_never_ranks() {
    let undefined = Replicates { value: None, replicates: vec![None; 3] };
    let infinite = model(f64::INFINITY, [1.0, 2.0, 3.0]);
    let models = [undefined.clone(), model(0.1, [0.2, 0.1, 0.0]), infinite, model(0.9, [0.8, 0.9, 1.0])];
    assert_eq!(ranks(HIGHER, &models), [None, Some((2, 2)), None, Some((1, 1))]);
    assert_eq!(ranks(HIGHER, &[undefined]), [None]);
}

#[test]
fn what_a_model_alone_lacks_counts_against_it() {
    let strays = |centre: f64| (0..200).map(move |r| centre + 0.01 * f64::from(r % 3 - 1));
    let (good, fair, poor) = (model(0.9, strays(0.9)), model(0.5, strays(0.5)), model(0.1, strays(0.1)));
    let mut gaps = good.clone();
    gaps.replicates.iter_mut().step_by(4).for_each(|value| *value = None);
    let mut worst = good.clone();
    worst.replicates.iter_mut().zip(&poor.replicates).step_by(4).for_each(|(value, worst)| *value = *worst);
    let with = |model: &Replicates| rank(HIGHER, &[fair.clone(), poor.clone(), model.clone()]).unwrap();
    assert_eq!(with(&gaps), with(&worst));
    assert_eq!(with(&gaps).replicate_count, 200);
    // An infinitely good replicate is as good as the best of the others, and a NaN never stands for a value.
    let (mut endless, mut best) = (fair.clone(), fair.clone());
    (endless.replicates[7], best.replicates[7]) = (Some(f64::INFINITY), good.replicates[7]);
    let with = |model: &Replicates| rank(HIGHER, &[model.clone(), poor.clone(), good.clone()]).unwrap();
    assert_eq!(with(&endless), with(&best));
}

#[test]
fn a_replicate_without_a_value_is_left_out_and_too_many_are_too_many() {
    let without = |count: usize| {
        let of = |value: f64| {
            let mut model = model(value, (0..100).map(|r| value + 0.01 * f64::from(r % 2)));
            model.replicates[..count].fill(None);
            model
        };
        rank(HIGHER, &[of(0.2), of(0.8)])
    };
    assert_eq!(without(0).unwrap().replicate_count, 100);
    assert_eq!(without(5).unwrap().replicate_count, 95);
    assert_eq!(without(6), Err(NoIntervals::Undefined { undefined: 6, all: 100 }));
}

#[test]
fn there_are_at_most_so_many_models() {
    let models = vec![model(0.5, [0.5, 0.5]); MODEL_COUNT_MAX];
    let last = Some((1, MODEL_COUNT_MAX as u32));
    assert_eq!(ranks(HIGHER, &models).last(), Some(&last));
    let more = [&models[..], &models[..1]].concat();
    assert_eq!(rank(HIGHER, &more), Err(NoIntervals::TooManyModels { found: MODEL_COUNT_MAX + 1 }));
}
