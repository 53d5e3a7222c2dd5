//! Against formulas that need no bootstrap.

use egret_metrics::{
    Shape, Shard,
    comparison::{Draw, rank},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{SEED, paired_error, replicates, right, sample, scoring};

/// Two models of which the second differs from the first about some items only.
fn two_models(random: &mut SmallRng, item_count: usize) -> [Vec<bool>; 2] {
    let first: Vec<bool> = (0..item_count).map(|_| random.random_bool(0.8)).collect();
    let second =
        first.iter().map(|right| if random.random_bool(0.2) { random.random_bool(0.6) } else { *right });
    [first.clone(), second.collect()]
}

/// SE² = (n₁₀ + n₀₁ − (n₁₀ − n₀₁)² / n) / n²: what McNemar's test rests on.
#[test]
fn the_error_of_a_paired_difference_of_accuracies() {
    let mut random = SmallRng::seed_from_u64(1);
    for item_count in [300, 800] {
        let models = two_models(&mut random, item_count);
        let count =
            |a: bool, b: bool| models[0].iter().zip(&models[1]).filter(|(x, y)| (**x, **y) == (a, b)).count();
        let (lost, won, n) = (count(true, false) as f64, count(false, true) as f64, item_count as f64);
        let want = (lost + won - (lost - won).powi(2) / n).sqrt() / n;
        let models = right(&SEED, 4000, &models);
        let got = paired_error(&models[0], &models[1]);
        assert!((got / want - 1.0).abs() < 0.04, "{item_count} items: {got} {want}");
    }
}

/// Wilson (1927): the interval of a share.
fn wilson(right: f64, n: f64) -> (f64, f64) {
    let z = 1.959_963_984_540_054_f64;
    let (p, z2) = (right / n, z * z);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    (middle - half, middle + half)
}

#[test]
fn the_interval_of_an_accuracy() {
    let mut random = SmallRng::seed_from_u64(3);
    let model: Vec<bool> = (0..1000).map(|_| random.random_bool(0.7)).collect();
    let right_count = model.iter().filter(|right| **right).count() as f64;
    let models = right(&SEED, 4000, &[model]);
    let ranking = rank(egret_metrics::Direction::HigherIsBetter, &models).unwrap();
    let (low, high) = ranking.standings[0].unwrap().interval;
    let (want_low, want_high) = wilson(right_count, 1000.0);
    assert!(
        (low - want_low).abs() < 0.004 && (high - want_high).abs() < 0.004,
        "{low} {high}, {want_low} {want_high}"
    );
}

/// DeLong, DeLong and Clarke-Pearson (1988): the variance of a difference of areas under the ROC curve.
fn delong(scores: &[Vec<f64>; 2], labels: &[bool]) -> f64 {
    let win = |a: f64, b: f64| f64::midpoint(f64::from(u8::from(a > b)), f64::from(u8::from(a >= b)));
    let of_side = |side: bool| {
        labels.iter().enumerate().filter(move |(_, label)| **label == side).map(|(item, _)| item)
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // Of each item of a side, how often it stands right against the other side; the difference of both models.
    let placements = |side: bool| -> Vec<f64> {
        let of = |model: &[f64], item: usize| {
            let against = of_side(!side).map(|other| {
                if side { win(model[item], model[other]) } else { win(model[other], model[item]) }
            });
            mean(&against.collect::<Vec<_>>())
        };
        of_side(side).map(|item| of(&scores[0], item) - of(&scores[1], item)).collect()
    };
    let variance = |values: Vec<f64>| {
        let centre = mean(&values);
        let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
        squares / (values.len() - 1) as f64 / values.len() as f64
    };
    variance(placements(true)) + variance(placements(false))
}

#[test]
fn the_error_of_a_difference_of_areas() {
    let mut random = SmallRng::seed_from_u64(9);
    let labels: Vec<bool> = (0..300).map(|_| random.random_bool(0.4)).collect();
    let mut model = |signal: f64| -> Vec<f64> {
        labels
            .iter()
            .map(|label| random.random_range(0.0..1.0_f64) + signal * f64::from(u8::from(*label)))
            .collect()
    };
    let (first, noise) = (model(0.4), model(0.0));
    let second: Vec<f64> = first.iter().zip(&noise).map(|(first, noise)| first + 0.5 * noise).collect();
    let scores = [first, second];
    let want = delong(&scores, &labels).sqrt();
    let scoring = scoring(Shape::Pairs, "roc_auc");
    let groups: Vec<u64> = (0..300).collect();
    let samples = scores.map(|scores| {
        let scores: Vec<_> = scores.into_iter().map(Some).collect();
        sample(&scoring, &[(Shard::Pairs(&scores, &labels), &groups)])
    });
    let draw = Draw::new(&SEED, 4000, &samples[0]).unwrap();
    let [first, second] = samples.map(|sample| replicates(&draw, sample));
    let got = paired_error(&first, &second);
    assert!((got / want - 1.0).abs() < 0.06, "{got} {want}");
}

/// Items of one group are drawn together: copies of an item say nothing new.
#[test]
fn copies_in_a_group_narrow_nothing() {
    let mut random = SmallRng::seed_from_u64(4);
    let (scoring, few) = (scoring(Shape::Text, "exact_match"), 100);
    let right: Vec<bool> = (0..few).map(|_| random.random_bool(0.6)).collect();
    let of = |copies: usize, own_group: bool| {
        let items = (0..few * copies).map(|item| right[item % few]);
        let texts: Vec<_> =
            items.map(|right| Some(if right { "heron" } else { "stork" }.to_owned())).collect();
        let labels = vec!["heron".to_owned(); texts.len()];
        let groups: Vec<u64> =
            (0..texts.len() as u64).map(|item| if own_group { item } else { item % few as u64 }).collect();
        let sample = sample(&scoring, &[(Shard::Text(&texts, &labels), &groups)]);
        let draw = Draw::new(&SEED, 1000, &sample).unwrap();
        replicates(&draw, sample)
    };
    assert_eq!(of(1, true), of(5, false));
    let spread = |model: &egret_metrics::comparison::Replicates| {
        let zero = egret_metrics::comparison::Replicates { value: None, replicates: vec![Some(0.0); 1000] };
        paired_error(model, &zero)
    };
    let (grouped, apart) = (spread(&of(5, false)), spread(&of(5, true)));
    assert!((grouped / apart / 5_f64.sqrt() - 1.0).abs() < 0.1, "{grouped} {apart}");
}
